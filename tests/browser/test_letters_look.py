"""A mail as a teacher sees it: on a small phone, in the light and in the dark, without pictures."""

from collections.abc import Callable

import pytest
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page

from booking import emails, ical
from booking.emails import Mail
from booking.models import CalendarEntry
from booking.reminders import Reminder
from notifications.words import Words, in_words
from tests.browser.conftest import overflow, screenshot, violations
from tests.factories import create_booking, create_lead, create_task, create_teacher, create_work_group

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]


def letters() -> dict[str, Mail]:
    """The four mails that most teachers and schools get, with long names in them."""
    lead = create_lead(name="Lena Marsh")
    school = lead.memberships.get().school
    kim = create_teacher(school=school, name="Kim Lee", email="kim@oakfield.example")
    group = create_work_group(sessions=3, title="Mathematical Reasoning in Mixed-Age Classes", bring="Squared paper")
    for session in group.sessions.all():
        create_task(session=session, title="Sort and explain")
    booking = create_booking(
        work_group=group, by=lead, people=[kim, None], cover_email="averylongaddressforcover@oakfield.example"
    )
    booking.offer_ends_at = timezone.now()
    session = group.sessions.get(number=1)
    entry = CalendarEntry.objects.get(session=session, person=kim)
    due = Reminder(entry, session, kim, kim, None, 7, timezone.now())
    words = (
        "Welcome to **{group}**. [Our page](https://hub.example/a-very-long-address-that-nobody-would-break-by-hand)"
    )
    [confirmed], [offered, *_] = emails.place_confirmed(kim, booking), emails.places_offered(booking)
    [cover] = emails.cover_dates(booking)
    return {
        "place_confirmed": confirmed,
        "reminder": emails.reminder(due, ical.standings([session])[session.pk], timezone.localdate()),
        "invite": emails.invite(kim, session, method="REQUEST", first=True),
        "places_offered": offered,
        "in_the_hubs_words": in_words(confirmed, "", words),
        "cover_dates": cover,
    }


# A mail is shown within the page of a mail program, and the landmarks are that page's.
LANDMARKS = ("landmark-one-main:", "region:")


def show(page: Page, mail: Mail) -> None:
    page.set_content(Words.load().on(mail).html)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_letters_fit_a_small_phone_and_axe_finds_nothing(
    new_context: Callable[..., BrowserContext], dark: bool
) -> None:
    made = letters()
    page = new_context(width=320, dark=dark).new_page()
    wrong = []

    for name, mail in made.items():
        page.set_viewport_size({"width": 320, "height": 900})
        show(page, mail)
        wrong += [f"{name}: {line}" for line in violations(page) if not line.startswith(LANDMARKS)]
        wrong += [f"{name}: {overflow(page)} px too wide"] if overflow(page) > 0 else []
        page.set_viewport_size({"width": 390, "height": 900})
        screenshot(page, f"mail-{name}-{'dark' if dark else 'light'}")

    assert wrong == []


def test_letters_need_no_pictures() -> None:
    assert [name for name, mail in letters().items() if "<img" in mail.html or "background-image" in mail.html] == []
