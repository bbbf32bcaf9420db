import logging

from odoo import api, fields, models
from odoo.http import Stream

from ..tools.object_store import StoreError

_logger = logging.getLogger(__name__)

CRON = "gb_callcenter.ir_cron_delete_recordings"


class GbRecording(models.Model):
    """The sound in the company's store (docs/adr/044). What was stored before stays where it is."""

    _inherit = "gb.recording"

    store_id = fields.Many2one(
        "gb.recording.store", readonly=True, ondelete="restrict", index="btree_not_null"
    )
    store_key = fields.Char(readonly=True, groups=fields.NO_ACCESS)

    _to_delete_idx = models.Index("(id) WHERE is_erased IS TRUE AND store_key IS NOT NULL")

    def _write_audio(self, content):
        """Into the company's store; the database's own files take it when there is none, or it cannot be reached."""
        self.ensure_one()
        store = self.sudo().company_id.gb_recording_store_id
        if not store or not store.active:
            return super()._write_audio(content)
        key = f"{self.sha256[:2]}/{self.sha256}-{self.id}.wav"
        try:
            store._get_client().put(key, content)
        except StoreError as error:
            # the telephone system deletes its copy one day: rather here than nowhere
            _logger.error("recording %s is not in its store: %s", self.id, error)
            return super()._write_audio(content)
        self.sudo().write({"store_id": store.id, "store_key": key, "is_stored": True})
        return None

    def _read_audio(self):
        """From its store.

        :raise StoreError: when its store does not give it out
        """
        self.ensure_one()
        recording_sudo = self.sudo()
        if not recording_sudo.store_key:
            return super()._read_audio()
        return recording_sudo.store_id._get_client().get(recording_sudo.store_key)

    def _get_stream(self):
        """The sound as ``odoo.http.Stream``.

        :raise StoreError: when its store does not give it out
        """
        self.ensure_one()
        recording_sudo = self.sudo()  # closed to everybody; the caller has checked who may hear it
        if not recording_sudo.store_key:
            return Stream.from_binary_field(recording_sudo, "audio")
        content = recording_sudo._read_audio()
        return Stream(
            type="data",
            data=content,
            size=len(content),
            etag=recording_sudo.sha256,
            last_modified=recording_sudo.write_date,
        )

    def _erase(self):
        """In a store the file goes with the next run of the cron: a transaction that fails has deleted nothing."""
        result = super()._erase()
        if self.sudo().filtered("store_key"):
            self.env.ref(CRON).sudo()._trigger()
        return result

    @api.model
    def _cron_delete_files(self):
        """Delete what was erased from the stores; a store that is away is asked again."""
        domain = [("is_erased", "=", True), ("store_key", "!=", False)]
        failed = set()
        for recording in self.sudo().search(domain, limit=1000):
            if recording.store_id in failed:
                continue
            try:
                recording.store_id._get_client().delete(recording.store_key)
            except StoreError as error:
                _logger.warning("recording %s is still in its store: %s", recording.id, error)
                failed.add(recording.store_id)
                continue
            recording.store_key = False
            if not self.env["ir.cron"]._commit_progress(1):
                break

    def unlink(self):
        """The files go when the transaction is sure."""
        files = [
            (rec.store_id._get_client(), rec.store_key) for rec in self.sudo() if rec.store_key
        ]

        def delete():
            for client, key in files:
                try:
                    client.delete(key)
                except StoreError as error:
                    _logger.error("a recording stays in its store without a record: %s", error)

        if files:
            self.env.cr.postcommit.add(delete)
        return super().unlink()
