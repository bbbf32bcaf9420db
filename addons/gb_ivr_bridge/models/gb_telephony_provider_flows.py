import logging

from odoo import api, models
from odoo.exceptions import UserError

_logger = logging.getLogger(__name__)

REFRESH = "gb_ivr_bridge.config_refresh"
MAX_FLOWS = 1000


class GbTelephonyProvider(models.Model):
    """What connectors get to know of flows, and what they say that they have."""

    _inherit = "gb.telephony.provider"

    def _prepare_connector_config(self):
        return {**super()._prepare_connector_config(), "flows": self._get_connector_flows()}

    def _get_connector_hotline(self, hotline):
        flow = hotline.flow_id
        return {
            **super()._get_connector_hotline(hotline),
            "flow": flow.code if flow.active and flow.published_id else "",
        }

    def _get_connector_flows(self):
        """The published flows of this provider's company: {code: digest}"""
        self.ensure_one()
        domain = [("published_id", "!=", False)]
        if self.company_id:
            domain.append(("company_id", "in", [self.company_id.id, False]))
        return {
            flow.code: flow.published_id.digest for flow in self.env["gb.ivr.flow"].search(domain)
        }

    def _note_connector_state(self, have):
        """Keep what the connector says that it has ready.

        :param have: of docs/architecture.md, "config"; whatever is not of its form is ignored
        """
        self.ensure_one()
        flows = have.get("flows") if isinstance(have, dict) else None
        if not isinstance(flows, dict) or len(flows) > MAX_FLOWS:
            return
        self.env["gb.ivr.delivery"]._note(
            self,
            {
                code: digest
                for code, digest in flows.items()
                if isinstance(digest, str) and len(digest) == 64
            },
        )

    # ------------------------------------------------------------------
    # News for connectors
    # ------------------------------------------------------------------

    def _request_config_refresh(self):
        """Have these connectors fetch their configuration as soon as this transaction is committed. When one is away, the
        user is told and it fetches it later by itself."""
        wanted = self.filtered(lambda provider: provider.code == "asterisk").ids
        postcommit = self.env.cr.postcommit
        if REFRESH not in postcommit.data:
            postcommit.data[REFRESH] = set()
            registry, uid = self.env.registry, self.env.uid
            data = postcommit.data

            def refresh():
                ids = data.pop(REFRESH, ())
                with registry.cursor() as cr:
                    providers = api.Environment(cr, uid, {})[self._name].browse(sorted(ids))
                    providers._refresh_connectors()

            postcommit.add(refresh)
        postcommit.data[REFRESH].update(wanted)

    def _refresh_connectors(self):
        for provider_sudo in self.sudo():
            if not provider_sudo.connector_url:
                continue
            try:
                provider_sudo._command("config.refresh", {})
            except UserError:
                _logger.info("%s: not told of new flows", provider_sudo.reference)
                self.env.user._bus_send(
                    "simple_notification",
                    {
                        "type": "warning",
                        "message": self.env._(
                            "%(pbx)s does not answer. It fetches what is new as soon as it is back.",
                            pbx=provider_sudo.name,
                        ),
                    },
                )
