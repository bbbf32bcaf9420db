from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain

KINDS = [
    ("on_sale", "On sale"),
    ("off_sale", "Off sale"),
    ("price", "Price adjustment"),
]
OPEN_STATES = ("submitted", "approved", "effective")


class GbProductSheet(models.Model):
    """A decision about products that takes effect at a given time: put on sale, take off sale, change the price.

    draft → submitted → approved (by somebody else) → effective → ended; cancelled before it takes effect.
    Prices become rules of an Odoo pricelist with dates, so that they change to the second; what was for sale before is
    remembered and restored when the sheet ends.
    """

    _name = "gb.product.sheet"
    _description = "Sale or price sheet"
    _inherit = ["mail.thread"]
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char(
        string="Number", readonly=True, copy=False, default=lambda self: self.env._("New")
    )
    kind = fields.Selection(KINDS, required=True, default="off_sale")
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("submitted", "Submitted"),
            ("approved", "Approved"),
            ("effective", "Effective"),
            ("ended", "Ended"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        default="draft",
        readonly=True,
        copy=False,
        tracking=True,
        index=True,
    )
    pricelist_id = fields.Many2one(
        "product.pricelist",
        check_company=True,
        index="btree_not_null",
        help="The price list whose customers get the new prices.",
    )
    currency_id = fields.Many2one("res.currency", compute="_compute_currency_id")
    effective_from = fields.Datetime(
        copy=False, index="btree_not_null", help="Empty: as soon as it is approved."
    )
    until = fields.Datetime(
        copy=False, index="btree_not_null", help="Empty: until another sheet says otherwise."
    )
    reason = fields.Text(help="Why: shown to whoever approves, and in the products' history.")
    line_ids = fields.One2many("gb.product.sheet.line", "sheet_id", string="Products", copy=True)
    line_count = fields.Integer(string="Number of products", compute="_compute_line_count")
    conflicts = fields.Text(
        compute="_compute_conflicts", help="Other open sheets about the same products."
    )
    user_id = fields.Many2one(
        "res.users",
        string="Author",
        default=lambda self: self.env.user,
        required=True,
        readonly=True,
        copy=False,
        index=True,
    )
    approver_id = fields.Many2one(
        "res.users", string="Approved by", readonly=True, copy=False, index="btree_not_null"
    )
    approved_at = fields.Datetime(string="Approved on", readonly=True, copy=False)
    applied_at = fields.Datetime(string="Took effect", readonly=True, copy=False)
    ended_at = fields.Datetime(string="Ended on", readonly=True, copy=False)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )

    _dates_in_order = models.Constraint(
        "CHECK(until IS NULL OR effective_from IS NULL OR until > effective_from)",
        "The end must be after the beginning.",
    )

    @api.depends("pricelist_id", "company_id")
    def _compute_currency_id(self):
        for sheet in self:
            sheet.currency_id = sheet.pricelist_id.currency_id or sheet.company_id.currency_id

    @api.depends("line_ids")
    def _compute_line_count(self):
        for sheet in self:
            sheet.line_count = len(sheet.line_ids)

    @api.depends(
        "state", "kind", "pricelist_id", "effective_from", "until", "line_ids.product_tmpl_id"
    )
    def _compute_conflicts(self):
        for sheet in self:
            lines = sheet._get_conflicts() if sheet.state in ("draft", *OPEN_STATES) else []
            sheet.conflicts = "\n".join(
                self.env._(
                    "%(product)s: %(sheet)s, %(state)s",
                    product=line.display_name,
                    sheet=line.sheet_id.name,
                    state=dict(sheet._fields["state"]._description_selection(self.env))[
                        line.sheet_id.state
                    ],
                )
                for line in lines
            )

    @api.constrains("kind", "pricelist_id", "line_ids", "state")
    def _check_complete(self):
        for sheet in self.filtered(lambda sheet: sheet.state != "draft"):
            if not sheet.line_ids:
                raise ValidationError(self.env._("Add at least one product."))
            if sheet.kind == "price" and not sheet.pricelist_id:
                raise ValidationError(self.env._("Choose the price list."))
            sheet.line_ids._check_price()

    # ------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------
    @api.model_create_multi
    def create(self, vals_list):
        vals_list = [
            {
                **vals,
                "name": self.env["ir.sequence"]
                .with_company(vals.get("company_id"))
                .next_by_code("gb.product.sheet")
                or "/",
                "user_id": vals.get("user_id", self.env.uid) if self.env.su else self.env.uid,
                "state": "draft",
            }
            for vals in vals_list
        ]
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su and {"state", "user_id", "approver_id", "approved_at"} & vals.keys():
            raise AccessError(self.env._("A sheet moves by its buttons only."))
        content = {"kind", "pricelist_id", "effective_from", "until", "line_ids", "company_id"}
        if content & vals.keys() and not self.env.su:
            self._check_draft()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_draft_only(self):
        self._check_draft()

    def _check_draft(self):
        for sheet in self:
            if sheet.state != "draft":
                raise UserError(
                    self.env._(
                        "%(sheet)s was submitted: its content does not change any more. "
                        "Cancel it and make a new one.",
                        sheet=sheet.name,
                    )
                )

    # ------------------------------------------------------------
    # Conflicts
    # ------------------------------------------------------------
    def _get_conflicts(self):
        """Lines of other sheets, submitted or later, that say something else about these products at the same time.

        A sheet without an end that is effective already is no conflict: the new one takes its place.

        :return: gb.product.sheet.line
        """
        self.ensure_one()
        start = self.effective_from or fields.Datetime.now()
        domain = (
            Domain("sheet_id", "!=", self._origin.id or 0)
            & Domain("sheet_id.company_id", "=", self.company_id.id)
            & Domain("product_tmpl_id", "in", self.line_ids.product_tmpl_id.ids)
            & Domain("is_ended", "=", False)
            & (
                Domain("sheet_id.state", "in", ("submitted", "approved"))
                | (
                    Domain("sheet_id.state", "=", "effective")
                    & Domain("sheet_id.until", "!=", False)
                )
            )
            & (Domain("sheet_id.until", "=", False) | Domain("sheet_id.until", ">", start))
        )
        if self.kind == "price":
            domain &= Domain("sheet_id.kind", "=", "price") & Domain(
                "sheet_id.pricelist_id", "=", self.pricelist_id.id
            )
        else:
            domain &= Domain("sheet_id.kind", "!=", "price")
        if self.until:
            domain &= Domain("sheet_id.effective_from", "=", False) | Domain(
                "sheet_id.effective_from", "<", self.until
            )
        lines = self.env["gb.product.sheet.line"].search(domain)
        return lines.filtered(lambda line: any(own._is_about_same(line) for own in self.line_ids))

    def _check_conflicts(self):
        for sheet in self:
            if sheet.conflicts:
                raise UserError(
                    self.env._(
                        "Other sheets say something about the same products at the same time:\n%(list)s",
                        list=sheet.conflicts,
                    )
                )

    # ------------------------------------------------------------
    # Moves
    # ------------------------------------------------------------
    def _move(self, expected, state, **values):
        """:return: the sheets that were in one of the ``expected`` states, now in ``state``"""
        moved = self.filtered(lambda sheet: sheet.state in expected)
        # the caller has checked who may do this
        moved.sudo().write({**values, "state": state})
        return moved

    def _check_approver(self):
        if not self.env.user.has_group("gb_callcenter.group_gb_approve_sheet"):
            raise AccessError(self.env._("You are not allowed to approve sheets."))

    def action_submit(self):
        """Hand the sheets over for approval.

        :raises UserError: when something is missing or another open sheet contradicts
        """
        self.check_access("write")
        now = fields.Datetime.now()
        for sheet in self:
            if not (sheet.reason or "").strip():
                raise UserError(self.env._("Say why."))
            if sheet.until and sheet.until <= now:
                raise UserError(self.env._("The end is in the past."))
        self._check_conflicts()
        for line in self.filtered(lambda sheet: sheet.state == "draft").line_ids:
            line.sudo().old_price = line._get_current_price()
        self._move(("draft",), "submitted")
        return True

    def action_approve(self):
        """Approve; takes effect at once or at its time.

        :raises AccessError: without the right, and for the author
        :raises UserError: when another open sheet contradicts
        """
        self._check_approver()
        self.check_access("write")
        for sheet in self:
            if sheet.user_id == self.env.user:
                raise AccessError(
                    self.env._("Somebody else than the author has to approve a sheet.")
                )
            if sheet.state != "submitted":
                raise UserError(
                    self.env._("%(sheet)s is not waiting for approval.", sheet=sheet.name)
                )
        self._check_conflicts()
        now = fields.Datetime.now()
        for sheet in self:
            approved = sheet._move(
                ("submitted",),
                "approved",
                approver_id=self.env.uid,
                approved_at=now,
                effective_from=max(sheet.effective_from or now, now),
            )
            approved.sudo().line_ids._create_price_rules()
        self._schedule()
        self.sudo()._apply()
        return True

    def action_refuse(self):
        """Give submitted sheets back to their authors."""
        self._check_approver()
        self.check_access("write")
        self._move(("submitted",), "draft")
        return True

    def action_cancel(self):
        """Cancel sheets that have not taken effect."""
        self.check_access("write")
        if any(sheet.state == "approved" for sheet in self):
            self._check_approver()
        cancelled = self._move(("draft", "submitted", "approved"), "cancelled")
        cancelled.sudo().line_ids._drop_price_rules()
        return True

    def action_end(self):
        """End effective sheets now: the prices and what was for sale before are back."""
        self._check_approver()
        self.check_access("write")
        self.sudo()._end()
        return True

    # ------------------------------------------------------------
    # Taking effect and ending
    # ------------------------------------------------------------
    def _schedule(self):
        """Wake the cron when these sheets begin and end."""
        moments = {
            moment for sheet in self for moment in (sheet.effective_from, sheet.until) if moment
        }
        if moments:
            self.env.ref("gb_callcenter.ir_cron_product_sheet").sudo()._trigger(at=sorted(moments))

    def _apply(self):
        """Let approved sheets whose time has come take effect. Doing it twice changes nothing.

        :return: the sheets that took effect now
        """
        now = fields.Datetime.now()
        due = self.filtered(
            lambda sheet: sheet.state == "approved" and sheet.effective_from <= now
        ).sorted("effective_from")
        for sheet in due:
            sheet.line_ids._apply()
            sheet._move(("approved",), "effective", applied_at=now)
        return due

    def _end(self):
        now = fields.Datetime.now()
        effective = self.filtered(lambda sheet: sheet.state == "effective")
        for sheet in effective.sorted("applied_at", reverse=True):
            sheet.line_ids.filtered(lambda line: not line.is_ended)._end(now)
            sheet._move(("effective",), "ended", ended_at=now)

    @api.model
    def _cron_apply(self):
        """Let sheets begin and end at their time."""
        now = fields.Datetime.now()
        begin = Domain("state", "=", "approved") & Domain("effective_from", "<=", now)
        end = Domain("state", "=", "effective") & Domain("until", "<=", now)
        sheets = self.search(begin | end, order="effective_from, id").try_lock_for_update()
        self.env["ir.cron"]._commit_progress(remaining=len(sheets))
        for sheet in sheets:
            sheet._apply()
            if sheet.state == "effective" and sheet.until and sheet.until <= now:
                sheet._end()
            self.env["ir.cron"]._commit_progress(1)
