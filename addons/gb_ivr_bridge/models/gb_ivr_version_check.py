from odoo import models

from ..ivr.document import check
from ..ivr.words import FORMATS


class GbIvrVersion(models.Model):
    """What is wrong with a version: its nodes' own problems, those of the document, and those of what is around it."""

    _inherit = "gb.ivr.version"

    def get_problems(self):
        """What is wrong with this version.

        :return: list of {"node_id": id or False, "code": code of the node or "", "level": "error" or "warning", "text": sentence};
            a version with errors is not published
        """
        self.ensure_one()
        self.check_access("read")
        return [
            {key: value for key, value in problem.items() if key != "kind"}
            for problem in self._get_problems()
        ]

    def _get_problems(self):
        """As ``get_problems``, each with its ``kind``. Override to add others: see ``_problem``."""
        problems = []
        if not self.node_ids:
            return [self._problem(self.env._("The flow has no nodes."))]
        if not self.node_ids.filtered("is_start"):
            problems.append(self._problem(self.env._("Say which node it begins with.")))
        for node in self.node_ids:
            problems += [self._problem(text, node) for text in node._get_node_problems()]
        known = {problem["code"] for problem in problems}
        problems += [
            problem
            for problem in self._get_document_problems()
            # what is missing in a node was said already in better words
            if problem["kind"] not in ("missing", "value", "silent") or problem["code"] not in known
        ]
        return problems + self._get_surrounding_problems()

    def _problem(self, text, node=None, level="error", kind=""):
        return {
            "node_id": node.id if node else False,
            "code": node.code if node else "",
            "level": level,
            "text": self.env._("%(node)s: %(problem)s", node=node.name, problem=text)
            if node
            else text,
            "kind": kind,
        }

    def _get_document_problems(self):
        document = self._compile()
        sounds = (
            self.env["gb.ivr.sound"]
            .sudo()
            .search([("sha256", "in", list(self._get_document_sounds(document)))])
        )
        flows = self.env["gb.ivr.flow"].search([("published_id", "!=", False)])
        found = check(
            document,
            prompts=set(sounds.mapped("sha256")),
            flows={*flows.mapped("code"), self.flow_id.code},
        )
        nodes = {node.code: node for node in self.node_ids}
        sentences = self._get_sentences()
        problems = []
        for problem in found:
            node = nodes.get(problem["node"].split(".")[0])
            sentence = sentences.get(problem["code"])
            text = sentence % problem["values"] if sentence else problem["message"]
            entry = self._problem(text, node, problem["level"], problem["code"])
            if entry not in problems:
                problems.append(entry)
        return problems

    def _get_sentences(self):
        """The checker's sentences in the user's language, by its codes."""
        return {
            "target": self.env._(
                "The exit “%(exit)s” leads to “%(target)s”, which does not exist."
            ),
            "flow": self.env._(
                "The exit “%(exit)s” leads to the flow “%(target)s”, which has no published version."
            ),
            "key": self.env._("The key “%(exit)s” leads nowhere."),
            "unreachable": self.env._("No way leads here."),
            "circle": self.env._("Callers would go round for ever: %(nodes)s."),
            "circle_asks": self.env._("Callers go round until an answer ends it: %(nodes)s."),
            "silent": self.env._("“%(name)s” has no text and no sound."),
            "language": self.env._(
                "“%(name)s” has nothing in the flow's own language (%(language)s)."
            ),
            "translation": self.env._("“%(name)s” has nothing in %(language)s."),
            "prompt": self.env._("A sound of “%(name)s” is missing (%(language)s)."),
            "format": self.env._("“%(format)s” is no way to say “%(variable)s”. There are: ")
            + ", ".join(sorted(FORMATS)),
            "unset": self.env._("“%(variable)s” may not be known here."),
            "secret": self.env._(
                "“%(variable)s” is secret: it is not said or kept, only handed on."
            ),
            "missing": self.env._("“%(name)s” is missing."),
            "value": self.env._("The value of “%(name)s” makes no sense."),
        }

    def _get_surrounding_problems(self):
        """Hotlines and queues that do not fit the flow."""
        problems = []
        hotlines = self.flow_id.sudo().hotline_ids
        for hotline in hotlines.filtered(lambda hotline: not hotline.queue_id):
            problems.append(
                self._problem(
                    self.env._(
                        "Hotline %(hotline)s has no queue: who leaves the flow comes to the PBX's default queue.",
                        hotline=hotline.display_name,
                    ),
                    level="warning",
                )
            )
        providers = hotlines.provider_id
        for node in self.node_ids if providers else ():
            place = node.queue_id if node.type in ("callback", "transfer") else None
            if place and place.sudo().provider_id not in providers:
                problems.append(
                    self._problem(
                        self.env._(
                            "%(queue)s is a queue of another PBX than the flow's hotlines.",
                            queue=place.sudo().name,
                        ),
                        node,
                        "warning",
                    )
                )
        return problems
