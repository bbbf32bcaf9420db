import json

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..tools.table_file import to_date, to_decimal
from .gb_carrier_file import TRACKING

MEANINGS = [
    ("tracking", "Tracking number"),
    ("order", "Order number"),
    ("amount", "Collected"),
    ("fee", "Fee"),
    ("date", "Collected on"),
]
HEADINGS = {
    "tracking": TRACKING,
    "order": ["订单号", "订单编号", "客户订单号", "order number", "order no", "order"],
    "amount": ["代收货款", "代收金额", "实收金额", "金额", "collected", "amount", "cod amount"],
    "fee": ["手续费", "服务费", "fee", "charge"],
    "date": ["日期", "签收日期", "收款日期", "date", "collected on"],
}


class GbRemittanceImport(models.TransientModel):
    """A carrier's statement of collected money, from a file."""

    _name = "gb.remittance.import"
    _description = "File of a carrier's statement"
    _inherit = "gb.carrier.file"

    statement = fields.Char(string="Statement number")
    date = fields.Date(string="Date of the statement", default=fields.Date.context_today)
    column_ids = fields.One2many("gb.remittance.import.column", "import_id", string="Columns")
    remittance_id = fields.Many2one("gb.remittance", readonly=True)

    @api.model
    def _get_meanings(self):
        return MEANINGS

    @api.model
    def _get_headings(self):
        return HEADINGS

    def _get_required(self):
        return [{"tracking", "order"}, {"amount"}]

    def _get_saved_columns(self):
        return self.carrier_id.remittance_columns or {}

    def _save_columns(self, columns):
        self.carrier_id.sudo().remittance_columns = (
            columns  # whoever may import may keep the columns
        )

    def _check_user(self):
        user = self.env.user
        if not (
            user.has_group("account.group_account_invoice")
            or user.has_group("gb_callcenter.group_gb_manager")
        ):
            raise AccessError(
                self.env._("Only accountants and managers of the call centre settle remittances.")
            )
        if not (self.statement or "").strip():
            raise UserError(self.env._("Give the number of the statement."))
        return super()._check_user()

    def _find_problem(self, row):
        if not row.get("tracking") and not row.get("order"):
            return self.env._("Neither a tracking number nor an order number.")
        for name in ("amount", "fee"):
            try:
                if (name == "amount" or row.get(name)) and to_decimal(row.get(name)) < 0:
                    return self.env._("“%(value)s” is negative.", value=row[name])
            except ValueError:
                return self.env._("“%(value)s” is no amount.", value=row.get(name) or "")
        if row.get("date"):
            try:
                to_date(row["date"])
            except ValueError:
                return self.env._("“%(value)s” is no date.", value=row["date"])
        return False

    def _store(self, rows):
        remittances = self.env["gb.remittance"].with_company(self.carrier_id.company_id)
        name = self.statement.strip()
        if remittances.search_count(
            [("carrier_id", "=", self.carrier_id.id), ("name", "=", name)], limit=1
        ):
            raise UserError(
                self.env._("The statement %(number)s was imported already.", number=name)
            )
        self.remittance_id = remittances.create(
            {
                "name": name,
                "carrier_id": self.carrier_id.id,
                "company_id": self.carrier_id.company_id.id,
                "currency_id": self.carrier_id.company_id.currency_id.id,
                "date": self.date or fields.Date.context_today(self),
                "line_ids": [(0, 0, self._prepare_line_values(line, row)) for line, row in rows],
            }
        )
        self.remittance_id.action_match()
        return self.env._(
            "%(rows)d rows taken in, %(differences)d differences.",
            rows=len(rows),
            differences=self.remittance_id.difference_count,
        )

    def _prepare_line_values(self, line, row):
        """:return: values of the row; one that cannot be read is kept as it came, without money"""
        values = {
            "sequence": line,
            "tracking_number": row.get("tracking") or False,
            "order_number": row.get("order") or False,
        }
        if self._find_problem(row):
            return {**values, "raw": json.dumps(row, ensure_ascii=False)[:1000]}
        return {
            **values,
            "amount": float(to_decimal(row["amount"])),
            "fee": float(to_decimal(row["fee"])) if row.get("fee") else 0.0,
            "date": to_date(row["date"]) if row.get("date") else False,
        }

    def action_open(self):
        """Open the statement that was made."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "gb.remittance",
            "res_id": self.remittance_id.id,
            "views": [[False, "form"]],
        }


class GbRemittanceImportColumn(models.TransientModel):
    """A column of a statement and what it means."""

    _name = "gb.remittance.import.column"
    _description = "Column of a carrier's statement"
    _inherit = "gb.carrier.file.column"

    import_id = fields.Many2one("gb.remittance.import", required=True, ondelete="cascade")
    meaning = fields.Selection(MEANINGS, string="Means")
