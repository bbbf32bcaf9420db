import statistics
from datetime import datetime, timedelta

from freezegun import freeze_time
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..models.res_partner_class import SCORE_FIELDS
from .common import CallCentreCase

NOW = datetime(2026, 6, 1, 4, 0)
WINDOW = timedelta(days=365)


class CustomerScoreCase(CallCentreCase):
    """Customers with orders on given days."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.scoring = cls.env.ref("gb_callcenter.gb_customer_score")
        cls.product = cls.env["product.product"].create(
            {"name": "Nappies", "type": "service", "taxes_id": False}
        )
        # whatever the database holds is scored already
        with freeze_time(NOW):
            cls.scoring._refresh()

    @classmethod
    def _new_customer(cls, name="Customer", **values):
        return cls.env["res.partner"].create({"name": name, **values})

    @classmethod
    def _order(cls, partner, days_ago, price=100.0, **values):
        """A confirmed order of ``days_ago`` days before NOW."""
        order = cls.env["sale.order"].create(
            {
                "partner_id": partner.id,
                "order_line": [Command.create({"product_id": cls.product.id, "price_unit": price})],
                **values,
            }
        )
        # what the scores depend on, without the work of a confirmation
        order.write({"state": "sale", "date_order": NOW - timedelta(days=days_ago)})
        return order

    @classmethod
    def _refund(cls, partner, days_ago, price):
        """A posted credit note."""
        refund = cls.env["account.move"].create(
            {
                "move_type": "out_refund",
                "partner_id": partner.id,
                "invoice_date": NOW.date() - timedelta(days=days_ago),
                "invoice_line_ids": [
                    Command.create(
                        {"product_id": cls.product.id, "price_unit": price, "tax_ids": False}
                    )
                ],
            }
        )
        refund.action_post()
        return refund

    @classmethod
    def _refresh(cls, at=NOW, **options):
        with freeze_time(at):
            cls.scoring._refresh(**options)

    def _row(self, partner):
        return partner.read(sorted(SCORE_FIELDS | {"gb_level_id"}))[0]


@tagged("post_install", "-at_install")
class TestCustomerScores(CustomerScoreCase):
    """Life cycle, RFM and net value, and what makes a customer be scored anew."""

    def _life_cycle(self, *days_ago):
        partner = self._new_customer()
        for days in days_ago:
            self._order(partner, days)
        self._refresh()
        return partner.gb_life_cycle

    def test_who_has_not_ordered_is_potential(self):
        self.assertEqual(self._life_cycle(), "potential")

    def test_below_three_orders_the_fixed_days_count(self):
        for days, expected in (
            (60, "active"),
            (61, "slipping"),
            (120, "slipping"),
            (121, "at_risk"),
            (180, "at_risk"),
            (181, "lost"),
        ):
            with self.subTest(days=days):
                self.assertEqual(self._life_cycle(days, days + 20), expected)

    def test_from_three_orders_on_the_own_gap_counts(self):
        for days, expected in (
            (30, "active"),
            (31, "slipping"),
            (61, "at_risk"),
            (91, "lost"),
        ):
            with self.subTest(days=days):
                # gaps of 10, 30 and 90 days: the median is 30
                self.assertEqual(self._life_cycle(days, days + 10, days + 40, days + 130), expected)

    def test_orders_within_a_day_are_one_purchase(self):
        partner = self._new_customer()
        for days in (10, 10.2, 10.4, 40, 40.1):
            self._order(partner, days)
        self._refresh()
        self.assertEqual(partner.gb_purchase_gap, 0, "two purchases have one gap: too few")
        self.assertEqual(partner.gb_order_count, 5)

    def test_frequent_customer_is_not_lost_after_three_days(self):
        self.assertEqual(self._life_cycle(5, 6, 7, 8), "active")

    def test_figures_are_net_of_credit_notes_and_without_cancelled_orders(self):
        partner = self._new_customer()
        self._order(partner, 10, 300)
        self._order(partner, 20, 100)
        self._order(partner, 400, 5000)
        self._order(partner, 30, 700).state = "cancel"
        self._order(partner, 30, 700).state = "draft"
        self._order(partner, 5, 0)  # a replacement is no purchase
        self._refund(partner, 3, 100)
        self._refund(partner, 380, 50)
        self._refresh()
        self.assertRecordValues(
            partner,
            [
                {
                    "gb_net_value": 300,
                    "gb_order_count": 2,
                    "gb_return_rate": 0.25,
                    "gb_last_order_at": NOW - timedelta(days=10),
                    "gb_rfm_f": 2,
                }
            ],
        )

    def test_orders_of_an_address_count_for_the_customer(self):
        partner = self._new_customer()
        address = self._new_customer(parent_id=partner.id, type="delivery")
        self._order(address, 10, 80)
        self._refresh()
        self.assertEqual(partner.gb_net_value, 80)
        self.assertFalse(address.gb_life_cycle)
        self.assertEqual(address.gb_order_count, 0)

    def test_address_that_becomes_a_customer_takes_its_orders_along(self):
        partner = self._new_customer()
        address = self._new_customer(parent_id=partner.id)
        self._order(address, 10, 80)
        self._refresh()
        address.parent_id = False
        self._refresh()
        self.assertEqual((partner.gb_net_value, partner.gb_life_cycle), (0, "potential"))
        self.assertEqual((address.gb_net_value, address.gb_life_cycle), (80, "active"))

    def test_merged_customers_are_scored_as_one(self):
        one, other = self._new_customer(), self._new_customer()
        self._order(one, 10, 80)
        self._order(other, 20, 50)
        self._refresh()
        self.env["base.partner.merge.automatic.wizard"]._merge((one | other).ids, one)
        self._refresh()
        self.assertFalse(other.exists())
        self.assertEqual((one.gb_net_value, one.gb_order_count), (130, 2))

    def test_changed_price_is_noticed(self):
        partner = self._new_customer()
        order = self._order(partner, 10, 80)
        self._refresh()
        order.order_line.price_unit = 95
        self._refresh()
        self.assertEqual(partner.gb_net_value, 95)

    def test_deleted_credit_note_is_noticed(self):
        partner = self._new_customer()
        self._order(partner, 10, 80)
        refund = self._refund(partner, 5, 30)
        self._refresh()
        self.assertEqual(partner.gb_net_value, 50)
        refund.button_draft()
        self._refresh()
        self.assertEqual(partner.gb_net_value, 80)

    def test_currencies_are_converted_by_the_rate_of_the_order(self):
        euro = self.env.ref("base.EUR")
        dollar = self.env.ref("base.USD")
        foreign = euro if self.company.currency_id == dollar else dollar
        foreign.active = True
        order = self._order(self._new_customer(), 10, 80)
        order.write({"currency_id": foreign.id})
        order.order_line.price_unit = 80
        order.currency_rate = 4
        self._refresh()
        self.assertEqual(order.partner_id.gb_net_value, 20)

    def test_companies_are_summed_up_in_one_currency(self):
        euro = self.env.ref("base.EUR")
        euro.active = True
        main = self.env.ref("base.main_company")
        branch = self.env["res.company"].create({"name": "Other shop", "currency_id": euro.id})
        self.env["res.currency.rate"].search([("currency_id", "=", euro.id)]).unlink()
        self.env["res.currency.rate"].create(
            [
                {
                    "currency_id": euro.id,
                    "company_id": main.id,
                    "name": NOW.date() - timedelta(days=days),
                    "rate": rate,
                }
                for days, rate in ((100, 0.5), (20, 0.25))
            ]
        )
        partner = self._new_customer()
        self._order(partner, 10, 80)
        for days in (50, 10):
            order = self._order(partner, days, 10, company_id=branch.id)
            order.order_line.price_unit = 10
            order.currency_rate = 1
        self._refresh()
        self.assertEqual(partner.gb_net_value, 80 + 10 / 0.5 + 10 / 0.25)

    def test_quintiles_of_all_customers(self):
        self.env["sale.order"].search([("state", "=", "sale")]).state = "cancel"
        partners = self.env["res.partner"]
        for number in range(10):
            partner = self._new_customer()
            self._order(partner, 10 + number, 100 + number)
            partners += partner
        self._refresh(full=True, thresholds=True)
        self.assertEqual(partners.mapped("gb_rfm_r"), [5, 5, 5, 4, 4, 3, 3, 2, 2, 1])
        self.assertEqual(partners.mapped("gb_rfm_m"), [1, 2, 2, 3, 3, 4, 4, 5, 5, 5])
        self.assertEqual(set(partners.mapped("gb_rfm_segment")), {"new", "promising", "sleeping"})

    def test_bands_of_frequency(self):
        expected = {1: 1, 2: 2, 3: 3, 4: 3, 5: 4, 8: 4, 9: 5}
        for count, band in expected.items():
            partner = self._new_customer()
            for number in range(count):
                self._order(partner, 10 + number)
            self._refresh(thresholds=False)
            self.assertEqual(partner.gb_rfm_f, band, count)

    def test_calendar_moves_a_customer_without_any_change(self):
        partner = self._new_customer()
        self._order(partner, 0)
        self._refresh()
        for days, expected in ((60, "active"), (61, "slipping"), (121, "at_risk"), (181, "lost")):
            self._refresh(NOW + timedelta(days=days))
            self.assertEqual(partner.gb_life_cycle, expected)
        self.assertEqual(partner.gb_order_count, 1)
        self._refresh(NOW + WINDOW)
        self.assertEqual(
            (partner.gb_order_count, partner.gb_net_value, partner.gb_rfm_r), (0, 0, 0)
        )
        self.assertEqual(partner.gb_score_due_at, partner.gb_level_due_at)
        self.assertFalse(partner.gb_rfm_segment)

    def test_run_without_changes_writes_nothing(self):
        partner = self._new_customer()
        self._order(partner, 10)
        self._refresh(thresholds=True)
        self.env.cr.execute("SELECT xmin, ctid FROM res_partner WHERE id = %s", [partner.id])
        before = self.env.cr.fetchone()
        self._refresh(full=True, thresholds=True)
        self.env.cr.execute("SELECT xmin, ctid FROM res_partner WHERE id = %s", [partner.id])
        self.assertEqual(self.env.cr.fetchone(), before)

    def test_number_of_queries_does_not_grow_with_the_customers(self):
        partners = [self._new_customer() for _number in range(8)]
        for partner in partners[:2]:
            self._order(partner, 10)
        self.env.flush_all()

        def count():
            self.env.flush_all()
            began = self.env.cr.sql_log_count
            self._refresh(thresholds=False)
            return self.env.cr.sql_log_count - began

        few = count()
        for partner in partners:
            self._order(partner, 10)
        self.assertLessEqual(count(), few)

    def test_settings_have_everybody_scored_anew(self):
        partner = self._new_customer()
        self._order(partner, 50)
        self._refresh()
        self.assertEqual(partner.gb_life_cycle, "active")
        self.scoring.active_days = 40
        self._refresh()
        self.assertEqual(partner.gb_life_cycle, "slipping")

    def test_nobody_writes_scores(self):
        for user in (self.agent, self.manager):
            with self.assertRaisesRegex(AccessError, "nobody sets them"):
                self.customer.with_user(user).write({"gb_net_value": 1e6})
        with self.assertRaisesRegex(AccessError, "nobody sets them"):
            self.env["res.partner"].with_user(self.agent).create(
                {"name": "Rich", "gb_life_cycle": "active"}
            )

    def test_refresh_of_all_is_for_managers(self):
        with self.assertRaisesRegex(AccessError, "Only managers"):
            self.scoring.with_user(self.lead).action_refresh_all()
        self.scoring.with_user(self.manager).action_refresh_all()
        self.assertGreater(self.scoring.queue_count, 0)
        with self.assertRaises(AccessError):
            self.scoring.with_user(self.agent).read(["window_days"])


STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            [
                *["order"] * 5,
                *["refund", "cancel", "price", "address", "merge", "wait", "wait", "run"],
            ]
        ),
        st.integers(0, 4),
        st.integers(0, 4),
        st.integers(1, 400),
    ),
    min_size=8,
    max_size=25,
)


@tagged("post_install", "-at_install")
class TestRandomCustomers(CustomerScoreCase):
    """Whatever happens in whatever order: a run that looks at changes only leaves what a full one would."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.model_refund = cls._refund(cls._new_customer("Model"), 30, 10)
        cls.env.flush_all()
        cls._refresh()

    @settings(
        max_examples=12,
        deadline=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    )
    @given(STEPS)
    def test_incremental_run_equals_full_run_and_the_definition(self, steps):
        with self.env.cr.savepoint() as savepoint:
            self._walk(steps)
            savepoint.close(rollback=True)
        self.env.invalidate_all(flush=False)

    def _walk(self, steps):
        partners = [self._new_customer(f"Customer {number}") for number in range(5)]
        now, orders = NOW, self.env["sale.order"]
        for step, first, second, number in steps:
            partner, other = partners[first], partners[second]
            if step == "order":
                orders += self._order(partner, number - 200, number)
                if number > 200:  # in the future: now
                    orders[-1].date_order = now - timedelta(days=number - 200)
            elif step == "refund":
                self._copy_refund(partner, now - timedelta(days=number), number)
            elif step == "cancel" and orders:
                orders[number % len(orders)].state = "cancel"
            elif step == "price" and orders:
                orders[number % len(orders)].order_line.price_unit = number
            elif step == "address" and partner != other and not other.parent_id:
                partner.parent_id = other if not partner.child_ids and number % 2 else False
            elif step == "merge" and partner != other:
                # as a merge does it: past the models
                self.env.flush_all()
                self.env.cr.execute(
                    "UPDATE sale_order SET partner_id = %s WHERE partner_id = %s",
                    [partner.id, other.id],
                )
                orders.invalidate_recordset(["partner_id"])
            elif step == "wait":
                now += timedelta(days=number / 4)
            elif step == "run":
                self._refresh(now, thresholds=bool(number % 2))
        self._refresh(now, thresholds=True)
        rows = [self._row(partner) for partner in partners]
        for partner in partners:
            self._compare(partner, now)
        self._refresh(now, full=True, thresholds=True)
        self.assertEqual([self._row(partner) for partner in partners], rows)

    def _copy_refund(self, partner, at, amount):
        self.env.flush_all()
        self.env.cr.execute(
            """INSERT INTO account_move (move_type, state, commercial_partner_id, partner_id, company_id, currency_id, journal_id,
                                         date, invoice_date, amount_untaxed_signed, auto_post)
               SELECT move_type, state, %s, %s, company_id, currency_id, journal_id, date, %s, %s, auto_post
                 FROM account_move WHERE id = %s""",
            [
                partner.commercial_partner_id.id,
                partner.id,
                at.date(),
                -amount,
                self.model_refund.id,
            ],
        )

    def _compare(self, partner, now):
        """The definition of the scores, in plain Python."""
        if partner.commercial_partner_id != partner:
            self.assertFalse(partner.gb_life_cycle)
            self.assertEqual((partner.gb_net_value, partner.gb_order_count), (0, 0))
            return
        orders = (
            self.env["sale.order"]
            .search([("partner_id", "child_of", partner.id), ("state", "=", "sale")])
            .filtered("amount_untaxed")
            .sorted("date_order")
        )
        recent = orders.filtered(lambda order: order.date_order > now - WINDOW)
        self.env.cr.execute(
            "SELECT -COALESCE(sum(amount_untaxed_signed), 0) FROM account_move WHERE commercial_partner_id = %s AND invoice_date > %s",
            [partner.id, now - WINDOW],
        )
        refunded = float(self.env.cr.fetchone()[0])
        sold = sum(recent.mapped("amount_untaxed"))
        self.assertAlmostEqual(partner.gb_net_value, sold - refunded, 2)
        self.assertEqual(partner.gb_order_count, len(recent))
        self.assertAlmostEqual(partner.gb_return_rate, min(1, refunded / sold) if sold else 0, 3)
        days = orders.mapped("date_order")
        gaps = [
            (after - before).total_seconds() / 86400
            for before, after in zip(days, days[1:], strict=False)
            if after - before >= timedelta(days=1)
        ]
        if len(gaps) > 1:
            gap = max(7, statistics.median(gaps))
            steps = (gap, 2 * gap, 3 * gap)
        else:
            steps = (60, 120, 180)
        expected = "potential"
        if days:
            whole_days = (now - days[-1]) // timedelta(days=1)
            names = ("active", "slipping", "at_risk")
            expected = next(
                (
                    name
                    for name, step in zip(names, steps, strict=True)
                    if whole_days <= step + 1e-9
                ),
                "lost",
            )
        self.assertEqual(partner.gb_life_cycle, expected)
