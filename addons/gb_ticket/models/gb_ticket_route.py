from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError

from ..const import CHANNELS, SEVERITIES

# What a rule may ask for; in this order a work order is compared with it, cheap ones first.
CRITERIA = (
    "type_ids",
    "channel",
    "severity",
    "category_ids",
    "product_category_ids",
    "partner_category_ids",
)


class GbTicketRoute(models.Model):
    """A rule that chooses process and lead department, and the tasks for further departments.

    Rules are asked in their order; the first one whose criteria all fit decides. A criterion that is left empty fits
    everything. A rule without department only chooses the process, or holds back what later rules would dispatch.
    """

    _name = "gb.ticket.route"
    _description = "Routing rule"
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        default=lambda self: self.env.company,
        help="Work orders of this company only; empty means every company.",
    )
    type_ids = fields.Many2many(
        "gb.ticket.type", "gb_ticket_route_type_rel", "route_id", "type_id", string="Types"
    )
    category_ids = fields.Many2many(
        "gb.ticket.category",
        "gb_ticket_route_category_rel",
        "route_id",
        "category_id",
        string="Problems",
        help="These problems and those under them.",
    )
    channel = fields.Selection(CHANNELS)
    severity = fields.Selection(SEVERITIES)
    partner_category_ids = fields.Many2many(
        "res.partner.category",
        "gb_ticket_route_partner_category_rel",
        "route_id",
        "partner_category_id",
        string="Customer tags",
        help="Customers with one of these tags.",
    )
    product_category_ids = fields.Many2many(
        "product.category",
        "gb_ticket_route_product_category_rel",
        "route_id",
        "product_category_id",
        string="Product categories",
        help="Products of these categories and of those under them.",
    )
    process_code = fields.Selection(
        selection="_selection_process_code",
        string="Process",
        help="New work orders run on the version of this process that is in use; empty means the closed loop.",
    )
    department_id = fields.Many2one(
        "hr.department",
        string="Lead department",
        check_company=True,
        help="Proposed to whoever dispatches, or chosen at once.",
    )
    task_department_ids = fields.Many2many(
        "hr.department",
        "gb_ticket_route_task_rel",
        "route_id",
        "department_id",
        string="Tasks for",
        check_company=True,
        help="Each of these departments gets a task of its own when the work order is dispatched.",
    )
    is_automatic = fields.Boolean(
        string="Dispatch at once",
        help="Work orders are dispatched as soon as they are accepted; otherwise a dispatcher does it.",
    )
    ticket_count = fields.Integer(string="Work orders", compute="_compute_ticket_count")

    @api.model
    def _selection_process_code(self):
        processes = (
            self.env["gb.ticket.process"].sudo().search([("state", "in", ("active", "draft"))])
        )
        # the version in use names the process
        names = {
            process.code: process.name for process in processes.sorted(lambda p: p.state != "draft")
        }
        return sorted(names.items(), key=lambda item: item[1])

    def _compute_ticket_count(self):
        counts = dict(
            self.env["gb.ticket"]._read_group(
                [("route_id", "in", self.ids)], ["route_id"], ["__count"]
            )
        )
        for route in self:
            route.ticket_count = counts.get(route, 0)

    @api.constrains("is_automatic", "task_department_ids", "department_id")
    def _check_department(self):
        for route in self:
            if not route.department_id and (route.is_automatic or route.task_department_ids):
                raise ValidationError(
                    self.env._(
                        "“%(rule)s” dispatches, so it needs a lead department.", rule=route.name
                    )
                )
            if route.department_id in route.task_department_ids:
                raise ValidationError(
                    self.env._(
                        "“%(rule)s”: the lead department does the work itself; tasks are for others.",
                        rule=route.name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals):
        self.env.registry.clear_cache()
        return super().write(vals)

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()

    def action_view_tickets(self):
        """:return: action that lists the work orders that the rule has dispatched"""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Dispatched by “%(rule)s”", rule=self.name),
            "res_model": "gb.ticket",
            "view_mode": "list,form",
            "domain": [("route_id", "=", self.id)],
        }

    # ------------------------------------------------------------
    # Choosing
    # ------------------------------------------------------------
    @api.model
    @tools.ormcache("company_id")
    def _get_rules(self, company_id):
        """:return: rules of a company in their order, as plain tuples (id, process code, {criterion: set of ids, or value})"""
        routes = self.sudo().search([("company_id", "in", (company_id, False))])
        return tuple(
            (
                route.id,
                route.process_code,
                {
                    name: frozenset(route[name].ids)
                    if route._fields[name].relational
                    else route[name]
                    for name in CRITERIA
                    if route[name]
                },
            )
            for route in routes
        )

    @api.model
    def _find(self, facts, company):
        """The first rule that fits.

        :param facts: ``gb.ticket._get_route_facts()``
        :return: gb.ticket.route (empty when none fits) as superuser
        """
        for route_id, _process_code, criteria in self._get_rules(company.id):
            if not self._get_misfit(criteria, facts):
                return self.sudo().browse(route_id)
        return self.sudo().browse()

    @api.model
    def _get_misfit(self, criteria, facts):
        """:return: name of the first criterion that does not fit, or False"""
        for name, wanted in criteria.items():
            present = facts[name]
            if not (wanted & present if isinstance(wanted, frozenset) else wanted == present):
                return name
        return False
