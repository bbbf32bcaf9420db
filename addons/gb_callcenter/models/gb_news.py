from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL


class GbNews(models.Model):
    """What agents have to know today: a new campaign, a recall, a changed rule. Each confirms that he has read it."""

    _name = "gb.news"
    _description = "News for agents"
    _inherit = ["mail.thread"]
    _order = "published_at desc, id desc"
    _check_company_auto = True

    name = fields.Char(string="Title", required=True, tracking=True)
    body = fields.Html(string="Text")
    article_id = fields.Many2one(
        "gb.article", check_company=True, help="Where agents read the whole matter."
    )
    team_ids = fields.Many2many(
        "gb.team", string="For teams", check_company=True, help="Empty: for every agent."
    )
    must_confirm = fields.Boolean(
        string="To be confirmed",
        help="Opens by itself, and stays marked until the agent says that he has read it.",
    )
    valid_until = fields.Date(help="The last day on which it is shown.")
    state = fields.Selection(
        [("draft", "Draft"), ("published", "Published"), ("withdrawn", "Withdrawn")],
        required=True,
        default="draft",
        readonly=True,
        copy=False,
        tracking=True,
    )
    published_at = fields.Datetime(string="Published on", readonly=True, copy=False)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    receipt_ids = fields.One2many("gb.news.receipt", "news_id", string="Read by", readonly=True)
    read_count = fields.Integer(string="Have read it", compute="_compute_counts")
    reader_count = fields.Integer(string="Are to read it", compute="_compute_counts")
    unread_user_ids = fields.Many2many(
        "res.users", string="Have not read it", compute="_compute_unread_user_ids"
    )

    _current_idx = models.Index("(company_id, published_at DESC) WHERE state = 'published'")

    @api.depends("receipt_ids", "team_ids")
    def _compute_counts(self):
        counts = dict(
            self.env["gb.news.receipt"]
            .sudo()
            ._read_group([("news_id", "in", self.ids)], ["news_id"], ["__count"])
        )
        for news in self:
            news.read_count = counts.get(news, 0)
            news.reader_count = len(news._get_readers())

    @api.depends("receipt_ids", "team_ids")
    def _compute_unread_user_ids(self):
        for news in self:
            news.unread_user_ids = news._get_readers() - news.sudo().receipt_ids.user_id

    def _get_readers(self):
        """Whom it is for: members of its teams, or every agent of the company. :return: res.users"""
        self.ensure_one()
        if self.team_ids:
            return self.sudo().team_ids.member_ids
        agents = self.env.ref("gb_callcenter.group_gb_agent")
        return (
            self.env["res.users"]
            .sudo()
            .search(
                [
                    ("all_group_ids", "in", agents.ids),
                    ("company_ids", "in", self.company_id.ids),
                    ("share", "=", False),
                ]
            )
        )

    def write(self, vals):
        if {"state", "published_at"} & vals.keys() and not self.env.su:
            raise AccessError(self.env._("News are published and withdrawn by their buttons."))
        if {"name", "body", "team_ids"} & vals.keys() and any(
            news.state != "draft" for news in self
        ):
            raise UserError(
                self.env._("What agents have confirmed stays as it is. Withdraw it and write anew.")
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_if_draft(self):
        if any(news.state != "draft" for news in self):
            raise UserError(self.env._("News that were published are withdrawn, not deleted."))

    # ------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------

    def action_publish(self):
        """Show it to the agents at once."""
        self.check_access("write")
        for news in self.filtered(lambda n: n.state == "draft"):
            news.sudo().write({"state": "published", "published_at": fields.Datetime.now()})
            news._tell(news._get_readers())
        return True

    def action_withdraw(self):
        """Take it away from the agents; who has read it stays on record."""
        self.check_access("write")
        for news in self.filtered(lambda n: n.state == "published"):
            news.sudo().write({"state": "withdrawn"})
            news._tell(news._get_readers())
        return True

    def action_view_receipts(self):
        """Who has read it, and when."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Read by"),
            "res_model": "gb.news.receipt",
            "views": [(False, "list")],
            "domain": [("news_id", "=", self.id)],
        }

    def _tell(self, users):
        for user in users:
            user._bus_send("gb_callcenter.news", {"id": self.id})

    # ------------------------------------------------------------
    # Agents
    # ------------------------------------------------------------

    @api.model
    def _get_mine_domain(self):
        """News that are for the current user today. :return: Domain"""
        teams = self.env["gb.team"].sudo().search([("member_ids", "in", self.env.uid)])
        return (
            Domain("state", "=", "published")
            & Domain("company_id", "in", self.env.companies.ids)
            & (Domain("valid_until", "=", False) | Domain("valid_until", ">=", "today"))
            & (Domain("team_ids", "=", False) | Domain("team_ids", "in", teams.ids))
        )

    @api.model
    @api.readonly
    def get_mine(self, limit=20):
        """The current agent's news, newest first.

        :return: {unread: int, news: [{id, name, body, published_at, must_confirm, is_read, article_id}]}
        """
        self.check_access("read")
        found = self.search(self._get_mine_domain(), limit=max(1, min(int(limit), 50)))
        read = (
            self.env["gb.news.receipt"]
            .sudo()
            .search([("news_id", "in", found.ids), ("user_id", "=", self.env.uid)])
            .news_id
        )
        return {
            "unread": len(found - read),
            "news": [
                {
                    "id": news.id,
                    "name": news.name,
                    "body": news.body or "",
                    "published_at": fields.Datetime.to_string(news.published_at),
                    "must_confirm": news.must_confirm,
                    "is_read": news in read,
                    "article_id": news.article_id.id,
                }
                for news in found
            ],
        }

    def confirm_read(self):
        """The current agent has read it; once counts. :return: as ``get_mine``"""
        mine = self.search(self._get_mine_domain() & Domain("id", "in", self.ids))
        if mine != self:
            raise AccessError(self.env._("These news are not for you, or no longer shown."))
        for news in mine:
            self.env.execute_query(
                SQL(
                    "INSERT INTO gb_news_receipt (news_id, user_id, read_at) VALUES (%s, %s, %s) "
                    "ON CONFLICT (news_id, user_id) DO NOTHING RETURNING id",
                    news.id,
                    self.env.uid,
                    fields.Datetime.now(),
                )
            )
        self.env["gb.news.receipt"].invalidate_model()
        self.invalidate_recordset(["receipt_ids"])
        return self.get_mine()
