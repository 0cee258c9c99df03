"""Contributions to cover: who has met the condition, what was passed to finance, and what was not."""

import csv
import io
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from accounts.models import HistoryLine, School, User
from booking.actions import contributions, places
from booking.contributing import Due, dues
from booking.models import Agreement, Booking, Contribution, PassedOn, Session, WorkGroup
from booking.models.places import Reason
from tests.factories import (
    create_booking,
    create_came,
    create_hub_staff,
    create_lead,
    create_school,
    create_session,
    create_teacher,
    create_work_group,
)

pytestmark = pytest.mark.django_db(transaction=True)


def create_contribution(group: WorkGroup, **fields: Any) -> Contribution:
    return Contribution.objects.create(work_group=group, **{"amount": Decimal(100)} | fields)


def create_group(**rule: Any) -> WorkGroup:
    """A group with a contribution, that completes with all of its sessions."""
    group = create_work_group(
        sessions=0, capacity=None, completion_rule="percent", completion_number=100, uses_tasks=False
    )
    create_contribution(group, **rule)
    return group


def people_of(booking: Booking) -> list[User]:
    return [place.person for place in booking.places.select_related("person").order_by("pk") if place.person]


def said(group: WorkGroup) -> dict[int, tuple[str, Decimal, Decimal]]:
    """(where it stands, due, may come) of each school."""
    return {due.school: (due.state, due.due, due.may_come) for due in dues([group])}


def only(group: WorkGroup) -> Due:
    (due,) = dues([group])
    return due


def test_school_that_completed_is_due_and_others_are_not_or_not_yet() -> None:
    group = create_group()
    done, missed, none = (create_booking(work_group=group) for _ in range(3))
    past = create_session(work_group=group, days=-7)
    create_came(session=past, people=people_of(done))
    create_came(session=past, people=people_of(missed), what="absent")
    before = said(group)
    late = create_session(work_group=group, days=-3, number=2)
    create_came(session=late, people=people_of(done)[:1])

    after = said(group)

    assert before[done.school_id] == ("met", 100, 0)
    assert after == {
        done.school_id: ("met", 100, 0),
        missed.school_id: ("lost", 0, 0),
        none.school_id: ("lost", 0, 0),
    }


def test_school_waits_while_what_is_left_would_be_enough() -> None:
    group = create_group(condition="sessions", sessions=2)
    reaches, never_named, missed = (create_booking(work_group=group, people=people) for people in (1, [None], 1))
    first, second = (create_session(work_group=group, days=days, number=number) for number, days in ((1, -9), (2, -2)))
    create_session(work_group=group, days=9, number=3)
    create_came(session=first, people=people_of(reaches))
    for session in (first, second):
        create_came(session=session, people=people_of(missed), what="absent")

    found = said(group)

    assert found == {
        reaches.school_id: ("waiting", 0, 100),
        never_named.school_id: ("waiting", 0, 100),
        missed.school_id: ("lost", 0, 0),
    }


@pytest.mark.parametrize(
    ("fields", "state"),
    [({"status": "cancelled"}, "lost"), ({"starts_at": None, "ends_at": None, "when_words": "June"}, "waiting")],
)
def test_school_that_named_nobody_waits_for_what_is_planned_with_a_day_or_without(
    fields: dict[str, Any], state: str
) -> None:
    group = create_group(condition="sessions", sessions=1)
    booking = create_booking(work_group=group, people=[None])
    session = create_session(work_group=group, days=9)
    Session.objects.filter(pk=session.pk).update(**fields)

    assert [(due.school, due.state) for due in dues([group])] == [(booking.school_id, state)]


def test_people_are_counted_one_by_one() -> None:
    group = create_group(per="person", condition="sessions", sessions=1, amount=Decimal("37.50"))
    booking = create_booking(work_group=group)
    first, second = people_of(booking)
    create_came(session=create_session(work_group=group, days=-7), people=[first])
    create_came(session=group.sessions.get(), people=[second], what="absent")

    due = only(group)

    assert (due.counts["met"], due.counts["lost"], due.due, due.state) == (1, 1, Decimal("37.50"), "met")


@pytest.mark.parametrize(
    ("answer", "state"), [("agrees", "met"), ("disagrees", "lost"), ("asks", "waiting"), ("", "waiting")]
)
def test_head_who_agreed_meets_a_contribution_by_agreement(answer: str, state: str) -> None:
    group = create_group(condition="agreement")
    booking = create_booking(work_group=group)
    at = booking.made_at if answer else None
    Agreement.objects.update_or_create(booking=booking, defaults={"answer": answer, "answered_at": at})

    due = only(group)

    assert (due.state, due.of) == (state, 1)


def test_agreement_for_each_person_counts_those_with_a_name() -> None:
    group = create_group(condition="agreement", per="person")
    booking = create_booking(work_group=group, by=(lead := create_lead()), people=[lead, None])
    Agreement.objects.update_or_create(booking=booking, defaults={"answer": "agrees", "answered_at": booking.made_at})

    assert only(group).due == 100


