"""The connector's settings: a TOML file (config/connector.toml explains each), secrets also from files or the environment."""

import os
from dataclasses import dataclass, field
from pathlib import Path

import tomllib

# (field, section, key, type)
FIELDS = (
    ("pbx", None, "pbx", str),
    ("url", "odoo", "url", str),
    ("provider", "odoo", "provider", str),
    ("ami_host", "ami", "host", str),
    ("ami_port", "ami", "port", int),
    ("ami_user", "ami", "user", str),
    ("ari_url", "ari", "url", str),
    ("ari_user", "ari", "user", str),
    ("flows", "ivr", "path", str),
    ("speech_engine", "ivr", "engine", str),
    ("speech_command", "ivr", "command", list),
    ("http_hosts", "ivr", "http_hosts", list),
    ("numbers", "ivr", "numbers", list),
    ("messages", "files", "messages", str),
    ("queue_log", "files", "queue_log", str),
    ("cel", "files", "cel", str),
    ("recordings", "files", "recordings", str),
    ("faxes", "files", "faxes", str),
    ("queues", "files", "queues", str),
    ("start", "files", "start", str),
    ("poll_ms", "files", "poll_ms", int),
    ("journal", "journal", "path", str),
    ("journal_keep_days", "journal", "keep_days", int),
    ("http_host", "http", "host", str),
    ("http_port", "http", "port", int),
    ("route_port", "http", "route_port", int),
    ("recording_keep_days", "recordings", "keep_days", int),
    ("recording_stale_minutes", "recordings", "stale_minutes", int),
    ("config_seconds", "odoo", "config_seconds", int),
    ("min_free_mb", "disk", "min_free_mb", int),
)


class BadSettings(Exception):
    """What is wrong in the file, in one sentence."""


@dataclass
class Settings:
    """Defaults are those of config/connector.toml."""

    url: str
    provider: str
    secret: str
    ami_secret: str
    ari_secret: str = ""
    pbx: str = "gb"
    ami_host: str = "127.0.0.1"
    ami_port: int = 5038
    ami_user: str = "gb"
    ari_url: str = "http://127.0.0.1:8088/ari"
    ari_user: str = "gb"
    flows: str = ""
    speech_engine: str = "espeak-ng"
    speech_command: list = field(default_factory=list)
    http_hosts: list = field(default_factory=list)
    numbers: list = field(default_factory=list)
    messages: str = "/var/spool/asterisk/recording"
    queue_log: str = "/var/log/asterisk/queue_log"
    cel: str = "/var/log/asterisk/cel-custom/gb_cel.csv"
    recordings: str = "/var/spool/asterisk/monitor"
    faxes: str = ""
    queues: str = "/etc/asterisk/queues_gb.conf"
    start: str = "beginning"
    poll_ms: int = 10
    journal: str = "/var/lib/gb-connector/journal.db"
    journal_keep_days: int = 7
    http_host: str = "127.0.0.1"
    http_port: int = 8799
    route_port: int = 8798
    recording_keep_days: int = 30
    recording_stale_minutes: int = 30
    config_seconds: int = 60
    min_free_mb: int = 500


def load(path, environ=os.environ):
    """Settings from the file at ``path``; BadSettings."""
    try:
        with open(path, "rb") as file:
            raw = tomllib.load(file)
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise BadSettings(f"{path}: {error}") from error
    values = {}
    for name, section, key, kind in FIELDS:
        table = raw.get(section, {}) if section else raw
        if key in table:
            if not isinstance(table[key], kind) or isinstance(table[key], bool):
                raise BadSettings(f"{path}: {section or ''}.{key} has to be {kind.__name__}")
            values[name] = table[key]
    for name, section, variable in (
        ("secret", "odoo", "GB_SECRET"),
        ("ami_secret", "ami", "GB_AMI_SECRET"),
    ):
        values[name] = _secret(path, raw.get(section, {}), variable, environ)
    if "ari" in raw or environ.get("GB_ARI_SECRET"):
        # without it there are no flows, only queues
        values["ari_secret"] = _secret(path, raw.get("ari", {}), "GB_ARI_SECRET", environ)
    for name in ("url", "provider"):
        if not values.get(name):
            raise BadSettings(f"{path}: odoo.{name} is missing")
    if values.get("speech_engine") == "command" and not any(
        "{path}" in str(word) for word in values.get("speech_command", ())
    ):
        raise BadSettings(f"{path}: ivr.command has to name {{path}}")
    for name in ("http_hosts", "numbers", "speech_command"):
        if not all(isinstance(item, str) for item in values.get(name, ())):
            raise BadSettings(f"{path}: ivr.{name} has to be a list of texts")
    if values.get("start", "beginning") not in ("beginning", "end"):
        raise BadSettings(f"{path}: files.start has to be beginning or end")
    settings = Settings(**values)
    settings.flows = settings.flows or str(Path(settings.journal).absolute().parent / "flows")
    settings.faxes = settings.faxes or str(Path(settings.recordings).absolute().parent / "fax")
    return settings


def _secret(path, table, variable, environ):
    if environ.get(variable):
        return environ[variable]
    if "secret_file" in table:
        try:
            # systemd's LoadCredential puts files there
            name = os.path.expandvars(table["secret_file"])
            return Path(name).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise BadSettings(f"{path}: {error}") from error
    secret = table.get("secret", "")
    if not isinstance(secret, str) or not secret:
        raise BadSettings(f"{path}: no secret; set {variable}, secret_file or secret")
    return secret
