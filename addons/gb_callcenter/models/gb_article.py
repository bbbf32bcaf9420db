from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command, Domain
from odoo.tools import html2plaintext
from odoo.tools.mail import is_html_empty

AUDIENCES = [("internal", "Internal"), ("public", "Public")]
STATES = [
    ("draft", "Draft"),
    ("review", "In review"),
    ("published", "Published"),
    ("expired", "Expired"),
    ("archived", "Archived"),
]
EDITOR = "gb_callcenter.group_gb_knowledge_editor"
REVIEWER = "gb_callcenter.group_gb_knowledge_reviewer"
TRANSITIONS = {
    ("draft", "review"): EDITOR,
    ("review", "draft"): EDITOR,
    ("review", "published"): REVIEWER,
    ("published", "expired"): REVIEWER,
    ("published", "archived"): REVIEWER,
    ("expired", "archived"): REVIEWER,
}
# What a version keeps; written in drafts only.
CONTENT = (
    "name", "category_id", "keywords", "question_ids", "body", "lang", "audience", "valid_from", "valid_until",
    "product_tmpl_ids", "product_categ_ids", "attachment_ids", "company_id",
)  # fmt: skip
# Written by the methods of this file and by crons, never by users.
OWNED = (
    "state", "origin_id", "version_id", "contributor_ids", "reviewer_id", "published_at", "reminded_until",
    "use_count", "use_count_7", "use_count_30", "helpful_count", "unhelpful_count",
)  # fmt: skip
REMIND_DAYS = 14


