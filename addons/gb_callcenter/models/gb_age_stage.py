from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError

MIN_MONTH = -12
MAX_MONTH = 15 * 12


class GbAgeStage(models.Model):
    """A span of a child's age, in months from birth (negative: before it).

    A stage reaches from ``from_month`` to where the next one begins; only the last one has an end of its own. So there
    is neither a gap nor an overlap, and a child is always in exactly one stage until he has outgrown the last.
    """

    _name = "gb.age.stage"
    _description = "Age stage"
    _order = "from_month, id"

    name = fields.Char(required=True, translate=True)
    from_month = fields.Integer(
        string="From month",
        required=True,
        help="Months from birth; -10 is ten months before it.",
    )
    to_month = fields.Integer(
        string="Before month",
        required=True,
        default=MAX_MONTH,
        help="Where the next stage begins; the last stage has an end of its own.",
    )
    is_last = fields.Boolean(compute="_compute_is_last")
    color = fields.Integer()
    active = fields.Boolean(default=True)

    _from_uniq = models.UniqueIndex(
        "(from_month) WHERE active IS TRUE", "Another stage begins with this month."
    )

    def _compute_is_last(self):
        last = self.search([], order="from_month desc", limit=1)
        for stage in self:
            stage.is_last = stage == last

    # ------------------------------------------------------------------
    # One after the other
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        stages = super().create(vals_list)
        stages.browse(
            stage.id
            for stage, vals in zip(stages, vals_list, strict=True)
            if vals.get("to_month") is not None
        )._check_ends()
        self._join()
        return stages

    def write(self, vals):
        result = super().write(vals)
        if "to_month" in vals:
            self._check_ends()
        if vals.keys() & {"from_month", "to_month", "active"}:
            self._join()
        return result

    def unlink(self):
        """The stage before takes over."""
        result = super().unlink()
        self._join()
        return result

    def _check_ends(self):
        """An end that somebody gives has to be the beginning of the next stage."""
        stages = self.search([])
        following = dict(zip(stages.ids, stages[1:], strict=False))
        for stage in self:
            after = following.get(stage.id)
            if after and stage.to_month > after.from_month:
                raise ValidationError(
                    self.env._(
                        "The stages “%(one)s” and “%(other)s” overlap: the first ends before month "
                        "%(end)s, the second begins with month %(start)s.",
                        one=stage.name,
                        other=after.name,
                        end=stage.to_month,
                        start=after.from_month,
                    )
                )
            if after and stage.to_month < after.from_month:
                raise ValidationError(
                    self.env._(
                        "Between the stages “%(one)s” and “%(other)s” is a gap: no stage has the months "
                        "from %(end)s to before %(start)s.",
                        one=stage.name,
                        other=after.name,
                        end=stage.to_month,
                        start=after.from_month,
                    )
                )

    @api.model
    def _join(self):  # pylint: disable=missing-return
        """Let every stage end where the next one begins."""
        stages = self.search([])
        for stage, after in zip(stages, stages[1:], strict=False):
            if stage.to_month != after.from_month:
                # the checks of write are made below, once for all stages
                super(GbAgeStage, stage).write(  # pylint: disable=super-method-mismatch
                    {"to_month": after.from_month}
                )
        for stage in stages:
            if stage.from_month < MIN_MONTH or stage.to_month > MAX_MONTH:
                raise ValidationError(
                    self.env._(
                        "Stage “%(stage)s”: months lie between %(min)s, before birth, and %(max)s.",
                        stage=stage.name,
                        min=MIN_MONTH,
                        max=MAX_MONTH,
                    )
                )
            if stage.from_month >= stage.to_month:
                raise ValidationError(
                    self.env._("Stage “%(stage)s” ends before it begins.", stage=stage.name)
                )

    def _get_birth_range(self, today):
        """Who is in this stage on ``today``: born after the first date returned, and on or before the second.

        :return: (date, date)
        """
        self.ensure_one()
        return (
            today - relativedelta(months=self.to_month),
            today - relativedelta(months=self.from_month),
        )
