import time

from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .common import CallCentreCase


@tagged("post_install", "-at_install")
class TestQueue(CallCentreCase):
    def _abandoned_call(self, wait):
        linked, _channel, at = self._call(extension=None, at=time.time() - 60)
        self._hang_up(linked, [], at - 2 + wait, reason="abandoned")
        call = self._find(linked)
        self.assertEqual(call.wait_seconds, wait)

    def test_figures_of_today_follow_their_definitions(self):
        for wait in (3, 30):
            at = time.time() - 90
            linked, channel, _at = self._call(at=at)
            self._answer(linked, channel, at - 2 + wait)
            self._hang_up(linked, [channel], at + 40)
        self._abandoned_call(4)  # short: left out of the service level
        self._abandoned_call(12)
        queue = self.queue_orders
        queue.invalidate_recordset()
        self.assertEqual(
            (queue.offered_today, queue.answered_today, queue.abandoned_today), (4, 2, 2)
        )
        self.assertAlmostEqual(queue.service_level_today, 100 / 3, places=3)
        self.assertAlmostEqual(queue.asa_today, 16, delta=1)

    def test_queue_without_calls_has_no_figures_and_no_error(self):
        self.assertEqual(
            (self.queue_service.offered_today, self.queue_service.service_level_today), (0, 100)
        )

    def test_name_in_the_pbx_is_checked(self):
        for code in ("two words", "x;rm", "", "ä"):
            with self.assertRaises(ValidationError, msg=code):
                self.queue_orders.code = code
                self.env.flush_all()
