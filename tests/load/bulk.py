"""Very many rows straight into the tables, as copies of what Odoo has made. For the seeds, in `odoo shell`."""

from contextlib import contextmanager

from odoo.tools import SQL


def copy_rows(source, count, **values):
    """Insert ``count`` copies of a record.

    :param values: column → SQL in which ``n`` counts from 1 and ``t`` is the source; other columns are as in the source
    :return: id of the first; the others follow without gaps
    """
    cr, table = source.env.cr, SQL.identifier(source._table)
    cr.execute(
        """SELECT column_name FROM information_schema.columns
            WHERE table_name = %s AND table_schema = current_schema AND column_name <> 'id' AND is_generated = 'NEVER'""",
        [source._table],
    )
    names = [name for (name,) in cr.fetchall()]
    cr.execute(
        SQL(
            """WITH made AS (INSERT INTO %s (%s) SELECT %s FROM %s t, generate_series(1, %s) n WHERE t.id = %s RETURNING id)
               SELECT min(id) FROM made""",
            table,
            SQL(", ").join(map(SQL.identifier, names)),
            SQL(", ").join(
                SQL(values[name].replace("%", "%%"))
                if name in values
                else SQL.identifier("t", name)
                for name in names
            ),
            table,
            count,
            source.id,
        )
    )
    return cr.fetchone()[0]


def next_id(source):
    """:return: id that the first copy of the record will have: copies that are their own parent need it"""
    sequence = SQL.identifier(f"{source._table}_id_seq")
    source.env.cr.execute(SQL("SELECT last_value + 1 FROM %s", sequence))
    return source.env.cr.fetchone()[0]


@contextmanager
def without_indexes(env, *models):
    """Indexes are made anew at the end, and keys are not checked where the database user may switch that off."""
    cr = env.cr
    cr.execute(
        """SELECT indexname, indexdef FROM pg_indexes i
            WHERE tablename = ANY(%s) AND schemaname = current_schema
              AND NOT EXISTS (SELECT FROM pg_constraint WHERE conname = indexname AND contype IN ('p', 'u'))""",
        [[env[model]._table for model in models]],
    )
    indexes = cr.fetchall()
    for name, _definition in indexes:
        cr.execute(SQL("DROP INDEX %s", SQL.identifier(name)))
    cr.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
    is_superuser = cr.fetchone()[0]
    if is_superuser:
        cr.execute("SET LOCAL session_replication_role = replica")
    yield
    if is_superuser:
        cr.execute("SET LOCAL session_replication_role = origin")
    cr.execute("SET LOCAL maintenance_work_mem = '512MB'")
    for _name, definition in indexes:
        cr.execute(SQL(definition.replace("%", "%%")))


def choose(values, number="n"):
    """SQL of one of the values, in turn."""
    return f"(ARRAY{list(values)})[1 + mod({number}, {len(values)})]"
