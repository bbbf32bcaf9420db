import json

from odoo.http import Controller, content_disposition, request, route


class ProcessController(Controller):
    @route(
        "/gb/ticket/process/<int:process_id>.json",
        type="http",
        auth="user",
        methods=["GET"],
        readonly=True,
    )
    def download_process(self, process_id):
        """A version of a process as a file, for managers."""
        if not request.env.user.has_group("gb_callcenter.group_gb_manager"):
            raise request.not_found()
        process = request.env["gb.ticket.process"].browse(process_id).exists()
        if not process:
            raise request.not_found()
        process.check_access("read")
        text = json.dumps(process._export(), ensure_ascii=False, indent=2)
        return request.make_response(
            text,
            headers=[
                ("Content-Type", "application/json; charset=utf-8"),
                (
                    "Content-Disposition",
                    content_disposition(f"{process.code}-v{process.version}.json"),
                ),
            ],
        )
