import logging

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

_logger = logging.getLogger(__name__)


class GbIvrVersion(models.Model):
    """How a version gets to callers: published, scheduled, taken back, rolled back to."""

    _inherit = "gb.ivr.version"

    delivery_state = fields.Char(
        string="On connectors", compute="_compute_delivery_state", compute_sudo=True
    )
    delivery_ids = fields.Many2many(
        "gb.ivr.delivery",
        string="Connectors that have it",
        compute="_compute_delivery_state",
        compute_sudo=True,
    )
    has_news = fields.Boolean(
        compute="_compute_has_news",
        help="Opening hours, prompts or queues have changed since it was published.",
    )
    problem_text = fields.Text(string="Problems", compute="_compute_problem_text")
    error_count = fields.Integer(compute="_compute_problem_text")
    warning_count = fields.Integer(compute="_compute_problem_text")

    @api.depends("digest", "state", "flow_id.delivery_ids.digest")
    def _compute_delivery_state(self):
        for version in self:
            deliveries = version.flow_id.delivery_ids
            having = deliveries.filtered(
                lambda delivery, version=version: (
                    version.digest and delivery.digest == version.digest
                )
            )
            version.delivery_ids = having
            if version.state != "published":
                version.delivery_state = (
                    ", ".join(having.provider_id.mapped("name")) if having else False
                )
                continue
            providers = version._get_providers()
            version.delivery_state = self.env._(
                "%(having)s of %(all)s",
                having=len(having.provider_id & providers),
                all=len(providers),
            )

    def _compute_has_news(self):
        for version in self:
            version.has_news = (
                version.state == "published"
                and version._get_digest(version._compile()) != version.digest
            )

    @api.depends("node_ids", "state")
    def _compute_problem_text(self):
        for version in self:
            problems = (
                version.get_problems() if version._origin and version.state != "retired" else []
            )
            levels = [problem["level"] for problem in problems]
            version.error_count = levels.count("error")
            version.warning_count = levels.count("warning")
            version.problem_text = "\n".join(
                problem["text"]
                for problem in sorted(problems, key=lambda problem: problem["level"] != "error")
            )

    # ------------------------------------------------------------------
    # Publish
    # ------------------------------------------------------------------

    def action_publish(self):
        """Check the version and let callers hear it from now on.

        :raise ValidationError: with everything that is wrong with it
        """
        self.ensure_one()
        self.check_access("write")
        self._publish()

    def _publish(self):
        flow = self.flow_id
        if not flow.try_lock_for_update():
            raise UserError(
                self.env._(
                    "Somebody is publishing this flow right now. Please look again in a moment."
                )
            )
        self.invalidate_recordset(["state"])
        flow.invalidate_recordset(["published_id"])
        if self.state not in ("draft", "scheduled"):
            raise UserError(
                self.env._("%(version)s was published already.", version=self.display_name)
            )
        self._check_publishable()
        document = self._compile()
        sounds_sudo = (
            self.env["gb.ivr.sound"]
            .sudo()
            .search([("sha256", "in", list(self._get_document_sounds(document)))])
        )
        present = flow.published_id._engine()
        present.write({"state": "retired"})
        present.flush_recordset(["state"])
        self._engine().write(
            {
                "state": "published",
                "document": document,
                "digest": self._get_digest(document),
                "publish_at": False,
                "published_at": fields.Datetime.now(),
                # who has scheduled it, when it was
                "published_by_id": self.published_by_id.id or self.env.uid,
            }
        )
        # what the version plays is kept with it, and open to nobody
        self._engine().sudo().sound_ids = sounds_sudo
        self.env.flush_all()
        flow.message_post(
            body=self.env._(
                "Version %(number)s is published. %(note)s",
                number=self.number,
                note=self.note or "",
            )
        )
        self._get_providers()._request_config_refresh()

    def _check_publishable(self):
        errors = [problem["text"] for problem in self.get_problems() if problem["level"] == "error"]
        if errors:
            raise ValidationError("\n".join(errors))

    def _get_providers(self):
        """The PBXs that play this flow, with sudo."""
        self.ensure_one()
        return (
            self.env["gb.telephony.provider"]
            .sudo()
            .search(
                [
                    ("code", "=", "asterisk"),
                    ("company_id", "in", [self.company_id.id, False])
                    if self.company_id
                    else (1, "=", 1),
                ]
            )
        )

    # ------------------------------------------------------------------
    # Schedule
    # ------------------------------------------------------------------

    def action_schedule(self):
        """Publish this version at ``publish_at``; nobody changes it until then.

        :raise UserError: when that is no time to come
        :raise ValidationError: with everything that is wrong with it
        """
        self.ensure_one()
        self.check_access("write")
        if self.state != "draft":
            raise UserError(self.env._("Only a draft can be scheduled."))
        if not self.publish_at or self.publish_at <= fields.Datetime.now():
            raise UserError(self.env._("Say when it shall be published: a time to come."))
        self._check_publishable()
        self._engine().write({"state": "scheduled", "published_by_id": self.env.uid})
        self.env.ref("gb_ivr_bridge.ir_cron_publish_flows")._trigger(self.publish_at)

    def action_unschedule(self):
        """Make a draft of it again."""
        self.check_access("write")
        for version in self.filtered(lambda version: version.state == "scheduled"):
            version._engine().write({"state": "draft", "published_by_id": False})

    @api.model
    def _cron_publish_scheduled(self):
        """Publish what is due; what cannot be is a draft again, and its flow says why."""
        due = self.search(
            [("state", "=", "scheduled"), ("publish_at", "<=", fields.Datetime.now())],
            order="publish_at, id",
        )
        self.env["ir.cron"]._commit_progress(remaining=len(due))
        for version in due:
            try:
                with self.env.cr.savepoint():
                    version._publish()
            except UserError as error:
                version._engine().write({"state": "draft", "published_by_id": False})
                version.flow_id.message_post(
                    body=self.env._(
                        "Version %(number)s could not be published: %(reason)s",
                        number=version.number,
                        reason=error,
                    )
                )
                _logger.warning("IVR version %s could not be published", version.id)
            if not self.env["ir.cron"]._commit_progress(1):
                break

    # ------------------------------------------------------------------
    # Again
    # ------------------------------------------------------------------

    def action_roll_back(self):
        """Publish what this retired version was, as a new version. :return: action that opens it"""
        self.ensure_one()
        self.check_access("write")
        if self.state != "retired":
            raise UserError(self.env._("Only a version that was published can be rolled back to."))
        version = self.copy({"note": self.env._("Back to version %s", self.number)})
        version._publish()
        return version._get_form_action()

    def action_republish(self):
        """Publish the version that callers hear once more, with the opening hours and prompts of now. :return: action that
        opens the new one"""
        self.ensure_one()
        self.check_access("write")
        if self.state != "published":
            raise UserError(self.env._("This version is not the published one."))
        version = self.copy(
            {"note": self.env._("Version %s with today's prompts and hours", self.number)}
        )
        version._publish()
        return version._get_form_action()
