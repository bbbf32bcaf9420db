"""A customer rings with a complaint: the agent writes the work order while he talks, the customer sees it on his page."""

import time
import urllib.request

from pbx_fixtures import PATIENCE

FORM = ".o_gb_ticket_form"


def choose(page, scope, field, text):
    """Type into a many2one and take what it offers."""
    page.fill(f"{scope} .o_field_widget[name={field}] input", text)
    page.click(f".o-autocomplete--dropdown-item:not(.o_m2o_dropdown_option):has-text('{text}')")


def test_complaint_is_accepted_while_the_customer_talks(world, sign_in):
    agent = sign_in("1001", answer=300)
    since = time.time()
    caller = world.exchange.call("8000", "60000")
    card = agent.card("talking")
    assert "No open work order" in card.inner_text()
    card.locator(".o_gb_new_ticket").click()
    page = agent.page
    page.wait_for_selector(FORM)
    assert page.input_value(f"{FORM} .o_field_widget[name=partner_id] input") == "Known Customer", (
        "who is calling is filled in"
    )
    page.fill(f"{FORM} .o_field_widget[name=subject] input", "Lid of the tin does not close")
    choose(page, FORM, "type_id", "Complaint")
    page.click("button[data-move=accept]")
    page.fill(".o_gb_move_dialog .o_field_widget[name=remedy] :is(input, textarea)", "A new tin")
    page.click(".o_gb_move_dialog .o_gb_move_confirm")
    page.wait_for_selector(".o_arrow_button_current:has-text('Accepted')")
    agent.shot("work-order-from-call")
    call = world.the_call(since)
    ticket = world.rows(
        """SELECT ticket.*, state.code FROM gb_ticket ticket JOIN gb_ticket_state state ON state.id = ticket.state_id
             JOIN gb_ticket_call_rel rel ON rel.ticket_id = ticket.id WHERE rel.call_id = %s""",
        call["id"],
    )[0]
    assert ticket["code"] == "accepted" and ticket["name"].startswith("WO")
    assert (ticket["channel"], ticket["partner_id"]) == ("phone", call["partner_id"])
    assert ticket["due_at"] is not None, "the customer's clock runs"
    agent.card("talking").locator(f"[data-ticket-id='{ticket['id']}']").wait_for()
    with urllib.request.urlopen(f"{world.url}/gb/progress/{ticket['access_token']}") as answer:
        told = answer.read().decode()
    assert ticket["name"] in told and "Lid of the tin does not close" in told
    agent.command("hangup")
    agent.file_call("Question answered")
    assert caller.wait(PATIENCE) == 0
