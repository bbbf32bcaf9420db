from odoo import fields


class Measure(fields.Float):
    """A float that may be unknown: stored as NULL and read as ``False``, so that averages leave it out.

    Odoo's own floats store 0 for "nothing", which would pull every average down.
    """

    aggregator = "avg"

    def convert_to_column(self, value, record, values=None, validate=True):
        if value is None or value is False:
            return None
        return super().convert_to_column(value, record, values, validate)

    def convert_to_cache(self, value, record, validate=True):
        if value is None or value is False:
            return None
        return super().convert_to_cache(value, record, validate)

    def convert_to_record(self, value, record):
        return False if value is None else value
