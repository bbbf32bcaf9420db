from datetime import datetime, timedelta, timezone

from odoo.addons.gb_callcenter.tests.common import CallCentreCase

# eight o'clock in the evening in China
EIGHT = datetime(2026, 11, 2, 12)


class MediaCase(CallCentreCase):
    """Two media, two advertisements; spots of half an hour with a response window of two hours."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tv, cls.radio = cls.env["gb.media"].create(
            [
                {"name": "City TV", "kind": "tv", "hotline_id": cls.hotline.id},
                {"name": "City Radio", "kind": "radio"},
            ]
        )
        cls.milk, cls.bottle = cls.env["product.product"].create(
            [
                {"name": "Formula", "type": "consu", "list_price": 100, "taxes_id": False},
                {"name": "Bottle", "type": "consu", "list_price": 40, "taxes_id": False},
            ]
        )
        cls.ad, cls.other_ad = cls.env["gb.media.ad"].create(
            [
                {"name": "Formula, six for five", "product_ids": [(4, cls.milk.id)]},
                {"name": "Bottles"},
            ]
        )

    @classmethod
    def _broadcast(cls, start=EIGHT, minutes=30, **values):
        return cls.env["gb.media.broadcast"].create(
            {
                "media_id": cls.tv.id,
                "ad_id": cls.ad.id,
                "start_at": start,
                "end_at": start + timedelta(minutes=minutes),
                **values,
            }
        )

    def _call_at(self, at, number="13800007771", is_answered=True):
        """An ended call to the order hotline that begins ``at``. :return: gb.call"""
        # the seat rings five seconds later
        moment = at.replace(tzinfo=timezone.utc).timestamp() + 5
        if is_answered:
            return self._finished_call(self.seat_1, at=moment, number=number)
        linked, _channel, start = self._call(number=number, extension=None, at=moment)
        self._hang_up(linked, [], start + 5, reason="abandoned")
        return self._find(linked)

    def _order(self, at, partner=None, call=None, price=100, **values):
        """A confirmed order of ``at``. :return: sale.order"""
        order = self.env["sale.order"].create(
            {
                "partner_id": (partner or self.customer).id,
                "date_order": at,
                "gb_call_id": call.id if call else False,
                "order_line": [
                    (
                        0,
                        0,
                        {"product_id": self.milk.id, "product_uom_qty": 1, "price_unit": price},
                    )
                ],
                **values,
            }
        )
        order.action_confirm()
        order.date_order = at
        return order
