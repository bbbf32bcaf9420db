"""How conditions on customers are put together in SQL.

A part is either an ``SQL`` expression about the row ``res_partner``, or a ``CustomerSet``. The two are kept apart
because PostgreSQL joins sets fast only where they stand in a conjunction: "or" is therefore a union of sets.
"""

from odoo.tools import SQL

# Who is a customer: neither an address, nor archived, nor one of our people, nor somebody who wanted to be forgotten; as the
# partial index in models/res_partner_target.py says it. CASE, because PostgreSQL takes two equal columns for very rare and
# would choose nested loops.
CUSTOMER = SQL(
    "res_partner.active IS TRUE AND res_partner.partner_share IS TRUE AND res_partner.gb_erased_at IS NULL"
    " AND CASE WHEN res_partner.commercial_partner_id = res_partner.id THEN TRUE END"
)


class CustomerSet:
    """The customers whose ids a SELECT returns or, inverted, all others.

    :param SQL select: statement with one column, ids of customers; doubles and NULL do not matter
    """

    def __init__(self, select, is_inverted=False):
        self.select = select
        self.is_inverted = is_inverted

    def __invert__(self):
        return CustomerSet(self.select, not self.is_inverted)


def negate(part):
    """:return: part that is true for everybody for whom ``part`` is not (unknown counts as not)"""
    return ~part if isinstance(part, CustomerSet) else SQL("(%s) IS NOT TRUE", part)


def to_expression(part):
    """:return: ``part`` as an SQL expression about the row ``res_partner``"""
    if not isinstance(part, CustomerSet):
        return SQL("(%s)", part)
    if part.is_inverted:
        return SQL(
            "NOT EXISTS (SELECT FROM (%s) AS found (id) WHERE found.id = res_partner.id)",
            part.select,
        )
    return SQL("res_partner.id IN (%s)", part.select)


def join_all(parts):
    """:return: SQL expression: all of ``parts`` are true; without parts it is always true"""
    return SQL(" AND ").join(map(to_expression, parts)) if parts else SQL("TRUE")


def join_any(parts):
    """:return: part that is true if one of ``parts`` is"""
    expressions = [part for part in parts if not isinstance(part, CustomerSet)]
    sets = [part for part in parts if isinstance(part, CustomerSet)]
    joined = SQL(" OR ").join(map(to_expression, expressions))
    if not sets:
        return joined
    selects = [
        select_customers(to_expression(part)) if part.is_inverted else part.select for part in sets
    ]
    if expressions:
        selects.append(select_customers(joined))
    return CustomerSet(SQL(" UNION ALL ").join(SQL("(%s)", select) for select in selects))


def select_customers(expression):
    """:return: SELECT of the customers for whom ``expression``, about the row ``res_partner``, is true"""
    return SQL("SELECT res_partner.id FROM res_partner WHERE %s AND (%s)", CUSTOMER, expression)
