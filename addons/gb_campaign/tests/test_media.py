from psycopg2 import IntegrityError

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.gb_callcenter.tests.common import CallCentreCase


@tagged("post_install", "-at_install")
class TestMedia(CallCentreCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.media = cls.env["gb.media"].create(
            {"name": "Morning show", "kind": "tv", "hotline_id": cls.hotline.id}
        )

    def test_calls_are_counted_for_the_medium_that_showed_the_number(self):
        other = self.env["gb.media"].create({"name": "Magazine", "kind": "print"})
        self._finished_call(self.seat_1)
        linked, _channel, at = self._call()
        self._hang_up(linked, [], at + 5, reason="abandoned")
        self.assertEqual((self.media.call_count, self.media.answered_count), (2, 1))
        self.assertEqual(other.call_count, 0)

    def test_hotline_belongs_to_one_medium_at_a_time(self):
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            self.env["gb.media"].create({"name": "Radio", "hotline_id": self.hotline.id})
        self.media.active = False
        self.env.flush_all()
        self.env["gb.media"].create({"name": "Radio", "hotline_id": self.hotline.id})

    def test_media_are_edited_by_managers(self):
        self.media.with_user(self.manager).name = "Evening show"
        self.assertTrue(self.media.with_user(self.analyst).name)
        with self.assertRaises(AccessError):
            self.media.with_user(self.lead).name = "Mine"
        with self.assertRaises(AccessError):
            self.media.with_user(self.agent).read(["name"])
