"""Names shared by the models of IVR flows."""

import re

# languages that flows speak; wording and speech of each are in ivr/
LANGUAGES = [("zh_CN", "Chinese"), ("en_US", "English")]

# a node's code; the operations of a macro add ".<word>" to it
NODE_CODE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,39}")
FLOW_CODE = re.compile(r"[A-Za-z0-9_-]{1,40}")
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_.]{0,59}")
MENU_KEY = re.compile(r"[0-9*#]")
PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
# there from the beginning of every call
START_VARIABLES = {"hotline", "caller", "language", "now"}

# proof, in the context, that the engine of versions writes: no client can send an object
ENGINE = object()
