from . import gb_ticket_dispatch
from . import gb_ticket_process_import
from . import gb_ticket_process_migrate
from . import gb_ticket_attempt
from . import gb_ticket_reply
from . import gb_ticket_remedy
from . import gb_ticket_extend
from . import gb_ticket_task_finish
