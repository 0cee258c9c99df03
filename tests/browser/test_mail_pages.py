"""The pages about mail, as those see them who have some; and a preview that follows the words."""

from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import BrowserContext, expect

from notifications.actions.pauses import pause
from notifications.actions.wordings import reword
from notifications.delivery import drain
from notifications.models import Notice, Wording
from tests.browser.conftest import overflow, screenshot, violations
from tests.factories import create_booking, create_hub_staff, create_lead, create_teacher, create_work_group

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]


def test_mail_pages_with_mail_are_accessible_and_fit(new_context: Callable[..., BrowserContext]) -> None:
    staff, lead = create_hub_staff(), create_lead(name="Lena Marsh", email="lena.marsh@oakfield-primary.example")
    school = lead.memberships.get().school
    kim = create_teacher(school=school, name="Kim Lee", email="kim.lee@oakfield-primary.example")
    group = create_work_group(sessions=3, title="Reasoning in the Primary Classroom")
    create_booking(work_group=group, by=lead, people=[kim, None], cover_email="cover@oakfield-primary.example")
    drain()
    pause(work_group=group, reason="The venue is unclear until Friday", by=staff)
    create_booking(work_group=group)
    drain()
    reword(kind="place_confirmed", subject="Welcome to {group}, {person}", paragraph="Well **met**.", by=staff)
    notice = Notice.objects.filter(kind="invite").latest("pk")
    pages = [
        (kim, "my_mail", []),
        (kim, "my_mail_choices", []),
        (lead, "school_mail", []),
        (staff, "office_notice_list", []),
        (staff, "office_notice", [notice.pk]),
        (staff, "office_mail_pause", [group.pk]),
        (staff, "office_work_group", [group.pk]),
        (staff, "office_wording_list", []),
        (staff, "office_wording", ["place_confirmed"]),
    ]
    wrong = []

    for person, name, args in pages:
        for width in (320, 390, 1280):
            page = new_context(person, width=width).new_page()
            page.goto(reverse(name, args=args))
            if width == 320:
                wrong += [f"{name}: {line}" for line in violations(page)]
            wrong += [f"{name} at {width}: {overflow(page)} px too wide"] if overflow(page) > 0 else []
            screenshot(page, f"{name}-{width}")

    assert wrong == []


def test_preview_follows_the_words_and_keeps_nothing(new_context: Callable[..., BrowserContext]) -> None:
    page = new_context(create_hub_staff(), width=390).new_page()
    page.goto(reverse("office_wording", args=["booking_declined"]))

    page.get_by_label("Subject").fill("Next time, {school}")

    expect(page.locator("#preview")).to_contain_text("Next time, Oakfield Primary School")
    page.get_by_label("Subject").fill("Next time, {you}")
    expect(page.locator("#preview")).to_contain_text("“{you}” stands for nothing in this mail.")
    assert not Wording.objects.exists()
