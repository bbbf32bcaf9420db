from odoo import fields, models


class GbWebhook(models.Model):
    """Another system that is told about work orders."""

    _name = "gb.webhook"
    _description = "Webhook"

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
