"""IVR flows in execution: pure Python, no Odoo, no I/O but in ``tts``. Used by the connector on calls and by the simulator."""

from .interpreter import new_session, step
