import base64
import json
import secrets
import tempfile
from datetime import UTC

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools.misc import Callbacks

from ..ivr import new_session, step
from ..ivr.tts import Speech, SpeechError, get_engine

MAX_INPUTS = 300
MAX_TEXT = 1000
# nothing of a flow needs more than this many steps between two inputs: the interpreter ends loops before
MAX_STEPS = 2000
SECONDS_PER_STEP = 3
MASK = "••••"
# what is waited for, and which events answer it
ANSWERS = {
    "collect": ("digits", "timeout"),
    "ask": ("answer", "failed"),
    "http": ("answer", "failed"),
    "record": ("recorded", "failed"),
    "transfer": ("returned",),
    "callback": ("done", "failed"),
    "fax_send": ("done", "failed"),
    "fax_receive": ("done", "failed"),
}


class GbIvrSimulator(models.AbstractModel):
    """Runs a flow without a telephone, with the interpreter that runs on calls.

    A simulation is what it began with and what was done since; each step runs it again from the start, so that one can go
    back and nothing has to be kept. What is looked up is answered as on a call, in a savepoint that is rolled back:
    no order is made, no PIN is counted, nothing is sent. PINs are not compared here, or one could try them without end.
    """

    _name = "gb.ivr.simulator"
    _description = "IVR simulator"

    @api.model
    def get_simulator(self, version_id):
        """What the simulator offers: hotlines, scenarios of the flow, and whether looking up is allowed.

        :return: dict
        """
        version = self._get_version(version_id)
        company = version.company_id or self.env.company
        hotlines = self.env["gb.hotline"].search([("company_id", "in", [company.id, False])])
        own = hotlines.filtered(lambda hotline: hotline.flow_id == version.flow_id)
        return {
            "hotlines": [
                {"id": hotline.id, "name": hotline.name, "number": hotline.number}
                for hotline in own | hotlines
            ],
            "can_look_up": self._can_look_up(),
            "can_save": self.env["gb.ivr.scenario"].has_access("create"),
            "scenarios": version._prepare_scenarios(),
        }

    @api.model
    def simulate(self, version_id, start, inputs):
        """Run a version from the start.

        :param dict start: ``{"hotline": number, "caller": number, "at": UTC "YYYY-MM-DD HH:MM:SS" or False,
            "look_up": bool}``; ``look_up``: questions are answered as on a call unless an input answers them
        :param list inputs: what the caller does and what else is answered by hand: ``{"type": "digits", "digits", "ended":
            "full|terminator|timeout"}``, ``{"type": "timeout"}``, ``{"type": "hangup"}``, ``{"type": "answer", "exit",
            "values"}``, ``{"type": "recorded", "seconds"}``, ``{"type": "returned", "status"}``, ``{"type": "done",
            "exit"}``, ``{"type": "failed"}``
        :return: ``{"log", "wait": what is waited for or False, "node", "flow", "visited", "variables", "secrets", "track",
            "end": reason or ""}``
        """
        version = self._get_version(version_id)
        start, inputs = self._read_start(start), self._read_inputs(inputs)
        if start["look_up"] and not self._can_look_up():
            raise AccessError(
                self.env._("Only managers of the call centre may look up data in a simulation.")
            )
        return self._simulate(version, start, inputs)

    @api.model
    def get_speech(self, text, language):
        """A text as callers hear it.

        :return: a WAV in Base64
        :raise UserError: when it cannot be spoken
        """
        self.env["gb.ivr.version"].check_access("read")
        # what is said may be about a customer: nothing of it stays on the disk
        with tempfile.TemporaryDirectory(prefix="gb-ivr-") as directory:
            try:
                speech = Speech(directory, get_engine(self._get_voice()))
                sound = speech.make(str(text), str(language)).read_bytes()
            except SpeechError as error:
                raise UserError(
                    self.env._("This cannot be spoken here: %(reason)s", reason=str(error))
                ) from error
        return base64.b64encode(sound).decode()

    @api.model
    def get_sound(self, sha256):
        """A sound that a prompt or a version of the user's companies plays.

        :return: a WAV in Base64
        """
        # sounds are nobody's own: what plays them is
        sound_sudo = self.env["gb.ivr.sound"].sudo().search([("sha256", "=", str(sha256))])
        versions_sudo = self.env["gb.ivr.version"].sudo()
        if not self.env["gb.ivr.prompt.line"].search_count(
            [("sound_id", "in", sound_sudo.ids)], limit=1
        ) and not versions_sudo.search([("sound_ids", "in", sound_sudo.ids)]).with_user(
            self.env.user
        )._filtered_access("read"):
            raise UserError(self.env._("This sound is not there any more."))
        return base64.b64encode(sound_sudo._get_wav()).decode()

    @api.model
    def _get_voice(self):
        """Settings of text to speech, as the connector gets them (``ivr.tts.get_engine``)."""
        return {}

    # --- what came in ----------------------------------------------------------------------------

    @api.model
    def _get_version(self, version_id):
        version = self.env["gb.ivr.version"].browse(int(version_id)).exists()
        if not version:
            raise UserError(self.env._("This version has been deleted."))
        version.check_access("read")
        return version

    @api.model
    def _can_look_up(self):
        return self.env.user.has_group("gb_callcenter.group_gb_manager")

    @api.model
    def _read_start(self, start):
        at = start.get("at")
        try:
            moment = fields.Datetime.to_datetime(at) if at else fields.Datetime.now()
        except ValueError as error:
            raise UserError(self.env._("“%(at)s” is no date and time.", at=at)) from error
        return {
            "hotline": str(start.get("hotline") or "")[:60],
            "caller": str(start.get("caller") or "")[:60],
            "at": moment.replace(microsecond=0, tzinfo=UTC).timestamp(),
            "look_up": bool(start.get("look_up")),
        }

    @api.model
    def _read_inputs(self, inputs):
        if not isinstance(inputs, list) or len(inputs) > MAX_INPUTS:
            raise UserError(
                self.env._("A simulation has at most %(count)s steps.", count=MAX_INPUTS)
            )
        known = {"hangup"}.union(*ANSWERS.values())
        for item in inputs:
            if not isinstance(item, dict) or item.get("type") not in known:
                raise UserError(self.env._("The simulator does not know this step."))
            if len(json.dumps(item)) > MAX_TEXT * 10:
                raise UserError(self.env._("A step of the simulation is too long."))
        return inputs

    # --- running ---------------------------------------------------------------------------------

    @api.model
    def _simulate(self, version, start, inputs):
        cr = self.env.cr
        savepoint = cr.savepoint()
        postcommit, cr.postcommit = cr.postcommit, Callbacks()
        try:
            return _Run(version, start, inputs).run()
        finally:
            # nothing of it has happened, and nothing follows on it
            cr.postcommit = postcommit
            savepoint.close(rollback=True)

    @api.model
    def _get_documents(self, version):
        """This version and the flows that can be reached from it: ``{code: document}``. Drafts are compiled in memory."""
        documents = {version.flow_id.code: self._get_document(version)}
        todo = [documents[version.flow_id.code]]
        while todo:
            document = todo.pop()
            targets = {
                target.removeprefix("flow:")
                for node in document["nodes"].values()
                for target in node.get("exits", {}).values()
                if target and target.startswith("flow:")
            }
            flows = self.env["gb.ivr.flow"].search([("code", "in", list(targets - set(documents)))])
            for flow in flows:
                other = flow.published_id or flow.version_ids[:1]
                if other:
                    documents[flow.code] = self._get_document(other)
                    todo.append(documents[flow.code])
        return documents

    @api.model
    def _get_document(self, version):
        if version.state in ("published", "retired") and version.document:
            return version.document
        return version._compile()

    @api.model
    def _get_exit_names(self, do):
        """What the exits of an instruction are called."""
        names = {
            "ok": self.env._("Done"),
            "failed": self.env._("Not available"),
            "known": self.env._("Known"),
            "verified": self.env._("Verified"),
            "wrong": self.env._("Wrong"),
            "locked": self.env._("Locked"),
            "unknown": self.env._("Unknown"),
            "ambiguous": self.env._("Several customers"),
            "found": self.env._("Found"),
            "none": self.env._("Nothing found"),
            "unidentified": self.env._("Caller not known"),
            "unverified": self.env._("Caller not verified"),
            "confirmed": self.env._("Confirmed"),
            "refused": self.env._("Refused"),
            "choose": self.env._("Caller has to choose"),
            "invalid": self.env._("Wrong choice"),
            "incomplete": self.env._("Something is missing"),
            "empty": self.env._("Nothing in the cart"),
        }
        if do == "record":
            names.update(ok=self.env._("Speaks"), empty=self.env._("Says nothing"))
        elif do == "transfer":
            names.update(
                full=self.env._("Queue full"),
                timeout=self.env._("Nobody answers"),
                empty=self.env._("No agent signed in"),
                busy=self.env._("Busy"),
                closed=self.env._("Closed"),
                failed=self.env._("Not reachable"),
                after=self.env._("Agent hangs up after the conversation"),
            )
        elif do == "callback":
            names.update(ok=self.env._("Asked for"), known=self.env._("Was asked for already"))
        return names

    @api.model
    def _get_end_name(self, reason):
        return {
            "hangup": self.env._("The menu hangs up."),
            "caller": self.env._("The caller hangs up."),
            "transfer": self.env._("The caller is with an agent, and hangs up afterwards."),
            "fallback": self.env._("The caller goes to the hotline's queue."),
        }.get(reason, reason)


