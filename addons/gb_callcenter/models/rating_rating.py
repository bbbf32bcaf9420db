from odoo import models


class RatingRating(models.Model):
    """What a customer thinks of a chat is kept with the contact."""

    _inherit = "rating.rating"

    def write(self, vals):
        result = super().write(vals)
        if vals.get("rating"):
            for rating in self.filtered(lambda rating: rating.res_model == "discuss.channel"):
                record = self.env[rating.res_model].browse(rating.res_id)
                self.env["gb.contact"]._rate(record, round(rating.rating))
        return result
