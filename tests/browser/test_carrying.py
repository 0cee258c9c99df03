"""Carrying a cohort on, from the office's ticks to the school's yes, on a telephone and without script too."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from booking.models import Booking, Proposal, SchoolRule
from booking.models.places import Status
from tests.browser.conftest import overflow, screenshot, violations
from tests.factories import create_booking, create_hub_staff, create_lead, create_teacher, create_work_group

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]


def fits(page: Page) -> tuple[int, list[str]]:
    return max(overflow(page), 0), violations(page)


@pytest.mark.parametrize("script", [True, False])
def test_cohort_is_carried_on_from_the_office_to_a_yes(
    new_context: Callable[..., BrowserContext], script: bool
) -> None:
    staff, lead = create_hub_staff(), create_lead(name="Lena Marsh")
    school = lead.memberships.get().school
    kim, tom = (create_teacher(school=school, name=name) for name in ("Kim Patel", "Tom Teasel"))
    before = create_work_group(title="Mastery, first year")
    create_booking(work_group=before, by=lead, people=[kim, tom])
    group = create_work_group(title="Mastery, second year", recruitment="invitation", capacity=6)
    office = new_context(staff, width=1280, script=script).new_page()
    ours = new_context(lead, width=320, script=script).new_page()
    looks = {}

    office.goto(f"/office/work-groups/{group.pk}/")
    office.get_by_role("link", name="Carry a cohort on into it").click()
    office.get_by_label("Who comes from").select_option(str(before.pk))
    office.get_by_role("button", name="Show its schools").click()
    screenshot(office, "carrying-ask")
    office.get_by_role("button", name="Look at what would be sent").click()
    expect(office.get_by_role("heading", name="Mails: 1")).to_be_visible()
    office.get_by_role("button", name="Ask them").click()
    expect(office.get_by_text("No answer yet")).to_be_visible()
    looks["asked"] = violations(office) if script else []
    ours.goto("/bookings/")
    ours.get_by_role("link", name="Answer").click()
    expect(ours.get_by_role("button", name="Yes, the same people")).to_be_visible()
    screenshot(ours, "carrying-answer")
    looks["answer"] = fits(ours) if script else (0, [])
    ours.get_by_role("button", name="Yes, the same people").click()
    expect(ours).to_have_url(re.compile(r"/bookings/\d+/\?new=1"))

    booking = Booking.objects.get(work_group=group)
    assert looks == {"asked": [], "answer": (0, [])}
    assert (booking.status, booking.follows, booking.places.live().count()) == (Status.CONFIRMED, None, 2)
    assert SchoolRule.objects.filter(work_group=group, school=school, kind="only").exists()
    assert Proposal.objects.open().count() == 0
