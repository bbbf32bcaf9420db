from werkzeug.exceptions import Forbidden, NotFound

from odoo import http
from odoo.exceptions import AccessError, UserError
from odoo.http import request


class IvrPromptsController(http.Controller):
    """Prompts as callers hear them, for those who may see them."""

    @http.route("/gb/ivr/prompt/<int:line_id>", type="http", auth="user", methods=["GET"])
    def play(self, line_id, **_kwargs):
        """The sound of a prompt in one language; without a recording, its text spoken with made-up values."""
        line = request.env["gb.ivr.prompt.line"].browse(line_id).exists()
        if not line:
            raise NotFound
        try:
            content = line._get_preview()
        except AccessError as error:
            raise Forbidden(str(error)) from error
        except UserError as error:
            return request.make_response(
                str(error), [("Content-Type", "text/plain; charset=utf-8")], status=422
            )
        return request.make_response(
            content,
            [
                ("Content-Type", "audio/wav"),
                ("Cache-Control", "private, no-store"),
                ("Content-Security-Policy", "default-src 'none'"),
                ("X-Content-Type-Options", "nosniff"),
            ],
        )
