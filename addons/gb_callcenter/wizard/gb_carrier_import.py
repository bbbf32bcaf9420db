from odoo import api, fields, models
from odoo.exceptions import AccessError

from ..tools.table_file import to_datetime
from .gb_carrier_file import TRACKING

MEANINGS = [
    ("tracking", "Tracking number"),
    ("at", "When"),
    ("code", "Carrier's code"),
    ("text", "Carrier's text"),
    ("place", "Place"),
    ("receiver", "Received by"),
    ("id", "Carrier's own id"),
]
HEADINGS = {
    "tracking": TRACKING,
    "at": ["时间", "操作时间", "扫描时间", "签收时间", "日期", "time", "date", "when", "at"],
    "code": ["状态码", "状态代码", "code", "status code"],
    "text": [
        "状态",
        "描述",
        "轨迹描述",
        "物流状态",
        "备注",
        "text",
        "status",
        "description",
        "remark",
    ],
    "place": ["地点", "网点", "城市", "place", "city", "location"],
    "receiver": ["签收人", "收件人", "receiver", "received by", "signed by"],
    "id": ["事件编号", "event id", "id"],
}
CHUNK = 1000


class GbCarrierImport(models.TransientModel):
    """What happened to parcels, from a carrier's file."""

    _name = "gb.carrier.import"
    _description = "File of a carrier"
    _inherit = "gb.carrier.file"

    column_ids = fields.One2many("gb.carrier.import.column", "import_id", string="Columns")

    @api.model
    def _get_meanings(self):
        return MEANINGS

    @api.model
    def _get_headings(self):
        return HEADINGS

    def _get_required(self):
        return [{"tracking"}, {"at"}, {"code", "text"}]

    def _get_saved_columns(self):
        return self.carrier_id.event_columns or {}

    def _save_columns(self, columns):
        self.carrier_id.sudo().event_columns = columns  # whoever may import may keep the columns

    def _check_user(self):
        if not self.env.user.has_group("gb_callcenter.group_gb_manager"):
            raise AccessError(
                self.env._("Only managers of the call centre import carriers' files.")
            )
        return super()._check_user()

    def _find_problem(self, row):
        if not row.get("tracking"):
            return self.env._("The tracking number is missing.")
        try:
            to_datetime(row.get("at"))
        except ValueError:
            return self.env._("“%(value)s” is no date and time.", value=row.get("at") or "")
        if not row.get("code") and not row.get("text"):
            return self.env._("Neither a code nor a text tells what happened.")
        return False

    def _store(self, rows):
        events = self.env["gb.carrier.event"].with_company(self.carrier_id.company_id)
        total = {"stored": 0, "duplicates": 0, "open": 0}
        for start in range(0, len(rows), CHUNK):
            done = events._take_in(
                self.carrier_id, [row for _line, row in rows[start : start + CHUNK]], "import"
            )
            for name, count in done.items():
                total[name] += count
        return self.env._(
            "%(stored)d events taken in, %(duplicates)d known already. To work off: %(open)d.",
            **total,
        )


class GbCarrierImportColumn(models.TransientModel):
    """A column of a carrier's file and what it means."""

    _name = "gb.carrier.import.column"
    _description = "Column of a carrier's file"
    _inherit = "gb.carrier.file.column"

    import_id = fields.Many2one("gb.carrier.import", required=True, ondelete="cascade")
    meaning = fields.Selection(MEANINGS, string="Means")
