"""IVR flows in execution: pure Python, no I/O, no Odoo. Used by the connector on calls and by the simulator."""
