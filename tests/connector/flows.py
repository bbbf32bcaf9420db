"""Flows for the tests of calls, written as Odoo compiles them."""


def say(text):
    """A speech of one text in Chinese."""
    return [{"text": {"zh_CN": text}}]


def document(nodes, start, code="main", version=1, **variables):
    """A whole document."""
    return {
        "format": 1,
        "flow": code,
        "version": version,
        "language": "zh_CN",
        "languages": ["zh_CN"],
        "start": start,
        "variables": variables,
        "nodes": {
            name: {"label": name, "type": node["op"], **node} for name, node in nodes.items()
        },
    }


def queue(name="orders", **values):
    """Hand over to a queue."""
    return {"op": "transfer", "kind": "queue", "target": name, "exits": {}, **values}


def menu(exits, text="请按键", **values):
    """One key."""
    return {
        "op": "menu",
        "speech": say(text),
        "keys": [key for key in exits if len(key) == 1],
        "timeout": 2,
        "retries": 1,
        "invalid": say("错了"),
        "no_input": say("没有"),
        "exits": exits,
        **values,
    }
