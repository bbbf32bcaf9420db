"""What a document may look like, and what is wrong with one."""

import re

from . import words
from .hours import is_open

OPERATORS = ("=", "!=", "<", "<=", ">", ">=", "in", "set", "unset", "starts")
GIVEN = frozenset(("hotline", "caller", "language", "now"))  # variables that are always there
SPEECHES = ("speech", "invalid", "no_input")
SHA256 = re.compile(r"[0-9a-f]{64}")
NAME = re.compile(words.NAME)

# The parameters of each operation with their kinds ("!": it needs them) and the exits it has. What waits for the caller breaks a
# circle; what asks somebody else may end one.
OPERATIONS = {
    "play": {"parameters": {"speech": "speech!", "barge": "bool"}, "exits": ("next",)},
    "menu": {
        "parameters": {
            "speech": "speech",
            "keys": "keys",
            "timeout": "number",
            "retries": "number",
            "invalid": "speech",
            "no_input": "speech",
        },
        "exits": ("invalid", "timeout"),
        "waits": True,
    },
    "collect": {
        "parameters": {
            "speech": "speech",
            "variable": "name!",
            "min": "number",
            "max": "number",
            "terminator": "text",
            "timeout": "number",
            "digit_timeout": "number",
            "retries": "number",
            "invalid": "speech",
            "no_input": "speech",
            "masked": "bool",
        },
        "exits": ("ok", "invalid", "timeout"),
        "waits": True,
    },
    "set": {"parameters": {"values": "values!"}, "exits": ("next",)},
    "branch": {"parameters": {"rules": "rules!"}, "exits": ("else",)},
    "hours": {"parameters": {"schedule": "schedule!"}, "exits": ("open", "closed")},
    "ask": {
        "parameters": {
            "name": "name!",
            "args": "object",
            "timeout": "number",
            "speech": "speech",
            "sets": "names",
        },
        "exits": ("failed",),
        "asks": True,
    },
    "http": {
        "parameters": {"url": "text!", "args": "object", "timeout": "number", "values": "texts"},
        "exits": ("ok", "failed"),
        "asks": True,
    },
    "record": {
        "parameters": {
            "kind": ("voicemail", "prompt"),
            "max_seconds": "number",
            "silence_seconds": "number",
            "speech": "speech",
            "terminator": "text",
            "values": "object",
        },
        "exits": ("ok", "empty"),
        "waits": True,
    },
    "transfer": {
        "parameters": {
            "kind": ("queue", "seat", "number", "expert"),
            "target": "text!",
            "priority": "number",
            "seconds": "number",
        },
        "exits": (),
        "optional": ("full", "timeout", "empty", "busy", "closed", "failed", "after"),
        "waits": True,
    },
    "callback": {
        "parameters": {"queue": "text!", "number": "text!"},
        "exits": ("ok", "known", "failed"),
    },
    "fax_send": {
        "parameters": {"document": "text!", "number": "text"},
        "exits": ("ok", "failed"),
        "waits": True,
    },
    "fax_receive": {"parameters": {"values": "object"}, "exits": ("ok", "failed"), "waits": True},
    "rate": {"parameters": {"variable": "name!", "kind": "text"}, "exits": ("next",)},
    "language": {"parameters": {"language": "text!"}, "exits": ("next",)},
    "hangup": {"parameters": {"speech": "speech"}, "exits": ()},
}

# code: (level, sentence)
PROBLEMS = {
    "damaged": ("error", "This is no document of a flow: %(what)s."),
    "name": ("error", "“%(name)s” is no name: letters, digits, “_” and “.”, at most 60."),
    "start": ("error", "The flow has no beginning: there is no node “%(name)s”."),
    "operation": ("error", "The operation “%(name)s” does not exist."),
    "missing": ("error", "“%(name)s” is missing."),
    "value": ("error", "The value of “%(name)s” makes no sense."),
    "target": ("error", "The exit “%(exit)s” leads to “%(target)s”, which does not exist."),
    "flow": ("error", "The exit “%(exit)s” leads to the flow “%(target)s”, which does not exist."),
    "key": ("error", "The key “%(exit)s” leads nowhere."),
    "exit": ("warning", "The exit “%(exit)s” leads nowhere: the caller comes to the queue."),
    "exit_unknown": ("warning", "The exit “%(exit)s” is never taken."),
    "unreachable": ("warning", "No way leads here."),
    "circle": ("error", "Callers would go round for ever: %(nodes)s."),
    "circle_asks": ("warning", "Callers go round until an answer ends it: %(nodes)s."),
    "silent": ("error", "“%(name)s” has no text and no sound."),
    "language": ("error", "“%(name)s” has nothing in the flow's own language (%(language)s)."),
    "translation": ("warning", "“%(name)s” has nothing in %(language)s."),
    "prompt": ("error", "A sound of “%(name)s” is missing (%(language)s)."),
    "format": ("error", "“%(format)s” is no way to say “%(variable)s”."),
    "unset": ("warning", "“%(variable)s” may not be known here."),
    "secret": ("warning", "“%(variable)s” is secret: it is not said or kept, only handed on."),
}


