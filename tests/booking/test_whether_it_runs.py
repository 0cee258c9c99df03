"""Fewest schools, and the day to decide: on every page until somebody has decided, and then never again."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from accounts.models import HistoryLine, User
from booking.actions import programme
from booking.models import WorkGroup
from booking.reports.todo.places import groups_to_decide
from booking.templatetags.words import runs_words
from tests.factories import create_booking, create_hub_staff, create_work_group

pytestmark = pytest.mark.django_db(transaction=True)

TODAY = timezone.localdate()


def test_page_says_what_it_takes_and_how_many_have_booked(client: Client) -> None:
    by = TODAY + timedelta(days=30)
    group = create_work_group(fewest_schools=3, decide_by=by)
    create_booking(work_group=group)

    page = client.get(group.get_absolute_url()).content.decode()

    assert f"Runs if at least 3 schools have booked by {by.day} {by:%B}; 1 so far." in page


def test_runs_words_say_nothing_where_any_number_will_do() -> None:
    assert runs_words(create_work_group()) == ""


def test_runs_words_after_the_day_say_whether_it_is_open() -> None:
    group = create_work_group(fewest_schools=1, decide_by=TODAY - timedelta(days=1))

    before = runs_words(group)
    create_booking(work_group=group)

    assert before.startswith("The hub decides whether it runs: it needs 1, and none had booked by ")
    assert runs_words(WorkGroup.objects.get(pk=group.pk)) == "It runs: 1 school has booked."


@pytest.mark.parametrize(("days", "asked"), [(8, False), (7, True), (0, True), (-3, True)])
def test_today_asks_from_a_week_before(days: int, asked: bool) -> None:
    group = create_work_group(fewest_schools=2, decide_by=TODAY + timedelta(days=days))
    create_booking(work_group=group)

    assert list(groups_to_decide(timezone.now())) == ([group] if asked else [])


def test_today_does_not_ask_where_enough_have_booked_or_all_is_over() -> None:
    enough = create_work_group(fewest_schools=1, decide_by=TODAY)
    create_booking(work_group=enough)
    create_work_group(fewest_schools=2, decide_by=TODAY - timedelta(days=90), sessions=0)

    assert list(groups_to_decide(timezone.now())) == []


def test_decide_to_run_is_recorded_and_not_asked_again() -> None:
    group, staff = create_work_group(fewest_schools=2, decide_by=TODAY), create_hub_staff()

    for _ in range(2):
        programme.decide_to_run(work_group=group, by=staff)

    stored = WorkGroup.objects.get(pk=group.pk)
    assert (list(groups_to_decide(timezone.now())), runs_words(stored), stored.runs_decided_by) == (
        [],
        "It runs.",
        staff,
    )
    assert list(HistoryLine.objects.filter(verb="runs_decided").values_list("by", "details")) == [
        (staff.pk, {"schools": 0, "fewest": 2})
    ]


def test_decide_to_run_is_refused_where_there_is_nothing_to_decide() -> None:
    staff = create_hub_staff()

    with pytest.raises(ValidationError, match="any number of schools"):
        programme.decide_to_run(work_group=create_work_group(), by=staff)
    with pytest.raises(ValidationError, match="Only a group that is published"):
        programme.decide_to_run(work_group=create_work_group(status="cancelled"), by=staff)


def test_pages_of_the_office_lead_to_both_answers(log_in: Callable[[User], Client]) -> None:
    group = create_work_group(fewest_schools=2, decide_by=TODAY)
    client = log_in(create_hub_staff())

    pages = [client.get(url).content.decode() for url in ("/office/", f"/office/work-groups/{group.pk}/")]
    client.post(f"/office/work-groups/{group.pk}/run/")
    after = client.get(f"/office/work-groups/{group.pk}/").content.decode()

    for page in pages:
        assert f'action="/office/work-groups/{group.pk}/run/"' in page
        assert f'href="/office/work-groups/{group.pk}/cancel/"' in page
    assert ("Run all the same" in after, "It runs. Decided on" in after) == (False, True)
