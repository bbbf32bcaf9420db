from datetime import timedelta

from odoo import fields
from odoo.tests import HttpCase, tagged

from .common_media import MediaCase


@tagged("post_install", "-at_install")
class TestMediaTour(HttpCase, MediaCase):
    """From the results of a medium to a broadcast's curve and its calls, in a real browser."""

    def test_results_lead_to_the_broadcast_and_its_calls(self):
        self.tv.name = "Tour TV"
        start = fields.Datetime.now() - timedelta(hours=3)
        self._broadcast(start, planned_cost=100)
        self._order(start + timedelta(minutes=5), call=self._call_at(start))
        self._call_at(start + timedelta(minutes=20), is_answered=False)
        self.manager.tour_enabled = False
        self.start_tour(
            "/odoo/media-results", "gb_media_report_tour", login=self.manager.login, timeout=120
        )
