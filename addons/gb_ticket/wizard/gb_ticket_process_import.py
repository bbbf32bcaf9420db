import base64
import binascii

from odoo import fields, models
from odoo.exceptions import UserError


class GbTicketProcessImport(models.TransientModel):
    """Make a draft version from an exported file."""

    _name = "gb.ticket.process.import"
    _description = "Import a process"

    file = fields.Binary(required=True, attachment=False)
    file_name = fields.Char()

    def action_import(self):
        """:return: action that opens the new draft"""
        self.ensure_one()
        try:
            text = base64.b64decode(self.file).decode("utf-8-sig")
        except (binascii.Error, UnicodeDecodeError) as error:
            raise UserError(
                self.env._("This file is no text in UTF-8: %(error)s", error=error)
            ) from error
        process = self.env["gb.ticket.process"]._import(text)
        return process._get_form_action()
