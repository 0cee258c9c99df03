"""What somebody who leads groups sees of all of them."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from booking.models import WorkGroup
from booking.reports.leading import led_groups, past_groups
from tests.factories import (
    create_attachment,
    create_came,
    create_facilitation,
    create_session,
    create_task,
    create_user,
    create_work_group,
)

pytestmark = pytest.mark.django_db(transaction=True)


def test_led_groups_stand_in_the_order_of_what_comes_next() -> None:
    lead, now = create_user(), timezone.now()
    later, soon = create_work_group(leads=[lead], sessions=1), create_work_group(leads=[lead], sessions=0)
    nothing = create_work_group(leads=[lead], sessions=0)
    create_work_group(leads=[create_user()])
    session = create_session(work_group=soon, days=3)

    led = led_groups(lead, now)

    assert [one.group for one in led] == [soon, later, nothing]
    assert [one.next for one in led] == [session, later.sessions.get(), None]


def test_led_group_says_what_is_missing_until_it_is_there(log_in: Callable[[User], Client]) -> None:
    lead, now = create_user(), timezone.now()
    group = create_work_group(leads=[lead], sessions=0)
    over, coming = create_session(work_group=group, days=-7), create_session(work_group=group, days=4, number=2)
    create_came(session=over, people=[create_user()])

    (before,) = led_groups(lead, now)
    page = log_in(lead).get("/registers/").content.decode()
    create_task(session=over)
    create_attachment(session=coming)
    over.signed_at = now
    over.save()
    (after,) = led_groups(lead, now)

    assert [url for _, url in before.missing] == [
        f"/sessions/{over.pk}/register/",
        f"/sessions/{over.pk}/task/",
        f"/sessions/{coming.pk}/materials/",
    ]
    assert [url in page for _, url in before.missing] == [True, True, True]
    assert after.missing == []


def test_past_groups_stand_by_year_and_open_only_to_who_still_has_a_part(log_in: Callable[[User], Client]) -> None:
    lead, today = create_user(), timezone.localdate()
    archived = create_work_group(title="Archived", leads=[lead], year=2024, status=WorkGroup.Status.ARCHIVED)
    handed_over = create_work_group(title="Handed over", year=2025)
    create_facilitation(work_group=handed_over, person=lead, until=today - timedelta(days=1))
    create_work_group(title="Now", leads=[lead])

    years = past_groups(lead, timezone.now())
    page = log_in(lead).get("/registers/").content.decode()

    shown = [(year, [(one.group, one.is_open) for one in groups]) for year, groups in years]
    assert shown == [(2025, [(handed_over, False)]), (2024, [(archived, True)])]
    assert (f"/registers/report/{archived.pk}/" in page, f"/registers/report/{handed_over.pk}/" in page) == (
        True,
        False,
    )
