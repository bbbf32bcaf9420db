from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import CallCentreCase


@tagged("post_install", "-at_install")
class TestNews(CallCentreCase):
    """News reach the agents whom they are for, and it is on record who has read them."""

    def _news(self, **values):
        news = self.env["gb.news"].with_user(self.lead).create({"name": "召回批次 12", **values})
        news.action_publish()
        return news

    def _mine(self, user):
        found = self.env["gb.news"].with_user(user).get_mine()
        return found["unread"], [news["name"] for news in found["news"]]

    def test_an_agent_sees_it_and_confirms_once(self):
        news = self._news(must_confirm=True)
        self.assertEqual(self._mine(self.agent), (1, ["召回批次 12"]))
        for _turn in range(2):
            result = news.with_user(self.agent).confirm_read()
        self.assertEqual(result["unread"], 0)
        self.assertTrue(result["news"][0]["is_read"])
        self.assertEqual(news.sudo().receipt_ids.user_id, self.agent)
        self.assertEqual(self._mine(self.agent_2)[0], 1)

    def test_news_of_a_team_are_for_its_members(self):
        news = self._news(team_ids=[(6, 0, self.team_orders.ids)])
        self.assertEqual(self._mine(self.agent)[0], 1)
        self.assertEqual(self._mine(self.agent_3), (0, []))
        with self.assertRaises(AccessError):
            news.with_user(self.agent_3).confirm_read()
        self.assertEqual(news.unread_user_ids, self.agent | self.agent_2)
        self.assertEqual((news.read_count, news.reader_count), (0, 2))

    def test_drafts_old_and_withdrawn_ones_are_not_shown(self):
        draft = self.env["gb.news"].with_user(self.lead).create({"name": "Draft"})
        self.assertEqual(self._mine(self.agent), (0, []))
        with self.assertRaises(AccessError):
            draft.with_user(self.agent).read(["name"])
        self._news(valid_until="2020-01-01")
        self.assertEqual(self._mine(self.agent), (0, []))
        news = self._news()
        news.action_withdraw()
        self.assertEqual(self._mine(self.agent), (0, []))

    def test_the_agents_screens_are_told(self):
        news = self.env["gb.news"].with_user(self.lead).create({"name": "Now"})
        news.team_ids = self.team_orders
        told = []
        Users = self.env.registry["res.users"]
        with patch.object(
            Users, "_bus_send", lambda user, kind, payload: told.append((user, kind, payload))
        ):
            news.action_publish()
        self.assertEqual(
            told,
            [(user, "gb_callcenter.news", {"id": news.id}) for user in self.team_orders.member_ids],
        )

    def test_what_was_confirmed_stays_as_it_was(self):
        news = self._news()
        with self.assertRaisesRegex(UserError, "stays as it is"):
            news.name = "Something else"
        with self.assertRaises(AccessError):
            news.with_user(self.lead).write({"state": "draft"})
        with self.assertRaisesRegex(UserError, "withdrawn"):
            news.unlink()

    def test_agents_write_none_and_forge_no_receipt(self):
        with self.assertRaises(AccessError):
            self.env["gb.news"].with_user(self.agent).create({"name": "Mine"})
        with self.assertRaises(AccessError):
            self.env["gb.news.receipt"].with_user(self.agent).search([])
        with self.assertRaises(AccessError):
            self.env["gb.news.receipt"].with_user(self.lead).create(
                {"news_id": self._news().id, "user_id": self.agent.id}
            )

    def test_other_companies_news_stay_there(self):
        company = self.env["res.company"].create({"name": "Other"})
        self.env["gb.news"].sudo().create(
            {"name": "Elsewhere", "company_id": company.id, "state": "draft"}
        ).action_publish()
        self.assertEqual(self._mine(self.agent), (0, []))
