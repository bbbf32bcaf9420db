from odoo import api, fields, models
from odoo.exceptions import ValidationError

ASK_SECONDS = 5
# what Odoo changes it changes whether or not the caller waits for the answer: he has to hear what has become of it
CHANGE_SECONDS = 30
# variables that an answer fills: docs/architecture.md, "Asks"
CART = ["cart_count", "cart_total"]
SETS = {
    "identify": ["customer_name", "is_known", "is_verified", "customer_level"],
    "order_status": ["order_name", "order_state", "order_total"],
    "order_history": ["order_count"],
    "product": ["product_code", "product_name", "product_price", "product_stock"],
    "cart_add": CART,
    "cart_address": ["choices", "cart_total"],
    "cart_carrier": ["choices", "cart_total"],
    "cart_payment": ["choices", "cart_total"],
    "cart_read": CART,
    "cart_confirm": ["order_name", "order_total"],
    "ticket_progress": ["ticket_name", "ticket_state"],
}
MAX_TRIES = 5


class GbIvrNode(models.Model):
    """Types whose words come from Odoo while the call lasts: who is calling, lists, orders, work orders. They compile to the
    asks of docs/architecture.md; when Odoo does not answer, callers are told so and leave by ``failed``."""

    _inherit = "gb.ivr.node"

    is_pin_required = fields.Boolean(
        string="PIN is needed",
        default=True,
        help="Without it a caller whose number is known is let through as known, not verified.",
    )
    is_member_asked = fields.Boolean(
        string="Asks for the member number",
        default=True,
        help="Of callers whose number is not known, or stands with several customers.",
    )
    tries = fields.Integer(default=3, help="How often a member number or PIN may be wrong.")
    article_category_id = fields.Many2one(
        "gb.article.category",
        string="Articles of",
        ondelete="restrict",
        help="The public articles of this category are read out.",
    )
    list_limit = fields.Integer(string="At most", default=3, help="How many are read out.")
    is_number_asked = fields.Boolean(
        string="Offers another number",
        default=True,
        help="Callers may enter the number of another one than the latest.",
    )

    @api.constrains("tries", "list_limit")
    def _check_tries(self):
        for node in self:
            if not 1 <= node.tries <= MAX_TRIES:
                raise ValidationError(self.env._("Allow 1 to %s tries.", MAX_TRIES))
            if not 1 <= node.list_limit <= 9:
                raise ValidationError(self.env._("Read out 1 to 9 of a list."))

    def _ask(self, name, args, targets, speech=None, sets=None, timeout=None):
        """An operation that asks Odoo: ``gb.ivr.session._answer_<name>(args)`` answers.

        :param dict targets: of the answer's exits; without an answer it goes on at ``sorry``
        :param list speech: said while the caller waits
        :param list sets: names of the variables that the answer fills
        :param int timeout: seconds until there is no use in waiting for the answer
        """
        return self._operation(
            "ask",
            {**targets, "failed": self._at("sorry")},
            name=name,
            args={key: value or "" for key, value in args.items()},
            timeout=timeout or ASK_SECONDS,
            speech=speech or [],
            sets=SETS.get(name, []) if sets is None else sets,
        )

    def _sorry(self):
        """What every type with asks needs: says that this cannot be told now, and leaves by ``failed``."""
        return {self._at("sorry"): self._play(self._say("sorry"), self._go("failed"))}

    # identify ---------------------------------------------------------------

    def _get_exits_identify(self):
        return [
            ("verified", self.env._("Identity checked")),
            ("known", self.env._("Known by the number")),
            ("unknown", self.env._("Not known")),
            ("locked", self.env._("Locked, or too many tries")),
            ("failed", self.env._("Not available")),
        ]

    def _compile_identify(self):
        """By the caller's number first; then the PIN, or member number and PIN, as often as ``tries`` says."""
        leave = self._go_all()
        member = self._at("member1") if self.is_member_asked else leave["unknown"]
        operations = {
            self.code: self._ask(
                "identify",
                {},
                {
                    "verified": leave["verified"],
                    "known": self._at("pin1") if self.is_pin_required else leave["known"],
                    "unknown": member,
                    "ambiguous": member,
                    "wrong": member,
                    "locked": leave["locked"],
                },
            ),
            **self._sorry(),
        }
        if self.is_pin_required:
            for number in range(1, self.tries + 1):
                operations.update(self._identify_round("", number, leave))
        if self.is_member_asked:
            for number in range(1, self.tries + 1):
                operations.update(self._identify_round("member", number, leave))
        return operations

    def _identify_round(self, way, number, leave):
        """One try. ``way``: ``""`` for the PIN of the customer whose number it is, ``member`` for member number and PIN"""

        def at(word):
            return self._at(f"{word}{number}")

        pin, check, wrong = f"{way}pin", f"{way}check", f"{way}wrong"
        again = self._at(f"{way or 'pin'}{number + 1}")
        secret, member = self._at("secret"), self._at("number")
        args = {"pin": f"{{{secret}}}"}
        operations = {}
        if way:
            args["member"] = f"{{{member}}}"
            operations[at(way)] = self._collect(
                self._speech() or self._say("identify.member"),
                member,
                (1, 20),
                {"ok": at(pin), "invalid": leave["unknown"], "timeout": leave["unknown"]},
            )
        given_up = leave["unknown"] if way else leave["known"]
        operations[at(pin)] = self._collect(
            self._say("identify.pin"),
            secret,
            (4, 8),
            {"ok": at(check), "invalid": given_up, "timeout": given_up},
            masked=True,
        )
        refused = at(wrong)
        operations[at(check)] = self._ask(
            "identify",
            args,
            {
                "verified": leave["verified"],
                "known": refused,
                "unknown": refused,
                "ambiguous": refused,
                "wrong": refused,
                "locked": leave["locked"],
            },
        )
        operations[refused] = self._play(
            self._say("identify.wrong"), again if number < self.tries else leave["locked"]
        )
        return operations

    # lists --------------------------------------------------------------------

    def _get_exits_list(self):
        return [
            ("found", self.env._("Read out")),
            ("none", self.env._("Nothing to tell")),
            ("failed", self.env._("Not available")),
        ]

    def _compile_list(self, name, args):
        return {
            self.code: self._ask(name, args, self._go_all("found", "none"), self._speech()),
            **self._sorry(),
        }

    def _get_list_args(self):
        category = str(self.article_category_id.id) if self.article_category_id else ""
        return {"category": category, "limit": str(self.list_limit)}

    def _get_exits_promotions(self):
        return self._get_exits_list()

    def _compile_promotions(self):
        return self._compile_list("promotions", self._get_list_args())

    def _get_exits_shopping_guide(self):
        return self._get_exits_list()

    def _compile_shopping_guide(self):
        return self._compile_list("shopping_guide", self._get_list_args())

    def _get_exits_delivery(self):
        return self._get_exits_list()

    def _compile_delivery(self):
        return self._compile_list("delivery", self._get_list_args())

    def _get_exits_payment(self):
        return self._get_exits_list()

    def _compile_payment(self):
        return self._compile_list("payment", self._get_list_args())

    # orders and work orders -----------------------------------------------------

    def _get_exits_own(self):
        """Exits of what only the customer himself is told."""
        return [
            ("found", self.env._("Read out")),
            ("none", self.env._("There is none")),
            ("unidentified", self.env._("Caller not known")),
            ("failed", self.env._("Not available")),
        ]

    def _compile_own(self, name, argument):
        """Tell the latest one, then others by number."""
        leave = self._go_all()
        own = {"unidentified": leave["unidentified"]}
        if not self.is_number_asked:
            targets = {"found": leave["found"], "none": leave["none"], **own}
            return {self.code: self._ask(name, {}, targets, self._speech()), **self._sorry()}
        more, number, lookup = (self._at(word) for word in ("more", "number", "lookup"))
        entered = self._at("entered")
        return {
            self.code: self._ask(
                name, {}, {"found": more, "none": leave["none"], **own}, self._speech()
            ),
            more: self._menu(
                self._say(f"{name}.more"),
                ["1", "2"],
                {
                    "1": number,
                    "2": leave["found"],
                    "invalid": leave["found"],
                    "timeout": leave["found"],
                },
            ),
            number: self._collect(
                self._say(f"{name}.number"),
                entered,
                (1, 20),
                {"ok": lookup, "invalid": leave["found"], "timeout": leave["found"]},
            ),
            lookup: self._ask(
                name, {argument: f"{{{entered}}}"}, {"found": more, "none": more, **own}
            ),
            **self._sorry(),
        }

    def _get_exits_order_status(self):
        return self._get_exits_own()

    def _compile_order_status(self):
        return self._compile_own("order_status", "order")

    def _get_exits_ticket_progress(self):
        return self._get_exits_own()

    def _compile_ticket_progress(self):
        return self._compile_own("ticket_progress", "ticket")

    def _get_exits_order_history(self):
        return [
            ("found", self.env._("Read out")),
            ("none", self.env._("There is none")),
            ("unverified", self.env._("Identity not checked")),
            ("failed", self.env._("Not available")),
        ]

    def _compile_order_history(self):
        leave = self._go_all()
        targets = {
            "found": leave["found"],
            "none": leave["none"],
            "unidentified": leave["unverified"],
            "unverified": leave["unverified"],
        }
        args = {"limit": str(self.list_limit)}
        return {
            self.code: self._ask("order_history", args, targets, self._speech()),
            **self._sorry(),
        }

    def _get_exits_product(self):
        return [
            ("found", self.env._("Read out")),
            ("none", self.env._("No such product")),
            ("timeout", self.env._("Nothing entered")),
            ("failed", self.env._("Not available")),
        ]

    def _compile_product(self):
        leave = self._go_all()
        lookup, entered = self._at("lookup"), self._at("entered")
        return {
            self.code: self._collect(
                self._speech() or self._say("product.code"),
                entered,
                (1, 20),
                {"ok": lookup, "invalid": leave["timeout"], "timeout": leave["timeout"]},
            ),
            lookup: self._ask("product", {"code": f"{{{entered}}}"}, self._go_all("found", "none")),
            **self._sorry(),
        }
