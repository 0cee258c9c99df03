"""The form of a work group: what runs beside it, a change of its size with a reason, and what stands in the way."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from accounts.models import HistoryLine, User
from booking.actions import programme
from booking.beside import parallel_groups
from booking.forms.work_groups import WorkGroupForm
from booking.integrity import violations
from booking.models import CalendarEntry, WorkGroup
from booking.reports.office import over_capacity
from tests.factories import (
    create_booking,
    create_facilitation,
    create_hub_staff,
    create_session,
    create_task,
    create_user,
    create_work_group,
)

pytestmark = pytest.mark.django_db(transaction=True)


def saved(group: WorkGroup, **changed: Any) -> WorkGroup:
    group = WorkGroup.objects.get(pk=group.pk)
    reason = changed.pop("reason", "")
    for name, value in changed.items():
        setattr(group, name, value)
    leads = [part.person for part in group.facilitations.filter(until__isnull=True)]
    return programme.save_work_group(work_group=group, leads=leads, by=create_hub_staff(), reason=reason)


def typed(group: WorkGroup) -> dict[str, str]:
    """What the page of the form would send, were nothing changed."""
    form, data = WorkGroupForm(instance=group), {}
    for bound in form:
        value = bound.value()
        if isinstance(value, bool):
            data |= {bound.name: "on"} if value else {}
        elif value is not None and bound.name not in ("opens_at", "closes_at"):
            data[bound.name] = str(bound.field.prepare_value(value))
    return data


def test_groups_run_beside_the_first_of_them_whoever_is_chosen() -> None:
    first = create_work_group(title="Bars 1")
    second, third = (create_work_group(project=first.project, title=f"Bars {n}") for n in (2, 3))

    saved(second, parallel_to=first)
    saved(third, parallel_to=second)

    homes = [WorkGroup.objects.get(pk=one.pk).parallel_to for one in (first, second, third)]
    assert homes == [None, first, first]
    assert parallel_groups(WorkGroup.objects.get(pk=third.pk), timezone.now()) == [first, second]
    assert list(violations()) == []


def test_groups_that_ran_beside_one_follow_it() -> None:
    old, new = create_work_group(title="Old"), create_work_group(title="New")
    follower = create_work_group(title="Follower", parallel_to=old)

    saved(old, parallel_to=new)

    assert [WorkGroup.objects.get(pk=one.pk).parallel_to for one in (old, follower, new)] == [new, new, None]
    assert list(violations()) == []


def test_group_beside_one_of_its_own_followers_changes_nothing() -> None:
    home = create_work_group()
    follower = create_work_group(parallel_to=home)

    saved(home, parallel_to=follower)

    assert [WorkGroup.objects.get(pk=one.pk).parallel_to for one in (home, follower)] == [None, home]


def test_groups_no_longer_beside_each_other_say_so_on_their_pages() -> None:
    home = create_work_group()
    follower = create_work_group(parallel_to=home)
    before = WorkGroup.objects.get(pk=home.pk).revision

    saved(follower, parallel_to=None)

    assert WorkGroup.objects.get(pk=follower.pk).parallel_to is None
    assert WorkGroup.objects.get(pk=home.pk).revision == before + 1


def test_form_offers_groups_of_the_same_project_and_year_but_not_itself() -> None:
    group = create_work_group(title="Bars 1")
    beside = create_work_group(project=group.project, title="Bars 2")
    create_work_group(project=group.project, year=group.year - 1)
    create_work_group()

    offered = WorkGroupForm(instance=group).fields["parallel_to"].queryset  # type: ignore[attr-defined]

    assert list(offered) == [beside]


def test_page_of_the_office_shows_what_runs_beside(log_in: Callable[[User], Client]) -> None:
    group = create_work_group(title="Bars 1")
    beside = create_work_group(title="Bars 2", parallel_to=group)
    client = log_in(create_hub_staff())

    pages = [client.get(f"/office/work-groups/{one.pk}/").content.decode() for one in (group, beside)]

    assert [
        f'Runs beside <a href="/office/work-groups/{one.pk}/">' in page
        for one, page in zip((beside, group), pages, strict=True)
    ] == [True, True]


def test_change_of_size_of_a_published_group_needs_a_reason() -> None:
    group, draft = create_work_group(capacity=4), create_work_group(capacity=4, status="draft")

    with pytest.raises(ValidationError, match="Say why the number of places changes"):
        saved(group, capacity=5)
    saved(group, capacity=5, reason="One more squeezed in")
    saved(draft, capacity=5)

    assert [WorkGroup.objects.get(pk=one.pk).capacity for one in (group, draft)] == [5, 5]
    lines = HistoryLine.objects.filter(verb="work_group_edited").order_by("pk")
    assert list(lines.values_list("reason", flat=True)) == [
        "One more squeezed in",
        "",
    ]


def test_over_capacity_names_who_took_the_last_places() -> None:
    group = create_work_group(capacity=6)
    _, second, third = [create_booking(work_group=group, people=2) for _ in range(3)]
    group.refresh_from_db()

    over = over_capacity(group, people=3)
    schools = over_capacity(group, people=None, schools=2)

    assert over is not None
    assert (over.people, over.last) == (3, [third, second])
    assert schools is not None
    assert (schools.schools, schools.last) == (1, [third])
    assert over_capacity(group, people=6, schools=3) is None


def test_page_shows_who_would_have_to_move_before_a_smaller_size(log_in: Callable[[User], Client]) -> None:
    group = create_work_group(capacity=4)
    create_booking(work_group=group)
    last = create_booking(work_group=group)
    data = typed(group) | {"capacity": "3", "reason": "A smaller room"}

    page = log_in(create_hub_staff()).post(f"/office/work-groups/{group.pk}/edit/", data).content.decode()

    assert "Withdraw or move 1 first" in page
    assert f'<a href="{last.get_absolute_url()}">{last.school}</a>' in page
    assert WorkGroup.objects.get(pk=group.pk).capacity == 4


def test_page_of_a_new_lead_is_looked_at_first(log_in: Callable[[User], Client]) -> None:
    group, lead = create_work_group(capacity=4), create_user(name="Fran Lovell", email="fran@hub.example")
    create_facilitation(work_group=group, person=lead)
    client, url = log_in(create_hub_staff()), f"/office/work-groups/{group.pk}/edit/"
    data = typed(group) | {"leads": "Fran Lovell fran@hub.example\nNina New nina@hub.example"}

    look = client.post(url, data).content.decode()
    untouched = group.facilitations.count()
    revision = WorkGroup.objects.get(pk=group.pk).revision
    client.post(url, data | {"seen": str(revision)})

    assert ("Nothing has happened yet." in look, "nina@hub.example" in look, untouched) == (True, True, 1)
    assert CalendarEntry.objects.wanted().filter(person__email="nina@hub.example").count() == 3


def test_form_wants_the_number_and_the_day_together() -> None:
    group = create_work_group()

    form = WorkGroupForm(typed(group) | {"fewest_schools": "4"}, instance=group)

    assert form.errors["decide_by"] == ["Give both: how many schools it needs, and the day on which you decide."]


def test_form_shows_every_field_in_one_of_its_parts() -> None:
    form = WorkGroupForm(instance=create_work_group())

    shown = [field.name for _, _, rows in form.parts() for _, row in rows for field in row]

    assert sorted(shown) == sorted(form.fields)
    assert len(form.PARTS) == 6


def test_form_refuses_a_group_of_another_year_to_run_beside() -> None:
    group = create_work_group()
    other = create_work_group(project=group.project)

    form = WorkGroupForm(typed(group) | {"parallel_to": str(other.pk), "year": str(group.year + 1)}, instance=group)

    assert form.errors["parallel_to"] == [
        "Choose a group of the same project and school year, which is booked the same way."
    ]


def test_page_of_a_meeting_shows_who_would_have_to_move_before_fewer_places(log_in: Callable[[User], Client]) -> None:
    network = create_work_group(unit="session", sessions=0)
    meeting = create_session(work_group=network, capacity=4, mode="online")
    create_booking(work_group=network, session=meeting)
    last = create_booking(work_group=network, session=meeting)
    day = timezone.localtime(meeting.starts_at).date().isoformat()
    data = {"title": meeting.title, "day": day, "begins": "13:15", "ends": "15:45", "mode": "online", "capacity": "3"}

    page = log_in(create_hub_staff()).post(f"/office/sessions/{meeting.pk}/", data).content.decode()

    assert "4 places at this meeting are taken." in page
    assert f'<a href="{last.get_absolute_url()}">{last.school}</a>' in page


SWITCHES = ["uses_certificates", "uses_check_in", "uses_comments", "uses_evaluation", "uses_pulse", "uses_tasks"]


def switched_on(group: WorkGroup) -> list[str]:
    return [name for name in SWITCHES if getattr(WorkGroup.objects.get(pk=group.pk), name)]


def test_form_switches_what_a_group_uses(log_in: Callable[[User], Client]) -> None:
    group = create_work_group()
    data = typed(group)
    for name in ("uses_pulse", "uses_tasks"):
        del data[name]

    log_in(create_hub_staff()).post(f"/office/work-groups/{group.pk}/edit/", data | {"uses_check_in": "on"})

    assert switched_on(group) == ["uses_certificates", "uses_check_in", "uses_comments", "uses_evaluation"]


def test_save_work_group_starts_a_network_with_all_switched_off_and_leaves_it_as_it_is_switched() -> None:
    template = create_work_group(sessions=0)
    staff = create_hub_staff()
    network = WorkGroup(
        project=template.project,
        title="Network",
        slug="network",
        year=template.year,
        summary="Meetings",
        audience="Everyone",
        for_primary=True,
        unit="session",
        nudges_half_way=True,
    )

    programme.save_work_group(work_group=network, leads=[], by=staff)
    before = switched_on(network)
    saved(network, uses_pulse=True)

    assert (before, switched_on(network)) == ([], ["uses_pulse"])
    assert WorkGroup.objects.get(slug="network").nudges_half_way is False


def test_save_work_group_leaves_a_series_as_it_was_chosen() -> None:
    template = create_work_group(sessions=0)
    series = WorkGroup(
        project=template.project,
        title="Series",
        slug="series",
        year=template.year,
        summary="Meetings",
        audience="Everyone",
        for_primary=True,
        uses_tasks=False,
    )

    programme.save_work_group(work_group=series, leads=[], by=create_hub_staff())

    assert switched_on(series) == ["uses_certificates", "uses_comments", "uses_evaluation", "uses_pulse"]


def test_tasks_switched_off_stand_on_no_page_of_a_person(log_in: Callable[[User], Client]) -> None:
    group = create_work_group(sessions=2)
    person = create_booking(work_group=group, people=1).places.get().person
    assert person is not None
    task = create_task(session=group.sessions.get(number=1), title="Sort and explain")
    over = timezone.now() - timedelta(days=1)
    group.sessions.filter(number=1).update(starts_at=over - timedelta(hours=2), ends_at=over)
    client, url = log_in(person), f"/my/tasks/{task.pk}/"
    before = client.get(url).status_code

    saved(group, uses_tasks=False)

    assert (before, client.get(url).status_code) == (200, 404)
    assert "Sort and explain" not in client.get(group.get_absolute_url()).content.decode()