class _Run:
    """One run of a simulation, within a savepoint of its caller."""

    def __init__(self, version, start, inputs):
        self.env = version.env
        self.model = self.env["gb.ivr.simulator"]
        self.version = version
        self.start = start
        self.inputs = inputs
        self.documents = self.model._get_documents(version)
        self.at = start["at"]
        self.position = 0
        self.log = []
        self.track = []
        self.visited = []
        self.said = []
        self.answers = []
        self.record = None
        self.session = new_session(
            {
                "id": f"simulation-{secrets.token_hex(8)}",
                "hotline": start["hotline"],
                "caller": start["caller"],
                "at": self.at,
            }
        )

    def run(self):
        instruction = self.step({"type": "start", "flow": self.version.flow_id.code})
        for _count in range(MAX_STEPS):
            if self.session["ended"] or not instruction:
                break
            event = self.get_event(instruction)
            if not event:
                break
            instruction = self.step(event)
        wait = False
        if not self.session["ended"] and instruction:
            wait = self.describe(instruction)
        end = self.session["ended"]
        if end:
            reason = instruction.get("reason", "") if instruction else ""
            self.note("end", reason=end, text=self.model._get_end_name(end), detail=reason)
        node = "" if end else self.session["node"].partition(".")[0]
        return {
            "log": self.log,
            "wait": wait,
            "node": node,
            "flow": self.session["flow"],
            "visited": self.visited,
            "variables": self.session["variables"],
            "secrets": sorted(self.session["secrets"]),
            "track": self.track,
            "said": self.said,
            "answers": self.answers,
            "used": self.position,
            "end": end,
        }

    def step(self, event):
        self.at += SECONDS_PER_STEP
        self.session, instruction, track = step(
            self.documents, self.session, {**event, "at": self.at}
        )
        self.track += track
        entries = [*track, *([self.session["step"]] if self.session["step"] else [])]
        for entry in entries:
            last = next((row for row in reversed(self.log) if row["kind"] == "node"), None)
            if not last or (last["node"], last["flow"], last["at"]) != (
                entry["node"],
                entry["flow"],
                entry["at"],
            ):
                self.note(
                    "node",
                    node=entry["node"],
                    flow=entry["flow"],
                    label=entry["label"],
                    type=entry["type"],
                    at=entry["at"],
                )
            if entry["flow"] == self.version.flow_id.code and entry["node"] not in self.visited:
                self.visited.append(entry["node"])
        if instruction and instruction.get("speech"):
            self.say(instruction["speech"])
        return instruction

    def note(self, kind, **values):
        self.log.append({"kind": kind, "position": self.position, **values})

    def say(self, speech):
        hashes = [part["audio"] for part in speech if part.get("audio")]
        lines = self.env["gb.ivr.prompt.line"].search([("sha256", "in", hashes)]) if hashes else ()
        texts = {line.sha256: line.text or line.prompt_id.name for line in lines}
        parts = [
            {"audio": part["audio"], "text": texts.get(part["audio"], "")}
            if part.get("audio")
            else {"text": part["say"], "language": part.get("language") or ""}
            for part in speech
        ]
        self.note("say", parts=parts)
        self.said += [part["text"] for part in parts]

    # --- what answers an instruction ---------------------------------------------------------------

    def get_event(self, instruction):
        """The event that answers, or None: it is for the user to say."""
        do = instruction["do"]
        if do == "play":
            return {"type": "played"}
        if do == "rate":
            self.note("do", do=do, text=instruction.get("score", ""))
            return {"type": "done", "exit": "next"}
        if self.position < len(self.inputs):
            item = self.inputs[self.position]
            if item["type"] == "hangup":
                self.position += 1
                self.note("input", text="", type="hangup")
                return {"type": "hangup"}
            if item["type"] in ANSWERS.get(do, ()):
                self.position += 1
                return self.take_input(item, instruction)
        if do == "ask" and self.start["look_up"] and not instruction.get("masked"):
            return self.look_up(instruction)
        return None

    def take_input(self, item, instruction):
        kind = item["type"]
        if kind in ("digits", "timeout"):
            digits = "".join(key for key in str(item.get("digits") or "") if key in "0123456789*#")
            ended = "timeout" if kind == "timeout" else str(item.get("ended") or "full")
            self.note(
                "input",
                type=kind,
                text=MASK if instruction["masked"] and digits else digits,
                ended=ended,
            )
            return {"type": "digits", "digits": digits, "ended": ended}
        if kind == "answer":
            return self.take_answer(item, instruction)
        if kind == "recorded":
            seconds = min(max(int(item.get("seconds") or 0), 0), 3600)
            self.note("do", do=instruction["do"], text=str(seconds))
            return {"type": "recorded", "name": "simulation", "seconds": seconds}
        key = str(item.get("status") or item.get("exit") or "failed")[:60]
        self.note("do", do=instruction["do"], exit=key, **self.describe_target(instruction))
        if kind == "returned":
            return {"type": "returned", "status": key}
        if kind == "done":
            return {"type": "done", "exit": key}
        return {"type": "failed", "reason": "simulated"}

    def take_answer(self, item, instruction):
        """What the user, or a scenario, answers instead of the look-up."""
        exit_key = str(item.get("exit") or "ok")[:60]
        values = item.get("values") if isinstance(item.get("values"), dict) else {}
        speech = item.get("speech") if isinstance(item.get("speech"), list) else []
        if (
            instruction["do"] == "ask"
            and instruction["name"] == "identify"
            and exit_key == "verified"
            and self.start["look_up"]
        ):
            # later questions find a caller who was verified, without his PIN having been compared
            args = {key: value for key, value in instruction["args"].items() if key != "pin"}
            found = self.ask("identify", args)
            values = {
                **found["values"],
                "is_verified": "1" if found["values"].get("is_known") else "",
            }
            self.record.sudo().is_verified = bool(self.record.sudo().partner_id)
        return self.note_answer(instruction, exit_key, values, speech, is_by_hand=True)

    def look_up(self, instruction):
        answer = self.ask(instruction["name"], instruction["args"])
        return self.note_answer(
            instruction, answer["exit"], answer["values"], answer["speech"], is_by_hand=False
        )

    def ask(self, name, args):
        """The answer that a call would get."""
        texts = {key: "" if value is None else str(value).strip() for key, value in args.items()}
        return self.get_record()._answer(name, texts)

    def get_record(self):
        """The session that a call would have; it is rolled back."""
        if not self.record:
            provider = self.env["gb.hotline"].search(
                [("number", "=", self.start["hotline"])], limit=1
            ).provider_id or self.env["gb.telephony.provider"].search([], limit=1)
            provider_sudo = provider.sudo() or self.env["gb.telephony.provider"].sudo().create(
                {"name": "Simulator", "reference": self.session["id"]}
            )
            self.record = self.env["gb.ivr.session"]._open(
                provider_sudo,
                self.session["id"],
                {
                    "hotline": self.start["hotline"],
                    "caller": self.start["caller"],
                    "language": self.session["variables"].get("language"),
                    "flow": self.session["flow"],
                },
            )
        return self.record

    def note_answer(self, instruction, exit_key, values, speech, is_by_hand):
        answer = {"exit": exit_key, "values": values, "speech": speech}
        self.answers.append({"position": self.position, "is_by_hand": is_by_hand, **answer})
        self.note(
            "ask",
            name=instruction.get("name") or instruction.get("url") or "",
            args=self.get_shown_args(instruction),
            exit=exit_key,
            values=values,
            is_by_hand=is_by_hand,
            choices=self.get_choices(instruction),
        )
        return {"type": "answer", **answer}

    # --- what is waited for --------------------------------------------------------------------------

    def describe(self, instruction):
        do = instruction["do"]
        wait = {"do": do, "choices": self.get_choices(instruction)}
        if do == "collect":
            for name in ("min", "max", "terminator", "keys", "timeout", "masked"):
                wait[name] = instruction.get(name)
        elif do in ("ask", "http"):
            wait["name"] = instruction.get("name") or instruction.get("url") or ""
            wait["args"] = self.get_shown_args(instruction)
            wait["is_secret"] = bool(instruction.get("masked"))
        return {**wait, **self.describe_target(instruction)}

    def describe_target(self, instruction):
        if instruction["do"] == "transfer":
            return {
                "text": f"{instruction.get('kind', '')} {instruction.get('target', '')}".strip()
            }
        return {"text": instruction.get("queue") or instruction.get("document") or ""}

    def get_shown_args(self, instruction):
        masked = instruction.get("masked") or []
        return {
            key: MASK if key in masked else value
            for key, value in (instruction.get("args") or {}).items()
        }

    def get_choices(self, instruction):
        if instruction["do"] == "collect":
            return []
        names = self.model._get_exit_names(instruction["do"])
        document = self.documents.get(instruction["flow"]) or {"nodes": {}}
        node = document["nodes"].get(instruction["node"]) or {}
        return [{"key": key, "name": names.get(key, key)} for key in node.get("exits") or {}]
