from odoo import fields, models


class GbIvrFlow(models.Model):
    """A menu by telephone. What callers hear is its published version."""

    _name = "gb.ivr.flow"
    _description = "IVR flow"
    _order = "sequence, name, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, help="Short name that other flows and the PBX know it by.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", default=lambda self: self.env.company)
    language = fields.Selection(
        [("zh_CN", "Chinese"), ("en_US", "English")], required=True, default="zh_CN"
    )
    version_ids = fields.One2many("gb.ivr.version", "flow_id", string="Versions")
    published_id = fields.Many2one("gb.ivr.version", readonly=True, copy=False)
    hotline_ids = fields.One2many("gb.hotline", "flow_id", string="Hotlines")

    _code_uniq = models.Constraint("UNIQUE(code)", "Another flow has this short name already.")
