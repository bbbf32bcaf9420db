from odoo import api, fields, models


class GbTeam(models.Model):
    _name = "gb.team"
    _description = "Call centre team"
    _order = "sequence, name, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", default=lambda self: self.env.company)
    leader_ids = fields.Many2many(
        "res.users",
        "gb_team_leader_rel",
        "team_id",
        "user_id",
        string="Team leads",
        help="They see the calls of this team and of its members.",
    )
    member_ids = fields.Many2many(
        "res.users", "gb_team_member_rel", "team_id", "user_id", string="Agents"
    )
    queue_ids = fields.One2many("gb.queue", "team_id", string="Queues")

    @api.model_create_multi
    def create(self, vals_list):
        # record rules keep the teams of a user
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals):
        if {"member_ids", "leader_ids", "active"} & vals.keys():
            self.env.registry.clear_cache()
        return super().write(vals)
