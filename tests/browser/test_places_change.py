"""A school's year with a pair, walked in a browser: waiting, an offer, naming, a swap, moving beside, giving up."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page, expect

from accounts.models import User
from booking.actions import places
from booking.integrity import violations as broken
from booking.links import person_dates_url
from booking.models import Booking, CalendarEntry, Session
from booking.models.places import Reason
from notifications.delivery import drain
from notifications.models import Notice
from tests.browser.conftest import overflow, press, violations
from tests.factories import (
    create_booking,
    create_facilitation,
    create_lead,
    create_teacher,
    create_user,
    create_work_group,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]


class Year:
    """A full group, another beside it, and a school that wants two places: Ann's and one name to follow."""

    def __init__(self) -> None:
        self.lead = create_lead(name="Lena Marsh")
        self.school = self.lead.memberships.get().school
        self.ann, self.bea = (create_teacher(school=self.school, name=name) for name in ("Ann Ash", "Bea Birch"))
        self.group = create_work_group(capacity=2, title="Bar models")
        self.beside = create_work_group(parallel_to=self.group, title="Bar models: second cohort")
        self.full = create_booking(work_group=self.group)

    @property
    def booking(self) -> Booking:
        return Booking.objects.live().get(school=self.school)

    def in_calendar(self, session: Session) -> list[str]:
        wanted = CalendarEntry.objects.wanted().filter(session=session)
        return sorted(wanted.values_list("person__name", flat=True))


def change(page: Page, year: Year, who: str) -> None:
    """Open the page of somebody's place, and look at it."""
    page.goto(year.booking.get_absolute_url())
    page.get_by_role("link", name=f"Change {who}").click()
    assert violations(page) == []


def test_places_of_a_pair_through_a_whole_year(new_context: Callable[..., BrowserContext]) -> None:
    year = Year()
    page = new_context(year.lead, width=390).new_page()

    # The group is full: the two wait together, and the page says where they stand.
    page.goto(f"/work-groups/{year.group.slug}/book/")
    page.get_by_label("First colleague").select_option("Ann Ash")
    page.get_by_label("Second colleague").select_option(label="Name to follow: keep the place for us")
    press(page, "Check your answers")
    press(page, "Join the waiting list")
    expect(page.get_by_text("You are first on the waiting list.")).to_be_visible()

    # The others give up; the offer is taken.
    places.withdraw(booking=year.full, reason=Reason.OTHER, by=year.full.made_by)
    page.goto("/bookings/")
    page.get_by_role("link", name="Bar models", exact=True).first.click()
    press(page, "Take the places")
    expect(page.get_by_text("The places are yours.")).to_be_visible()

    # The second name follows.
    expect(page.get_by_text(re.compile("One of two still to name"))).to_be_visible()
    page.get_by_role("link", name="Name a colleague").click()
    page.get_by_label("Who comes?").select_option("Bea Birch")
    press(page, "Give them the place")
    expect(page.get_by_text("Bea Birch has the place.")).to_be_visible()

    # Ann cannot come to the first session: somebody new goes, this once.
    first = year.group.sessions.earliest("number")
    change(page, year, "Ann Ash")
    section = page.get_by_role("region", name="Send somebody else, for some sessions")
    section.get_by_role("checkbox").first.check()
    section.get_by_label("Who comes?").select_option(label="Somebody new: I give the name below")
    section.get_by_label("Name of the new colleague").fill("Cat Cole")
    section.get_by_label("Their work e-mail").fill("cat@school.example")
    press(page, "They come instead")
    expect(page.get_by_text("Ann Ash keeps the place.")).to_be_visible()
    assert year.in_calendar(first) == ["Bea Birch", "Cat Cole"]

    # All of them move to the group beside.
    page.get_by_role("link", name="Move to a group beside this one").click()
    page.get_by_label("Bar models: second cohort").check()
    press(page, "Move our places")
    expect(page.get_by_text("You are in Bar models: second cohort now.")).to_be_visible()
    assert (year.in_calendar(first), year.in_calendar(year.beside.sessions.earliest("number"))) == (
        [],
        ["Ann Ash", "Bea Birch"],
    )

    # Bea's place is given up, then the booking.
    change(page, year, "Bea Birch")
    page.get_by_label("Cover refused").check()
    press(page, "Give this place up")
    expect(page.get_by_text("The place has been given up.")).to_be_visible()
    page.get_by_role("link", name="Give up all the places").click()
    page.get_by_label("Left the school").check()
    press(page, "Give up the places")
    expect(page.get_by_text("Your places have been given up.")).to_be_visible()

    drain()
    told = set(Notice.objects.filter(to=year.ann.email).values_list("kind", flat=True))
    # The swap was undone by the move before its ten minutes had passed, so nobody hears of it.
    assert {"place_confirmed", "booking_transferred", "place_withdrawn"} <= told
    assert "stand_in_for" not in told
    assert (list(broken()), Booking.objects.live().count()) == ([], 0)


