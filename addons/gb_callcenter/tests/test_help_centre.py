import re
from urllib.parse import unquote

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, new_test_user, tagged


class HelpCase(HttpCase):
    """A public article with a similar question, an internal one, and the editor who wrote them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.editor = new_test_user(
            cls.env,
            "gb_help_editor",
            groups="gb_callcenter.group_gb_agent,gb_callcenter.group_gb_knowledge_editor",
        )
        cls.reviewer = new_test_user(
            cls.env, "gb_help_reviewer", groups="gb_callcenter.group_gb_knowledge_reviewer"
        )
        cls.agent = new_test_user(
            cls.env, "gb_help_agent", groups="gb_callcenter.group_gb_agent", email="a@example.com"
        )
        cls.category = cls.env["gb.article.category"].create({"name": "退换货"})
        cls.public = cls._publish(
            name="七天无理由退货怎么办理",
            body="<p>签收后七天内可以申请退货，<b>商品完好</b>即可。</p>",
            audience="public",
            category_id=cls.category.id,
            question_ids=[Command.create({"name": "不喜欢可以退吗"})],
        )
        cls.internal = cls._publish(
            name="退货运费内部处理口径", body="<p>机密运费规则</p>", category_id=cls.category.id
        )

    @classmethod
    def _publish(cls, **values):
        article = cls.env["gb.article"].with_user(cls.editor).create(values)
        article.action_submit()
        article.with_user(cls.reviewer).action_publish()
        return article.sudo()


@tagged("post_install", "-at_install")
class TestHelpCentre(HelpCase):
    """Visitors read and search public articles, and nothing else."""

    def _get(self, path):
        response = self.url_open(path, allow_redirects=False)
        return response.status_code, response.text

    def test_the_front_page_lists_public_articles_only(self):
        status, page = self._get("/help")
        self.assertEqual(status, 200)
        self.assertIn(self.public.name, page)
        self.assertIn("退换货", page)
        self.assertNotIn(self.internal.name, page)
        self.assertNotIn("机密", page)

    def test_a_question_in_everyday_words_finds_the_article(self):
        status, page = self._get("/help?search=东西不喜欢能退吗")
        self.assertEqual(status, 200)
        self.assertIn(self.public.name, page)
        self.assertNotIn(self.internal.name, page)
        status, page = self._get("/help?search=<script>alert(1)</script>")
        self.assertEqual(status, 200)
        self.assertNotIn("<script>alert(1)", page)
        self.assertIn("/contactus", page, "nothing found: whom to ask")

    def test_an_article_has_its_own_address_and_an_old_one_leads_there(self):
        status, page = self._get(self.public.website_url)
        self.assertEqual(status, 200)
        self.assertIn("<b>商品完好</b>", page)
        response = self.url_open(f"/help/article/old-title-{self.public.id}", allow_redirects=False)
        self.assertEqual(response.status_code, 301)
        self.assertTrue(unquote(response.headers["Location"]).endswith(self.public.website_url))
        short = self.url_open(f"/help/article/{self.public.id}")
        self.assertEqual(short.status_code, 200)
        self.assertIn(self.public.name, short.text)

    def test_what_is_not_public_is_not_there(self):
        slug = self.env["ir.http"]._slug
        self.assertEqual(self._get(f"/help/article/{slug(self.internal)}")[0], 404)
        self.assertEqual(self._get("/help/article/nothing-999999999")[0], 404)
        self.assertEqual(self._get("/help/article/nothing")[0], 404)
        self.assertEqual(self._get("/help/category/nothing-999999999")[0], 404)
        self.public.with_user(self.reviewer).action_expire()
        self.assertEqual(self._get(f"/help/article/{slug(self.public)}")[0], 404)

    def test_another_companys_article_is_not_there(self):
        company = self.env["res.company"].create({"name": "Other shop"})
        self.public.sudo()._write_owned({"company_id": company.id})
        slug = self.env["ir.http"]._slug
        self.assertEqual(self._get(f"/help/article/{slug(self.public)}")[0], 404)
        self.assertNotIn(self.public.name, self._get("/help")[1])

    def test_the_sitemap_names_it(self):
        self.env["ir.attachment"].search([("url", "=like", "/sitemap%")]).unlink()
        _status, text = self._get("/sitemap.xml")
        self.assertIn(f"-{self.public.id}", text)
        self.assertNotIn(f"-{self.internal.id}<", text)

    def test_a_file_of_a_public_article_only(self):
        files = self.env["ir.attachment"].create(
            [
                {"name": "a.txt", "raw": b"public", "res_model": "gb.article", "res_id": a.id}
                for a in (self.public, self.internal)
            ]
        )
        self.public.sudo()._write_owned({"attachment_ids": [Command.link(files[0].id)]})
        base = f"/help/article/{self.public.id}/attachment"
        self.assertEqual(self._get(f"{base}/{files[0].id}"), (200, "public"))
        self.assertEqual(self._get(f"{base}/{files[1].id}")[0], 404)

    def test_a_visitor_votes_once(self):
        self.authenticate(None, None)
        path = f"/help/article/{self.public.id}/vote"
        uses = self.env["gb.article.use"].search([("article_id", "=", self.public.id)])
        token = None
        for _turn in range(2):
            page = self._get(self.public.website_url)[1]
            token = token or re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
            self.url_open(path, data={"helpful": "0", "csrf_token": token})
        new = self.env["gb.article.use"].search([("article_id", "=", self.public.id)]) - uses
        self.assertEqual(new.mapped("kind"), ["unhelpful"])
        self.assertEqual(self.url_open(path, data={"helpful": "1"}).status_code, 400, "no token")


@tagged("post_install", "-at_install")
class TestSendArticle(HelpCase):
    """An agent sends the customer what he is told, while he talks to him."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls.env["res.partner"].create(
            {
                "name": "王小红",
                "phone": "13800138001",
                "email": "wang@example.com",
                "country_id": cls.env.ref("base.cn").id,
            }
        )
        cls.article = cls.public.with_user(cls.agent)

    def test_by_sms_with_the_public_address(self):
        sent = self.env["sms.sms"].search([]).ids
        self.article.send_to_customer(self.customer.id, "sms")
        sms = self.env["sms.sms"].search([("id", "not in", sent)])
        if sms:  # kept when the gateway did not take it at once
            self.assertEqual(sms.number, "+8613800138001")
            self.assertIn(f"/help/article/{self.public.id}", sms.body)
        self.assertIn(f"/help/article/{self.public.id}", self.customer.message_ids[0].body)
        use = self.env["gb.article.use"].search([("article_id", "=", self.public.id)], limit=1)
        self.assertEqual((use.user_id, use.res_id), (self.agent, self.customer.id))

    def test_by_mail_with_the_whole_text(self):
        self.article.send_to_customer(self.customer.id, "email")
        message = self.customer.message_ids[0]
        self.assertIn("商品完好", message.body)
        self.assertIn(self.article.website_url, unquote(message.body))
        self.assertEqual(message.partner_ids, self.customer)

    def test_internal_articles_are_never_sent(self):
        article = self.internal.with_user(self.agent)
        for channel in ("sms", "email"):
            with self.subTest(channel), self.assertRaisesRegex(UserError, "not for customers"):
                article.send_to_customer(self.customer.id, channel)
        with self.assertRaises(UserError):
            article.action_send()

    def test_without_number_or_address_it_says_so(self):
        nobody = self.env["res.partner"].create({"name": "Nobody"})
        with self.assertRaisesRegex(UserError, "telephone number"):
            self.article.send_to_customer(nobody.id, "sms")
        with self.assertRaisesRegex(UserError, "e-mail"):
            self.article.send_to_customer(nobody.id, "email")

    def test_only_agents_send(self):
        with self.assertRaises(AccessError):
            self.public.with_user(self.reviewer).send_to_customer(self.customer.id, "sms")
