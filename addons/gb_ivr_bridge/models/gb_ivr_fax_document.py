import base64
import hashlib

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.gb_callcenter.tools.fax_image import FaxImageError, to_fax_tiff

PAGES = ("tiff", "sha256", "page_count")


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
    tiff = fields.Binary(attachment=True, readonly=True, copy=False)
    sha256 = fields.Char(readonly=True, copy=False, index="btree_not_null")
    page_count = fields.Integer(string="Pages", readonly=True, copy=False)

    @api.model_create_multi
    def create(self, vals_list):
        # Odoo would make large pictures smaller, and JPEG of them
        documents = super(GbIvrFaxDocument, self.with_context(image_no_postprocess=True)).create(
            [self._with_pages(vals) for vals in vals_list]
        )
        return documents.with_env(self.env)

    def write(self, vals):
        records = self.with_context(image_no_postprocess=True)
        return super(GbIvrFaxDocument, records).write(self._with_pages(vals))

    def _with_pages(self, vals):
        """``vals`` with the pages that are made of its file."""
        vals = {name: value for name, value in vals.items() if name not in PAGES}
        if not vals.get("file"):
            return vals
        try:
            tiff, pages = to_fax_tiff(base64.b64decode(vals["file"]))
        except FaxImageError as error:
            raise UserError(
                self.env._("This cannot be faxed: a PDF, TIFF, PNG or JPEG is needed.")
            ) from error
        digest = hashlib.sha256(tiff).hexdigest()
        return {**vals, "tiff": base64.b64encode(tiff), "sha256": digest, "page_count": pages}

    @api.model
    def _find_tiff(self, sha256, company):
        """The pages named ``sha256`` as bytes, of ``company`` or of all; empty when there are none."""
        domain = [("sha256", "=", sha256)]
        if company:
            domain.append(("company_id", "in", [company.id, False]))
        document_sudo = self.sudo().with_context(active_test=False).search(domain, limit=1)
        return base64.b64decode(document_sudo.with_context(bin_size=False).tiff or b"")