# What an operation has to do with variables


def _texts(value):
    """All texts in a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)


def _rules(node):
    rules = node.get("rules")
    return [rule for rule in rules if isinstance(rule, dict)] if isinstance(rules, list) else []


def _names_in(*values):
    return {name for text in _texts(list(values)) for name, _form in words.placeholders(text)}


def says(node):
    """Names of the variables that are said, kept with a recording, or called by an operation: no place for secrets."""
    kept = {
        "callback": ("queue", "number"),
        "fax_receive": ("values",),
        "fax_send": ("document", "number"),
        "http": ("url",),
        "record": ("values",),
        "transfer": ("target",),
    }.get(node.get("op"), ())
    names = _names_in(*(node.get(parameter) for parameter in SPEECHES + kept))
    if node.get("op") == "rate" and isinstance(node.get("variable"), str):
        names.add(node["variable"])
    return names


def reads(node):
    """Names of the variables that an operation works with: arguments, values, rules."""
    op = node.get("op")
    if op in ("ask", "http"):
        return _names_in(node.get("args"))
    if op == "set":
        return _names_in(node.get("values"))
    if op == "branch":
        tested = {
            rule["variable"] for rule in _rules(node) if isinstance(rule.get("variable"), str)
        }
        return tested | _names_in([rule.get("value") for rule in _rules(node)])
    return set()


def writes(node):
    """Names of the variables that an operation sets, as far as the document tells."""
    op, values = node.get("op"), node.get("values")
    if op == "collect":
        return {node["variable"]} if isinstance(node.get("variable"), str) else set()
    if op in ("set", "http"):
        return set(values) if isinstance(values, dict) else set()
    if op == "ask":
        sets = node.get("sets")
        return {name for name in sets if isinstance(name, str)} if isinstance(sets, list) else set()
    return set()


def ways(node):
    """``{exit: target}`` of the exits that lead somewhere."""
    exits = node.get("exits")
    exits = exits if isinstance(exits, dict) else {}
    return {key: target for key, target in exits.items() if target and isinstance(target, str)}


# Checking


def check(document, prompts=None, flows=None):
    """What is wrong with a document: ``[{"code", "level", "node", "message", "values"}, …]``, in the order of the nodes.

    ``level`` is ``error`` (callers would end in the queue, or hear nothing) or ``warning``; ``node`` is "" for the document itself.
    ``prompts``: sha256 of the sounds that there are, ``flows``: codes of the flows that there are; None: not looked at.
    Any JSON value can be given.
    """
    checker = _Check(document, prompts, flows)
    checker.check()
    order = {name: position for position, name in enumerate(checker.nodes)}
    return sorted(checker.problems, key=lambda problem: order.get(problem["node"], -1))


class _Check:
    def __init__(self, document, prompts, flows):
        self.document = document if isinstance(document, dict) else {}
        self.prompts = prompts
        self.flows = flows
        nodes = self.document.get("nodes")
        self.nodes = nodes if isinstance(nodes, dict) else {}
        self.language = words.text(self.document.get("language"))
        self.languages = [self.language]
        self.problems = []

    def add(self, code, node="", **values):
        level, sentence = PROBLEMS[code]
        problem = {"code": code, "level": level, "node": node, "values": values}
        problem["message"] = sentence % values
        if problem not in self.problems:
            self.problems.append(problem)

    def check(self):
        document = self.document
        if document.get("format") != 1 or not self.nodes or not self.language:
            self.add("damaged", what="format 1, a language and nodes are needed")
            return
        languages = document.get("languages")
        for language in languages if isinstance(languages, list) else ():
            if isinstance(language, str) and language not in self.languages:
                self.languages.append(language)
        if not isinstance(document.get("variables", {}), dict):
            self.add("value", name="variables")
        start = document.get("start")
        if not isinstance(start, str) or start not in self.nodes:
            self.add("start", name=words.text(start))
            start = ""
        good = {}
        for name, node in self.nodes.items():
            if not isinstance(name, str) or not NAME.fullmatch(name):
                self.add("name", name, name=words.text(name))
            if not isinstance(node, dict) or not isinstance(node.get("op"), str):
                self.add("operation", name, name="")
            elif node["op"] not in OPERATIONS:
                self.add("operation", name, name=node["op"])
            else:
                good[name] = node
                self.check_node(name, node)
        self.nodes_checked = good
        reached = self.find_reached(start)
        for name in good:
            if name not in reached:
                self.add("unreachable", name)
        self.check_circles()
        self.check_variables(start)

    # One node

    def check_node(self, name, node):
        operation = OPERATIONS[node["op"]]
        for parameter, kind in operation["parameters"].items():
            needed = kind[-1] == "!"
            value = node.get(parameter)
            if value is None or value == "" or value == []:
                if needed:
                    self.add("missing", name, name=parameter)
            elif isinstance(kind, tuple):
                if value not in kind:
                    self.add("value", name, name=parameter)
            elif not getattr(self, f"is_{kind.rstrip('!')}")(value):
                self.add("value", name, name=parameter)
        if node["op"] == "language" and node.get("language") not in (None, "", *self.languages):
            self.add("value", name, name="language")
        least, most = node.get("min"), node.get("max")
        if self.is_number(least) and self.is_number(most) and least > most:
            self.add("value", name, name="min")
        self.check_exits(name, node, operation)
        for parameter in SPEECHES:
            if parameter in operation["parameters"]:
                self.check_speech(name, parameter, node.get(parameter))
        for text in _texts({key: node.get(key) for key in operation["parameters"]}):
            for variable, form in words.placeholders(text):
                if form not in words.FORMATS:
                    self.add("format", name, variable=variable, format=form)

    def check_exits(self, name, node, operation):
        exits = node.get("exits")
        if exits is None:
            exits = {}
        if not isinstance(exits, dict):
            self.add("value", name, name="exits")
            return
        needed = list(operation["exits"])
        keys = []
        if node["op"] == "menu":
            keys = node.get("keys")
            if not self.is_keys(keys):
                keys = [key for key in exits if self.is_key(key)]
            if not keys:
                self.add("missing", name, name="keys")
        if node["op"] == "branch":
            needed += [rule["exit"] for rule in _rules(node) if isinstance(rule.get("exit"), str)]
        for key in keys:
            if key not in exits:
                self.add("key", name, exit=key)
        for key in needed:
            if key not in exits:
                self.add("exit", name, exit=key)
        known = {*needed, *keys, *operation.get("optional", ())}
        for key, target in exits.items():
            if key not in known and node["op"] != "ask":
                self.add("exit_unknown", name, exit=words.text(key))
            if not isinstance(target, str):
                self.add("target", name, exit=words.text(key), target=words.text(target))
            elif target.startswith("flow:"):
                code = target.removeprefix("flow:")
                if not code or (self.flows is not None and code not in self.flows):
                    self.add("flow", name, exit=words.text(key), target=code)
            elif target and target not in self.nodes:
                self.add("target", name, exit=words.text(key), target=target)

    def check_speech(self, name, parameter, speech):
        for part in speech if self.is_speech(speech) else ():
            texts, sounds = part.get("text") or {}, part.get("audio") or {}
            if not any(texts.values()) and not any(sounds.values()):
                self.add("silent", name, name=parameter)
                continue
            for language in self.languages:
                if sounds.get(language):
                    if not self.is_sound(sounds[language]):
                        self.add("prompt", name, name=parameter, language=language)
                elif not texts.get(language):
                    code = "language" if language == self.language else "translation"
                    self.add(code, name, name=parameter, language=language)

    # Kinds of parameters

    def is_speech(self, value):
        return isinstance(value, list) and all(
            isinstance(part, dict)
            and all(self.is_texts(part.get(kind) or {}) for kind in ("text", "audio"))
            for part in value
        )

    def is_sound(self, value):
        if not SHA256.fullmatch(value):
            return False
        return self.prompts is None or value in self.prompts

    def is_bool(self, value):
        return isinstance(value, bool)

    def is_number(self, value):
        return isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0

    def is_text(self, value):
        return isinstance(value, str)

    def is_name(self, value):
        return isinstance(value, str) and bool(NAME.fullmatch(value))

    def is_names(self, value):
        return isinstance(value, list) and all(map(self.is_name, value))

    def is_key(self, value):
        return isinstance(value, str) and len(value) == 1 and value in words.KEYS

    def is_keys(self, value):
        return isinstance(value, list) and all(map(self.is_key, value))

    def is_object(self, value):
        return isinstance(value, dict)

    def is_texts(self, value):
        return isinstance(value, dict) and all(isinstance(item, str) for item in value.values())

    def is_values(self, value):
        return isinstance(value, dict) and all(map(self.is_name, value))

    def is_rules(self, value):
        return isinstance(value, list) and all(
            isinstance(rule, dict)
            and self.is_name(rule.get("variable"))
            and rule.get("operator") in OPERATORS
            and isinstance(rule.get("exit"), str)
            for rule in value
        )

    def is_schedule(self, value):
        try:
            is_open(value, 0)
        except Exception:
            return False
        return True

    # Ways through the document

    def follow(self, name):
        """The nodes that a node leads to."""
        targets = ways(self.nodes_checked[name]).values()
        return [target for target in targets if target in self.nodes_checked]

    def find_reached(self, start):
        todo, reached = [start], set()
        while todo:
            name = todo.pop()
            if name in self.nodes_checked and name not in reached:
                reached.add(name)
                todo += self.follow(name)
        return reached

    def check_circles(self):
        """Circles of operations none of which waits for the caller."""
        running = [
            name
            for name, node in self.nodes_checked.items()
            if not OPERATIONS[node["op"]].get("waits")
        ]
        after = {name: {to for to in self.follow(name) if to in running} for name in running}
        reach = {name: self._closure(after, name) for name in running}
        told = set()
        for name in running:
            if name in told or name not in reach[name]:
                continue
            circle = [other for other in running if other in reach[name] and name in reach[other]]
            told.update(circle)
            asks = any(OPERATIONS[self.nodes_checked[one]["op"]].get("asks") for one in circle)
            self.add("circle_asks" if asks else "circle", name, nodes=", ".join(circle))

    @staticmethod
    def _closure(after, name):
        todo, reached = list(after[name]), set()
        while todo:
            one = todo.pop()
            if one not in reached:
                reached.add(one)
                todo += after[one]
        return reached

    def check_variables(self, start):
        """What is used on a way on which it has not been set. An answer may set anything unless its ``sets`` tells."""
        declared = self.document.get("variables")
        known = {start: GIVEN | set(declared if isinstance(declared, dict) else ())}
        todo = [start] if start in self.nodes_checked else []
        everything = GIVEN.union(
            *known.values(), *(self.uses(node) for node in self.nodes_checked.values())
        )
        while todo:
            name = todo.pop()
            node = self.nodes_checked[name]
            for key, target in ways(node).items():
                if target not in self.nodes_checked:
                    continue
                now = self.know(node, key, known[name], everything)
                merged = known[target] & now if target in known else now
                if merged != known.get(target):
                    known[target] = merged
                    todo.append(target)
        secrets = set()
        for node in self.nodes_checked.values():
            if node["op"] == "collect" and node.get("masked"):
                secrets |= writes(node)
        for name, node in self.nodes_checked.items():
            for variable in sorted(self.uses(node) - known.get(name, everything)):
                self.add("unset", name, variable=variable)
            for variable in sorted(says(node) & secrets):
                self.add("secret", name, variable=variable)

    def uses(self, node):
        """What an operation needs to be known: to ask whether it is set is no use."""
        tested = [
            rule.get("variable")
            for rule in _rules(node)
            if rule.get("operator") in ("set", "unset")
        ]
        return says(node) | {name for name in reads(node) if name not in tested}

    def know(self, node, key, known, everything):
        """What is known after an exit has been taken."""
        op = node["op"]
        if op == "collect":
            known = known - writes(node)
            return known | writes(node) if key == "ok" else known
        if op in ("ask", "http") and key == "failed":
            return known
        if op == "ask" and "sets" not in node:
            return known | everything
        return known | writes(node)
