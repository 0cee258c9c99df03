"""Who leads a group, from when to when: handed over in one act, with the calendars of both."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from booking.actions import leads
from booking.actions.leads import LeadPlan
from booking.expectations import expect_leads
from booking.integrity import violations
from booking.models import CalendarEntry, Facilitation, WorkGroup
from tests.factories import (
    create_facilitation,
    create_hub_staff,
    create_school,
    create_user,
    create_venue,
    create_work_group,
)

pytestmark = pytest.mark.django_db(transaction=True)


def led() -> tuple[WorkGroup, Facilitation]:
    """A group of three sessions, in two, five and eight weeks, and the one who leads it."""
    group = create_work_group()
    part = create_facilitation(work_group=group, person=create_user(name="Ann Ash"))
    expect_leads(group, now=timezone.now())
    return group, part


def carried(person: User) -> list[str]:
    entries = CalendarEntry.objects.filter(person=person).order_by("session__starts_at")
    return list(entries.values_list("wanted", flat=True))


def data_of(client: Client, url: str) -> dict[str, str]:
    rows = client.get(url).context["rows"]
    fields = [*rows.management_form, *(field for row in rows for field in row)]
    values = {one.html_name: one.value() for one in fields}
    return {name: "" if value is None else str(value) for name, value in values.items() if value is not False}


def test_save_leads_hands_a_group_over_with_the_calendars_of_both() -> None:
    group, part = led()
    day = timezone.localdate() + timedelta(days=20)
    new = create_user(name="Bea Birch")

    leads.save_leads(
        work_group=group,
        plans=[
            LeadPlan(part.person, "lead", part.since, day, pk=part.pk),
            LeadPlan(new, "lead", day + timedelta(days=1)),
        ],
        by=create_hub_staff(),
    )

    assert carried(part.person) == ["REQUEST", "CANCEL", "CANCEL"]
    assert carried(new) == ["REQUEST", "REQUEST"]
    assert list(violations()) == []


def test_save_leads_lets_somebody_new_cover_for_a_while() -> None:
    group, part = led()
    day = timezone.localdate() + timedelta(days=30)
    kept = LeadPlan(part.person, "lead", part.since, None, pk=part.pk)
    cover = LeadPlan(User(name="Kim Moss", email="kim@school.example"), "cover", day, day + timedelta(days=10))

    leads.save_leads(work_group=group, plans=[kept, cover], by=create_hub_staff())

    assert carried(User.objects.get(email="kim@school.example")) == ["REQUEST"]


def test_save_leads_does_not_take_out_who_has_begun() -> None:
    group, part = led()

    with pytest.raises(ValidationError, match="Ann Ash has begun to lead the group"):
        leads.save_leads(
            work_group=group,
            plans=[LeadPlan(create_user(), "lead", timezone.localdate())],
            gone=[part.pk],
            by=create_hub_staff(),
        )


def test_save_leads_takes_out_who_has_not_begun() -> None:
    group, part = led()
    out = create_facilitation(work_group=group, person=create_user(), since=timezone.localdate() + timedelta(days=9))
    kept = LeadPlan(part.person, "lead", part.since, None, pk=part.pk)

    leads.save_leads(work_group=group, plans=[kept], gone=[out.pk], by=create_hub_staff())

    assert list(group.facilitations.all()) == [part]


def test_save_leads_refuses_two_parts_of_one_person_at_a_time() -> None:
    group, part = led()
    kept = LeadPlan(part.person, "lead", part.since, None, pk=part.pk)

    with pytest.raises(ValidationError, match="in two parts at the same time"):
        leads.save_leads(
            work_group=group, plans=[kept, LeadPlan(part.person, "cover", timezone.localdate())], by=create_hub_staff()
        )


def test_save_leads_does_not_take_the_last_one_out_of_a_published_group() -> None:
    group = create_work_group()
    part = create_facilitation(work_group=group, person=create_user(), since=timezone.localdate() + timedelta(days=9))

    with pytest.raises(ValidationError, match="Somebody has to lead a group that is published"):
        leads.save_leads(work_group=group, plans=[], gone=[part.pk], by=create_hub_staff())


def test_office_work_group_leads_keeps_a_part_that_was_added_meanwhile(log_in: Callable[[User], Client]) -> None:
    group = create_work_group(status="draft")
    first = create_facilitation(work_group=group, person=create_user())
    create_facilitation(work_group=group, person=create_user())
    client, url = log_in(create_hub_staff()), reverse("office_work_group_leads", args=[group.pk])
    data = data_of(client, url)
    meanwhile = create_facilitation(work_group=group, person=create_user())

    client.post(url, data | {"form-1-take_out": "on"})

    assert set(group.facilitations.all()) == {first, meanwhile}


def test_office_work_group_leads_reads_a_number_of_a_part_however_long(log_in: Callable[[User], Client]) -> None:
    group, part = led()
    client, url = log_in(create_hub_staff()), reverse("office_work_group_leads", args=[group.pk])

    page = client.post(url, data_of(client, url) | {"form-0-part": "9" * 5000})

    assert page.status_code == 200
    assert list(group.facilitations.all()) == [part]


def test_office_work_group_leads_of_a_draft_saves_at_once(log_in: Callable[[User], Client]) -> None:
    group = create_work_group(status="draft")
    client, url = log_in(create_hub_staff()), reverse("office_work_group_leads", args=[group.pk])

    data = data_of(client, url) | {"form-0-who": "Kim Moss kim@school.example", "form-0-since": "2031-09-01"}
    client.post(url, data)

    assert list(group.facilitations.values_list("person__name", "role")) == [("Kim Moss", "lead")]


def test_office_work_group_leads_of_a_published_group_is_looked_at_first(
    log_in: Callable[[User], Client],
) -> None:
    group, part = led()
    client, url = log_in(create_hub_staff()), reverse("office_work_group_leads", args=[group.pk])
    until = timezone.localdate() + timedelta(days=20)

    page = client.post(url, data_of(client, url) | {"form-0-until": f"{until}"})

    assert "Nothing has happened yet." in page.content.decode()
    data = {field.html_name: str(field.value() or "") for field in page.context["form"]}
    client.post(url, data | {"seen": page.context["stands"]})
    part.refresh_from_db()
    assert part.until == until


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"form-1-who": "Kim Moss"}, "Give the e-mail address of Kim Moss at the end of the line."),
        ({"form-1-who": "Kim Moss kim@school.example"}, "Give the first day."),
        ({"form-0-since": "31 June"}, "is no day"),
        ({"form-0-until": "2001-01-01"}, "The last day must not be before the first."),
    ],
)
def test_office_work_group_leads_refuses_in_a_sentence(
    log_in: Callable[[User], Client], changes: dict[str, str], sentence: str
) -> None:
    group, part = led()
    client, url = log_in(create_hub_staff()), reverse("office_work_group_leads", args=[group.pk])

    page = client.post(url, data_of(client, url) | changes)

    assert sentence in page.content.decode()
    assert list(group.facilitations.all()) == [part]


def test_office_venue_edit_knows_the_school_by_its_number(log_in: Callable[[User], Client]) -> None:
    venue, school = create_venue(), create_school(urn="900123")
    client, url = log_in(create_hub_staff()), reverse("office_venue_edit", args=[venue.pk])
    data = {"name": venue.name, "town": venue.town, "urn": "900123"}

    client.post(url, data)
    wrong = client.post(url, data | {"urn": "1"})

    venue.refresh_from_db()
    assert venue.school == school
    assert "No school has the number 1." in wrong.content.decode()


def test_office_work_group_edit_leaves_an_old_group_in_its_year(log_in: Callable[[User], Client]) -> None:
    group = create_work_group(year=2019, status="archived")

    page = log_in(create_hub_staff()).get(reverse("office_work_group_edit", args=[group.pk]))

    assert page.context["form"]["year"].value() == 2019
    assert 2019 in [value for value, _ in page.context["form"].fields["year"].choices]
