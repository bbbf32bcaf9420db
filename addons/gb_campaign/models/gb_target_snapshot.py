import logging

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

_logger = logging.getLogger(__name__)

BATCH = 100_000
LOCK = "gb_target_snapshot"


class GbTargetSnapshot(models.Model):
    """Who belonged to a target group when it was drawn. Kept as it is: later changes of group or customers do not
    change it; erased customers leave it.

    queued → drawing → done, or failed. The customers are looked for once; they are entered in batches, in the background if
    there are many. What was stopped in the middle begins again from an empty snapshot.
    """

    _name = "gb.target.snapshot"
    _description = "Snapshot of a target group"
    _order = "id desc"

    name = fields.Char(required=True, readonly=True)
    group_id = fields.Many2one(
        "gb.target.group", required=True, readonly=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    user_id = fields.Many2one("res.users", string="Drawn by", required=True, readonly=True)
    state = fields.Selection(
        [
            ("queued", "In line"),
            ("drawing", "Being drawn"),
            ("done", "Drawn"),
            ("failed", "Failed"),
        ],
        required=True,
        default="queued",
        readonly=True,
    )
    drawn_at = fields.Datetime(
        string="As of", readonly=True, help="When the customers were looked for."
    )
    ended_at = fields.Datetime(string="Ended", readonly=True)
    size = fields.Integer(string="Customers", readonly=True)
    done_count = fields.Integer(string="Entered", readonly=True)
    progress = fields.Float(compute="_compute_progress")
    conditions = fields.Text(
        readonly=True, help="What the group consisted of when it was drawn, in words."
    )
    message = fields.Char(readonly=True)
    member_ids = fields.One2many("gb.target.member", "snapshot_id", string="Members")

    _work_idx = models.Index("(id) WHERE state IN ('queued', 'drawing')")

    @api.depends("name", "drawn_at")
    def _compute_display_name(self):
        for snapshot in self:
            at = snapshot.drawn_at and fields.Datetime.context_timestamp(
                snapshot, snapshot.drawn_at
            )
            snapshot.display_name = (
                f"{snapshot.name} · {at:%Y-%m-%d %H:%M}" if at else snapshot.name
            )

    @api.depends("size", "done_count", "state")
    def _compute_progress(self):
        for snapshot in self:
            if snapshot.state == "done":
                snapshot.progress = 100
            else:
                snapshot.progress = 100 * snapshot.done_count / (snapshot.size or 1)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_drawing(self):
        if any(snapshot.state == "drawing" for snapshot in self):
            raise UserError(
                self.env._("The snapshot is being drawn. Delete it when that has come to an end.")
            )

    # ------------------------------------------------------------
    # Drawing
    # ------------------------------------------------------------
    @api.model
    def _cron_draw(self):
        """Draw the snapshots in line, one after the other."""
        cron = self.env["ir.cron"]

        def committed(done, remaining):
            return cron._commit_progress(done, remaining=remaining)

        for snapshot in self.sudo().search([("state", "in", ("queued", "drawing"))], order="id"):
            if not snapshot._draw_in_background(committed):
                return

    def _draw_in_background(self, commit):
        """Draw this snapshot unless somebody else is at it.

        :param commit: called with (number entered, number left) after each batch; commits and returns the seconds left
        :return: whether there is time left for another one
        """
        self.ensure_one()
        cr, key = self.env.cr, [LOCK, self.id]
        # kept over all commits, until this connection lets go of it or dies
        cr.execute("SELECT pg_try_advisory_lock(hashtext(%s), %s)", key)
        if not cr.fetchone()[0]:
            return True
        try:
            return self._fill_in_batches(commit)
        except UserError as error:  # e.g. who asked for it may not see customers any more
            cr.rollback()
            self.write({"state": "failed", "message": str(error)})
            self._tell()
            return commit(0, 0)
        except Exception:
            cr.rollback()
            raise
        finally:
            cr.execute("DROP TABLE IF EXISTS pg_temp.gb_target_drawn")
            cr.execute("SELECT pg_advisory_unlock(hashtext(%s), %s)", key)

    def _fill_in_batches(self, commit):
        cr = self.env.cr
        # a predecessor was stopped in the middle: what he saw is not what we see
        cr.execute("DELETE FROM gb_target_member WHERE snapshot_id = %s", [self.id])
        query, now = self._get_query(), fields.Datetime.now()
        cr.execute(
            SQL(
                """CREATE TEMPORARY TABLE gb_target_drawn AS
                   SELECT row_number() OVER () AS number, found.id FROM (%s) AS found (id)""",
                query,
            )
        )
        size = cr.rowcount
        self.write(
            {"state": "drawing", "drawn_at": now, "size": size, "done_count": 0, "message": False}
        )
        self._tell()
        commit(0, size)
        cr.execute("ANALYZE gb_target_drawn")
        for first in range(0, size, BATCH):
            cr.execute(
                """INSERT INTO gb_target_member (snapshot_id, partner_id)
                   SELECT %s, drawn.id FROM gb_target_drawn drawn
                     JOIN res_partner partner ON partner.id = drawn.id -- not deleted since
                    WHERE drawn.number > %s AND drawn.number <= %s""",
                [self.id, first, first + BATCH],
            )
            self.done_count = min(first + BATCH, size)
            self._tell()
            commit(self.done_count - first, size - self.done_count)
        self._finish(size)
        return commit(0, 0)

    def _fill(self):
        """Enter the customers, as far as he who asked for them may see them, in the running transaction."""
        self.ensure_one()
        query, self.drawn_at = self._get_query(), fields.Datetime.now()
        self.env.cr.execute(
            SQL(
                "INSERT INTO gb_target_member (snapshot_id, partner_id) SELECT %s, found.id FROM (%s) AS found (id)",
                self.id,
                query,
            )
        )
        self._finish(self.env.cr.rowcount)

    def _get_query(self):
        return self.group_id.with_user(self.user_id)._get_query()

    def _finish(self, size):
        self.write(
            {
                "state": "done",
                "size": size,
                "done_count": size,
                "ended_at": fields.Datetime.now(),
            }
        )
        self.invalidate_recordset(["member_ids"])
        self._tell()

    def _tell(self):
        """Whoever looks at the snapshot sees how it goes on."""
        self.user_id._bus_send("gb_campaign.snapshot", {"id": self.id, "state": self.state})

    # ------------------------------------------------------------
    # Screens
    # ------------------------------------------------------------
    def action_view_members(self):
        """Open the customers of this snapshot."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "gb_campaign.gb_target_member_action"
        )
        return {**action, "name": self.display_name, "domain": [("snapshot_id", "=", self.id)]}

    def action_retry(self):
        """Try a snapshot that has failed once more, in the background."""
        self.check_access("read")
        self.group_id.check_access("write")
        snapshots_sudo = self.sudo().filtered(lambda snapshot: snapshot.state == "failed")
        snapshots_sudo.write({"state": "queued", "user_id": self.env.uid, "message": False})
        self._wake()
        return True

    @api.model
    def _wake(self):
        """Have what is in line drawn as soon as the transaction has ended."""
        self.env.ref("gb_campaign.ir_cron_target_snapshot").sudo()._trigger()
