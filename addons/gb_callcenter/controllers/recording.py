import logging

from werkzeug.exceptions import Forbidden, NotFound, ServiceUnavailable

from odoo import http
from odoo.exceptions import AccessError
from odoo.http import request

from ..tools.object_store import StoreError

_logger = logging.getLogger(__name__)


class RecordingController(http.Controller):
    @http.route("/gb/recording/<int:recording_id>", type="http", auth="user", methods=["GET"])
    def play(self, recording_id):
        """The sound of a recording, in parts if the browser asks so. Every first part is noted as an access."""
        recording = request.env["gb.recording"].browse(recording_id).exists()
        if not recording:
            raise NotFound
        try:
            recording._check_playable()
        except AccessError as error:
            raise Forbidden(str(error)) from error
        recording_sudo = recording.sudo()  # the sound itself is closed to everybody
        if not recording_sudo.is_stored:
            raise NotFound(request.env._("The recording has not arrived from the PBX yet."))
        wanted = request.httprequest.range
        if not wanted or not wanted.ranges or wanted.ranges[0][0] == 0:
            request.env["gb.access.log"]._note(
                "recording", recording, request.httprequest.remote_addr
            )
        try:
            stream = recording_sudo._get_stream()
        except StoreError as error:
            _logger.error("recording %s: %s", recording_id, error)
            message = request.env._(
                "The recording's store does not answer. Please try again later."
            )
            raise ServiceUnavailable(message) from error
        stream.mimetype = "audio/wav"
        stream.download_name = recording.name
        stream.public = False
        return stream.get_response(
            as_attachment=False, max_age=0, content_security_policy="default-src 'none'"
        )
