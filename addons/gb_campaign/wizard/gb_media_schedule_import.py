import base64
import re
from datetime import timedelta

import pytz

from odoo import fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from odoo.addons.gb_callcenter.tools.table_file import (
    Table,
    TableError,
    guess_columns,
    pick,
    to_datetime,
    to_decimal,
    write_xlsx,
)

MAX_ROWS = 5000
MAX_FILE = 10 * 1024 * 1024
HEADINGS = {
    "start": [
        "开始时间",
        "播出时间",
        "开播时间",
        "发布时间",
        "start",
        "start time",
        "date and time",
    ],
    "date": ["日期", "播出日期", "date", "day"],
    "time": ["时间", "时段", "time"],
    "length": ["时长", "时长（分钟）", "分钟", "length", "minutes", "duration"],
    "ad": ["广告", "广告名称", "节目", "advertisement", "ad", "spot"],
    "media": ["媒体", "频道", "平台", "渠道", "medium", "media", "channel"],
    "hotline": ["热线", "热线号码", "电话", "hotline", "number"],
    "window": ["响应窗口", "响应时间窗", "response window", "window"],
    "planned": ["计划费用", "预算", "费用", "planned cost", "cost", "budget"],
    "actual": ["实际费用", "actual cost", "actual"],
}


class GbMediaScheduleImport(models.TransientModel):
    """A medium's schedule from a spreadsheet. Columns are known by their headings. A row whose medium, advertisement and
    start are there already updates that broadcast: the same file can be taken in again."""

    _name = "gb.media.schedule.import"
    _description = "Import of a media schedule"

    media_id = fields.Many2one("gb.media", string="Medium", help="Of rows that name none.")
    ad_id = fields.Many2one("gb.media.ad", string="Advertisement", help="Of rows that name none.")
    file = fields.Binary(string="CSV or XLSX file")
    filename = fields.Char()
    result = fields.Text(readonly=True)
    error_file = fields.Binary(string="Rows with problems", readonly=True)
    error_filename = fields.Char(readonly=True)

    def action_import(self):
        """Take in the rows that can be read and list the others with their problems.

        :raises AccessError: for users who do not edit the schedule
        :raises UserError: when the file or its headings cannot be read
        """
        self.ensure_one()
        if not self.env["gb.media.broadcast"].has_access("create"):
            raise AccessError(self.env._("Only managers of the call centre edit the schedule."))
        if not self.file:
            raise UserError(self.env._("Choose the file first."))
        columns, rows = self._read()
        lookups = self._get_lookups()
        created, updated, problems = 0, 0, []
        for line, row in rows:
            try:
                with self.env.cr.savepoint():
                    values = self._prepare_values(row, lookups)
                    broadcast = self._find(values)
                    if broadcast:
                        broadcast.write(values)
                        updated += 1
                    else:
                        self.env["gb.media.broadcast"].create(values)
                        created += 1
            except UserError as error:
                problems.append([line, *row.values(), str(error)])
        self.result = self.env._(
            "%(created)d broadcasts added, %(updated)d updated, %(problems)d rows with problems.",
            created=created,
            updated=updated,
            problems=len(problems),
        )
        self.error_file = problems and base64.b64encode(
            write_xlsx(
                [self.env._("Line"), *columns.values(), self.env._("Problem")],
                problems,
            )
        )
        self.error_filename = f"{(self.filename or 'schedule').rpartition('.')[0]}-problems.xlsx"
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Import of a schedule"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [[False, "form"]],
            "target": "new",
        }

    def _read(self):
        """:return: {meaning: heading}, list of (line, {meaning: text})"""
        data = base64.b64decode(self.with_context(bin_size=False).file)
        if len(data) > MAX_FILE:
            raise UserError(self.env._("The file is larger than 10 MiB. Split it."))
        try:
            table = Table(data)
            columns = guess_columns(table.headers, HEADINGS)
            rows = [(line, pick(row, columns)) for line, row in table]
        except TableError as error:
            raise UserError(
                self.env._("The file cannot be read: %(reason)s.", reason=str(error))
            ) from error
        if len(rows) > MAX_ROWS:
            raise UserError(self.env._("More than %(count)d rows. Split the file.", count=MAX_ROWS))
        missing = []
        if "start" not in columns and not {"date", "time"} <= columns.keys():
            missing.append(self.env._("start (or date and time)"))
        if "ad" not in columns and not self.ad_id:
            missing.append(self.env._("advertisement"))
        if "media" not in columns and not self.media_id:
            missing.append(self.env._("medium"))
        if missing:
            raise UserError(
                self.env._(
                    "These columns are missing: %(columns)s. Known headings are, for example: %(examples)s.",
                    columns=", ".join(missing),
                    examples="开始时间, 时长, 广告, 媒体, 热线, 计划费用; start, length, advertisement, medium, hotline, planned cost",
                )
            )
        return columns, rows

    def _get_lookups(self):
        """:return: {model: {name in lower case: records}} of the user's companies"""
        company = [("company_id", "in", [self.env.company.id, False])]
        lookups = {}
        for meaning, model in (("media", "gb.media"), ("ad", "gb.media.ad")):
            lookups[meaning] = {
                one.name.strip().casefold(): one for one in self.env[model].search(company)
            }
        lookups["hotline"] = {
            key: hotline
            for hotline in self.env["gb.hotline"].search(company)
            for key in (hotline.name.strip().casefold(), _digits(hotline.number))
        }
        zone = self.env.company.partner_id.tz or self.env.user.tz or "UTC"
        lookups["zone"] = pytz.timezone(zone)
        return lookups

    def _prepare_values(self, row, lookups):
        """:return: values of the broadcast of a row :raises UserError: that says what is wrong with it"""
        values = {
            "company_id": self.env.company.id,
            "media_id": self._look_up(row, "media", lookups, self.media_id).id,
            "ad_id": self._look_up(row, "ad", lookups, self.ad_id).id,
            "start_at": self._read_start(row, lookups["zone"]),
        }
        if row.get("length"):
            values["end_at"] = values["start_at"] + self._read_length(row["length"])
        if row.get("hotline"):
            text = row["hotline"].strip()
            hotline = lookups["hotline"].get(text.casefold()) or lookups["hotline"].get(
                _digits(text) or text
            )
            if not hotline:
                raise UserError(self.env._("There is no hotline “%(name)s”.", name=text))
            values["hotline_id"] = hotline.id
        for meaning, field in (
            ("planned", "planned_cost"),
            ("actual", "actual_cost"),
            ("window", "window_minutes"),
        ):
            if row.get(meaning):
                values[field] = self._read_number(row[meaning])
        return values

    def _look_up(self, row, meaning, lookups, default):
        name = (row.get(meaning) or "").strip()
        found = lookups[meaning].get(name.casefold()) if name else default
        if found:
            return found
        if not name:
            raise UserError(self.env._("The row names no medium or no advertisement."))
        if meaning == "ad":
            raise UserError(self.env._("There is no advertisement “%(name)s”.", name=name))
        raise UserError(self.env._("There is no medium “%(name)s”.", name=name))

    def _read_start(self, row, zone):
        text = row.get("start") or " ".join(
            part for part in (row.get("date"), row.get("time")) if part
        )
        try:
            # spreadsheets write 20:00-20:30 where only the start is wanted
            return to_datetime(re.sub(r"(:\d{2})\s*[-–~～至].*$", r"\1", text), zone)
        except ValueError as error:
            raise UserError(self.env._("“%(value)s” is no date and time.", value=text)) from error

    def _read_length(self, text):
        """:return: timedelta of minutes (``30``), ``mm:ss`` or ``hh:mm:ss``"""
        plain = re.sub(r"\s*(分钟|分|min)$", "", text).replace("：", ":")
        try:
            if ":" in plain:
                seconds = 0
                for part in plain.split(":"):
                    seconds = seconds * 60 + int(part)
                length = timedelta(seconds=seconds)
            else:
                length = timedelta(minutes=float(to_decimal(plain)))
        except ValueError as error:
            raise UserError(
                self.env._("“%(value)s” is no length in minutes.", value=text)
            ) from error
        if length <= timedelta():
            raise UserError(self.env._("“%(value)s” is no length in minutes.", value=text))
        return length

    def _read_number(self, text):
        try:
            number = float(to_decimal(text))
        except ValueError as error:
            raise UserError(self.env._("“%(value)s” is no number.", value=text)) from error
        if number < 0:
            raise ValidationError(self.env._("“%(value)s” is negative.", value=text))
        return number

    def _find(self, values):
        return self.env["gb.media.broadcast"].search(
            [(name, "=", values[name]) for name in ("company_id", "media_id", "ad_id", "start_at")],
            limit=1,
        )


def _digits(text):
    return re.sub(r"\D", "", text or "")
