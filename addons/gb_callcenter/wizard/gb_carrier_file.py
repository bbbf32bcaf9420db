import base64

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..tools.table_file import Table, TableError, guess_columns, pick, write_xlsx

SAMPLE = 5
MAX_ROWS = 50000
MAX_FILE = 20 * 1024 * 1024
# usual headings of the column with the parcel's number
TRACKING = [
    "运单号",
    "运单号码",
    "快递单号",
    "物流单号",
    "单号",
    "tracking number",
    "tracking no",
    "waybill",
]


class GbCarrierFile(models.AbstractModel):
    """A table that a carrier has sent: what its columns mean is guessed, asked and remembered; rows with problems are
    taken in too, and listed in a file. Those that inherit have ``column_ids``, say what the columns can mean, and keep the rows."""

    _name = "gb.carrier.file"
    _description = "Table of a carrier"

    carrier_id = fields.Many2one("gb.carrier", required=True)
    file = fields.Binary(string="CSV or XLSX file")
    filename = fields.Char()
    step = fields.Selection(
        [("file", "File"), ("columns", "Columns"), ("done", "Done")], default="file"
    )
    preview = fields.Html(compute="_compute_preview", sanitize=False)
    result = fields.Text(readonly=True)
    error_file = fields.Binary(string="Rows with problems", readonly=True)
    error_filename = fields.Char(readonly=True)

    # ------------------------------------------------------------
    # What kinds of files there are: hooks
    # ------------------------------------------------------------
    @api.model
    def _get_meanings(self):
        """:return: list of (name, label) of what a column can mean"""
        return []

    @api.model
    def _get_headings(self):
        """:return: {meaning: usual headings}"""
        return {}

    def _get_required(self):
        """:return: groups of meanings of which each needs at least one column"""
        return []

    def _get_saved_columns(self):
        """:return: {meaning: heading} of the carrier's last file"""
        return {}

    def _save_columns(self, columns):
        """Remember {meaning: heading} for the carrier's next file."""

    def _check_user(self):
        """:raises AccessError: when the user may not import; override and begin with what is asked of him"""
        if self.carrier_id.company_id not in self.env.companies:
            raise AccessError(self.env._("This carrier belongs to another company."))

    def _find_problem(self, row):
        """:return: what is wrong with a row ({meaning: text}), False when nothing is"""
        return False

    def _store(self, rows):
        """Store the rows, also those with problems. :return: text that tells what was done"""
        raise NotImplementedError

    # ------------------------------------------------------------
    # Steps
    # ------------------------------------------------------------
    def _open_table(self):
        data = base64.b64decode(self.with_context(bin_size=False).file or b"")
        if len(data) > MAX_FILE:
            raise UserError(self.env._("The file is larger than 20 MiB. Split it."))
        try:
            return Table(data)
        except TableError as error:
            raise UserError(self._tell_error(error)) from error

    def _tell_error(self, error):
        messages = {
            "empty": self.env._("The file has no rows."),
            "encoding": self.env._(
                "The file's characters cannot be read. Save it as UTF-8 or XLSX."
            ),
            "old_excel": self.env._("This is the old Excel format. Save it as XLSX."),
            "too_large": self.env._("The file is too large when unpacked. Split it."),
        }
        return messages.get(error.code) or self.env._(
            "The file is broken: %(reason)s", reason=str(error)
        )

    def _get_columns(self):
        """:return: {meaning: heading} as chosen"""
        columns = {}
        for column in self.column_ids.filtered("meaning"):
            if column.meaning in columns:
                labels = dict(column._fields["meaning"]._description_selection(self.env))
                raise UserError(
                    self.env._("Two columns mean “%(what)s”.", what=labels[column.meaning])
                )
            columns[column.meaning] = column.header
        return columns

    def _check_columns(self, columns):
        labels = dict(self._get_meanings())
        for group in self._get_required():
            if not group & set(columns):
                raise UserError(
                    self.env._(
                        "Say which column is: %(what)s.",
                        what=" / ".join(labels[name] for name in labels if name in group),
                    )
                )

    def _read_rows(self, columns):
        """:return: list of (line, {meaning: text}) :raises UserError: when the file is broken or too long"""
        rows = []
        try:
            for line, row in self._open_table():
                rows.append((line, pick(row, columns)))
                if len(rows) > MAX_ROWS:
                    raise UserError(
                        self.env._("More than %(count)d rows. Split the file.", count=MAX_ROWS)
                    )
        except TableError as error:
            raise UserError(self._tell_error(error)) from error
        return rows

    @api.depends("column_ids.meaning", "step")
    def _compute_preview(self):
        for wizard in self:
            wizard.preview = False
            if wizard.step != "columns" or not wizard.file:
                continue
            columns = {
                column.meaning: column.header for column in wizard.column_ids if column.meaning
            }
            rows = wizard._read_rows(columns)
            bad = [(line, row) for line, row in rows if wizard._find_problem(row)]
            wizard.preview = wizard._render_preview(columns, rows, bad)

    def _render_preview(self, columns, rows, bad):
        labels = dict(self._get_meanings())
        names = [name for name in labels if name in columns]
        cell = Markup("<td>%s</td>").__mod__
        head = Markup("").join(Markup("<th>%s</th>") % labels[name] for name in names)
        lines = Markup("").join(
            Markup("<tr><td class='text-muted'>%s</td>%s<td class='text-danger'>%s</td></tr>")
            % (
                line,
                Markup("").join(cell(row[name]) for name in names),
                self._find_problem(row) or "",
            )
            for line, row in [
                *bad[:SAMPLE],
                *[pair for pair in rows if pair not in bad[:SAMPLE]][:SAMPLE],
            ]
        )
        summary = self.env._(
            "%(rows)d rows, %(bad)d with problems. Rows with problems are kept, to be worked off.",
            rows=len(rows),
            bad=len(bad),
        )
        return Markup(
            "<p>%s</p><table class='table table-sm'><thead><tr><th>#</th>%s<th></th></tr></thead><tbody>%s</tbody></table>"
        ) % (summary, head, lines)

    def action_read(self):
        """Look into the file and guess what its columns mean."""
        self.ensure_one()
        self._check_user()
        if not self.file:
            raise UserError(self.env._("Choose the file first."))
        table = self._open_table()
        try:
            _line, example = next(iter(table), (0, {}))
        except TableError as error:
            raise UserError(self._tell_error(error)) from error
        saved = {
            meaning: header
            for meaning, header in self._get_saved_columns().items()
            if header in table.headers
        }
        guessed = guess_columns(
            [header for header in table.headers if header not in saved.values()],
            {name: names for name, names in self._get_headings().items() if name not in saved},
        )
        by_header = {header: meaning for meaning, header in {**guessed, **saved}.items()}
        self.column_ids.unlink()
        self.write(
            {
                "step": "columns",
                "column_ids": [
                    (
                        0,
                        0,
                        {
                            "header": header,
                            "example": example.get(header, "")[:80],
                            "meaning": by_header.get(header, False),
                        },
                    )
                    for header in table.headers
                ],
            }
        )
        return self._reopen()

    def action_import(self):
        """Take the file in. Rows with problems are stored too and put into a file to look at."""
        self.ensure_one()
        self._check_user()
        columns = self._get_columns()
        self._check_columns(columns)
        rows = self._read_rows(columns)
        self._save_columns(columns)
        problems = {line: problem for line, row in rows if (problem := self._find_problem(row))}
        self.result = self._store(rows)
        if problems:
            labels = dict(self._get_meanings())
            headers = [
                self.env._("Line"),
                *(labels[name] for name in columns),
                self.env._("Problem"),
            ]
            content = write_xlsx(
                headers,
                (
                    [line, *(row[name] for name in columns), problems[line]]
                    for line, row in rows
                    if line in problems
                ),
            )
            self.error_file = base64.b64encode(content)
            self.error_filename = (
                f"{(self.filename or 'file').rpartition('.')[0] or 'file'}-problems.xlsx"
            )
        self.step = "done"
        return self._reopen()

    def _reopen(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("File of %(carrier)s", carrier=self.carrier_id.name),
            "res_model": self._name,
            "res_id": self.id,
            "views": [[False, "form"]],
            "target": "new",
        }


class GbCarrierFileColumn(models.AbstractModel):
    """A column of a carrier's table and what it means. Those that inherit add ``import_id`` and ``meaning``."""

    _name = "gb.carrier.file.column"
    _description = "Column of a carrier's table"

    header = fields.Char(string="Column", readonly=True)
    example = fields.Char(readonly=True)
