from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL


class GbCustomerImport(models.Model):
    """Files whose customers go on a call list as well: mapping, matching and background job are those of every import."""

    _inherit = "gb.customer.import"

    campaign_list_id = fields.Many2one(
        "gb.campaign.list",
        string="Put on the call list",
        check_company=True,
        index="btree_not_null",
        ondelete="set null",
        help="All customers of the file, known ones too, as far as they may be called.",
    )

    @api.constrains("campaign_list_id")
    def _check_campaign_list(self):
        for record in self:
            record.campaign_list_id.check_access("write")

    def action_start(self):
        for record in self:
            call_list = record.campaign_list_id
            if call_list and not call_list.consent_basis:
                raise UserError(
                    self.env._(
                        "Say on the list “%s” why these customers may be called, then import them.",
                        call_list.name,
                    )
                )
        return super().action_start()

    def write(self, vals):
        result = super().write(vals)
        if vals.get("state") == "done":
            for record in self.filtered("campaign_list_id"):
                record._fill_campaign_list()
        return result

    def _fill_campaign_list(self):
        """Put the customers of the file on the list; those who are on it already stay as they are."""
        self.ensure_one()
        result = self.campaign_list_id._fill_query(
            SQL(
                "SELECT partner_id FROM gb_customer_import_row"
                " WHERE import_id = %s AND partner_id IS NOT NULL",
                self.id,
            )
        )
        left_out = sum(result["refused"].values())
        self.message = self.env._(
            "%(added)s customers are on the list “%(list)s”; %(count)s were left out.",
            added=result["added"],
            list=self.campaign_list_id.name,
            count=left_out,
        )
