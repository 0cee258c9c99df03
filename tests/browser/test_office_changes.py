"""The hub changes a session once, walked in a browser: looked at first, then everybody is told once."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page, expect

from booking.integrity import violations as broken
from booking.models import Booking, CalendarEntry
from notifications.delivery import drain
from notifications.models import Notice
from tests.browser.conftest import overflow, press, violations
from tests.factories import (
    create_booking,
    create_hub_staff,
    create_lead,
    create_teacher,
    create_work_group,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]


def set_times(page: Page, starts: str, ends: str) -> None:
    page.get_by_label("Begins").fill(starts)
    page.get_by_label("Ends").fill(ends)


def pass_the_hold() -> None:
    """As if the ten minutes had passed in which a second change replaces what the first would have told."""
    CalendarEntry.objects.update(tell_after=timezone.now() - timedelta(seconds=1))


def test_office_moves_a_session_twice_and_everybody_is_told_once(
    new_context: Callable[..., BrowserContext],
) -> None:
    staff, group = create_hub_staff(), create_work_group(title="Bar models")
    lead = create_lead(name="Lena Marsh")
    ann, bea = (create_teacher(school=lead.memberships.get().school, name=name) for name in ("Ann Ash", "Bea Birch"))
    create_booking(work_group=group, by=lead, people=[ann, bea])
    pass_the_hold()
    drain()
    session = group.sessions.get(number=2)
    page = new_context(staff).new_page()

    # What would happen is looked at before anything does.
    page.goto(f"/office/sessions/{session.pk}/")
    set_times(page, "14:15", "16:45")
    press(page, "See what changes")
    expect(page.get_by_text("Nothing has happened yet.")).to_be_visible()
    assert violations(page) == []
    before = group.sessions.get(number=2).starts_at
    press(page, "Change the session")
    expect(page.get_by_text("The session is changed.")).to_be_visible()

    # A second thought within ten minutes: an hour later still.
    page.goto(f"/office/sessions/{session.pk}/")
    set_times(page, "15:15", "17:30")
    press(page, "See what changes")
    press(page, "Change the session")
    pass_the_hold()
    drain()

    changed = Notice.objects.filter(kind="invite", subject__startswith="Changed").exclude(state="dropped")
    told = sorted(changed.values_list("to", flat=True))
    assert before == session.starts_at
    assert told == sorted(str(one.email) for one in (ann, bea))
    assert all("3.15pm" in one.subject for one in changed)
    assert list(broken()) == []


def test_office_moves_a_school_up_the_line(new_context: Callable[..., BrowserContext]) -> None:
    group = create_work_group(capacity=0, title="Bar models")
    bookings = [create_booking(work_group=group) for _ in range(3)]
    last = bookings[2]
    page = new_context(create_hub_staff(), width=390).new_page()

    page.goto(f"/office/work-groups/{group.pk}/")
    page.get_by_role("link", name="Waiting list", exact=True).click()
    assert (violations(page), overflow(page)) == ([], 0)
    page.get_by_role("link", name=last.school.name, exact=True).click()
    assert (violations(page), overflow(page)) == ([], 0)
    page.get_by_label("To which number in the line?").fill("1")
    section = page.get_by_role("region", name="Move it in the line")
    section.get_by_label("Why?").fill("A small rural school")
    press(page, "Move it")

    expect(page.get_by_text(f"{last.school} is number 1 now.")).to_be_visible()
    assert Booking.objects.waiting().first() == last
