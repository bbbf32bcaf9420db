import base64
import itertools
import json
import logging
from datetime import date

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import SQL, email_normalize
from odoo.tools.misc import split_every

from ..tools.phone_number import parse_number
from ..tools.table_file import (
    XLSX_TYPE,
    Table,
    TableError,
    guess_columns,
    normal,
    to_date,
    write_xlsx,
)

_logger = logging.getLogger(__name__)

BATCH_ROWS = 1000
STAGE_ROWS = 5000
PREVIEW_ROWS = 20
MAX_ROWS = 500000

# headings that are understood without being told, the best first
HEADINGS = {
    "name": [
        "姓名",
        "客户姓名",
        "客户名称",
        "会员姓名",
        "收货人",
        "name",
        "customer",
        "customer name",
    ],
    "phone": [
        "手机",
        "手机号",
        "手机号码",
        "电话",
        "联系电话",
        "电话号码",
        "phone",
        "mobile",
        "telephone",
    ],
    "phone_2": [
        "备用电话",
        "其他电话",
        "家庭电话",
        "固定电话",
        "phone 2",
        "second phone",
        "home phone",
    ],
    "email": ["邮箱", "电子邮件", "电子邮箱", "email", "e-mail"],
    "gb_member_number": ["会员号", "会员卡号", "会员编号", "卡号", "member number", "member no"],
    "gb_sex": ["性别", "sex", "gender"],
    "gb_birth_date": ["生日", "出生日期", "客户生日", "birth date", "date of birth", "birthday"],
    "gb_occupation": ["职业", "occupation", "profession"],
    "lang": ["语言", "language"],
    "country_id": ["国家", "country"],
    "state_id": ["省", "省份", "省市", "state", "province"],
    "city": ["市", "城市", "city"],
    "street2": ["区", "区县", "县", "district"],
    "street": ["地址", "详细地址", "收货地址", "通讯地址", "address", "street"],
    "zip": ["邮编", "邮政编码", "zip", "postcode", "postal code"],
    "gb_level_id": ["等级", "级别", "会员等级", "客户等级", "level"],
    "owner": ["归属坐席", "专属客服", "负责人", "owner", "owner agent"],
    "category_id": ["标签", "tags", "tag"],
    "comment": ["备注", "说明", "note", "notes", "comment"],
    "child_name": ["宝宝姓名", "宝宝昵称", "孩子姓名", "child", "child name"],
    "child_birth": [
        "宝宝生日",
        "预产期",
        "宝宝出生日期",
        "孩子生日",
        "child born",
        "child birth date",
    ],
    "child_sex": ["宝宝性别", "孩子性别", "child sex"],
}
SEXES = {
    "female": {"女", "女士", "女孩", "f", "female"},
    "male": {"男", "先生", "男孩", "m", "male"},
}


