import base64
import binascii
import hashlib
import json
from datetime import timedelta

import pytz

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools.table_file import to_datetime
from .gb_carrier_status import DELIVERY_STATES

RECEIPT_TYPES = {
    b"\x89PNG": ("png", "image/png"),
    b"\xff\xd8\xff": ("jpg", "image/jpeg"),
    b"%PDF": ("pdf", "application/pdf"),
}
MAX_RECEIPT = 1024 * 1024
PROBLEMS = [
    ("unreadable", "Cannot be read"),
    ("parcel", "Parcel not known"),
    ("state", "State not known"),
]
LIMITS = {"tracking": 100, "code": 100, "text": 1000, "place": 200, "receiver": 100}


class GbCarrierEvent(models.Model):
    """Something that a carrier has told about a parcel. Each is kept once, however often it is sent; what could not be
    assigned stays in the list of open events until somebody has worked it off."""

    _name = "gb.carrier.event"
    _description = "Carrier event"
    _order = "at desc, id desc"
    _rec_name = "tracking_number"

    carrier_id = fields.Many2one(
        "gb.carrier", required=True, readonly=True, ondelete="restrict", index=True
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, ondelete="cascade"
    )
    tracking_number = fields.Char(index=True)
    picking_id = fields.Many2one(
        "stock.picking", string="Delivery", index="btree_not_null", ondelete="set null"
    )
    at = fields.Datetime(string="When", required=True, readonly=True)
    code = fields.Char(string="Carrier's code", readonly=True)
    text = fields.Char(string="Carrier's text", readonly=True)
    place = fields.Char(readonly=True)
    receiver = fields.Char(string="Received by", readonly=True)
    state = fields.Selection(DELIVERY_STATES)
    source = fields.Selection(
        [("hook", "Message"), ("import", "File")], required=True, readonly=True
    )
    external_id = fields.Char(required=True, readonly=True)
    problem = fields.Selection(PROBLEMS, string="To work off", readonly=True)
    raw = fields.Text(string="As it came", readonly=True)
    note = fields.Char(help="How it was worked off.")

    _external_uniq = models.UniqueIndex("(carrier_id, external_id)")
    _problem_idx = models.Index("(carrier_id, problem) WHERE problem IS NOT NULL")

    # ------------------------------------------------------------
    # Intake
    # ------------------------------------------------------------
    @api.model
    def _take_in(self, carrier, rows, source):
        """Take in what a carrier tells. May be called with the same rows again.

        :param carrier: gb.carrier
        :param rows: list of dicts of texts: tracking, at, code, text, place, receiver, id (the carrier's own id of the
            event) and receipt (base64 of an image or PDF)
        :param source: one of ``source``
        :return: {"stored", "duplicates", "open"}: numbers of rows
        """
        carrier_sudo = carrier.sudo()
        carrier_sudo._begin_intake(len(rows))
        read_state = self.env["gb.carrier.status"]._get_reader(carrier_sudo)
        zone = pytz.timezone(carrier_sudo.tz)
        prepared, receipts = {}, {}
        for row in rows:
            values = self._prepare_event_values(carrier_sudo, row, zone, read_state)
            if values["external_id"] not in prepared:
                prepared[values["external_id"]] = {**values, "source": source}
                receipts[values["external_id"]] = (
                    row.get("receipt") if isinstance(row, dict) else None
                )
        events_sudo = self.sudo()
        known = events_sudo.search_fetch(
            [("carrier_id", "=", carrier_sudo.id), ("external_id", "in", list(prepared))],
            ["external_id"],
        )
        for external_id in known.mapped("external_id"):
            del prepared[external_id]
        parcels = self._find_parcels(
            carrier_sudo, {values["tracking_number"] for values in prepared.values()}
        )
        for values in prepared.values():
            picking = parcels.get(values["tracking_number"])
            values["picking_id"] = picking.id if picking else False
            if not values["problem"]:
                values["problem"] = self._get_problem(values)
        events = events_sudo.create(list(prepared.values()))
        for event in events:
            event._keep_receipt(receipts[event.external_id])
        events.picking_id._gb_follow_events()
        return {
            "stored": len(events),
            "duplicates": len(rows) - len(events),
            "open": len(events.filtered("problem")),
        }

    @api.model
    def _get_problem(self, values):
        if not values["picking_id"]:
            return "parcel"
        return False if values["state"] else "state"

    def _prepare_event_values(self, carrier, row, zone, read_state):
        """:return: values of the event of a row, without its parcel; a row that cannot be read is kept as it came"""
        raw = json.dumps(
            {name: value for name, value in row.items() if name != "receipt"}
            if isinstance(row, dict)
            else row,
            ensure_ascii=False,
            sort_keys=True,
            default=str,
        )[:4000]
        texts, problem = dict.fromkeys(LIMITS, ""), "unreadable"
        at = fields.Datetime.now()
        own_id = ""
        if isinstance(row, dict):
            for name, limit in LIMITS.items():
                value = row.get(name)
                if isinstance(value, (str, int)):
                    texts[name] = str(value).replace("\x00", "").strip()[:limit]
            own_id = str(row.get("id") or "").strip()
            try:
                at = to_datetime(str(row.get("at") or ""), zone)
                if texts["tracking"] and (texts["code"] or texts["text"]):
                    problem = False
            except (ValueError, OverflowError):
                problem = "unreadable"
            if at > fields.Datetime.now() + timedelta(days=1):
                at, problem = fields.Datetime.now(), "unreadable"
        # a short id is kept as it is, anything else is told apart by what it says
        external_id = own_id if 0 < len(own_id) <= 64 else hashlib.sha256(raw.encode()).hexdigest()
        return {
            "carrier_id": carrier.id,
            "company_id": carrier.company_id.id,
            "tracking_number": texts["tracking"],
            "at": at,
            "code": texts["code"],
            "text": texts["text"],
            "place": texts["place"],
            "receiver": texts["receiver"],
            "state": False if problem else read_state(texts["code"], texts["text"]),
            "external_id": external_id,
            "problem": problem,
            "raw": raw,
        }

    @api.model
    def _find_parcels(self, carrier, numbers):
        """:return: {tracking number: stock.picking} of the carrier's deliveries, as superuser"""
        pickings = (
            self.env["stock.picking"]
            .sudo()
            .search(
                [
                    ("carrier_tracking_ref", "in", [number for number in numbers if number]),
                    ("picking_type_code", "=", "outgoing"),
                    ("company_id", "=", carrier.company_id.id),
                    "|",
                    ("carrier_id", "=", False),
                    ("carrier_id.gb_carrier_id", "in", [carrier.id, False]),
                ],
                order="id",
            )
        )
        return {picking.carrier_tracking_ref: picking for picking in pickings}

    def _keep_receipt(self, receipt):
        """Attach the picture or PDF of the receiver's signature to the delivery."""
        if not receipt or not self.picking_id or not isinstance(receipt, str):
            return
        try:
            content = base64.b64decode(receipt, validate=True)
        except (binascii.Error, ValueError):
            content = b""
        kind = next(
            (kind for magic, kind in RECEIPT_TYPES.items() if content.startswith(magic)), None
        )
        if not kind or len(content) > MAX_RECEIPT:
            self.note = self.env._(
                "The receipt that came with it is no PNG, JPEG or PDF of at most 1 MiB."
            )
            return
        self.env["ir.attachment"].create(
            {
                "name": f"{self.tracking_number}.{kind[0]}",
                "raw": content,
                "mimetype": kind[1],
                "res_model": "stock.picking",
                "res_id": self.picking_id.id,
                "company_id": self.company_id.id,
            }
        )

    # ------------------------------------------------------------
    # Working off what is open
    # ------------------------------------------------------------
    def action_assign(self):
        """Look again for parcels and states of open events, after tracking numbers or states were filled in."""
        self.check_access("write")
        for carrier, events in self.filtered("problem").grouped("carrier_id").items():
            events = events.sudo()
            carrier.sudo()._begin_intake(0)
            read_state = self.env["gb.carrier.status"]._get_reader(carrier)
            parcels = self._find_parcels(carrier, set(events.mapped("tracking_number")))
            for event in events.filtered(lambda event: event.problem != "unreadable"):
                event.picking_id = event.picking_id or parcels.get(event.tracking_number)
                event.state = event.state or read_state(event.code, event.text)
                event.problem = event._get_problem(
                    {"picking_id": event.picking_id, "state": event.state}
                )
            events.picking_id._gb_follow_events()
        return True

    def action_dismiss(self):
        """Take open events off the list; the note says why."""
        self.check_access("write")
        for event in self.filtered("problem"):
            if not event.note:
                raise UserError(
                    self.env._(
                        "Note why %(number)s needs no work.",
                        number=event.tracking_number or event.display_name,
                    )
                )
            event.problem = False
        return True
