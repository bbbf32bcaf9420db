import json

from odoo import models
from odoo.exceptions import UserError
from odoo.http import request


class Base(models.AbstractModel):
    _inherit = "base"

    def export_data(self, fields_to_export):
        """Beside what Odoo asks for: members of the call centre need its right to export, and every export is
        noted in the access log."""
        if not self.env.su and not self.env.user._is_gb_exporter():
            raise UserError(
                self.env._(
                    "Exporting data needs the right “Call Centre: export data”. Ask your manager for the list."
                )
            )
        result = super().export_data(fields_to_export)
        if not self._transient:
            self.env["gb.access.log"]._note_export(self, fields_to_export, len(result["datas"]))
        return result


class ResUsers(models.Model):
    _inherit = "res.users"

    def _is_gb_exporter(self):
        """Whether the call centre has nothing against this user's exporting data."""
        return self._has_group("gb_callcenter.group_gb_export") or not any(
            self._has_group(role) for role in self._get_gb_masked_roles()
        )

    def has_group(self, group_ext_id):
        """The web client offers no export to those who would be refused."""
        result = super().has_group(group_ext_id)
        if result and group_ext_id == "base.group_allow_export":
            return self._is_gb_exporter()
        return result


class GbAccessLog(models.Model):
    _inherit = "gb.access.log"

    def _note_export(self, records, fields_to_export, row_count):
        """Note that the current user took data out of the system.

        :param records: what was exported
        :param list fields_to_export: names of the columns
        :param int row_count: lines of the file
        """
        details = [", ".join(map(str, fields_to_export))]
        if domain := self._get_asked_domain(records._name):
            details.append(domain)
        model = self.env["ir.model"]._get(records._name)
        return self.sudo().create(
            {
                "user_id": self.env.uid,
                "kind": "export",
                "res_model": records._name,
                "label": model.sudo().name,
                "row_count": row_count,
                "details": "\n".join(details),
                "ip_address": request.httprequest.remote_addr if request else False,
            }
        )

    @staticmethod
    def _get_asked_domain(model):
        """The domain of the list that is being exported through the web client, as text; False when unknown."""
        try:
            asked = json.loads(request.params["data"])
            return not asked["ids"] and asked["model"] == model and json.dumps(asked["domain"])
        except (AttributeError, KeyError, RuntimeError, TypeError, ValueError):
            return False
