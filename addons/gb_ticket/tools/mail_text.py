"""What an e-mail says about itself. No ORM."""

import re

from lxml import html
from lxml.etree import ParserError
from markupsafe import Markup

from odoo.tools.mail import html_sanitize, is_html_empty

NUMBER = re.compile(r"\bWO\d{4}-\d{4,}\b", re.IGNORECASE)
# senders that nobody reads: an answer would come back
ROBOTS = re.compile(
    r"^(mailer-?daemon|postmaster|no-?reply|do-?not-?reply|bounces?|auto-?reply)([+@-]|$)", re.I
)
AUTOMATIC_PRECEDENCES = ("bulk", "junk", "list", "auto_reply")
AUTOMATIC_HEADERS = (
    "X-Autoreply",
    "X-Autorespond",
    "X-Auto-Reply",
    "X-FC-MachineGenerated",
    "X-Failed-Recipients",
    "List-Id",
    "List-Unsubscribe",
)


def is_automatic(message):
    """Whether a machine wrote this e-mail: out of office, delivery report, newsletter, another help desk.

    RFC 3834 for ``Auto-Submitted``; the rest is what mail programs really send.

    :param email.message.EmailMessage message: as received
    :rtype: bool
    """

    def header(name):
        return str(message.get(name) or "").strip().lower()

    submitted = header("Auto-Submitted").partition(";")[0].strip()
    if submitted and submitted != "no":
        return True
    if header("Return-Path") == "<>" or header("Precedence") in AUTOMATIC_PRECEDENCES:
        return True
    if any(message.get(name) for name in AUTOMATIC_HEADERS):
        return True
    suppress = header("X-Auto-Response-Suppress")
    if "all" in suppress or "autoreply" in suppress:
        return True
    sender = header("From").rpartition("<")[2].strip("<>\"' ")
    return bool(ROBOTS.match(sender))


def find_numbers(subject):
    """Numbers of work orders in a subject, as they are written on work orders.

    :rtype: list[str]
    """
    return [number.upper() for number in NUMBER.findall(subject or "")]


def strip_quotes(body):
    """The body without the e-mails quoted below it and without the signature; all of it when nothing else is left.

    :param str body: HTML
    :return: HTML (Markup)
    """
    marked = Markup(
        html_sanitize(body or "", sanitize_attributes=False)
    )  # marks quotes, among the rest
    if is_html_empty(marked):
        return marked
    try:
        root = html.fragment_fromstring(str(marked), create_parent="div")
    except ParserError:
        return marked
    for node in root.xpath("//*[@data-o-mail-quote]"):
        if node.getparent() is not None:
            node.drop_tree()
    rest = "".join([root.text or "", *(html.tostring(child, encoding="unicode") for child in root)])
    return Markup(rest) if not is_html_empty(rest) else marked
