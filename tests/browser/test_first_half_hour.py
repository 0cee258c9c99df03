"""From an empty hub to a running one by the pages alone, as the guide for the office tells a new project manager."""

import re
from collections.abc import Callable
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page, expect

from accounts.schoolyear import school_year_label, school_year_of
from booking.integrity import violations as broken
from booking.models import Booking, Session, WorkGroup
from notifications.tasks import sweep
from tests.browser.conftest import press, screenshot
from tests.browser.test_main_job import code_for
from tests.days import tuesday
from tests.register_files import REGISTER

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]

NEW = Callable[..., BrowserContext]
GROUPS = ("Bar Models", "Mixed Age Classes", "Number Facts")


def room(page: Page, name: str) -> None:
    """Go into a room of the office, from wherever one is."""
    page.get_by_role("banner").get_by_role("link", name="Office", exact=True).click()
    office = page.get_by_role("navigation", name="Office", exact=True)
    if name != "Work groups":
        office.get_by_text("More", exact=True).click()
    office.get_by_role("link", name=name, exact=True).click()
    expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()


def log_in_by_code(page: Page, address: str) -> None:
    page.goto("/")
    page.get_by_role("link", name="Log in").first.click()
    page.get_by_role("link", name="Mail me a log-in code instead").click()
    page.get_by_label("E-mail").fill(address)
    press(page, "Mail me the code")
    page.get_by_label("Code").fill(code_for(address))
    page.locator("main form").get_by_role("button").first.click()


def take_the_register_in(page: Page) -> None:
    room(page, "Register of schools")
    expect(page.get_by_text("nobody finds their school until it has")).to_be_visible()
    page.get_by_label("All establishments").set_input_files(REGISTER)
    press(page, "Send it, and see what changes")
    sweep()  # the worker of a real hub
    press(page, "Take all of it in")
    sweep()
    expect(page.get_by_text(re.compile("^Taken in ")).first).to_be_visible()


def set_a_group_up(page: Page, title: str, venue: str) -> None:
    """A draft with five sessions by a rule, for which schools apply; led by somebody nobody knew before."""
    room(page, "Work groups")
    page.get_by_role("link", name="New work group").click()
    page.get_by_label("Project").select_option(label="Mastery Readiness")
    page.get_by_label("School year").select_option(label=school_year_label(school_year_of(tuesday())))
    page.get_by_label("Title").fill(title)
    page.get_by_label("In one sentence").fill("Five afternoons, and something small to try in between.")
    page.get_by_label("Who it is for").fill("Teachers of Years 1 to 6")
    page.get_by_label("Primary", exact=True).check()
    page.get_by_label("Who leads it").fill(f"Fran Lovell {title.split()[0].lower()}@lead.example")
    page.get_by_label("How a school gets its places").select_option(label="Schools apply and the hub chooses")
    press(page, "Make the draft")
    expect(page.get_by_role("heading", name=title, level=1)).to_be_visible()
    expect(page.get_by_text("Led by Fran Lovell")).to_be_visible()
    page.get_by_role("link", name="Add several").click()
    page.get_by_label("From", exact=True).fill(tuesday().isoformat())
    page.get_by_label("How many times").fill("5")
    page.get_by_label("Begins").fill("13:15")
    page.get_by_label("Ends").fill("15:45")
    page.get_by_label("Venue", exact=True).select_option(venue)
    press(page, "See the dates")
    press(page, "Add 5 sessions")
    expect(page.get_by_text("5 sessions have been added.")).to_be_visible()


def apply(page: Page, title: str) -> None:
    """A lead whom nobody knows signs up, finds the school and applies for two."""
    page.goto("/work-groups/")
    page.get_by_role("link", name=title).click()
    page.get_by_role("link", name=re.compile("^Apply")).first.click()
    page.get_by_role("link", name="Sign up with your work e-mail").click()
    page.get_by_label("Your name").fill("Mel Harper")
    page.get_by_label("E-mail").fill("mel@larkrise.example")
    page.get_by_label("Password").fill("correct horse battery")
    press(page, "Send me the code")
    page.get_by_label("Code").fill(code_for("mel@larkrise.example"))
    press(page, "Go on")
    page.get_by_label("Find your school").fill("larkrise")
    page.get_by_role("link", name="Larkrise Primary School").click()
    press(page, "This is my school")
    page.get_by_label("First colleague").select_option(label="Mel Harper")
    page.get_by_label("Second colleague").select_option(label="Name to follow: keep the place for us")
    press(page, "Check your answers")
    press(page, "Send the application")
    expect(page.get_by_role("heading", name="Thank you: we have your application")).to_be_visible()


def test_first_half_hour_makes_a_running_hub_of_an_empty_one(new_context: NEW) -> None:
    call_command("make_staff", "olive@hub.example", name="Olive Office", stdout=StringIO())
    page = new_context().new_page()
    log_in_by_code(page, "olive@hub.example")

    page.goto("/office/")
    expect(page.get_by_role("heading", name="Nothing needs you")).to_be_visible()
    expect(page.get_by_text("No sessions in the next seven days.")).to_be_visible()
    take_the_register_in(page)
    room(page, "Projects")
    page.get_by_role("link", name="New project").click()
    page.get_by_label("Title").fill("Mastery Readiness")
    page.get_by_label("Kind").select_option("local")
    press(page, "Save")
    expect(page.get_by_text("Mastery Readiness").first).to_be_visible()
    for venue in ("Town Hall", "Teaching Centre"):
        room(page, "Venues")
        page.get_by_role("link", name="New venue").click()
        page.get_by_label("Name", exact=True).fill(venue)
        page.get_by_label("Town").fill("Oadby")
        page.get_by_label("Postcode").fill("LE2 5AB")
        press(page, "Save")
        expect(page.get_by_text(venue).first).to_be_visible()
    for number, title in enumerate(GROUPS):
        set_a_group_up(page, title, ("Town Hall", "Teaching Centre")[number % 2])
    room(page, "Work groups")
    page.get_by_label("School year").select_option(str(school_year_of(tuesday())))
    press(page, "Show")
    page.get_by_role("link", name="Publish several").click()
    screenshot(page, "first-drafts")
    press(page, "Publish those ticked")
    expect(page.get_by_text("3 groups published")).to_be_visible()

    lead = new_context().new_page()
    apply(lead, "Bar Models")

    page.goto("/office/")
    screenshot(page, "first-today")
    page.get_by_role("link", name="Mel Harper, Larkrise Primary School").click()
    press(page, "Yes, confirm and book what is held")
    page.goto("/office/")
    expect(page.get_by_text("1 to decide, the first since")).to_be_visible()
    page.get_by_role("link", name="Bar Models").click()
    page.get_by_label("Larkrise Primary School").check()
    page.get_by_label("What becomes of those ticked?").select_option(label="Accept")
    press(page, "Prepare it")
    press(page, "See the mails, then release")
    press(page, "Tell the schools")
    expect(page.get_by_text("1 school is being told.")).to_be_visible()
    page.goto("/office/")
    expect(page.get_by_text("1 to decide")).to_have_count(0)

    lead.reload()
    expect(lead.get_by_text("Booked").first).to_be_visible()
    days = [timezone.localdate(one.starts_at) for one in Session.objects.filter(work_group__title="Bar Models")]
    assert days == [tuesday() + timedelta(weeks=3 * number) for number in range(5)]
    assert (WorkGroup.objects.published().count(), Session.objects.count()) == (3, 15)
    assert [one.status for one in Booking.objects.all()] == ["confirmed"]
    assert list(broken()) == []
