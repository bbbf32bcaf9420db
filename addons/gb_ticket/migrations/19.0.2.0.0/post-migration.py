KINDS = (
    "consultation", "complaint", "suggestion", "repair", "return", "exchange", "refund", "expedite", "order_change", "cancellation",
    "invoice", "message",
)  # fmt: skip


def migrate(cr, version):
    """The types that were there before get the kind that their code names; those made by hand stay consultations."""
    cr.execute("UPDATE gb_ticket_type SET kind = code WHERE code = ANY(%s)", [list(KINDS)])
    cr.execute("UPDATE gb_ticket_type SET is_order_bound = true WHERE code IN ('return', 'exchange')")
    cr.execute("UPDATE gb_ticket_type SET is_on_portal = false WHERE code = 'message'")
