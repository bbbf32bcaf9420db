from odoo.http import request

from .api import Refused, SignedController, signed_route

MAX_TEXT = 2000


class SmsInController(SignedController):
    """Where an SMS gateway hands on what customers write (docs/api.md, "SMS")."""

    @signed_route("sms/<string:key>", methods=["POST"])
    def receive(self, key, **_args):
        """Take in one SMS. The same id again does nothing."""
        return self._handle("can_sms", self._receive, key, is_path_signed=False)

    def _get_own_key(self, values):
        return f"sms:{values['id']}" if values.get("id") else ""

    def _receive(self, client_sudo, values):
        for name in ("id", "from", "text"):
            if not isinstance(values.get(name), str) or not values[name].strip():
                raise Refused(422, "bad_value", f"{name} has to be text")
        if len(values["text"]) > MAX_TEXT:
            raise Refused(422, "bad_value", f"text has at most {MAX_TEXT} characters")
        # the gateway speaks for customers, not for staff: its user's rights say nothing about that
        tickets_sudo = request.env["gb.ticket"].sudo().with_company(client_sudo.company_id)
        ticket = tickets_sudo._take_in_sms(
            values["from"], values["text"], f"sms:{client_sudo.id}:{values['id']}"
        )
        return {"work_order": ticket.id, "number": None if ticket.name == "/" else ticket.name}, 201
