import os
import re
import subprocess
import sys
from pathlib import Path

from odoo.tests import tagged

from .test_api import SECRET, ApiCase

DOCUMENT = Path(__file__).parents[3] / "docs" / "api.md"


@tagged("post_install", "-at_install")
class TestApiExamples(ApiCase):
    """What docs/api.md shows is run as it is, by a shell and by Python, against the real HTTP server."""

    def _run(self, language, command):
        blocks = re.findall(rf"^```{language}\n(.*?)^```", DOCUMENT.read_text(), re.S | re.M)
        self.assertTrue(blocks)
        env = {
            "PATH": os.environ["PATH"],
            "GB_URL": self.base_url(),
            "GB_CLIENT": self.client.key,
            "GB_SECRET": SECRET,
            "NO_PROXY": "127.0.0.1,localhost",
        }
        self.env.flush_all()
        with self.allow_requests(all_requests=True):
            done = subprocess.run(
                command,
                input="\n".join(blocks),
                env=env,
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
        self.env.invalidate_all()
        self.assertFalse(done.returncode, done.stdout + done.stderr)
        self.assertNotIn('"error"', done.stdout)
        return done.stdout

    def test_shell(self):
        output = self._run("bash", ["bash", "-eu", "-o", "pipefail"])
        ticket = self.env["gb.ticket"].search([("create_uid", "=", self.shop_user.id)])
        self.assertEqual(ticket.partner_id, self.customer)
        self.assertIn(f"made: {ticket.name}", output)
        told = " ".join(ticket.gb_message_ids.mapped("body"))
        self.assertIn("It was the blue one.", told)
        self.assertIn("Where is my new bottle?", told)
        self.assertIn("Third leak", ticket.message_ids[0].body + ticket.message_ids[1].body)

    def test_python(self):
        output = self._run("python", [sys.executable, "-"])
        tickets = self.env["gb.ticket"].search([("create_uid", "=", self.shop_user.id)])
        self.assertEqual(len(tickets), 4)
        self.assertEqual(tickets.partner_id.name, "Li Na")
        self.assertEqual(output.count("draft"), 6, "Three drafts, each with its state.")
