from odoo import api, fields, models
from odoo.exceptions import ValidationError

RATING_KEYS = 9


class GbIvrNode(models.Model):
    """Types that hand the caller on, or take something from him: transfer, call-back, voicemail, fax, satisfaction."""

    _inherit = "gb.ivr.node"

    transfer_kind = fields.Selection(
        [
            ("queue", "A queue"),
            ("seat", "A seat"),
            ("number", "A telephone number"),
            ("expert", "An expert's seat"),
        ],
        string="Transfer to",
        default="queue",
        required=True,
    )
    queue_id = fields.Many2one("gb.queue", ondelete="restrict", check_company=True)
    seat_id = fields.Many2one("gb.seat", ondelete="restrict", check_company=True)
    number = fields.Char(help="As it is dialled, or a placeholder: {variable}.")
    priority = fields.Integer(help="Callers with a higher one are before others in the queue.")
    wait_seconds = fields.Integer(
        string="Waits at most (s)", help="Rings or waits this long; 0: as long as the queue allows."
    )
    max_seconds = fields.Integer(string="At most (s)", default=120)
    silence_seconds = fields.Integer(string="Ends after silence of (s)", default=4)
    ticket_type_id = fields.Many2one(
        "gb.ticket.type", string="Work order type", ondelete="restrict"
    )
    ticket_category_id = fields.Many2one(
        "gb.ticket.category", string="Work order category", ondelete="restrict"
    )
    max_score = fields.Integer(string="Best score", default=5)
    fax_document_id = fields.Many2one(
        "gb.ivr.fax.document",
        string="Document",
        ondelete="restrict",
        check_company=True,
    )
    fax_number = fields.Char(
        string="Fax to the number",
        help="Empty: to the caller's machine, during the call. Otherwise later, e.g. {digits} for what he has keyed in before.",
    )

    @api.constrains("wait_seconds", "max_seconds", "silence_seconds", "max_score", "priority")
    def _check_limits(self):
        for node in self:
            if not 0 <= node.wait_seconds <= 7200:
                raise ValidationError(self.env._("Callers wait 0 to 7200 seconds."))
            if not 5 <= node.max_seconds <= 600 or not 1 <= node.silence_seconds <= 30:
                raise ValidationError(
                    self.env._("Record 5 to 600 seconds, and end after 1 to 30 seconds of silence.")
                )
            if not 2 <= node.max_score <= RATING_KEYS:
                raise ValidationError(self.env._("The best score is a key from 2 to 9."))
            if not 0 <= node.priority <= 100:
                raise ValidationError(self.env._("A priority is a number from 0 to 100."))

    def _get_exit_fields(self):
        return super()._get_exit_fields() | {"transfer_kind"}

    # transfer -------------------------------------------------------------------

    def _get_exits_transfer(self):
        queue = self.transfer_kind == "queue"
        exits = [
            ("full", self.env._("Queue full"), queue),
            ("timeout", self.env._("Nobody answered in time"), True),
            ("empty", self.env._("No agent signed in"), queue),
            ("busy", self.env._("Busy"), not queue),
            ("closed", self.env._("Queue closed"), queue),
            ("failed", self.env._("Not reachable"), True),
            ("after", self.env._("After the conversation"), True),
        ]
        return [(key, label) for key, label, there in exits if there]

    def _get_transfer_target(self):
        if self.transfer_kind == "queue":
            return self.queue_id.code or ""
        if self.transfer_kind == "number":
            return self.number or ""
        return self.seat_id.extension or ""

    def _compile_transfer(self):
        transfer = self._operation(
            "transfer",
            self._go_all(),
            kind=self.transfer_kind,
            target=self._get_transfer_target(),
            priority=self.priority,
            seconds=self.wait_seconds,
        )
        return self._after_speech("transfer", transfer)

    def _after_speech(self, word, operation):
        """``operation``, after what the node says."""
        speech = self._speech()
        if not speech:
            return {self.code: operation}
        at = self._at(word)
        return {self.code: self._play(speech, at, barge=False), at: operation}

    def _get_problems_transfer(self):
        if self._get_transfer_target():
            return []
        return [
            {
                "queue": self.env._("Choose the queue."),
                "number": self.env._("Give it a number to dial."),
            }.get(self.transfer_kind, self.env._("Choose the seat."))
        ]

    # call-back --------------------------------------------------------------------

    def _get_exits_callback(self):
        return [
            ("ok", self.env._("Will be called back")),
            ("known", self.env._("Was asked for already")),
            ("cancelled", self.env._("Not wanted")),
            ("failed", self.env._("Not possible")),
        ]

    def _compile_callback(self):
        """The caller's own number is read out and confirmed, or another one entered and read out in turn."""
        leave = self._go_all()
        own, typed, entered = self._at("own"), self._at("typed"), self._at("number")
        waiting = {"invalid": leave["cancelled"], "timeout": leave["cancelled"]}
        operations = {
            self.code: self._operation(
                "branch",
                {"set": own, "else": entered},
                rules=[{"variable": "caller", "operator": "set", "value": "", "exit": "set"}],
            ),
            own: self._menu(
                self._speech() or self._say("callback.confirm"),
                ["1", "2", "*"],
                {"1": self._at("ask"), "2": entered, "*": leave["cancelled"], **waiting},
            ),
            entered: self._collect(
                self._say("callback.number"), self._at("entered"), (5, 20), {"ok": typed, **waiting}
            ),
            typed: self._menu(
                [
                    self._with_variable(part, self._at("entered"))
                    for part in self._say("callback.typed")
                ],
                ["1", "2", "*"],
                {"1": self._at("ask_typed"), "2": entered, "*": leave["cancelled"], **waiting},
            ),
            self._at("thanks"): self._play(self._say("callback.thanks"), leave["ok"]),
            self._at("known"): self._play(self._say("callback.known"), leave["known"]),
        }
        for word, number in (("ask", "{caller}"), ("ask_typed", f"{{{self._at('entered')}}}")):
            operations[self._at(word)] = self._operation(
                "callback",
                {"ok": self._at("thanks"), "known": self._at("known"), "failed": leave["failed"]},
                queue=self.queue_id.code or "",
                number=number,
            )
        return operations

    @api.model
    def _with_variable(self, part, variable):
        """``part`` of a standard sentence whose ``{number}`` stands for ``variable``."""
        if "text" not in part:
            return part
        text = {
            language: words.replace("{number", f"{{{variable}")
            for language, words in part["text"].items()
        }
        return {**part, "text": text}

    def _get_problems_callback(self):
        return [] if self.queue_id else [self.env._("Choose the queue.")]

    # voicemail ----------------------------------------------------------------------

    def _get_exits_voicemail(self):
        return [("ok", self.env._("Recorded")), ("empty", self.env._("Nothing said"))]

    def _compile_voicemail(self):
        leave, thanks = self._go_all(), self._at("thanks")
        values = {
            "node": self.code,
            "ticket_type": self.ticket_type_id.code or "",
            "ticket_category": str(self.ticket_category_id.id or ""),
        }
        record = self._operation(
            "record",
            {"ok": thanks, "empty": leave["empty"]},
            kind="voicemail",
            max_seconds=self.max_seconds,
            silence_seconds=self.silence_seconds,
            speech=self._speech() or self._say("voicemail.speak"),
            terminator="#",
            values=values,
        )
        return {self.code: record, thanks: self._play(self._say("voicemail.thanks"), leave["ok"])}

    # fax ------------------------------------------------------------------------------

    def _get_exits_fax_send(self):
        return [("ok", self.env._("Sent")), ("failed", self.env._("Not sent"))]

    def _compile_fax_send(self):
        fax, start = self._go_all(), self._at("fax")
        if self.fax_number:  # he is beside no machine now
            document = self.fax_document_id.sudo().sha256 or ""
            send = self._operation("fax_send", fax, document=document, number=self.fax_number)
            speech = self._speech()
            if not speech:
                return {self.code: send}
            return {self.code: self._play(speech, start, barge=False), start: send}
        return {
            self.code: self._play(
                self._speech() or self._say("fax_send.start"), start, barge=False
            ),
            start: self._operation(
                "fax_send", fax, document=self.fax_document_id.sudo().sha256 or ""
            ),
        }

    def _get_problems_fax_send(self):
        return [] if self.fax_document_id else [self.env._("Choose the document.")]

    def _get_exits_fax_receive(self):
        return [("ok", self.env._("Received")), ("failed", self.env._("Not received"))]

    def _compile_fax_receive(self):
        fax, start = self._go_all(), self._at("fax")
        values = {"node": self.code, "ticket_type": self.ticket_type_id.code or ""}
        return {
            self.code: self._play(
                self._speech() or self._say("fax_receive.start"), start, barge=False
            ),
            start: self._operation("fax_receive", fax, values=values),
        }

    # satisfaction -----------------------------------------------------------------------

    def _get_exits_rating(self):
        return [("next", self.env._("Rated")), ("timeout", self.env._("Not rated"))]

    def _compile_rating(self):
        leave, rate = self._go_all(), self._at("rate")
        variable = self.variable or "score"
        keys = [str(score) for score in range(1, self.max_score + 1)]
        operations = {
            self.code: self._menu(
                self._speech() or self._say("rating.ask"),
                keys,
                {
                    **{key: self._at(f"score{key}") for key in keys},
                    "invalid": leave["timeout"],
                    "timeout": leave["timeout"],
                },
            ),
            rate: self._operation(
                "rate", {"next": self._at("thanks")}, variable=variable, kind="call"
            ),
            self._at("thanks"): self._play(self._say("rating.thanks"), leave["next"]),
        }
        for key in keys:
            operations[self._at(f"score{key}")] = self._operation(
                "set", {"next": rate}, values={variable: key}
            )
        return operations
