from odoo import SUPERUSER_ID, api
from odoo.tools import convert_file


def migrate(cr, version):
    """An update does not touch what is there already: the shipped types get their new fields, the process is published."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    convert_file(env, "gb_ticket", "data/gb_ticket_type_data.xml", {}, mode="init", noupdate=True)
    process = env.ref("gb_ticket.gb_ticket_process_closed_loop")
    if process.state == "draft":
        process.action_publish()