def test_who_left_is_due_what_was_met_before() -> None:
    group = create_group(per="person", condition="sessions", sessions=1)
    met, unmet = create_booking(work_group=group), create_booking(work_group=group)
    create_came(session=create_session(work_group=group, days=-7), people=people_of(met))
    create_session(work_group=group, days=20, number=2)
    for booking in (met, unmet):
        places.withdraw(booking=booking, by=booking.made_by, reason=Reason.COVER)

    assert said(group) == {met.school_id: ("met", 200, 0)}


def test_contribution_of_a_school_that_merged_is_its_successors() -> None:
    group = create_group()
    booking = create_booking(work_group=group)
    create_came(session=create_session(work_group=group, days=-7), people=people_of(booking))
    successor = create_school()
    School.objects.filter(pk=booking.school_id).update(status="2", merged_into=successor)

    assert said(group) == {successor.pk: ("met", 100, 0)}


def test_group_without_a_contribution_owes_nothing() -> None:
    group = create_work_group()
    create_booking(work_group=group)

    assert dues([group]) == []


def met_group() -> tuple[WorkGroup, Booking, Booking]:
    """(a group, a booking that has met it, one that has not)."""
    group = create_group(per="person", condition="sessions", sessions=1)
    met, unmet = create_booking(work_group=group), create_booking(work_group=group)
    past = create_session(work_group=group, days=-7)
    create_came(session=past, people=people_of(met)[:1])
    create_session(work_group=group, days=20, number=2)
    return group, met, unmet


def test_passing_on_notes_amount_moment_and_person_once() -> None:
    group, met, unmet = met_group()
    staff, chosen = create_hub_staff(), {(group.pk, met.school_id), (group.pk, unmet.school_id)}

    passed = contributions.pass_on(chosen=chosen, by=staff)

    with pytest.raises(ValidationError, match="Nothing is left to pass on"):
        contributions.pass_on(chosen=chosen, by=staff)
    assert [(row.school_id, row.amount, row.by) for row in passed] == [(met.school_id, 100, staff)]
    line = HistoryLine.objects.get(verb="contribution_passed")
    assert (line.by, line.details["amount"], line.details["school"]) == (staff, "100.00", met.school_id)
    assert HistoryLine.objects.about(met.school).filter(verb="contribution_passed").exists()


def test_what_is_met_later_is_passed_on_besides() -> None:
    group, met, _ = met_group()
    staff, chosen = create_hub_staff(), {(group.pk, met.school_id)}
    contributions.pass_on(chosen=chosen, by=staff)
    create_came(session=group.sessions.get(number=1), people=people_of(met))

    passed = contributions.pass_on(chosen=chosen, by=staff)

    due = next(one for one in dues([group]) if one.school == met.school_id)
    assert [row.amount for row in passed] == [100]
    assert (due.due, due.passed, due.left) == (200, 200, 0)


def test_more_passed_on_than_is_met_now_is_said_and_nothing_is_passed_on() -> None:
    group, met, _ = met_group()
    staff, chosen = create_hub_staff(), {(group.pk, met.school_id)}
    contributions.pass_on(chosen=chosen, by=staff)
    create_came(session=group.sessions.get(number=1), people=people_of(met), what="absent")

    due = next(one for one in dues([group]) if one.school == met.school_id)

    assert (due.due, due.left) == (0, -100)
    with pytest.raises(ValidationError):
        contributions.pass_on(chosen=chosen, by=staff)


def test_taking_back_leaves_it_to_pass_on_and_says_so_in_the_history() -> None:
    group, met, _ = met_group()
    staff, chosen = create_hub_staff(), {(group.pk, met.school_id)}
    contributions.pass_on(chosen=chosen, by=staff)

    whole = contributions.take_back(chosen=chosen, by=staff)

    with pytest.raises(ValidationError, match="Nothing was passed"):
        contributions.take_back(chosen=chosen, by=staff)
    assert (whole, PassedOn.objects.count()) == (100, 0)
    assert [line.verb for line in HistoryLine.objects.about(group).order_by("-pk")[:2]] == [
        "contribution_taken_back",
        "contribution_passed",
    ]


def test_what_was_passed_on_for_a_school_that_merged_since_is_taken_back_by_its_successor() -> None:
    group, met, _ = met_group()
    staff, successor = create_hub_staff(), create_school()
    contributions.pass_on(chosen={(group.pk, met.school_id)}, by=staff)
    School.objects.filter(pk=met.school_id).update(status="2", merged_into=successor)

    whole = contributions.take_back(chosen={(group.pk, successor.pk)}, by=staff)

    assert (whole, PassedOn.objects.count()) == (100, 0)


