"""Who had contact with the hub, and when: from registers and from lists of former years."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.schoolyear import school_year_of
from booking import contact
from booking.eligibility import blocks_school
from booking.models import Attendance, PastEngagement, Session
from booking.reports.selection import queue
from booking.reports.year import engagement
from tests.factories import (
    create_booking,
    create_came,
    create_hub_staff,
    create_lead,
    create_past,
    create_project,
    create_school,
    create_session,
    create_work_group,
)
from tests.series import Series

pytestmark = pytest.mark.django_db(transaction=True)

YEAR = school_year_of(timezone.localdate())


def test_contact_is_somebody_who_came_and_not_a_booking() -> None:
    group = create_work_group(sessions=0)
    came, stayed = create_booking(work_group=group), create_booking(work_group=group)
    past = create_session(work_group=group, days=-3)
    create_came(session=past, people=[came.places.all()[0].person])  # type: ignore[list-item]
    create_came(session=past, people=[stayed.places.all()[0].person], what="absent")  # type: ignore[list-item]

    found = contact.reached(YEAR)

    assert found == ({came.school_id}, set(), set())


def test_contact_of_a_year_is_with_the_schools_that_started_by_its_figures() -> None:
    home, other, off = Series(past=2, coming=0), Series(past=2, coming=0), Series(past=2, coming=0)
    guest = other.mark(1, "present", person=home.ann, school=home.school)
    Attendance.objects.filter(pk=guest.pk).update(credited_to=home.session(1))
    off.mark(1, "present")
    Session.objects.filter(pk=off.session(1).pk).update(status=Session.Status.CANCELLED)

    projects = [series.group.project for series in (home, other, off)]
    found = [contact.reached(YEAR)[0], *(contact.reached(YEAR, project)[0] for project in projects)]

    assert found == [{home.school.pk}, {home.school.pk}, set(), set()]
    assert found[0] == engagement.of_year(YEAR, timezone.now()).schools.who("started")


def test_list_of_the_same_year_adds_schools_for_which_nobody_came_here() -> None:
    series, added, successor = Series(past=1, coming=0), create_school(), create_school()
    series.mark(1, "present")
    gone = create_school(status="2", merged_into=successor)
    for school, fields in (
        (series.school, {}),
        (added, {}),
        (gone, {}),
        (create_school(), {"started": False}),
        (create_school(), {"year": YEAR - 1}),
    ):
        create_past(school=school, **{"year": YEAR} | fields)

    assert contact.reached(YEAR).listed == {added.pk, successor.pk}


def test_contact_before_a_year_counts_lists_of_former_years() -> None:
    engaged, withdrew = create_school(), create_school()
    create_past(school=engaged, year=YEAR - 2)
    create_past(school=withdrew, year=YEAR - 2, started=False, outcome="withdrew")

    found = contact.reached(YEAR)

    assert found == (set(), {engaged.pk}, set())


def test_contact_in_a_project_leaves_other_projects_out() -> None:
    project, school = create_project(), create_school()
    create_past(school=school, year=YEAR - 1, project=create_project())
    create_past(school=create_school(), year=YEAR - 1)

    found = contact.reached(YEAR, project)

    assert found == (set(), set(), set())


def test_contact_of_the_first_year_is_the_earliest_group_or_list() -> None:
    draft = create_work_group(year=YEAR - 9, status="draft")
    before = contact.first_year()
    create_work_group()
    create_past(school=create_school(), year=YEAR - 3)

    found = contact.first_year()

    assert draft.year == YEAR - 9
    assert (before, found) == (None, YEAR - 3)


def test_contact_words_never_say_none() -> None:
    words = contact.never_words(2024), contact.never_words(None), contact.not_held_words(2024)

    assert words == ("No contact held here since 2024", "No contact held here", "Before 2024-25: not held here.")


def test_contact_of_a_school_is_its_predecessors_too() -> None:
    school = create_school()
    gone = create_school(name="St Mary's Infant", status="2", merged_into=school)
    create_past(school=gone, year=YEAR - 2, title="Mastery", outcome="completed")

    held = contact.of_school(school)

    assert [(one.year, one.title, one.words, one.school) for one in held] == [
        (YEAR - 2, "Mastery", "completed", "St Mary's Infant")
    ]


def test_successors_follow_one_merger_after_another_and_stop_in_a_ring() -> None:
    found = contact.successors([(1, 2), (2, 3), (3, None), (8, 9), (9, 8)])

    assert found == {1: 3, 2: 3, 8: 9, 9: 8}


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"outcome": "completed"}, "completed"),
        ({"outcome": "withdrew"}, "took part, and withdrew"),
        ({}, "took part"),
        ({"started": False, "outcome": "withdrew"}, "withdrew before it began"),
        ({"started": False}, "signed up, never came"),
    ],
)
def test_past_words_say_how_it_went(fields: dict[str, object], words: str) -> None:
    past = create_past(school=create_school(), year=YEAR - 1, **fields)

    assert contact.past_words(past) == words


def test_once_school_rule_knows_former_years_of_the_same_project() -> None:
    group, school, other = create_work_group(has_rules=True), create_school(), create_school()
    group.eligibility_rules.create(kind="once_school", blocks=True)
    create_past(school=school, year=YEAR - 2, project=group.project)
    create_past(school=other, year=YEAR - 2, project=create_project())

    found = blocks_school(group, school), blocks_school(group, other)

    assert found == ([f"Your school has taken part in {group.project} before."], [])


def test_prerequisite_rule_knows_who_completed_it_in_former_years() -> None:
    before = create_project()
    group, completed, withdrew = create_work_group(has_rules=True), create_school(), create_school()
    group.eligibility_rules.create(kind="prerequisite", blocks=True, values=[before.pk])
    gone = create_school(status="2", merged_into=completed)
    create_past(school=gone, year=YEAR - 2, project=before, outcome="completed")
    create_past(school=withdrew, year=YEAR - 2, project=before, outcome="withdrew")

    found = blocks_school(group, completed), len(blocks_school(group, withdrew))

    assert found == ([], 1)


def test_selection_counts_former_years_beside_an_application() -> None:
    group = create_work_group(recruitment="application")
    known = create_booking(work_group=group, by=create_lead())
    create_booking(work_group=group)
    gone = create_school(status="2", merged_into=known.school)
    create_past(school=known.school, year=YEAR - 1, outcome="completed")
    create_past(school=gone, year=YEAR - 2)

    found = queue(group)

    assert [(row.completed, row.started) for row in found.rows] == [(1, 2), (0, 0)]
    assert found.never == f"No contact held here since {YEAR - 2}"


def test_office_school_says_what_is_held_and_what_is_not(client: Client) -> None:
    school, unknown = create_school(), create_school()
    create_past(school=school, year=YEAR - 2, title="Textbook Project", source="the sheet of 2022")
    client.force_login(create_hub_staff())

    pages = [client.get(reverse("office_school", args=[one.pk])).content.decode() for one in (school, unknown)]

    assert ("Textbook Project" in pages[0], "the sheet of 2022" in pages[0]) == (True, True)
    assert f"No contact held here since {YEAR - 2}." in pages[1]
    assert all("not held here." in page for page in pages)


def test_our_school_shows_a_former_year(client: Client) -> None:
    lead = create_lead()
    school = lead.memberships.get().school
    past = create_past(school=school, year=YEAR - 3, title="Textbook Project", outcome="completed")
    client.force_login(lead)

    page = client.get(reverse("our_school"), {"year": past.year}).content.decode()

    assert "Textbook Project: completed" in page
    assert PastEngagement.objects.count() == 1
