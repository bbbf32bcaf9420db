from odoo import api, fields, models


class GbIvrNode(models.Model):
    """A step of a flow. Its type is a macro: ``_compile_<type>()`` makes operations of it.

    A partner adds a type by ``selection_add`` on ``type``, fields of his own, ``_get_exits_<type>()`` and
    ``_compile_<type>()``, and a view that inherits the form.
    """

    _name = "gb.ivr.node"
    _description = "Node of an IVR flow"
    _order = "version_id, sequence, id"

    version_id = fields.Many2one("gb.ivr.version", required=True, ondelete="cascade", index=True)
    name = fields.Char(required=True)
    code = fields.Char(required=True, help="Name within the flow; stays the same over versions.")
    type = fields.Selection(
        [
            ("play", "Play"),
            ("menu", "Menu"),
            ("collect", "Collect digits"),
            ("hours", "Opening hours"),
            ("set", "Set variables"),
            ("branch", "Branch"),
            ("language", "Language"),
            ("identify", "Identify caller"),
            ("promotions", "New products and promotions"),
            ("shopping_guide", "Shopping guide"),
            ("delivery", "Delivery methods"),
            ("payment", "Payment methods"),
            ("order_status", "Order status"),
            ("order_history", "Order history"),
            ("product", "Product by code"),
            ("place_order", "Place an order"),
            ("ticket_progress", "Work order progress"),
            ("voicemail", "Voicemail"),
            ("fax_send", "Fax a document"),
            ("fax_receive", "Receive a fax"),
            ("transfer", "Transfer"),
            ("callback", "Call-back request"),
            ("rating", "Satisfaction"),
            ("http", "HTTP look-up"),
            ("jump", "Go to another flow"),
            ("hangup", "Hang up"),
        ],
        required=True,
        default="play",
    )
    sequence = fields.Integer(default=10)
    is_start = fields.Boolean(string="Begins here")
    x = fields.Integer(default=0)
    y = fields.Integer(default=0)
    exit_ids = fields.One2many("gb.ivr.exit", "node_id", string="Exits", copy=True)

    _code_uniq = models.Constraint(
        "UNIQUE(version_id, code)", "Another node of this version has this code already."
    )

    @api.model
    def _get_type_names(self):
        """Names of the node types, by type."""
        return dict(self._fields["type"]._description_selection(self.env))