class GbArticle(models.Model):
    """An answer of the knowledge base.

    What is published is read only. To change it, a revision is written: a draft article with ``origin_id``, which replaces
    the content of its origin when it is published; until then agents find and read the published text.
    """

    _name = "gb.article"
    _description = "Knowledge article"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _rec_names_search = ["name", "keywords"]
    _check_company_auto = True

    # --- content -------------------------------------------------------------------------------
    name = fields.Char(string="Title", required=True, index="trigram")
    category_id = fields.Many2one("gb.article.category", index=True, ondelete="restrict")
    keywords = fields.Char(help="Words that customers use and the title does not, by comma.")
    question_ids = fields.One2many("gb.article.question", "article_id", string="Similar questions")
    body = fields.Html(sanitize=True, sanitize_overridable=False)
    body_text = fields.Text(string="Plain text", compute="_compute_body_text", store=True)
    lang = fields.Selection(
        selection=lambda self: self.env["res.lang"].get_installed(),
        string="Language",
        default=lambda self: self.env.user.lang,
    )
    audience = fields.Selection(
        AUDIENCES,
        required=True,
        default="internal",
        help="Internal: for colleagues only. Public: may also be shown and sent to customers.",
    )
    product_tmpl_ids = fields.Many2many(
        "product.template", "gb_article_product_rel", "article_id", "product_tmpl_id",
        string="Products", check_company=True,
    )  # fmt: skip
    product_categ_ids = fields.Many2many(
        "product.category", "gb_article_product_categ_rel", "article_id", "categ_id",
        string="Product categories",
    )  # fmt: skip
    attachment_ids = fields.Many2many(
        "ir.attachment", "gb_article_attachment_rel", "article_id", "attachment_id",
        string="Attachments", help="Their content is searched, too.",
    )  # fmt: skip
    valid_from = fields.Date(help="Agents find it from this day on.")
    valid_until = fields.Date(help="The last day on which it is valid; it expires by itself.")

    # --- life cycle ----------------------------------------------------------------------------
    company_id = fields.Many2one("res.company", index=True, default=lambda self: self.env.company)
    owner_id = fields.Many2one(
        "res.users",
        string="Responsible",
        default=lambda self: self.env.user,
        help="Is reminded before the article expires.",
    )
    state = fields.Selection(
        STATES, default="draft", required=True, readonly=True, index=True, tracking=True, copy=False
    )
    origin_id = fields.Many2one(
        "gb.article", string="Revision of", readonly=True, copy=False, ondelete="cascade"
    )
    revision_ids = fields.One2many("gb.article", "origin_id", string="Revisions", copy=False)
    contributor_ids = fields.Many2many(
        "res.users", "gb_article_contributor_rel", "article_id", "user_id",
        string="Written by", readonly=True, copy=False,
        help="Who has written what is not published yet. Somebody else publishes it.",
    )  # fmt: skip
    change_note = fields.Char(
        string="What has changed", copy=False, help="Kept with the version that is published."
    )
    review_note = fields.Char(
        string="What is to be changed", copy=False, help="For the author, when it is sent back."
    )
    version_id = fields.Many2one(
        "gb.article.version", string="Published version", readonly=True, copy=False,
        index="btree_not_null",
    )  # fmt: skip
    version_ids = fields.One2many("gb.article.version", "article_id", string="Versions", copy=False)
    version_number = fields.Integer(related="version_id.number", string="Version")
    reviewer_id = fields.Many2one("res.users", string="Published by", readonly=True, copy=False)
    published_at = fields.Datetime(string="Published on", readonly=True, copy=False)
    reminded_until = fields.Date(readonly=True, copy=False)
    may_publish = fields.Boolean(compute="_compute_may_publish")

    # --- use -----------------------------------------------------------------------------------
    use_count = fields.Integer(string="Times used", default=0, readonly=True, copy=False)
    use_count_7 = fields.Integer(string="Used in 7 days", default=0, readonly=True, copy=False)
    use_count_30 = fields.Integer(string="Used in 30 days", default=0, readonly=True, copy=False)
    helpful_count = fields.Integer(string="Helpful", default=0, readonly=True, copy=False)
    unhelpful_count = fields.Integer(string="Not helpful", default=0, readonly=True, copy=False)

    # so that two editors do not revise the same article without knowing of each other
    _origin_unique = models.UniqueIndex("(origin_id) WHERE origin_id IS NOT NULL")
    _valid_until_index = models.Index("(valid_until) WHERE state = 'published'")
    _hot_index = models.Index("(use_count_30) WHERE use_count_30 > 0")
    _validity = models.Constraint(
        "CHECK (valid_from IS NULL OR valid_until IS NULL OR valid_from <= valid_until)",
        "An article cannot end before it begins.",
    )

    @api.depends("body")
    def _compute_body_text(self):
        for article in self:
            article.body_text = (
                html2plaintext(article.body, include_references=False) if article.body else ""
            )

    @api.depends("state", "contributor_ids")
    @api.depends_context("uid")
    def _compute_may_publish(self):
        is_reviewer = self.env.user.has_group(REVIEWER)
        for article in self:
            article.may_publish = (
                is_reviewer
                and article.state == "review"
                and self.env.user not in article.contributor_ids
            )

    @api.depends("name", "origin_id")
    def _compute_display_name(self):
        for article in self:
            article.display_name = (
                self.env._("%(title)s (revision)", title=article.name)
                if article.origin_id
                else article.name
            )

    # ------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------
    @api.model_create_multi
    def create(self, vals_list):
        """An article begins as a draft of whoever creates it."""
        for vals in vals_list:
            self._check_owned(vals)
        articles = super().create(vals_list)
        articles._note_contributor()
        articles._claim_attachments()
        articles._update_index()
        return articles

    def write(self, vals):
        """The content is written in drafts only, see ``action_revise``.

        :raises UserError: on a field that follows from the life cycle, or on content that is not a draft
        """
        self._check_owned(vals)
        is_content = any(name in vals for name in CONTENT)
        if is_content:
            self._check_editable()
        result = super().write(vals)
        if is_content:
            self._note_contributor()
            self._claim_attachments()
            self._update_index()
        return result

    def _write_owned(self, vals):
        """Write whatever the life cycle asks for."""
        return super().write(vals)  # pylint: disable=super-method-mismatch

    def _check_owned(self, vals):
        names = [name for name in OWNED if vals.get(name)]
        if names == ["state"] and vals["state"] == "draft":
            return
        if names:
            raise UserError(
                self.env._(
                    "These fields follow from what is done with the article: %(names)s.",
                    names=", ".join(
                        self._fields[name]._description_string(self.env) for name in names
                    ),
                )
            )

    def _check_editable(self):
        """:raises UserError: unless all are drafts"""
        for article in self:
            if article.state == "draft":
                continue
            if article.state == "review":
                raise UserError(
                    self.env._(
                        "“%(title)s” is in review. Take it back to go on writing.",
                        title=article.name,
                    )
                )
            raise UserError(
                self.env._(
                    "“%(title)s” was published. Start a revision to change it.",
                    title=article.name,
                )
            )

    def _note_contributor(self):
        user = self.env.user
        for article_sudo in self.sudo():
            if user not in article_sudo.contributor_ids:
                article_sudo._write_owned({"contributor_ids": [Command.link(user.id)]})

    def _claim_attachments(self):
        """Who may read the article may read what was uploaded with it."""
        for article in self:
            # uploaded by this user in a form that was not saved yet
            loose_sudo = article.sudo().attachment_ids.filtered(
                lambda attachment: not attachment.res_id and attachment.create_uid == self.env.user
            )
            loose_sudo.write({"res_model": self._name, "res_id": article.id})

    @api.constrains("attachment_ids")
    def _check_attachments(self):
        for article in self:
            # raises when somebody refers to what he may not read
            article.with_user(self.env.user).sudo(self.env.su).attachment_ids.check_access("read")

    @api.ondelete(at_uninstall=False)
    def _unlink_unless_published(self):
        if any(article.version_id or article.version_ids for article in self):
            raise UserError(self.env._("What was published once is archived, not deleted."))

    # ------------------------------------------------------------
    # Life cycle
    # ------------------------------------------------------------
    def action_submit(self):
        """Hand a draft over for review."""
        self._transition("review")

    def action_send_back(self):
        """Back to the author, with what is to be changed; or taken back by the author himself."""
        self._transition("draft")

    def action_publish(self):
        """Show it to agents (somebody else than its authors).

        :return: action: the published article, when it was a revision
        """
        published = self._transition("published")
        return published._get_form_action() if len(published) == 1 else None

    def action_archive_article(self):
        """Take it out of the search for good."""
        self._transition("archived")

    def action_expire(self):
        """It is no longer valid as from now."""
        self._transition("expired")

    def _transition(self, target):
        """The only way from one state into another. Articles that are there already stay as they are.

        :param target: state
        :return: gb.article: those really changed; for a published revision its origin
        :raises UserError: saying why it is not possible
        :raises AccessError: for those without the role
        """
        self.check_access("read")
        changed = self.browse()
        for article in self:
            if article.state == target:
                continue
            role = TRANSITIONS.get((article.state, target))
            states = dict(self._fields["state"]._description_selection(self.env))
            if not role:
                raise UserError(
                    self.env._(
                        "“%(title)s” is “%(state)s”; it cannot become “%(target)s”.",
                        title=article.name,
                        state=states[article.state],
                        target=states[target],
                    )
                )
            if not self.env.su and not self.env.user.has_group(role):
                raise AccessError(
                    self.env._(
                        "Only %(role)s may do this.",
                        role=self.env.ref(role).sudo().display_name,
                    )
                )
            # rights of the role were checked above; its fields are nobody's to write by hand
            changed |= getattr(article.sudo(), f"_become_{target}")().sudo(self.env.su)
        return changed

    def _become_review(self):
        self._check_complete()
        self._write_owned({"state": "review", "review_note": False})
        for reviewer in self._get_reviewers():
            self.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=self.env._("Review and publish"),
                user_id=reviewer.id,
            )
        return self

    def _become_draft(self):
        if self.env.user not in self.contributor_ids:
            if not self.review_note:
                raise UserError(self.env._("Say what is to be changed before you send it back."))
            self.message_post(
                body=self.env._("Sent back: %(note)s", note=self.review_note),
                partner_ids=self.contributor_ids.partner_id.ids,
            )
        self._write_owned({"state": "draft"})
        self.activity_unlink(["mail.mail_activity_data_todo"])
        return self

    def _become_published(self):
        self._check_complete()
        if self.env.user in self.contributor_ids and self.env.uid != api.SUPERUSER_ID:
            raise UserError(
                self.env._(
                    "You have written “%(title)s” yourself; somebody else publishes it.",
                    title=self.name,
                )
            )
        if self.valid_until and self.valid_until < fields.Date.context_today(self):
            raise UserError(
                self.env._("“%(title)s” is valid until a day that has passed.", title=self.name)
            )
        self.activity_unlink(["mail.mail_activity_data_todo"])
        article, authors, note = self.origin_id or self, self.contributor_ids, self.change_note
        if self.origin_id:
            self._replace_origin()
        version = self.env["gb.article.version"].create(
            article._prepare_version_values(authors, note)
        )
        article._write_owned(
            {
                "state": "published",
                "version_id": version.id,
                "reviewer_id": version.reviewer_id.id,
                "published_at": version.published_at,
                "contributor_ids": [Command.clear()],
                "change_note": False,
                "review_note": False,
                "reminded_until": False,
            }
        )
        article._update_index()
        article._trigger_expiry()
        self.env.ref("gb_callcenter.ir_cron_count_article_terms")._trigger(
            fields.Datetime.now() + timedelta(minutes=2)
        )
        article._on_published(version)
        return article

    def _become_expired(self):
        self._write_owned({"state": "expired"})
        return self

    def _become_archived(self):
        self._write_owned({"state": "archived"})
        self.revision_ids.unlink()
        self.activity_unlink(["mail.mail_activity_data_todo"])
        return self

    def _check_complete(self):
        missing = [
            self._fields[name]._description_string(self.env)
            for name, is_missing in (
                ("category_id", not self.category_id),
                ("body", is_html_empty(self.body)),
            )
            if is_missing
        ]
        if missing:
            raise UserError(
                self.env._(
                    "“%(title)s” is not complete yet. Fill in: %(names)s.",
                    title=self.name,
                    names=", ".join(missing),
                )
            )

    def _get_reviewers(self):
        """Who is asked to publish: at most three, so that not everybody is."""
        users = self.env.ref(REVIEWER).all_user_ids.filtered(
            lambda user: (
                user.active
                and user.id != api.SUPERUSER_ID
                and (not self.company_id or self.company_id in user.company_ids)
            )
        )
        return (users - self.contributor_ids)[:3]

    def _on_published(self, version):
        """Hook: an article has just been published, for the first time or anew. Override to announce it.

        :param version: gb.article.version
        """

    # ------------------------------------------------------------
    # Revisions and versions
    # ------------------------------------------------------------
    def action_revise(self):
        """Go on with the revision of a published article, or start one.

        :return: action: the draft
        """
        self.ensure_one()
        self.check_access("write")
        return (self.revision_ids or self._start_revision())._get_form_action()

    def _start_revision(self, values=None):
        """A draft that replaces this article when it is published.

        :param values: content other than the present one
        :return: gb.article
        """
        self.ensure_one()
        self.check_access("write")
        if not self.version_id:
            raise UserError(self.env._("It was never published: just change it."))
        if self.state == "archived":
            raise UserError(self.env._("“%(title)s” is archived.", title=self.name))
        if self.revision_ids:
            raise UserError(
                self.env._("There is a revision of “%(title)s” already.", title=self.name)
            )
        values = values or self.version_id._prepare_revision_values()
        revision = self.create({**values, "company_id": self.company_id.id})
        revision.sudo()._write_owned({"origin_id": self.id, "owner_id": self.owner_id.id})
        # the origin keeps its place in the search, the revision has none
        revision._update_index()
        return revision

    def _replace_origin(self):
        """Move the content of this revision, and what was written about it, into its origin."""
        origin = self.origin_id
        values = self._prepare_content_values()
        origin._write_owned({"state": "draft"})
        origin._write_owned({**values, "question_ids": [Command.clear(), *values["question_ids"]]})
        self.attachment_ids.filtered(
            lambda attachment: attachment.res_model == self._name and attachment.res_id == self.id
        ).write({"res_id": origin.id})
        self.message_change_thread(origin)
        self.unlink()

    def _prepare_content_values(self):
        """:return: values of an article that says the same"""
        self.ensure_one()
        values = {}
        for name in CONTENT:
            field = self._fields[name]
            if field.type == "many2many":
                values[name] = [Command.set(self[name].ids)]
            elif field.type == "many2one":
                values[name] = self[name].id
            elif name == "question_ids":
                values[name] = [
                    Command.create({"name": question.name, "sequence": question.sequence})
                    for question in self.question_ids
                ]
            else:
                values[name] = self[name]
        return values

    def _prepare_version_values(self, authors, note):
        """Override to keep more with each version.

        :return: values of gb.article.version
        """
        self.ensure_one()
        return {
            "article_id": self.id,
            "company_id": self.company_id.id,
            "number": max(self.version_ids.mapped("number"), default=0) + 1,
            "name": self.name,
            "category_id": self.category_id.id,
            "keywords": self.keywords,
            "questions": "\n".join(self.question_ids.mapped("name")),
            "body": self.body,
            "body_text": self.body_text,
            "lang": self.lang,
            "audience": self.audience,
            "valid_from": self.valid_from,
            "valid_until": self.valid_until,
            "product_tmpl_ids": [Command.set(self.product_tmpl_ids.ids)],
            "product_categ_ids": [Command.set(self.product_categ_ids.ids)],
            "attachment_ids": [Command.set(self.attachment_ids.ids)],
            "author_ids": [Command.set(authors.ids)],
            "reviewer_id": self.env.uid,
            "published_at": fields.Datetime.now(),
            "note": note,
        }

    def action_versions(self):
        """:return: action: the versions, newest first"""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Versions"),
            "res_model": "gb.article.version",
            "view_mode": "list,form",
            "domain": [("article_id", "=", self.id)],
        }

    def _get_form_action(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
        }

    # ------------------------------------------------------------
    # Validity
    # ------------------------------------------------------------
    @api.model
    def _get_live_domain(self, audience=None):
        """What is valid today.

        :param audience: ``public`` for what customers may see
        :return: Domain
        """
        domain = (
            Domain("state", "=", "published")
            & (Domain("valid_from", "=", False) | Domain("valid_from", "<=", "today"))
            & (Domain("valid_until", "=", False) | Domain("valid_until", ">=", "today"))
        )
        return domain & Domain("audience", "=", audience) if audience else domain

    def _is_live(self):
        return bool(self.filtered_domain(self._get_live_domain()))

    def _trigger_expiry(self):
        """Wake the cron on the morning after the last day, and when its owner has to be reminded."""
        cron = self.env.ref("gb_callcenter.ir_cron_expire_articles")
        for article in self.filtered("valid_until"):
            end = fields.Datetime.to_datetime(article.valid_until) + timedelta(days=1)
            remind = end - timedelta(days=REMIND_DAYS)
            cron._trigger([end, max(remind, fields.Datetime.now())])

    @api.model
    def _cron_expire(self):
        """Expire what is no longer valid; remind its owner two weeks before."""
        over = self.search([("state", "=", "published"), ("valid_until", "<", "today")])
        over._transition("expired")
        soon = self.search(
            [
                ("state", "=", "published"),
                ("valid_until", ">=", "today"),
                ("valid_until", "<=", f"today +{REMIND_DAYS}d"),
                ("reminded_until", "=", False),
            ]
        )
        for article in soon:
            if article.owner_id.active:
                article.activity_schedule(
                    "mail.mail_activity_data_todo",
                    date_deadline=article.valid_until,
                    summary=self.env._("The article expires: check and prolong it"),
                    user_id=article.owner_id.id,
                )
            article._write_owned({"reminded_until": article.valid_until})

    # ------------------------------------------------------------
    # Demo
    # ------------------------------------------------------------
    @api.model
    def _publish_demo(self):
        """Publish the drafts of the demo as its people would, and let agents use them (demo data only)."""
        editor, lead, *agents = (
            self.env.ref(f"gb_callcenter.{name}")
            for name in ("user_editor", "user_lead", "user_agent1", "user_agent2", "user_agent3")
        )
        drafts = self.search([("owner_id", "=", editor.id), ("state", "=", "draft")], order="id")
        drafts._write_owned({"contributor_ids": [Command.set(editor.ids)]})
        # the last one waits for a reviewer
        drafts._transition("review")
        published = drafts[:-1].with_user(lead)._transition("published").sudo()
        for place, article in enumerate(published):
            for number in range(max(1, 9 - place)):
                agent = agents[number % len(agents)]
                kind = "unhelpful" if place == 4 and not number else "used"
                article.with_user(agent).sudo()._log_use_sudo(kind, "res.partner", number + 1)
        for text in ("奶粉能寄到国外吗", "双胞胎推车有没有", "以旧换新怎么参加"):
            self.env["gb.article.query"]._log(text)
        self.env["gb.article.use"]._cron_count()
        self.env["gb.article.term"]._cron_count()

    @api.constrains("origin_id")
    def _check_origin(self):
        if any(article.origin_id.origin_id for article in self):
            raise ValidationError(self.env._("A revision has no revision of its own."))
