import base64
import hashlib

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools.fax_image import FaxImageError, to_fax_tiff


class GbIvrFaxDocument(models.Model):
    """A document that callers may have faxed to them: kept as the picture that fax machines print."""

    _name = "gb.ivr.fax.document"
    _description = "Document to fax"
    _order = "name, id"
    _check_company_auto = True

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", default=lambda self: self.env.company)
    file = fields.Binary(
        string="Document", attachment=True, required=True, help="PDF, TIFF, PNG or JPEG."
    )
    file_name = fields.Char()
    tiff = fields.Binary(attachment=True, readonly=True, compute="_compute_tiff", store=True)
    sha256 = fields.Char(compute="_compute_tiff", store=True, index="btree_not_null")
    page_count = fields.Integer(string="Pages", compute="_compute_tiff", store=True)

    @api.depends("file")
    def _compute_tiff(self):
        for document in self:
            content = base64.b64decode(document.with_context(bin_size=False).file or b"")
            if not content:
                document.update({"tiff": False, "sha256": False, "page_count": 0})
                continue
            try:
                tiff, pages = to_fax_tiff(content)
            except FaxImageError as error:
                raise UserError(
                    self.env._("This cannot be faxed: a PDF, TIFF, PNG or JPEG is needed.")
                ) from error
            document.update(
                {
                    "tiff": base64.b64encode(tiff),
                    "sha256": hashlib.sha256(tiff).hexdigest(),
                    "page_count": pages,
                }
            )

    @api.model
    def _find_tiff(self, sha256, company):
        """The pages named ``sha256`` as bytes, of ``company`` or of all; empty when there are none."""
        domain = [("sha256", "=", sha256)]
        if company:
            domain.append(("company_id", "in", [company.id, False]))
        document_sudo = self.sudo().with_context(active_test=False).search(domain, limit=1)
        return base64.b64decode(document_sudo.with_context(bin_size=False).tiff or b"")
