"""Pages opened by the signed link in a mail, on a small phone and without a log-in, in a real browser."""

import re
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from booking.actions import places
from booking.integrity import violations as broken
from booking.links import head_url, offer_url, person_dates_url
from booking.models import Agreement, Attendance, Booking
from booking.models.places import Reason
from tests.browser.conftest import overflow, violations
from tests.factories import create_booking, create_lead, create_teacher, create_work_group

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]

NewContext = Callable[..., BrowserContext]


def open_link(new_context: NewContext, url: str) -> Page:
    """Open a link as from a mail, at 320 px, and look at the page."""
    page = new_context(width=320).new_page()
    page.goto(urlsplit(url).path)
    assert (violations(page), overflow(page)) == ([], 0)
    return page


def test_by_link_an_offer_is_taken(new_context: NewContext) -> None:
    group = create_work_group(capacity=2, title="Bar models")
    booked, waiting = create_booking(work_group=group), create_booking(work_group=group)
    places.withdraw(booking=booked, reason=Reason.OTHER, by=booked.made_by)
    waiting.refresh_from_db()

    page = open_link(new_context, offer_url(waiting, waiting.made_by))
    page.get_by_role("button", name="Take the places").click()

    expect(page.get_by_text("The places are yours.").first).to_be_visible()
    assert violations(page) == []
    assert (Booking.objects.get(pk=waiting.pk).status, list(broken())) == ("confirmed", [])


def test_by_link_a_teacher_says_that_she_cannot_come(new_context: NewContext) -> None:
    lead = create_lead()
    ann = create_teacher(school=lead.memberships.get().school, name="Ann Ash")
    create_booking(work_group=create_work_group(), by=lead, people=[ann])

    page = open_link(new_context, person_dates_url(ann))
    page.get_by_role("button", name=re.compile("^I can't come")).first.click()

    expect(page.get_by_text("Thank you for telling us.").first).to_be_visible()
    first = Attendance.objects.filter(person=ann).order_by("session__starts_at").first()
    assert first is not None
    assert first.standing_mark is not None
    assert first.standing_mark.what == "apologies"


def test_by_link_a_head_agrees(new_context: NewContext) -> None:
    booking = create_booking(work_group=create_work_group(head_agreement="needed"), head_email="head@school.example")

    page = open_link(new_context, head_url(Agreement.objects.get(booking=booking)))
    page.get_by_label("I agree", exact=True).check()
    page.get_by_label("Your name").fill("Agnes Thorne")
    page.get_by_label("Your role").fill("Headteacher")
    page.get_by_role("button", name="Send my answer").click()

    expect(page.get_by_text("Thank you: you agree.")).to_be_visible()
    assert (Booking.objects.get(pk=booking.pk).status, list(broken())) == ("confirmed", [])
