from odoo import api, fields, models


class GbIvrDelivery(models.Model):
    """Which version of a flow a connector has ready, as it has said last."""

    _name = "gb.ivr.delivery"
    _description = "Flow on a connector"
    _order = "provider_id, flow_id"

    provider_id = fields.Many2one(
        "gb.telephony.provider", required=True, ondelete="cascade", index=True, readonly=True
    )
    flow_id = fields.Many2one(
        "gb.ivr.flow", required=True, ondelete="cascade", index=True, readonly=True
    )
    company_id = fields.Many2one(related="flow_id.company_id", store=True)
    digest = fields.Char(readonly=True)
    at = fields.Datetime(string="Since", readonly=True)
    version_id = fields.Many2one("gb.ivr.version", compute="_compute_version_id", compute_sudo=True)
    is_current = fields.Boolean(
        string="Up to date", compute="_compute_version_id", compute_sudo=True
    )

    _flow_uniq = models.UniqueIndex("(provider_id, flow_id)")

    @api.depends("digest", "flow_id.published_id.digest")
    def _compute_version_id(self):
        versions = self.env["gb.ivr.version"].search(
            [("digest", "in", self.mapped("digest")), ("digest", "!=", False)]
        )
        known = {(version.flow_id, version.digest): version for version in versions}
        for delivery in self:
            delivery.version_id = known.get((delivery.flow_id, delivery.digest))
            delivery.is_current = (
                bool(delivery.digest) and delivery.digest == delivery.flow_id.published_id.digest
            )

    @api.model
    def _note(self, provider, have):
        """Keep what a connector says that it has.

        :param provider: gb.telephony.provider
        :param dict have: {flow code: digest}; what is no text is ignored
        """
        flows_sudo = self.env["gb.ivr.flow"].sudo().search([("code", "in", list(have))])
        known_sudo = self.sudo().search([("provider_id", "=", provider.id)])
        present = {delivery.flow_id: delivery for delivery in known_sudo}
        now = fields.Datetime.now()
        for flow in flows_sudo:
            values = {"digest": have[flow.code], "at": now}
            delivery = present.pop(flow, None)
            if delivery is None:
                self.sudo().create({"provider_id": provider.id, "flow_id": flow.id, **values})
            elif delivery.digest != values["digest"]:
                delivery.write(values)
        gone = self.sudo().browse([delivery.id for delivery in present.values()])
        gone.unlink()
