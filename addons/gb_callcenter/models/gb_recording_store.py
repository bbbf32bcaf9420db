import os
import re
import secrets
from pathlib import Path

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import config

from ..tools.object_store import DirectoryStore, S3Store, StoreError

ROOT_VARIABLE = "GB_RECORDING_ROOT"
FOLDER = re.compile(r"[A-Za-z0-9_-]{1,60}")
ENDPOINT = re.compile(r"https?://[A-Za-z0-9.-]+(:\d{1,5})?/?")


class GbRecordingStore(models.Model):
    """Where the sound of recordings is kept, when not among Odoo's own files."""

    _name = "gb.recording.store"
    _description = "Store of recordings"
    _inherit = ["gb.secret.mixin"]
    _order = "name, id"

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", default=lambda self: self.env.company)
    kind = fields.Selection(
        [("directory", "Directory on this server"), ("s3", "S3-compatible store")],
        required=True,
        default="directory",
    )
    folder = fields.Char(
        default="recordings",
        help="Below the directory that the administrator has set aside for recordings.",
    )
    endpoint = fields.Char(string="Address", help="e.g. https://s3.example.com")
    bucket = fields.Char()
    region = fields.Char(default="us-east-1")
    prefix = fields.Char(help="What names in the bucket begin with.")
    access_key = fields.Char(groups="gb_callcenter.group_gb_manager", copy=False)

    @api.constrains("kind", "folder", "endpoint", "bucket")
    def _check_place(self):
        for store in self:
            if store.kind == "directory" and not FOLDER.fullmatch(store.folder or ""):
                raise ValidationError(
                    self.env._("A folder's name has only letters, digits, - and _.")
                )
            if store.kind == "s3" and not (
                ENDPOINT.fullmatch(store.endpoint or "") and store.bucket and store.region
            ):
                raise ValidationError(
                    self.env._("An S3-compatible store needs an address, a bucket and a region.")
                )

    def _get_client(self):
        """What reads and writes: ``tools.object_store``."""
        self.ensure_one()
        store_sudo = self.sudo()  # nobody may read the secret
        if store_sudo.kind == "s3":
            return S3Store(
                store_sudo.endpoint,
                store_sudo.bucket,
                store_sudo.region,
                store_sudo.access_key or "",
                store_sudo.secret or "",
                store_sudo.prefix or "",
            )
        root = os.environ.get(ROOT_VARIABLE) or Path(config["data_dir"]) / "gb_recordings"
        return DirectoryStore(Path(root) / self.env.cr.dbname / store_sudo.folder)

    def action_test(self):
        """Write, read and delete a small file, and say how it went."""
        self.ensure_one()
        self.check_access("write")
        client, key, content = self._get_client(), f"test/{secrets.token_hex(8)}", b"test"
        try:
            client.put(key, content)
            is_same = client.get(key) == content
            client.delete(key)
        except StoreError as error:
            raise UserError(
                self.env._("The store cannot be used: %(reason)s", reason=str(error))
            ) from error
        if not is_same:
            raise UserError(self.env._("The store gives back something else than it was given."))
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {"type": "success", "message": self.env._("The store works.")},
        }

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        if (
            self.env["gb.recording"]
            .sudo()
            .search_count([("store_id", "in", self.ids), ("store_key", "!=", False)], limit=1)
        ):
            raise UserError(self.env._("There are recordings in this store. Archive it instead."))
