"""Letters and newsletters, walked in a browser: seen before they go, watched, and stopped."""

from collections.abc import Callable

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import BrowserContext, expect
from pytest_django import Settings

from notifications.models import Issue, Letter, Notice
from notifications.post import post
from tests.browser.conftest import overflow, violations
from tests.factories import (
    create_booking,
    create_hub_staff,
    create_issue,
    create_subscription,
    create_user,
    create_work_group,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]


@pytest.mark.parametrize("script", [True, False])
def test_letter_is_seen_changed_and_sent(new_context: Callable[..., BrowserContext], script: bool) -> None:
    fran = create_user(name="Fran Lovell")
    group = create_work_group(leads=[fran])
    create_booking(work_group=group, people=2)
    page = new_context(fran, width=320, script=script).new_page()

    page.goto(reverse("letter_create", args=[group.pk]))
    page.get_by_label("To whom").select_option("everyone")
    page.get_by_label("Subject").fill("Cubes")
    page.get_by_label("What you write").fill("Bring **cubes**.\n\n- red\n- blue")
    page.get_by_role("button", name="See it before it goes").click()
    wrong = [*violations(page), overflow(page)] if script else []
    page.get_by_role("button", name="Change it").click()
    page.get_by_label("Subject").fill("Ten cubes")
    page.get_by_role("button", name="See it before it goes").click()
    expect(page.locator("main")).to_contain_text("2 people, a mail each")
    page.get_by_role("button", name="Send it").click()

    expect(page.get_by_role("heading", name="Ten cubes")).to_be_visible()
    assert [one for one in wrong if one] == []
    assert (Letter.objects.get().people, Notice.objects.filter(kind="letter").count()) == (2, 2)


@pytest.mark.parametrize("script", [True, False])
def test_newsletter_on_its_way_shows_how_far_it_has_come_and_is_stopped(
    new_context: Callable[..., BrowserContext], settings: Settings, script: bool
) -> None:
    settings.HUB_NEWS_PER_MINUTE = 2
    for _ in range(4):
        create_subscription()
    issue = create_issue(due_at=timezone.now())
    post(timezone.now())
    page = new_context(create_hub_staff(), width=390, script=script).new_page()
    page.goto(reverse("office_issue", args=[issue.pk]))
    progress = page.locator("#issue-progress")

    expect(progress).to_contain_text("0 of 4 copies have left")
    Notice.objects.filter(kind="newsletter").update(state="sent", sent_at=timezone.now())
    if script:
        expect(progress).to_contain_text("2 of 4 copies have left", timeout=12000)
    page.get_by_role("button", name="Stop it").click()

    expect(progress).to_contain_text("Stopped")
    assert Issue.objects.get().state == "stopped"
