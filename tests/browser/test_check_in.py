"""At the door, in a real browser: the code on the screen, a name on a phone, one tap; and a colleague's link."""

import re
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from accounts.models import User
from booking.actions import register_links
from booking.links import register_url
from booking.models import Arrival, Attendance, Session
from tests.browser.conftest import overflow, screenshot, violations
from tests.factories import create_running_session, create_school, create_teacher, create_user
from tests.papers import codes_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]

NewContext = Callable[..., BrowserContext]


def session_soon(*names: str) -> tuple[Session, list[Attendance], User]:
    fran = create_user(name="Fran Lovell")
    session = create_running_session(leads=[fran], minutes=-20, people=len(names))
    rows = list(Attendance.objects.of_session(session).order_by("pk"))
    for row, name in zip(rows, names, strict=True):
        User.objects.filter(pk=row.person_id).update(name=name)
    return session, rows, fran


def scan(page: Page) -> str:
    """What a phone reads of the screen; in the dark too."""
    (address,) = codes_in(page.locator(".qr").screenshot())
    return urlsplit(address).path


def standing(row: Attendance) -> str:
    row = Attendance.objects.select_related("standing_mark").get(pk=row.pk)
    return row.standing_mark.what if row.standing_mark else ""


def test_check_in_by_the_code_on_the_screen_appears_live_and_is_confirmed(new_context: NewContext) -> None:
    session, [kim, _], fran = session_soon("Kim Lee", "Sam Hill")
    screen = new_context(fran, dark=True).new_page()
    screen.goto(f"/sessions/{session.pk}/check-in/")
    expect(screen.get_by_text("Nobody waits to be confirmed")).to_be_visible()
    assert violations(screen) == []

    phone = new_context(width=320).new_page()
    phone.goto(scan(screen))
    assert (violations(phone), overflow(phone)) == ([], 0)
    phone.get_by_label("Your name, or your e-mail address").fill("kim lee")
    phone.get_by_label("Your school").fill("Oakfield")
    phone.get_by_role("button", name="I am here").click()
    expect(phone.get_by_role("heading", name="Thank you. Come in")).to_be_visible()
    expect(screen.get_by_text("1 to confirm")).to_be_visible(timeout=10_000)
    screenshot(screen, "check-in-names")
    screen.get_by_role("button", name="Confirm who came in time").click()

    expect(screen.get_by_text("1 confirmed.").first).to_be_visible()
    assert standing(kim) == "present"


def test_check_in_of_somebody_who_is_not_on_the_list_without_script(new_context: NewContext) -> None:
    session, [_], fran = session_soon("Kim Lee")
    oakfield = create_school(name="Oakfield Juniors")
    jo = create_teacher(school=oakfield, name="Jo Bell")
    screen = new_context(fran, width=320, script=False).new_page()
    screen.goto(f"/sessions/{session.pk}/check-in/")
    phone = new_context(jo, width=320, script=False).new_page()
    phone.goto(scan(screen))
    phone.get_by_role("button", name="I am here").click()
    expect(phone.get_by_role("heading", name="Thank you. Come in")).to_be_visible()

    screen.reload()
    screen.get_by_role("link", name="Who is it? Jo Bell").click()
    screen.get_by_role("link", name="Find or add them").click()
    screen.get_by_role("button", name="Add Jo Bell").click()

    expect(screen.get_by_text("Jo Bell is on the register.")).to_be_visible()
    row = Attendance.objects.get(person=jo)
    assert (row.school, standing(row), Arrival.objects.waiting().count()) == (oakfield, "present", 0)


def test_check_in_with_a_code_that_is_over_says_what_to_do(new_context: NewContext) -> None:
    session, _, _ = session_soon()
    page = new_context(width=320).new_page()

    page.goto(f"/here/{session.pk}/abcdefgh/")

    expect(page.get_by_role("heading", name="This code is over")).to_be_visible()
    assert (violations(page), overflow(page)) == ([], 0)


def test_people_of_a_school_are_found_while_one_types(new_context: NewContext) -> None:
    session, _, fran = session_soon()
    create_teacher(school=create_school(name="Oakfield Juniors"), name="Jo Bell")
    page = new_context(fran, width=390).new_page()
    page.goto(f"/sessions/{session.pk}/register/add/")

    page.get_by_label("Name", exact=True).press_sequentially("bell")
    page.get_by_label("School").press_sequentially("Oakfield J")
    page.get_by_role("button", name="Add Jo Bell").click()

    expect(page.get_by_text("Jo Bell is on the register.")).to_be_visible()


def test_register_by_a_colleagues_link_is_marked_and_told(new_context: NewContext) -> None:
    session, [kim, sam], fran = session_soon("Kim Lee", "Sam Hill")
    link = register_links.give(session=session, name="Kit Moss", email="kit@school.example", by=fran)
    page = new_context(width=320).new_page()
    page.goto(urlsplit(register_url(link)).path)
    assert (violations(page), overflow(page)) == ([], 0)

    page.get_by_role("group", name="Kim Lee").get_by_label("Late", exact=True).check()
    page.get_by_role("button", name="Everyone else is here").click()
    expect(page.get_by_text(re.compile("^Saved at")).first).to_be_visible()
    page.get_by_role("button", name="All is marked: tell the lead").click()

    expect(page.get_by_text("The work group lead has been told")).to_be_visible()
    assert (standing(kim), standing(sam)) == ("late", "present")
    assert {mark.maker for row in (kim, sam) for mark in row.marks.all()} == {"Kit Moss"}
