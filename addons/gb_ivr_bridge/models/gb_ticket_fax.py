from odoo import api, fields, models


class GbTicket(models.Model):
    """Work orders from faxes, and answers by fax."""

    _inherit = "gb.ticket"

    gb_fax_id = fields.Many2one(
        "gb.fax", string="Fax", readonly=True, copy=False, ondelete="set null"
    )

    _gb_fax_uniq = models.UniqueIndex(
        "(gb_fax_id) WHERE gb_fax_id IS NOT NULL",
        "There is a work order of this fax already.",
    )

    @api.model
    def _create_from_fax(self, fax):
        """The work order of a fax with its pages, accepted at once when nothing is missing.

        :param fax: ``gb.fax``, superuser
        :return: gb.ticket
        """
        company = fax.company_id
        tickets = self.with_company(company).with_context(lang=company.partner_id.lang)
        ticket = tickets.create(tickets._prepare_fax_values(fax))
        content = fax.with_context(bin_size=False)
        file, name = (
            (content.file, fax.file_name) if content.file else (content.tiff, fax.tiff_name)
        )
        self.env["ir.attachment"].sudo().create(
            {"name": name, "datas": file, "res_model": ticket._name, "res_id": ticket.id}
        )
        ticket._accept_automatically()
        fax.write({"res_model": ticket._name, "res_id": ticket.id})
        return ticket.with_env(self.env)

    @api.model
    def _prepare_fax_values(self, fax):
        """Values of the work order of a fax. Override to fill in more."""
        call, told = fax.call_id, fax.message_values or {}
        values = call.with_env(self.env)._prepare_gb_ticket_values() if call else {}
        kind = self._find_voicemail_type(told.get("ticket_type"))
        who = fax.partner_id.name or fax.number or fax.station
        who = who or self.env._("a machine that withheld its number")
        return {
            **values,
            "channel": "fax",
            "reply_channel": "fax" if fax.number else values.get("reply_channel") or "phone",
            "company_id": fax.company_id.id,
            "partner_id": fax.partner_id.id or values.get("partner_id"),
            "contact_phone": fax.number or fax.station or False,
            "type_id": kind.id or values.get("type_id"),
            "subject": self.env._("Fax from %(who)s", who=who),
            "description": self.env._(
                "Pages by fax: %(pages)s. They are attached.", pages=fax.page_count
            ),
            "gb_fax_id": fax.id,
        }

    def write(self, vals):
        """Whoever says whose work order this is also says whose fax it is, when that was not known."""
        result = super().write(vals)
        if vals.get("partner_id"):
            for ticket_sudo in self.sudo():  # nobody writes faxes by hand
                fax_sudo = ticket_sudo.gb_fax_id
                if fax_sudo and not fax_sudo.partner_id:
                    fax_sudo._set_customer(ticket_sudo.partner_id)
        return result

    def _get_address(self, channel):
        if channel != "fax":
            return super()._get_address(channel)
        self.ensure_one()
        ticket_sudo = self.sudo()  # the number may be masked
        phones_sudo = ticket_sudo.partner_id.gb_phone_ids
        machine = phones_sudo.filtered(lambda phone: phone.kind == "fax")[:1].number
        return ticket_sudo.gb_fax_id.number or machine or ""

    def _get_address_refusal(self, channel):
        if channel == "fax":
            return self.env._("There is no number of a fax machine on the work order or customer.")
        return super()._get_address_refusal(channel)

    def action_gb_send_fax(self):
        """Open the dialog for faxing something of this work order to the customer."""
        self.ensure_one()
        self.check_access("read")
        return self.env["gb.fax.send"]._open(self, self.partner_id)
