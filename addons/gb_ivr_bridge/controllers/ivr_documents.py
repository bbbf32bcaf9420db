from odoo.http import request

from .telephony import Refused, TelephonyController, _signed_route

MAX_BODY = 64 * 1024
WAV_HEADERS = [("Content-Type", "audio/wav"), ("Cache-Control", "no-store")]
TIFF_HEADERS = [("Content-Type", "image/tiff"), ("Cache-Control", "no-store")]


class IvrDocumentsController(TelephonyController):
    """What connectors fetch of flows, named by its hash: documents, sounds, pages to fax."""

    @_signed_route("flows/<string:digest>", MAX_BODY)
    def flow(self, reference, digest):
        """The document of a version that is or was published."""
        return self._handle(self._give_flow, reference, digest)

    def _give_flow(self, reference, digest):
        provider_sudo, _body = self._authenticate(reference, MAX_BODY)
        domain = [("digest", "=", digest), ("state", "in", ("published", "retired"))]
        company = provider_sudo.company_id
        if company:
            domain.append(("company_id", "in", [company.id, False]))
        version_sudo = request.env["gb.ivr.version"].sudo().search(domain, limit=1)
        if not version_sudo:
            raise Refused(404, "unknown", "there is no such flow")
        return {"document": version_sudo.document}

    @_signed_route("prompts/<string:sha256>", MAX_BODY)
    def prompt(self, reference, sha256):
        """A sound: WAV, 8 kHz, 16 bit, mono."""
        return self._handle_file(self._find_sound, WAV_HEADERS, reference, sha256)

    def _find_sound(self, sha256, company):
        # what a published flow of another company says is no secret: everybody may call it
        sound_sudo = request.env["gb.ivr.sound"].sudo().search([("sha256", "=", sha256)], limit=1)
        return sound_sudo._get_wav() if sound_sudo else b""

    @_signed_route("documents/<string:sha256>", MAX_BODY)
    def document(self, reference, sha256):
        """A document to fax: TIFF."""
        return self._handle_file(self._find_document, TIFF_HEADERS, reference, sha256)

    def _find_document(self, sha256, company):
        # of the library, or of a fax that is to be sent
        documents, faxes = request.env["gb.ivr.fax.document"], request.env["gb.fax"]
        return documents._find_tiff(sha256, company) or faxes._find_tiff(sha256, company)

    def _handle_file(self, find, headers, reference, sha256):
        content = b""

        def look():
            nonlocal content
            provider_sudo, _body = self._authenticate(reference, MAX_BODY)
            content = find(sha256, provider_sudo.company_id)
            if not content:
                raise Refused(404, "unknown", "there is no such file")

        refusal = self._handle(look)
        return request.make_response(content, headers) if content else refusal