class GbCustomerImport(models.Model):
    """One file of customers on its way into the database.

    The rows are read into a table first, once; then they become customers in batches, in the background. Whatever
    stops it, it goes on behind the last batch that was finished.
    """

    _name = "gb.customer.import"
    _description = "Customer import"
    _order = "id desc"
    _rec_name = "file_name"

    file_name = fields.Char(required=True, default="customers.xlsx")
    file = fields.Binary(attachment=True, required=True, copy=False)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    mapping_id = fields.Many2one(
        "gb.customer.import.mapping",
        string="Saved mapping",
        check_company=True,
        help="How the columns were assigned the last time with files of this kind.",
    )
    column_ids = fields.One2many("gb.customer.import.column", "import_id", string="Columns")
    row_ids = fields.One2many("gb.customer.import.row", "import_id", string="Rows")
    duplicate_policy = fields.Selection(
        [
            ("skip", "Leave the known customer as he is"),
            ("update", "Complete and update the known customer"),
            ("create", "Create a second customer all the same"),
        ],
        string="Known customers",
        required=True,
        default="update",
        help="A customer is known by his member number, any of his telephone numbers or his e-mail address.",
    )
    state = fields.Selection(
        [
            ("draft", "Columns"),
            ("queued", "Reading the file"),
            ("running", "Importing"),
            ("stopped", "Stopped"),
            ("done", "Done"),
        ],
        required=True,
        default="draft",
        readonly=True,
        copy=False,
    )
    user_id = fields.Many2one(
        "res.users", string="Started by", readonly=True, default=lambda self: self.env.user
    )
    row_count = fields.Integer(string="Number of rows", readonly=True, copy=False)
    done_count = fields.Integer(string="Worked off", compute="_compute_counts")
    created_count = fields.Integer(string="Created", compute="_compute_counts")
    updated_count = fields.Integer(string="Updated", compute="_compute_counts")
    skipped_count = fields.Integer(string="Left as they were", compute="_compute_counts")
    error_count = fields.Integer(string="Rows with errors", compute="_compute_counts")
    progress = fields.Float(compute="_compute_counts")
    preview = fields.Html(
        compute="_compute_preview",
        sanitize=False,
        help="The first rows, with what would be refused.",
    )
    message = fields.Char(readonly=True, copy=False)
    started_at = fields.Datetime(string="Started", readonly=True, copy=False)
    ended_at = fields.Datetime(string="Ended", readonly=True, copy=False)

    _work_idx = models.Index("(state, id) WHERE state IN ('queued', 'running')")

    def _compute_counts(self):
        counts = {
            (record.id, state): count
            for record, state, count in self.env["gb.customer.import.row"]._read_group(
                [("import_id", "in", self.ids)], ["import_id", "state"], ["__count"]
            )
        }
        for record in self:
            created, updated, skipped, error = (
                counts.get((record.id, state), 0)
                for state in ("created", "updated", "skipped", "error")
            )
            record.created_count, record.updated_count = created, updated
            record.skipped_count, record.error_count = skipped, error
            record.done_count = created + updated + skipped + error
            record.progress = 100 * record.done_count / record.row_count if record.row_count else 0

    # ------------------------------------------------------------
    # File and columns
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        self._check_importer()
        records = super().create(vals_list)
        for record in records:
            record._read_columns()
        return records

    def write(self, vals):
        if {"file", "mapping_id"} & vals.keys() and any(r.state != "draft" for r in self):
            raise UserError(
                self.env._("The file of an import that has begun stays. Make a new import.")
            )
        result = super().write(vals)
        if "file" in vals or "mapping_id" in vals:
            for record in self:
                record._read_columns()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_if_not_running(self):
        if any(record.state in ("queued", "running") for record in self):
            raise UserError(self.env._("Stop the import before you delete it."))

    def _check_importer(self):
        if not self.env.su and not self.env.user.has_group("gb_callcenter.group_gb_lead"):
            raise AccessError(self.env._("Only team leads and managers may import customers."))

    def _get_table(self):
        """The opened file. :raise UserError: saying what is wrong with it"""
        self.ensure_one()
        try:
            return Table(base64.b64decode(self.with_context(bin_size=False).file or b""))
        except TableError as error:
            raise UserError(self._get_file_message(error.code)) from error

    def _get_file_message(self, code):
        texts = {
            "empty": self.env._("The file is empty."),
            "encoding": self.env._(
                "The file's characters cannot be read. Please save it as UTF-8 or as an Excel workbook."
            ),
            "too_large": self.env._("The file is too large."),
            "old_excel": self.env._(
                "This is a file of the old Excel format. Please save it as an Excel workbook (.xlsx)."
            ),
        }
        return texts.get(
            code, self.env._("The file cannot be read. Is it an Excel workbook or a CSV file?")
        )

    def _read_columns(self):
        """Make a line of each column: assigned as in the saved mapping, else by its heading."""
        self.ensure_one()
        table = self._get_table()
        samples = {}
        for _number, row in table:
            for heading, text in row.items():
                if text and heading not in samples:
                    samples[heading] = text
            if len(samples) == len(table.headers) or _number > 50:
                break
        saved = self.mapping_id.columns or {}
        by_name = {normal(heading): field for heading, field in saved.items()}
        guessed = {
            heading: field for field, heading in guess_columns(table.headers, HEADINGS).items()
        }
        known = dict(self._fields_of_import())
        lines = []
        for sequence, heading in enumerate(table.headers):
            field = by_name.get(normal(heading), guessed.get(heading) if not saved else False)
            lines.append(
                {
                    "import_id": self.id,
                    "sequence": sequence,
                    "heading": heading,
                    "sample": samples.get(heading, "")[:80],
                    "field": field if field in known else False,
                }
            )
        self.column_ids.unlink()
        self.env["gb.customer.import.column"].create(lines)

    @api.model
    def _fields_of_import(self):
        """What a column can be: [(key, label)]. Override together with ``_parse_row`` to add more."""
        fields_of_partner = [
            name
            for name in ("gb_sex", "gb_birth_date", "gb_occupation")
            if name in self.env["res.partner"]._fields
        ]
        labels = {
            name: self.env["res.partner"]._fields[name]._description_string(self.env)
            for name in fields_of_partner
        }
        return [
            ("name", self.env._("Name")),
            ("phone", self.env._("Telephone number (main)")),
            ("phone_2", self.env._("Telephone number (further)")),
            ("email", self.env._("E-mail address")),
            ("gb_member_number", self.env._("Member number")),
            *labels.items(),
            ("lang", self.env._("Language")),
            ("country_id", self.env._("Country")),
            ("state_id", self.env._("Province")),
            ("city", self.env._("City")),
            ("street2", self.env._("District")),
            ("street", self.env._("Street")),
            ("zip", self.env._("Postcode")),
            ("gb_level_id", self.env._("Level")),
            ("owner", self.env._("Owner agent (name or login)")),
            ("category_id", self.env._("Tags")),
            ("comment", self.env._("Note")),
            ("child_name", self.env._("Child: name")),
            ("child_birth", self.env._("Child: born or expected on")),
            ("child_sex", self.env._("Child: sex")),
        ]

    def _get_columns(self):
        """{field: heading}"""
        return {line.field: line.heading for line in self.column_ids if line.field}

    @api.depends("file", "column_ids.field")
    def _compute_preview(self):
        for record in self:
            record.preview = record._make_preview() if record.state == "draft" else False

    def _make_preview(self):
        """A table of the first rows as they would be imported. Everything from the file is escaped."""
        self.ensure_one()
        if not self.column_ids:
            return False
        columns, lookups = self._get_columns(), self._get_lookups()
        table = self._get_table()
        labels = dict(self._fields_of_import())
        used = [(columns[field], labels[field]) for field in labels if field in columns]
        lines = []
        for number, row in itertools.islice(table, PREVIEW_ROWS):
            _values, errors = self._parse_row(row, columns, lookups)
            cells = Markup().join(Markup("<td>%s</td>") % row.get(h, "") for h, _label in used)
            lines.append(
                Markup('<tr class="%s"><td>%s</td>%s<td>%s</td></tr>')
                % ("table-danger" if errors else "", number, cells, " ".join(errors))
            )
        head = Markup().join(Markup("<th>%s</th>") % label for _heading, label in used)
        return Markup(
            '<table class="table table-sm o_gb_import_preview"><thead><tr><th>%s</th>%s<th>%s</th></tr></thead>'
            "<tbody>%s</tbody></table>"
        ) % (self.env._("Line"), head, self.env._("What is wrong"), Markup().join(lines))

    # ------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------

    def action_start(self):
        """Put the file in line; the background job reads and imports it."""
        self.check_access("write")
        self._check_importer()
        for record in self:
            if record.state != "draft":
                raise UserError(self.env._("This import has been started already."))
            columns = record._get_columns()
            if len(columns) < len(record.column_ids.filtered("field")):
                raise UserError(self.env._("Two columns are assigned to the same field."))
            if not columns.keys() & {"name", "phone", "gb_member_number", "email"}:
                raise UserError(
                    self.env._("Assign at least the name, a number or an e-mail address.")
                )
            record.write(
                {
                    "state": "queued",
                    "user_id": self.env.uid,
                    "started_at": fields.Datetime.now(),
                    "message": False,
                }
            )
        self.env.ref("gb_callcenter.ir_cron_customer_import").sudo()._trigger()
        return True

    def action_stop(self):
        """Stop behind the batch under way; what has been imported stays."""
        self.check_access("write")
        self._check_importer()
        self.filtered(lambda r: r.state in ("queued", "running")).state = "stopped"
        return True

    def action_resume(self):
        """Go on behind the last batch."""
        self.check_access("write")
        self._check_importer()
        for record in self.filtered(lambda r: r.state == "stopped"):
            record.write({"state": "running" if record.row_count else "queued", "message": False})
        self.env.ref("gb_callcenter.ir_cron_customer_import").sudo()._trigger()
        return True

    def action_retry_errors(self):
        """Try the refused rows once more, for example after a level or an agent was added."""
        self.check_access("write")
        self._check_importer()
        for record in self.filtered(lambda r: r.state in ("done", "stopped")):
            record.row_ids.sudo().filtered(lambda row: row.state == "error").write(
                {"state": "new", "error": False}
            )
            record.state = "running"
        self.env.ref("gb_callcenter.ir_cron_customer_import").sudo()._trigger()
        return True

    def action_save_mapping(self):
        """Keep the assignment of the columns for the next file of this kind."""
        self.ensure_one()
        self.check_access("write")
        columns = {line.heading: line.field for line in self.column_ids if line.field}
        if self.mapping_id:
            self.mapping_id.columns = columns
        else:
            name = self.file_name.rsplit(".", 1)[0]
            mapping = self.env["gb.customer.import.mapping"].create(
                {"name": name, "columns": columns, "company_id": self.company_id.id}
            )
            # the columns are as they are to be: not read again
            super().write({"mapping_id": mapping.id})  # pylint: disable=super-method-mismatch
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("Saved as “%(name)s”.", name=self.mapping_id.name),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def action_download_errors(self):
        """The refused rows as a workbook: the file's own columns and what was wrong. It can be put right and imported."""
        self.ensure_one()
        self.check_access("read")
        self._check_importer()
        headings = self.column_ids.mapped("heading")
        rows = self.row_ids.filtered(lambda row: row.state == "error")
        content = write_xlsx(
            [*headings, self.env._("Line"), self.env._("What is wrong")],
            ([*[row.data.get(h, "") for h in headings], row.line, row.error] for row in rows),
        )
        attachment = self.env["ir.attachment"].create(
            {
                "name": self.env._("Errors of %(file)s", file=self.file_name.rsplit(".", 1)[0])
                + ".xlsx",
                "raw": content,
                "mimetype": XLSX_TYPE,
                "res_model": self._name,
                "res_id": self.id,
            }
        )
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{attachment.id}?download=true",
            "target": "download",
        }

    def action_view_rows(self):
        """The rows of this import."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "gb_callcenter.gb_customer_import_row_action"
        )
        return dict(action, domain=[("import_id", "=", self.id)])

    # ------------------------------------------------------------
    # Background
    # ------------------------------------------------------------

    @api.model
    def _cron_import(self):
        """Work off what is in line, a batch at a time."""
        while work := self.sudo().search(
            [("state", "in", ("queued", "running"))], order="id", limit=1
        ):
            if not work.try_lock_for_update():
                return
            mine = work.with_user(work.user_id).with_company(work.company_id)
            try:
                remaining = mine._stage() if work.state == "queued" else mine._run_batch()
            except UserError as error:
                work.write({"state": "stopped", "message": str(error)})
                remaining = 0
            done = BATCH_ROWS if remaining else 1
            if not remaining and work.state == "running":
                work.write({"state": "done", "ended_at": fields.Datetime.now()})
            work._tell()
            if not self.env["ir.cron"]._commit_progress(done, remaining=remaining):
                return

    def _tell(self):
        self.user_id._bus_send("gb_callcenter.import", {"id": self.id, "state": self.state})

    def _stage(self):
        """Read the file into the table of rows. :return: number of rows to import"""
        self.ensure_one()
        count = 0
        for chunk in split_every(STAGE_ROWS, self._get_table()):
            count += len(chunk)
            if count > MAX_ROWS:
                raise UserError(
                    self.env._(
                        "The file has more than %(limit)s rows. Please divide it.", limit=MAX_ROWS
                    )
                )
            self.env.cr.execute(
                SQL(
                    "INSERT INTO gb_customer_import_row (import_id, line, data, state) "
                    "SELECT %s, item.line, item.data, 'new' "
                    "FROM json_to_recordset(%s) AS item(line int, data jsonb) ORDER BY item.line",
                    self.id,
                    json.dumps([{"line": line, "data": row} for line, row in chunk]),
                )
            )
        self.sudo().write({"row_count": count, "state": "running"})
        return count

    def _run_batch(self):
        """Import the next rows. :return: how many are left"""
        self.ensure_one()
        Row = self.env["gb.customer.import.row"].sudo()
        rows = Row.search(
            [("import_id", "=", self.id), ("state", "=", "new")], order="id", limit=BATCH_ROWS
        )
        if rows:
            self._import_rows(rows)
        return Row.search_count([("import_id", "=", self.id), ("state", "=", "new")])

    def _import_rows(self, rows):
        """Make customers of these rows and note in each what became of it."""
        columns, lookups = self._get_columns(), self._get_lookups()
        Partner = self.env["res.partner"].with_context(
            tracking_disable=True, mail_create_nolog=True, mail_create_nosubscribe=True
        )
        parsed, results = [], {}
        for row in rows:
            values, errors = self._parse_row(row.data, columns, lookups)
            if errors:
                results[row.id] = ("error", " ".join(errors), None)
            else:
                parsed.append((row, values))
        known = self._find_known([values for _row, values in parsed])
        fresh = {}  # identity → index in the list of customers to be created
        creates, updates = [], []
        for row, values in parsed:
            keys = self._get_identities(values)
            found = {known[key] for key in keys if key in known}
            again = {fresh[key] for key in keys if key in fresh}
            if self.duplicate_policy == "create" or not (found or again):
                fresh.update(dict.fromkeys(keys, len(creates)))
                creates.append((values, [row]))
            elif len(found) > 1:
                results[row.id] = (
                    "error",
                    self.env._("Several customers have this number, member number or address."),
                    None,
                )
            elif self.duplicate_policy == "skip":
                results[row.id] = ("skipped", None, next(iter(found), None))
                if again and not found:
                    creates[min(again)][1].append(row)
            elif found:
                updates.append((found.pop(), values, row))
            else:
                index = min(again)
                merged, members = creates[index]
                merged.update({k: v for k, v in values.items() if v and k != "children"})
                merged.setdefault("children", []).extend(values.get("children", ()))
                members.append(row)
                fresh.update(dict.fromkeys(keys, index))
        self._create_customers(Partner, creates, results)
        for partner_id, values, row in updates:
            self._try(results, [row], "updated", self._update_customer, Partner, partner_id, values)
        self._save_results(results)

    def _create_customers(self, Partner, creates, results):
        """In one go; when the database refuses, one by one, so that only the guilty rows are refused."""
        if not creates:
            return
        try:
            with self.env.cr.savepoint():
                partners = self._create_batch(Partner, [values for values, _rows in creates])
        except Exception as error:  # whatever an addon's check raises concerns some row only
            _logger.info("import %s: batch refused (%s), row by row", self.id, type(error).__name__)
            for values, rows in creates:
                self._try(
                    results, rows, "created", lambda v: self._create_batch(Partner, [v]), values
                )
            return
        for partner, (_values, rows) in zip(partners, creates, strict=True):
            self._note_created(results, rows, partner.id)

    @staticmethod
    def _note_created(results, rows, partner_id):
        for number, row in enumerate(rows):
            state = results.get(row.id, ("updated",))[0] if number else "created"
            results[row.id] = (state, None, partner_id)

    def _try(self, results, rows, state, work, *arguments):
        try:
            with self.env.cr.savepoint():
                partner = work(*arguments)
        except Exception as error:  # see _create_customers
            text = (
                str(error)
                if isinstance(error, (UserError, ValidationError))
                else self.env._("The database refuses this row.")
            )
            if not isinstance(error, (UserError, ValidationError)):
                _logger.warning("import %s: row refused", self.id, exc_info=True)
            for row in rows:
                results[row.id] = ("error", text, None)
            return
        if state == "created":
            self._note_created(results, rows, partner.id)
        else:
            results[rows[0].id] = (state, None, partner.id)

    def _create_batch(self, Partner, values_list):
        children = [values.get("children", []) for values in values_list]
        more = [values.get("phone_2") for values in values_list]
        partners = Partner.create(
            [self._prepare_partner(values, new=True) for values in values_list]
        )
        self.env["gb.child"].create(
            [
                dict(child, partner_id=partner.id)
                for partner, born in zip(partners, children, strict=True)
                for child in born
            ]
        )
        self._add_numbers(zip(partners, more, strict=True))
        self.env.flush_all()
        return partners

    def _update_customer(self, Partner, partner_id, values):
        partner = Partner.browse(partner_id)
        partner.check_access("write")
        changed = self._prepare_partner(values, new=False)
        numbers = [values.get("phone_2")]
        if partner.phone and changed.get("phone"):
            # a further number of his, not the end of the old one
            numbers.append(changed.pop("phone"))
        partner.write({k: v for k, v in changed.items() if v})
        have = {child.birth_date for child in partner.gb_child_ids}
        self.env["gb.child"].create(
            [
                dict(child, partner_id=partner.id)
                for child in values.get("children", ())
                if child["birth_date"] not in have
            ]
        )
        self._add_numbers((partner, number) for number in numbers)
        self.env.flush_all()
        return partner

    def _add_numbers(self, pairs):
        """Give customers a further number each, if they do not have it."""
        region = self.company_id.country_id.code or None
        wanted = {
            (partner.id, parse_number(number, region).key): number
            for partner, number in pairs
            if number
        }
        if not wanted:
            return
        Phone = self.env["gb.phone"].sudo()
        have = {
            (phone.partner_id.id, phone.number_key)
            for phone in Phone.search([("partner_id", "in", [partner for partner, _key in wanted])])
        }
        Phone.create(
            [
                {"partner_id": partner, "number": number, "kind": "other"}
                for (partner, key), number in wanted.items()
                if (partner, key) not in have
            ]
        )

    def _prepare_partner(self, values, new):
        """Values of a ``res.partner`` from those of a row."""
        taken = {
            name: value
            for name, value in values.items()
            if name in self.env["res.partner"]._fields
            and name not in ("phone_2", "children", "category_id")
        }
        if tags := values.get("category_id"):
            taken["category_id"] = [(4, tag) for tag in tags]
        if owner := values.get("owner"):
            taken["gb_owner_id"] = owner
        if new:
            taken.setdefault("name", values.get("phone") or values.get("email"))
        return taken

    def _save_results(self, results):
        self.env["gb.customer.import.row"].flush_model()
        self.env.cr.execute(
            SQL(
                "UPDATE gb_customer_import_row row SET state = item.state, error = item.error, "
                "partner_id = item.partner_id FROM json_to_recordset(%s) "
                "AS item(id int, state text, error text, partner_id int) WHERE row.id = item.id",
                json.dumps(
                    [
                        {"id": row_id, "state": state, "error": error, "partner_id": partner_id}
                        for row_id, (state, error, partner_id) in results.items()
                    ]
                ),
            )
        )
        self.env["gb.customer.import.row"].invalidate_model()

    # ------------------------------------------------------------
    # A row
    # ------------------------------------------------------------

    def _get_lookups(self):
        """Names that rows refer to, once for each batch."""
        states = {}
        for state in self.env["res.country.state"].search([]):
            states.setdefault(normal(state.name), state)
        country = self.company_id.country_id
        for state in country.state_ids:
            states[normal(state.name)] = state
            for ending in ("省", "市", "自治区"):
                states.setdefault(normal(state.name.removesuffix(ending)), state)
        users = self.env["res.users"].search(
            [("all_group_ids", "in", self.env.ref("gb_callcenter.group_gb_agent").ids)]
        )
        return {
            "region": country.code or None,
            "states": states,
            "countries": {normal(c.name): c for c in self.env["res.country"].search([])}
            | {normal(c.code): c for c in self.env["res.country"].search([])},
            "levels": {normal(r.name): r.id for r in self.env["gb.customer.level"].search([])},
            "owners": {normal(u.name): u.id for u in users}
            | {normal(u.login): u.id for u in users},
            "languages": {
                normal(text): lang.code
                for lang in self.env["res.lang"].search([])
                for text in (lang.name, lang.code, lang.iso_code)
            },
            "tags": {normal(t.name): t.id for t in self.env["res.partner.category"].search([])},
        }

    def _parse_row(self, row, columns, lookups):
        """What a row says.

        :param dict row: {heading: text}
        :param dict columns: {field: heading}
        :return: (values, errors); values as of ``res.partner``, with ``phone_2``, ``owner`` and ``children``
        """
        errors = []
        text = {field: row.get(heading, "").strip() for field, heading in columns.items()}
        values = {
            name: text[name]
            for name in ("name", "city", "street", "street2", "zip", "comment", "gb_occupation",
                         "gb_member_number")
            if text.get(name)
        }  # fmt: skip
        if not any(text.get(name) for name in ("name", "phone", "email", "gb_member_number")):
            errors.append(self.env._("Neither name nor number nor e-mail address."))
        for name in ("phone", "phone_2"):
            if text.get(name):
                if parse_number(text[name], lookups["region"]).state == "ok":
                    values[name] = text[name]
                else:
                    errors.append(
                        self.env._("“%(number)s” is not a telephone number.", number=text[name])
                    )
        if text.get("email"):
            if email_normalize(text["email"]):
                values["email"] = text["email"]
            else:
                errors.append(
                    self.env._("“%(email)s” is not an e-mail address.", email=text["email"])
                )
        for name, known, problem in (
            ("gb_level_id", "levels", self.env._("There is no level “%(name)s”.")),
            ("owner", "owners", self.env._("There is no agent “%(name)s”.")),
            ("lang", "languages", self.env._("The language “%(name)s” is not installed.")),
        ):
            if text.get(name):
                if found := lookups[known].get(normal(text[name])):
                    values[name] = found
                else:
                    errors.append(problem % {"name": text[name]})
        self._parse_place(text, values, errors, lookups)
        if text.get("gb_sex"):
            values["gb_sex"] = self._parse_sex(text["gb_sex"], errors)
        if text.get("gb_birth_date"):
            values["gb_birth_date"] = self._parse_day(text["gb_birth_date"], errors)
        if text.get("category_id"):
            names = [n.strip() for n in text["category_id"].replace("，", ",").split(",")]
            missing = [n for n in names if n and normal(n) not in lookups["tags"]]
            if missing:
                errors.append(self.env._("There is no tag “%(name)s”.", name=missing[0]))
            values["category_id"] = [
                lookups["tags"][normal(n)] for n in names if normal(n) in lookups["tags"]
            ]
        if text.get("child_name") or text.get("child_birth"):
            if not text.get("child_birth"):
                errors.append(self.env._("The child's date of birth is missing."))
            else:
                values["children"] = [
                    {
                        "name": text.get("child_name") or False,
                        "birth_date": self._parse_day(text["child_birth"], errors),
                        "sex": self._parse_sex(text.get("child_sex"), errors),
                    }
                ]
        return values, errors

    def _parse_place(self, text, values, errors, lookups):
        if text.get("country_id"):
            if country := lookups["countries"].get(normal(text["country_id"])):
                values["country_id"] = country.id
            else:
                errors.append(
                    self.env._("There is no country “%(name)s”.", name=text["country_id"])
                )
        if text.get("state_id"):
            if state := lookups["states"].get(normal(text["state_id"])):
                values["state_id"] = state.id
                values.setdefault("country_id", state.country_id.id)
            else:
                errors.append(self.env._("There is no province “%(name)s”.", name=text["state_id"]))

    def _parse_day(self, text, errors):
        try:
            day = to_date(text)
        except ValueError:
            day = None
        if day is None or not date(1900, 1, 1) <= day <= date(2100, 1, 1):
            errors.append(self.env._("“%(day)s” is not a date.", day=text))
            return False
        return fields.Date.to_string(day)

    def _parse_sex(self, text, errors):
        if not text:
            return False
        for sex, names in SEXES.items():
            if text.lower() in names:
                return sex
        errors.append(self.env._("“%(sex)s” is neither female nor male.", sex=text))
        return False

    # ------------------------------------------------------------
    # Known customers
    # ------------------------------------------------------------

    def _get_identities(self, values):
        """What a customer is known by: [(kind, key)]."""
        region = self.company_id.country_id.code or None
        keys = [
            ("phone", parse_number(values[name], region).key)
            for name in ("phone", "phone_2")
            if values.get(name)
        ]
        if values.get("gb_member_number"):
            keys.append(("member", values["gb_member_number"]))
        if values.get("email"):
            keys.append(("email", email_normalize(values["email"])))
        return keys

    def _find_known(self, values_list):
        """{identity: customer's id}; a number of several customers belongs to the first of them.

        Looked up for all: a customer of another team is known, too. Other companies' customers are not.
        """
        wanted = {"phone": set(), "member": set(), "email": set()}
        for values in values_list:
            for kind, key in self._get_identities(values):
                wanted[kind].add(key)
        mine = [("company_id", "in", [self.company_id.id, False])]
        known = {}
        if wanted["phone"]:
            phones_sudo = self.env["gb.phone"].sudo()
            for phone in phones_sudo.search(
                [("number_key", "in", list(wanted["phone"])), *[("partner_id." + d[0], *d[1:]) for d in mine]],
                order="partner_id",
            ):  # fmt: skip
                if phone.partner_id.active:
                    known.setdefault(("phone", phone.number_key), phone.partner_id.id)
        partners_sudo = self.env["res.partner"].sudo()
        for kind, field in (("member", "gb_member_number"), ("email", "email_normalized")):
            if wanted[kind]:
                for partner in partners_sudo.search(
                    [(field, "in", list(wanted[kind])), *mine], order="id"
                ):
                    known.setdefault((kind, partner[field]), partner.id)
        return known
