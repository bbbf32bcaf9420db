import base64
import hashlib
import secrets

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools.call_facts import to_moment
from ..tools.fax_image import FaxImageError, to_fax_tiff, to_pdf

STATES = [
    ("queued", "To be sent"),
    ("sending", "Being sent"),
    ("sent", "Sent"),
    ("arriving", "Pages on their way"),
    ("received", "Received"),
    ("failed", "Failed"),
    ("cancelled", "Cancelled"),
]


class GbFax(models.Model):
    """One fax, sent or received. Rows are written by the server only: by ``_queue`` and by what the telephone system tells.

    ::

        queued ──► sending ──► sent                arriving ──pages──► received
          ▲          │
          └─ later ──┴──► failed                   queued, sending ──► cancelled: somebody says so

    How it is sent is in ``gb_fax_queue``.
    """

    _name = "gb.fax"
    _description = "Fax"
    _order = "at desc, id desc"
    _rec_names_search = ["subject", "partner_id", "number_key"]
    _gb_masked_fields = ("number", "number_key", "station")

    direction = fields.Selection(
        [("inbound", "Inbound"), ("outbound", "Outbound")], required=True, readonly=True
    )
    subject = fields.Char(readonly=True)
    number = fields.Char(readonly=True)
    number_key = fields.Char(
        string="Identity", compute="_compute_number_key", store=True, precompute=True, index=True
    )
    station = fields.Char(
        string="Machine's own number",
        readonly=True,
        help="What the machine at the other end says of itself.",
    )
    partner_id = fields.Many2one(
        "res.partner", string="Customer", readonly=True, index="btree_not_null"
    )
    user_id = fields.Many2one("res.users", string="Agent", readonly=True, index="btree_not_null")
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    provider_id = fields.Many2one(
        "gb.telephony.provider", required=True, readonly=True, ondelete="restrict"
    )
    call_id = fields.Many2one("gb.call", readonly=True, index="btree_not_null", ondelete="set null")
    hotline_id = fields.Many2one(related="call_id.hotline_id")
    state = fields.Selection(STATES, required=True, readonly=True)
    at = fields.Datetime(string="When", required=True, readonly=True, default=fields.Datetime.now)
    done_at = fields.Datetime(string="Sent or received", readonly=True)
    page_count = fields.Integer(string="Pages", readonly=True)
    error = fields.Char(string="What went wrong", readonly=True)
    file = fields.Binary(string="Document", attachment=True, readonly=True)
    file_name = fields.Char(compute="_compute_file_name")
    tiff = fields.Binary(string="Pages of the machine", attachment=True, readonly=True)
    tiff_name = fields.Char(compute="_compute_file_name")
    sha256 = fields.Char(readonly=True, index="btree_not_null")
    tries = fields.Integer(readonly=True)
    next_try_at = fields.Datetime(string="Next try", readonly=True)
    token = fields.Char(
        required=True,
        readonly=True,
        copy=False,
        groups=fields.NO_ACCESS,
        default=lambda self: secrets.token_hex(12),
        help="What its tries are called in the telephone system.",
    )
    reference = fields.Char(
        readonly=True,
        copy=False,
        help="Name that the telephone system has given to a fax that it tells of.",
    )
    message_values = fields.Json(readonly=True, help="What the menu has said of it.")
    res_model = fields.Char(string="Source model", readonly=True)
    res_id = fields.Many2oneReference(string="Source", model_field="res_model", readonly=True)

    _token_uniq = models.UniqueIndex("(token)")
    _reference_uniq = models.UniqueIndex("(provider_id, reference) WHERE reference IS NOT NULL")
    _list_idx = models.Index("(company_id, at DESC, id DESC)")
    _due_idx = models.Index("(next_try_at) WHERE state = 'queued'")
    _sending_idx = models.Index("(done_at, id) WHERE state IN ('sending', 'arriving')")
    _source_idx = models.Index("(res_model, res_id) WHERE res_id IS NOT NULL")

    @api.depends("number")
    def _compute_number_key(self):
        for fax in self:
            fax.number_key = self.env["gb.phone"]._parse(fax.number).key or fax.number

    @api.depends("at")
    def _compute_file_name(self):
        for fax in self:
            name = f"fax-{fax.at:%Y%m%d-%H%M}-{fax.id or 0}" if fax.at else "fax"
            fax.file_name, fax.tiff_name = f"{name}.pdf", f"{name}.tif"

    @api.depends("partner_id", "number", "subject")
    @api.depends_context("uid")
    def _compute_display_name(self):
        for fax in self:
            who = fax.partner_id.sudo().name or self.env["gb.phone"]._mask(fax.number or "")
            fax.display_name = " · ".join(filter(None, (fax.subject, who))) or self.env._("Fax")

    # ------------------------------------------------------------------
    # Out
    # ------------------------------------------------------------------

    @api.model
    def _queue_document(self, contents, number, **values):
        """Send documents, as one fax, as soon as there is a line.

        :param contents: bytes of a PDF, TIFF, PNG or JPEG, or a list of such
        :param str number: whom to ring
        :param values: ``subject``, ``partner_id``, ``res_model``, ``res_id``, ``company_id``, ``user_id``
        :return: gb.fax, superuser
        :raise UserError: when it cannot be faxed, the number cannot be dialled, or he does not want to be called there
        """
        company = self.env["res.company"].browse(values.get("company_id") or self.env.company.id)
        provider_sudo = (
            self.env["gb.telephony.provider"].sudo().with_company(company)._get_default()
        )
        if not provider_sudo:
            raise UserError(
                self.env._("There is no telephone system that faxes could be sent with.")
            )
        # refuses what cannot be dialled
        self._get_dial_string(number, provider_sudo)
        contents = [contents] if isinstance(contents, bytes) else list(contents)
        try:
            tiff, pages = to_fax_tiff(*contents)
            is_pdf = len(contents) == 1 and contents[0].startswith(b"%PDF-")
            pdf = contents[0] if is_pdf else to_pdf(tiff)[0]
        except FaxImageError as error:
            raise UserError(
                self.env._(
                    "This cannot be faxed: a PDF, TIFF, PNG or JPEG of at most 50 pages is needed."
                )
            ) from error
        faxes_sudo = self.sudo()  # nobody writes faxes by hand
        fax = faxes_sudo.create(
            {
                "direction": "outbound",
                "state": "queued",
                "number": number,
                "company_id": company.id,
                "provider_id": provider_sudo.id,
                "user_id": self.env.uid,
                "page_count": pages,
                "next_try_at": fields.Datetime.now(),
                **values,
                **faxes_sudo._prepare_pages(tiff, pdf),
            }
        )
        fax._wake_queue()
        return fax

    @api.model
    def _prepare_pages(self, tiff, pdf):
        return {
            "tiff": base64.b64encode(tiff),
            "sha256": hashlib.sha256(tiff).hexdigest(),
            "file": base64.b64encode(pdf),
        }

    @api.model
    def _get_dial_string(self, number, provider):
        # seats know how numbers are dialled
        return self.env["gb.seat"].sudo().new({"provider_id": provider.id})._get_dial_string(number)

    @api.model
    def _find_tiff(self, sha256, company):
        """The pages named ``sha256`` of a fax to be sent, of ``company`` or of all, as bytes; empty when there are none."""
        domain = [("sha256", "=", sha256), ("direction", "=", "outbound")]
        if company:
            domain.append(("company_id", "=", company.id))
        fax_sudo = self.sudo().search(domain, limit=1)
        return base64.b64decode(fax_sudo.with_context(bin_size=False).tiff or b"")

    # ------------------------------------------------------------------
    # In
    # ------------------------------------------------------------------

    @api.model
    def _follow(self, provider, note, call=None):
        """Take in what the telephone system tells of a fax; told again, nothing happens.

        :param dict note: ``type`` (FAX_IN, FAX_OUT), ``reference``, ``ok``, ``pages``, ``number``, ``station``, ``error``,
            ``sha256``, ``at``, ``values``
        :param call: ``gb.call`` it came in or went out with
        :return: gb.fax, superuser
        """
        faxes = self.sudo()
        token, _, attempt = str(note["reference"]).partition("t")
        own = [("provider_id", "=", provider.id)]
        if attempt.isdigit() and (fax := faxes.search([*own, ("token", "=", token)], limit=1)):
            fax._follow_attempt(int(attempt), note)
            return fax
        fax = faxes.search([*own, ("reference", "=", note["reference"])], limit=1)
        if fax:
            return fax
        values = faxes._prepare_follow_values(provider, note, call)
        fax = faxes.create(values)
        if values["direction"] == "outbound":
            fax._take_document(note)
        fax._note_contact()
        return fax

    @api.model
    def _prepare_follow_values(self, provider, note, call):
        at = to_moment(note["at"])
        is_inbound, pages = note["type"] == "FAX_IN", int(note.get("pages") or 0)
        company = (call and call.company_id) or provider.company_id or self.env.company
        number = str(note.get("number") or "")
        if is_inbound:
            state = "arriving" if note.get("sha256") else "failed"
        else:
            state = "sent" if note.get("ok") else "failed"
        partner = call.partner_id if call else self.env["res.partner"]
        return {
            "direction": "inbound" if is_inbound else "outbound",
            "state": state,
            "subject": self.with_context(lang=company.partner_id.lang).env._("Fax")
            if is_inbound
            else False,
            "number": number,
            "station": str(note.get("station") or "")[:40],
            "partner_id": partner.id or self._find_partner(number, provider, company).id,
            "company_id": company.id,
            "provider_id": provider.id,
            "call_id": call.id if call else False,
            "at": at,
            "done_at": at,
            "page_count": pages,
            "error": self._get_error(note.get("error"), is_inbound),
            "sha256": note.get("sha256") or False,
            "reference": note["reference"],
            "tries": 0 if is_inbound else 1,
            "message_values": note.get("values") or False,
        }

    @api.model
    def _find_partner(self, number, provider, company):
        """Whose number this is, when it is one customer's only."""
        phones = self.env["gb.phone"].sudo()._find(number, provider._get_region())
        partners = phones.partner_id.filtered(
            lambda partner: not partner.company_id or partner.company_id == company
        )
        return partners if len(partners) == 1 else partners.browse()

    @api.model
    def _store(self, provider, sha256, content):
        """Take in pages that an event has named.

        :return: True when stored now, False when they were there already, None when no event has named them
        :raise ValueError: when the bytes have another hash
        """
        if hashlib.sha256(content).hexdigest() != sha256:
            raise ValueError("content does not have this hash")
        faxes = self.sudo().search(
            [
                ("sha256", "=", sha256),
                ("provider_id", "=", provider.id),
                ("direction", "=", "inbound"),
            ]
        )
        if not faxes:
            return None
        missing = faxes.filtered(lambda fax: fax.state == "arriving")
        for fax in missing:
            fax._take_pages(content)
        return bool(missing)

    def _take_pages(self, content):
        self.ensure_one()
        values = {"state": "received", "tiff": base64.b64encode(content)}
        try:
            pdf, values["page_count"] = to_pdf(content)
            values["file"] = base64.b64encode(pdf)
        except FaxImageError:
            values["error"] = self.env._("The pages cannot be shown; the file is kept as it came.")
        self.write(values)
        self._note_contact()
        self._received()

    def _received(self):
        """Override to do something with a fax that has come in, pages and all. Called once."""
        self.ensure_one()

    # ------------------------------------------------------------------
    # What is told of it
    # ------------------------------------------------------------------

    def _note_contact(self):
        """The contact log follows faxes that were sent or received."""
        self.env["gb.contact"]._log([fax._prepare_contact_values() for fax in self])

    def _prepare_contact_values(self):
        self.ensure_one()
        is_contact = self.state in ("sent", "received", "arriving")
        return {
            "res_model": self._name,
            "res_id": self.id,
            "partner_id": self.partner_id.id if is_contact else False,
            "channel": "fax",
            "direction": self.direction,
            "at": self.done_at or self.at,
            "user_id": self.user_id.id,
            "subject": self.subject,
            "summary": self.error,
            "company_id": self.company_id.id,
        }

    def _set_customer(self, partner):
        """Somebody has found out whose faxes these are."""
        self.write({"partner_id": partner.id})
        self._note_contact()

    @api.model
    def _get_error(self, code, is_inbound=False):
        """A sentence for an error code of the telephone system; False without one."""
        if not code:
            return False
        messages = {
            "busy": self.env._("The line was engaged."),
            "no_answer": self.env._("Nobody answered."),
            "no_fax": self.env._(
                "No fax machine answered: somebody talks there, or an answering machine."
            ),
            "number": self.env._("This number does not exist."),
            "refused": self.env._("The call was refused."),
            "document": self.env._("The pages could not be handed to the telephone system."),
            "interrupted": self.env._("The call was interrupted."),
            "expired": self.env._("There was no line for a long time."),
            "unreported": self.env._("The telephone system has told nothing of it."),
        }
        message = messages.get(code)
        if message is None:
            message = (
                self.env._("The pages did not arrive completely.")
                if is_inbound
                else self.env._("The pages were not taken completely.")
            )
        return message

    def action_open_source(self):
        """Open the record that was faxed, or that this fax belongs to."""
        self.ensure_one()
        self.check_access("read")
        record = self.env[self.res_model].browse(self.res_id).exists() if self.res_id else None
        if not record:
            raise UserError(self.env._("This fax belongs to no other record."))
        record.check_access("read")
        return record.get_formview_action()

    def unlink(self):
        """The log forgets it, too."""
        self.env["gb.contact"]._drop_sources({(self._name, fax_id) for fax_id in self.ids})
        return super().unlink()
