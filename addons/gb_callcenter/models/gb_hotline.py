from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..const import PBX_NAME


class GbHotline(models.Model):
    _name = "gb.hotline"
    _description = "Hotline"
    _order = "sequence, number, id"
    _rec_names_search = ["name", "number"]
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    number = fields.Char(
        required=True,
        help="The number as the carrier signals it to the PBX when a customer dials the hotline.",
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", default=lambda self: self.env.company)
    provider_id = fields.Many2one(
        "gb.telephony.provider",
        required=True,
        ondelete="restrict",
        index=True,
        check_company=True,
        default=lambda self: self.env["gb.telephony.provider"]._get_default(),
    )
    queue_id = fields.Many2one(
        "gb.queue",
        string="Opens",
        ondelete="restrict",
        check_company=True,
        help="The queue that callers of this number reach.",
    )
    greeting = fields.Char(
        default="welcome", help="Name of the prompt on the PBX that greets the caller."
    )
    max_calls = fields.Integer(
        string="Calls at once, at most",
        help="Further callers hear that all lines are busy. 0: no limit.",
    )
    call_count = fields.Integer(compute="_compute_call_count")

    _number_uniq = models.Constraint(
        "UNIQUE(provider_id, number)", "This PBX has a hotline of this number already."
    )

    _max_calls_check = models.Constraint(
        "CHECK (max_calls >= 0)", "A number of calls cannot be negative."
    )

    @api.depends("name", "number")
    def _compute_display_name(self):
        for hotline in self:
            hotline.display_name = f"{hotline.name} ({hotline.number})"

    def _compute_call_count(self):
        counts = dict(
            self.env["gb.call"]._read_group(
                [("hotline_id", "in", self.ids)], ["hotline_id"], ["__count"]
            )
        )
        for hotline in self:
            hotline.call_count = counts.get(hotline, 0)

    @api.constrains("greeting")
    def _check_greeting(self):
        for hotline in self:
            if hotline.greeting and not PBX_NAME.fullmatch(hotline.greeting):
                raise ValidationError(
                    self.env._("A prompt's name has only letters, digits, - and _.")
                )

    def action_view_calls(self):
        """Open the calls of this hotline."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("gb_callcenter.gb_call_action")
        return dict(action, domain=[("hotline_id", "=", self.id)])

    # ------------------------------------------------------------------
    # The telephone system follows
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        hotlines = super().create(vals_list)
        hotlines.provider_id._config_changed()
        return hotlines

    def write(self, vals):
        providers = self.provider_id
        result = super().write(vals)
        (providers | self.provider_id)._config_changed()
        return result

    def unlink(self):
        providers = self.provider_id
        result = super().unlink()
        providers._config_changed()
        return result
