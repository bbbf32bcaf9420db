"""What a document may look like, and what is wrong with one."""

from . import words


def reads(node, spoken=True):
    """Names of the variables that an operation makes use of; ``spoken``: in its speech as well."""
    names = set()

    def take(value):
        if isinstance(value, str):
            names.update(name for name, _form in words.placeholders(value))
        elif isinstance(value, dict):
            for item in value.values():
                take(item)
        elif isinstance(value, list):
            for item in value:
                take(item)

    op = node.get("op")
    if op in ("ask", "http"):
        take(node.get("args"))
    elif op == "set":
        take(node.get("values"))
    elif op == "branch":
        for rule in node.get("rules") or ():
            names.add(rule.get("variable"))
            take(rule.get("value"))
    return names


def writes(node):
    """Names of the variables that an operation sets, as far as the document tells."""
    op = node.get("op")
    if op == "collect":
        return {node.get("variable")}
    if op in ("set", "http"):
        return set(node.get("values") or ())
    return set()
