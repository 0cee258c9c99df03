"""What a school reads before it has places: an offer, the waiting list, interest; on a telephone, and for everybody."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext

from booking.actions import places
from booking.models.places import Reason
from tests.browser.conftest import overflow, screenshot, violations
from tests.factories import create_booking, create_lead, create_teacher, create_work_group

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]


def test_pages_of_a_school_that_waits_fit_a_telephone(new_context: Callable[..., BrowserContext]) -> None:
    lead = create_lead(name="Lena Marsh")
    kim = create_teacher(school=lead.memberships.get().school, name="Kim Patel")
    full, longer = create_work_group(capacity=2, title="Bar models"), create_work_group(capacity=2, title="Counting")
    interest = create_work_group(recruitment="interest", capacity=40, title="Early maths")
    booked = create_booking(work_group=full)
    offered = create_booking(work_group=full, by=lead, people=[kim])
    create_booking(work_group=longer)
    waiting = create_booking(work_group=longer, by=lead, people=[kim])
    interested = create_booking(work_group=interest, by=lead, people=[None, None])
    places.withdraw(booking=booked, reason=Reason.OTHER, by=booked.made_by)
    page = new_context(lead, width=320).new_page()
    pages = {
        "home": "/",
        "bookings": "/bookings/",
        "offered": offered.get_absolute_url(),
        "waiting": waiting.get_absolute_url(),
        "leaving": f"{waiting.get_absolute_url()}withdraw/",
        "interested": f"{interested.get_absolute_url()}?new=1",
        "interest": interest.get_absolute_url(),
    }

    found = {}
    for name, url in pages.items():
        page.goto(url)
        screenshot(page, f"waiting-{name}")
        found[name] = (max(overflow(page), 0), violations(page))

    assert found == dict.fromkeys(pages, (0, []))
