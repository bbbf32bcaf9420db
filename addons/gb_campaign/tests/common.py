from datetime import datetime

from odoo.addons.gb_callcenter.tests.common import CallCentreCase

# Wednesday, ten o'clock in China
NOW = datetime(2026, 11, 18, 2, 0)


class CampaignCase(CallCentreCase):
    """A running campaign of the orders team in preview mode, with three customers whom it may call."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.campaign = cls._new_campaign()
        cls.call_list = cls.env["gb.campaign.list"].create(
            {"name": "Members", "campaign_id": cls.campaign.id}
        )
        cls.partners = cls._new_customers(3)

    @classmethod
    def _new_campaign(cls, **values):
        return cls.env["gb.campaign"].create(
            {
                "name": "Trial pack",
                "team_id": cls.team_orders.id,
                "attempts_per_day": 0,
                "attempts_total": 0,
                **values,
            }
        )

    @classmethod
    def _new_customers(cls, count, prefix="1390000", **values):
        return cls.env["res.partner"].create(
            [
                {
                    "name": f"Customer {index}",
                    "phone": f"{prefix}{index:04}",
                    "country_id": cls.china.id,
                    "tz": "Asia/Shanghai",
                    **values,
                }
                for index in range(1, count + 1)
            ]
        )

    def _start(self):
        """Fill the list with the customers and start. :return: rows in their order"""
        self.call_list._fill_partners(self.partners)
        self.campaign.action_start()
        return self.call_list.row_ids.sorted("id")

    @classmethod
    def _standard(cls, name):
        return cls.env.ref(f"gb_campaign.gb_outcome_{name}")

    def _attempt(self, row, outcome, **values):
        """Ring the row's next number and file ``outcome``. :return: attempt"""
        row._begin_attempt(row._get_number(), user=self.agent)
        return row._finish(self._standard(outcome), **values)
