from werkzeug.exceptions import Forbidden, NotFound

from odoo import http
from odoo.exceptions import AccessError
from odoo.http import content_disposition, request

from ..tools.table_file import XLSX_TYPE


class ClosingController(http.Controller):
    @http.route("/gb/closing/<int:closing_id>.xlsx", type="http", auth="user", methods=["GET"])
    def xlsx(self, closing_id):
        """The figures of a closing as a spreadsheet."""
        closing = request.env["gb.daily.closing"].browse(closing_id).exists()
        if not closing:
            raise NotFound
        try:
            closing.check_access("read")
        except AccessError as error:
            raise Forbidden(str(error)) from error
        content = closing._make_xlsx()
        return request.make_response(
            content,
            [
                ("Content-Type", XLSX_TYPE),
                ("Content-Disposition", content_disposition(f"{closing.name}.xlsx")),
                ("X-Content-Type-Options", "nosniff"),
            ],
        )
