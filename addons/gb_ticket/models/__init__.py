from . import gb_ticket_type