@pytest.mark.parametrize("pressed", ["pass_on", "take_back"])
def test_group_that_is_gone_is_refused_in_words(client: Client, pressed: str) -> None:
    client.force_login(create_hub_staff())

    page = client.post(reverse("office_contributions"), {pressed: "1", "rows": ["999999-1"]})

    assert page.context["errors"] == ["One of these groups is not there any more. Look at the list again."]


def test_rule_is_kept_changed_and_taken_away_but_not_under_what_was_passed_on() -> None:
    group, met, _ = met_group()
    staff = create_hub_staff()
    contributions.save_contribution(work_group=group, contribution=Contribution(amount=Decimal(60)), by=staff)
    changed = [one.amount for one in Contribution.objects.all()]
    PassedOn.objects.create(work_group=group, school=met.school, amount=60, at=met.made_at)

    with pytest.raises(ValidationError, match="Take that back first"):
        contributions.save_contribution(work_group=group, contribution=None, by=staff)

    PassedOn.objects.all().delete()
    contributions.save_contribution(work_group=group, contribution=None, by=staff)
    assert changed == [60]
    assert not Contribution.objects.exists()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"amount": "0", "per": "school", "condition": "completed"}, "greater than or equal to 0.01"),
        ({"amount": "x", "per": "school", "condition": "completed"}, "number"),
        ({"amount": "50", "per": "school", "condition": "sessions"}, "Say how many sessions somebody has to come to."),
        ({"amount": "50", "per": "school", "condition": "sessions", "sessions": "-2"}, "greater than or equal to 1"),
        ({"amount": "1000000", "per": "school", "condition": "completed"}, "no more than"),
        ({"amount": "50", "per": "moon", "condition": "completed"}, "moon"),
    ],
)
def test_rule_that_makes_no_sense_is_refused_in_words(client: Client, data: dict[str, str], words: str) -> None:
    client.force_login(create_hub_staff())
    group = create_work_group()

    page = client.post(reverse("office_contribution", args=[group.pk]), data)

    assert (page.status_code, words in page.content.decode()) == (200, True)
    assert not Contribution.objects.exists()


def test_rule_is_typed_and_emptied(client: Client) -> None:
    client.force_login(create_hub_staff())
    group = create_work_group()
    url = reverse("office_contribution", args=[group.pk])

    client.post(url, {"amount": "120.50", "per": "person", "condition": "sessions", "sessions": "3"})
    kept = str(Contribution.objects.get())
    client.post(url, {"amount": "", "per": "person", "condition": "sessions", "sessions": "3"})

    assert kept == "£120.50 for each person, once they came to 3 sessions"
    assert not Contribution.objects.exists()


def test_page_lists_by_school_with_totals_and_passes_on_what_is_ticked(client: Client) -> None:
    client.force_login(create_hub_staff())
    group, met, _ = met_group()
    url = reverse("office_contributions")
    before = client.get(url)

    after = client.post(f"{url}?group={group.pk}", {"rows": [f"{group.pk}-{met.school_id}", "x", "1-"]}, follow=True)

    totals = before.context["totals"]
    assert (totals.due, totals.may_come, totals.passed, totals.left) == (100, 300, 0, 100)
    assert [row.words for row in before.context["rows"]] == ["Not yet: 1 of 2 people", "Not yet: 0 of 2 people"]
    assert after.context["totals"].left == 0
    assert "£100 for 1 noted as passed to finance today." in after.content.decode()
    assert "passed to finance on" in after.content.decode()
    assert after.context["group"] == group.pk


def test_page_says_when_nothing_was_ticked(client: Client) -> None:
    client.force_login(create_hub_staff())
    met_group()

    page = client.post(reverse("office_contributions"), {"pass_on": "1"}).content.decode()

    assert "Nothing is left to pass on for those chosen" in page


@pytest.mark.parametrize(
    ("shown", "count"), [("", 2), ("met", 0), ("waiting", 2), ("lost", 0), ("left", 1), ("passed", 0), ("odd", 2)]
)
def test_page_shows_those_of_a_kind(client: Client, shown: str, count: int) -> None:
    client.force_login(create_hub_staff())
    met_group()

    page = client.get(reverse("office_contributions"), {"shown": shown, "year": "x"})

    assert len(page.context["found"].rows) == count


def test_file_for_finance_has_urns_totals_and_no_names_of_people(client: Client) -> None:
    client.force_login(create_hub_staff())
    _, met, _ = met_group()

    response = client.get(reverse("office_contributions"), {"as": "csv"})

    text = response.getvalue().decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[1][1] == met.school.urns.get().urn
    assert [rows[-1][0], rows[-1][8], rows[-1][12]] == ["All together", "100.00", "100.00"]
    assert all(person.name not in text for person in people_of(met))


def test_contribution_reads_as_many_times_for_many_schools(django_assert_num_queries: Any) -> None:
    group, _, _ = met_group()
    dues([group])
    for _ in range(3):
        booking = create_booking(work_group=group)
        create_came(session=group.sessions.get(number=1), people=[create_teacher(school=booking.school)])

    with django_assert_num_queries(8):
        dues([group])