def test_places_missed_by_a_teacher_on_a_phone(new_context: Callable[..., BrowserContext]) -> None:
    year = Year()
    places.withdraw(booking=year.full, reason=Reason.OTHER, by=year.full.made_by)
    create_booking(work_group=year.group, by=year.lead, people=[year.ann, None])
    other = year.beside.sessions.get(number=1)
    Session.objects.filter(pk=other.pk).update(
        starts_at=timezone.now() + timedelta(days=15), ends_at=timezone.now() + timedelta(days=15, hours=2)
    )
    page = new_context(year.ann, width=390).new_page()

    page.goto("/my/")
    page.get_by_role("button", name=re.compile("^I can't come")).first.click()
    expect(page.get_by_text("Your apologies are on the register")).to_be_visible()
    assert violations(page) == []
    page.get_by_role("button", name=re.compile("^Go there")).click()
    expect(page.get_by_text("it counts for your own group")).to_be_visible()

    assert (year.in_calendar(other), list(broken())) == (["Ann Ash"], [])


def test_places_missed_said_for_a_colleague_and_by_the_link_in_a_mail(
    new_context: Callable[..., BrowserContext],
) -> None:
    year = Year()
    places.withdraw(booking=year.full, reason=Reason.OTHER, by=year.full.made_by)
    create_booking(work_group=year.group, by=year.lead, people=[year.ann, year.bea])
    other, first = year.beside.sessions.get(number=1), year.group.sessions.get(number=1)
    Session.objects.filter(pk=other.pk).update(
        starts_at=timezone.now() + timedelta(days=15), ends_at=timezone.now() + timedelta(days=15, hours=2)
    )
    page = new_context(year.lead, width=320).new_page()

    # Lena says for Ann that she cannot come, and finds her a chair beside.
    change(page, year, "Ann Ash")
    page.get_by_role("region", name="Can’t come, or missed it").get_by_role("link").first.click()
    page.get_by_label("Why? (optional)").select_option("Illness")
    press(page, "Send apologies")
    expect(page.get_by_text("Apologies for Ann Ash are on the register.")).to_be_visible()
    page.get_by_role("button", name=re.compile("^A chair there")).click()
    expect(page.get_by_text("It counts for the group at home.")).to_be_visible()
    assert (violations(page), overflow(page) > 0) == ([], False)

    # Bea says so herself by the link in her mail, without a log-in.
    other_page = new_context(width=320).new_page()
    other_page.goto("/my/" + person_dates_url(year.bea).partition("/my/")[2])
    other_page.get_by_role("button", name=re.compile("^I can't come")).first.click()
    expect(other_page.get_by_text("Your apologies are on the register")).to_be_visible()
    assert (violations(other_page), overflow(other_page) > 0) == ([], False)
    other_page.get_by_role("button", name=re.compile("^Go there")).click()
    expect(other_page.get_by_text("it counts for your own group")).to_be_visible()

    assert (year.in_calendar(other), list(broken())) == (["Ann Ash", "Bea Birch"], [])
    assert (
        year.booking.places.filter(attendances__session=first, attendances__standing_mark__what="apologies").count()
        == 2
    )


def test_places_put_on_by_who_leads_the_group(new_context: Callable[..., BrowserContext]) -> None:
    year = Year()
    leader: User = create_user(name="Fran Lovell")
    create_facilitation(work_group=year.beside, person=leader)
    page = new_context(leader).new_page()

    page.goto("/registers/")
    page.get_by_role("link", name=re.compile("^Put a school’s people on ?: Bar models: second cohort$")).click()
    page.get_by_label("Name, town, postcode or URN").fill(year.school.name)
    press(page, "Find")
    page.get_by_role("link", name=year.school.name, exact=True).click()
    page.get_by_label("First colleague").select_option("Ann Ash")
    page.get_by_label("Second colleague").select_option("Bea Birch")
    page.get_by_label("How did they ask?").select_option("By telephone")
    press(page, "Book for the school")
    expect(page.get_by_text("has been told")).to_be_visible()

    drain()
    assert Notice.objects.filter(kind="booking_summary", to=year.lead.email).count() == 1
    assert year.booking.via == "telephone"
