"""Rows of CSV and XLSX files: read in a stream, columns found by their headings, errors written back. No ORM."""

import codecs
import csv
import io
import re
import unicodedata
import zipfile
from datetime import date, datetime, time, timezone
from decimal import Decimal, InvalidOperation
from itertools import zip_longest

import openpyxl
import xlsxwriter

MAX_COLUMNS = 200
MAX_CELL = 32767
MAX_UNPACKED = 512 * 1024 * 1024
CHUNK = 64 * 1024
DELIMITERS = ",;\t|"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

csv.field_size_limit(1024 * 1024)


class TableError(Exception):
    """The file cannot be read. ``code``: ``empty``, ``encoding``, ``too_large``, ``broken``, ``old_excel``."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


class Table:
    """An opened file.

    * ``headers``: headings of the columns, in their order, each once
    * ``encoding``: of a CSV file, None for XLSX

    Iterate for ``(line, row)``: the number of the line as a spreadsheet shows it, and {heading: text}. Empty lines
    are left out. May be iterated again.
    """

    def __init__(self, data, sheet=None):
        """:param bytes data: the file :param str sheet: name of the sheet, else the active one"""
        if not data.strip():
            raise TableError("empty", "the file is empty")
        self._data, self._sheet = data, sheet
        self.encoding = self._delimiter = None
        if data[:4] == b"\xd0\xcf\x11\xe0":
            raise TableError("old_excel", "a file of the old Excel format (.xls)")
        if data[:2] == b"PK":
            _check_zip(data)
            self._lines = self._read_xlsx
        else:
            self.encoding = _find_encoding(data)
            self._delimiter = _find_delimiter(data, self.encoding)
            self._lines = self._read_csv
        first = next(iter(self._filled()), None)
        if first is None:
            raise TableError("empty", "the file has no rows")
        self._head, cells = first
        self.headers = _unique(cells)

    def __iter__(self):
        for line, cells in self._filled():
            if line > self._head:
                yield (
                    line,
                    dict(zip_longest(self.headers, cells[: len(self.headers)], fillvalue="")),
                )

    def _filled(self):
        for line, cells in self._lines():
            texts = [to_text(cell) for cell in cells[:MAX_COLUMNS]]
            while texts and not texts[-1]:
                texts.pop()
            if texts:
                yield line, texts

    def _read_csv(self):
        stream = io.TextIOWrapper(io.BytesIO(self._data), encoding=self.encoding, newline="")
        reader = csv.reader(stream, delimiter=self._delimiter)
        try:
            line = 1
            for cells in reader:
                yield line, cells
                line = reader.line_num + 1
        except (csv.Error, UnicodeDecodeError) as error:
            raise TableError("broken", str(error)) from error

    def _read_xlsx(self):
        try:
            book = openpyxl.load_workbook(io.BytesIO(self._data), read_only=True, data_only=True)
            sheet = book[self._sheet] if self._sheet else book.active
            sheet.reset_dimensions()
            yield from enumerate(sheet.iter_rows(values_only=True, max_col=MAX_COLUMNS), 1)
            book.close()
        except TableError:
            raise
        except Exception as error:  # what openpyxl raises on broken files is of many kinds
            raise TableError("broken", f"{type(error).__name__}: {error}") from error


def _check_zip(data):
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            size = sum(info.file_size for info in archive.infolist())
    except zipfile.BadZipFile as error:
        raise TableError("broken", str(error)) from error
    if size > MAX_UNPACKED:
        raise TableError("too_large", "the file is too large when unpacked")


def _find_encoding(data):
    if data.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    for encoding in ("utf-8", "gb18030"):
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            for start in range(0, len(data), CHUNK):
                decoder.decode(data[start : start + CHUNK])
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        return encoding
    raise TableError("encoding", "neither UTF-8 nor GB18030")


def _find_delimiter(data, encoding):
    head = data[:CHUNK].decode(encoding, errors="ignore").lstrip()
    line = re.sub(r'"[^"]*"', "", head.partition("\n")[0])
    return max(DELIMITERS, key=line.count)


def _unique(cells):
    headers, seen = [], {}
    for number, cell in enumerate(cells, 1):
        header = " ".join(cell.split()) or f"#{number}"
        seen[header] = seen.get(header, 0) + 1
        headers.append(header if seen[header] == 1 else f"{header} ({seen[header]})")
    return headers


# ------------------------------------------------------------
# Columns
# ------------------------------------------------------------
def normal(heading):
    """A heading as it is compared: full width as half width, no case, no blanks, marks or units in brackets.

    :rtype: str
    """
    text = unicodedata.normalize("NFKC", heading or "").casefold()
    return re.sub(r"[\W_]+", "", re.sub(r"\([^)]*\)", "", text))


def guess_columns(headers, names):
    """Which column is meant for which field.

    :param headers: headings of the file
    :param dict names: {field: headings that mean it, the best first}
    :return: {field: heading}; fields for which there is none are left out, no column is taken twice
    """
    by_name = {}
    for header in headers:
        by_name.setdefault(normal(header), header)
    columns = {}
    for field, wanted in names.items():
        for name in wanted:
            header = by_name.get(normal(name))
            if header and header not in columns.values():
                columns[field] = header
                break
    return columns


def pick(row, columns):
    """:return: {field: text} of a row; fields whose column is missing are empty"""
    return {field: row.get(header, "") for field, header in columns.items()}


# ------------------------------------------------------------
# Cells
# ------------------------------------------------------------
def to_text(cell):
    """A cell as the text that a person reads in it: no ``.0`` behind numbers, dates in ISO form.

    :rtype: str
    """
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        midnight = cell.time() == time.min
        return cell.date().isoformat() if midnight else cell.isoformat(" ", "seconds")
    if isinstance(cell, (date, time)):
        return cell.isoformat()
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    # Excel's way to keep long numbers as text, and what spreadsheets of web shops put before them
    text = str(cell)[:MAX_CELL].replace("\x00", "").strip(" \t\r\n\u00a0\u3000\ufeff")
    if text.startswith('="') and text.endswith('"'):
        text = text[2:-1]
    return text


def to_decimal(text):
    """An amount: ``¥1,234.50``, ``1 234,5``, ``（12.00）`` or ``-12`` (negative), ``12.00元``.

    :rtype: Decimal
    :raise ValueError: when it is none
    """
    plain = unicodedata.normalize("NFKC", text or "").replace(" ", "")
    plain = re.sub(r"^(RMB|CNY|[¥¥$€])|(元|CNY|RMB)$", "", plain, flags=re.IGNORECASE)
    negative = plain.startswith("(") and plain.endswith(")")
    plain = plain.strip("()")
    plain = re.sub(r"^([-+]?)[¥¥$€]", r"\1", plain)
    if re.fullmatch(r"[-+]?\d{1,3}(,\d{3})+(\.\d+)?", plain):
        plain = plain.replace(",", "")
    elif re.fullmatch(r"[-+]?\d+,\d{1,2}", plain):
        plain = plain.replace(",", ".")
    try:
        value = Decimal(plain)
    except InvalidOperation:
        raise ValueError(text) from None
    if not value.is_finite():
        raise ValueError(text)
    return -value if negative else value


_DATE = re.compile(
    r"(?P<y>\d{4})(?P<sep>[-/.年]?)(?P<m>\d{1,2})(?(sep)[-/.月]?)(?P<d>\d{1,2})日?"
    r"(?:[T ]*(?P<H>\d{1,2})[:时](?P<M>\d{1,2})(?:[:分](?P<S>\d{1,2})(?:\.\d+)?秒?)?分?)?"
    r"(?P<zone>Z|[+-]\d{2}:?\d{2})?"
)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:[T ]?(\d{2})(\d{2})(\d{2})?)?")


def to_datetime(text, zone=None):
    """A moment: ``2026-11-22 12:30``, ``2026/11/22``, ``2026年11月22日 12:30``, ``20261122``, ISO 8601 with zone.

    :param tzinfo zone: what a time without zone is in
    :return: naive datetime in UTC; without any zone as it was written
    :raise ValueError: when it is none
    """
    plain = unicodedata.normalize("NFKC", text or "").strip()
    if match := _COMPACT.fullmatch(plain):
        moment = datetime(*(int(part or 0) for part in match.groups()))
    elif match := _DATE.fullmatch(plain):
        parts = [int(match[name] or 0) for name in "ymdHMS"]
        moment = datetime(*parts)
        if match["zone"]:
            offset = match["zone"].replace("Z", "+00:00")
            zone = datetime.fromisoformat(f"2000-01-01T00:00:00{offset}").tzinfo
    else:
        raise ValueError(text)
    if zone:
        # zones of pytz know their offset only by localize
        aware = zone.localize(moment) if hasattr(zone, "localize") else moment.replace(tzinfo=zone)
        moment = aware.astimezone(timezone.utc).replace(tzinfo=None)
    return moment


def to_date(text):
    """:rtype: date :raise ValueError: when it is none"""
    return to_datetime(
        re.sub(r"(Z|[+-]\d{2}:?\d{2})$", "", text or "", count=1) if ":" in (text or "") else text
    ).date()


# ------------------------------------------------------------
# Writing
# ------------------------------------------------------------
def write_xlsx(headers, rows, title="Rows"):
    """A sheet of texts and numbers; nothing in it is ever a formula.

    :param rows: iterable of lists
    :rtype: bytes
    """
    stream = io.BytesIO()
    with xlsxwriter.Workbook(
        stream,
        {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "default_date_format": "yyyy-mm-dd",
            "remove_timezone": True,
        },
    ) as book:
        sheet = book.add_worksheet(title[:31])
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, max(len(headers) - 1, 0), 18)
        sheet.write_row(0, 0, headers, book.add_format({"bold": True}))
        for number, row in enumerate(rows, 1):
            for column, cell in enumerate(row):
                if cell is not None and cell is not False:
                    sheet.write(number, column, cell)
    return stream.getvalue()
