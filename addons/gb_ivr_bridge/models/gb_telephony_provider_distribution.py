from odoo import models


class GbTelephonyProvider(models.Model):
    """What the PBX side keeps of hotlines, queues and callers, so that it can distribute calls by itself."""

    _inherit = "gb.telephony.provider"

    def _config_changed(self):
        result = super()._config_changed()
        self._request_config_refresh()
        return result

    def _get_connector_hotline(self, hotline):
        return {**super()._get_connector_hotline(hotline), "max_calls": hotline.max_calls}

    def _get_connector_queue(self, queue):
        company = queue.company_id or self.company_id or self.env.company
        return {
            **super()._get_connector_queue(queue),
            "strategy": queue.strategy,
            "ring_seconds": queue.ring_seconds,
            "retry_seconds": queue.retry_seconds,
            "weight": queue.weight,
            # nothing to raise where nobody is better than another
            "level_seconds": queue.level_seconds
            if queue.requirement_ids or queue.strategy == "rank"
            else 0,
            "sl_seconds": queue.sl_seconds,
            "max_waiting": queue.max_waiting,
            "max_wait_seconds": queue.max_wait_seconds,
            "needs_agents": queue.needs_agents,
            "overflow": queue.overflow_queue_id.code or "",
            "overflow_seconds": queue.overflow_seconds,
            "schedule": queue.calendar_id._get_gb_schedule(company) if queue.calendar_id else None,
            "announce_position": queue.announce_position,
            "announce_wait": queue.announce_wait,
            "announce_seconds": queue.announce_seconds,
            "music": queue.music or "",
            "sticky_seconds": queue.sticky_seconds,
            "sticky_days": queue.sticky_days,
            "callback": queue.is_callback_offered,
            "callback_seconds": queue.callback_seconds,
            "callback_tries": queue.callback_tries,
            "callback_retry_minutes": queue.callback_retry_minutes,
        }
