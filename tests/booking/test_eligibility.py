"""Whom a group is for: each rule warns or stands in the way, and what the hub does all the same is recorded."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from accounts.colleagues import NewColleague
from accounts.models import HistoryLine, Phase, School, SchoolURN, User
from booking.actions import rules
from booking.actions.rules import RulePlan
from booking.eligibility import findings, named_by
from booking.models import Attendance, Booking, EligibilityRule, Mark, Project, WorkGroup
from tests.factories import (
    create_booking,
    create_hub_staff,
    create_lead,
    create_project,
    create_school,
    create_session,
    create_teacher,
    create_work_group,
)

pytestmark = pytest.mark.django_db(transaction=True)


def ruled(kind: str, *values: str | int, blocks: bool = False, **group: object) -> WorkGroup:
    work_group = create_work_group(title="Bar models", **group)
    return rules.save_rules(work_group=work_group, rules={kind: RulePlan(blocks, values)}, by=create_hub_staff())


def against(work_group: WorkGroup, school: School, *people: User) -> list[str]:
    return [one.words for one in findings(work_group, school, named_by(school, [person.pk for person in people]))]


def attend(person: User, school: School, project: Project, *, sessions: int, of: int) -> None:
    """Somebody came to so many sessions of a past group of the project."""
    work_group = create_work_group(project=project, sessions=0, year=2024)
    for number in range(1, of + 1):
        session = create_session(work_group=work_group, days=-300 + number, number=number)
        row = Attendance.objects.create(session=session, person=person, school=school)
        if number <= sessions:
            row.standing_mark = Mark.objects.create(attendance=row, what="present", at=session.starts_at)
            row.save()


def test_eligibility_of_a_group_without_rules_is_nothing() -> None:
    assert against(create_work_group(), create_school(phase=Phase.SECONDARY)) == []


def test_eligibility_by_phase_asks_the_ages_where_they_are_known() -> None:
    work_group = ruled("phase")

    special = create_school(phase=Phase.NOT_APPLICABLE, low_age=4, high_age=19)
    secondary = create_school(phase=Phase.SECONDARY, low_age=11, high_age=16)

    assert against(work_group, special) == []
    assert against(work_group, secondary) == ["Bar models is for primary; your school is not."]


def test_eligibility_by_funding_and_authority() -> None:
    funded = ruled("state_funded")
    near = ruled("authority", "855", "856")

    private = create_school(state_funded=False, la_code="857")

    assert against(funded, private) == ["Bar models is for state-funded schools."]
    assert against(near, private) == ["Bar models is for schools in Leicestershire and Leicester."]
    assert against(near, create_school(la_code="856")) == []


def test_eligibility_by_role_warns_of_who_is_not_known_and_never_blocks_for_it() -> None:
    work_group = ruled("role", "maths lead", blocks=True)
    school = create_school()
    right = create_teacher(school=school, name="Ann", job="Primary maths lead")
    wrong = create_teacher(school=school, name="Bea", job="Year 2 teacher")
    unknown = create_teacher(school=school, name="Cat")

    found = findings(work_group, school, named_by(school, [right.pk, wrong.pk, unknown.pk]))

    assert [(one.words, one.blocks) for one in found] == [
        ("Bar models is for: maths lead. That is not what we know of Bea.", True),
        ("Bar models is for: maths lead. We do not know the role of Cat.", False),
    ]


def test_eligibility_tells_nothing_of_who_has_not_said_yes() -> None:
    work_group = ruled("role", "maths lead", blocks=True)
    lead = create_lead()
    school = lead.memberships.get().school
    elsewhere = create_teacher(school=create_school(), name="Real Name", job="Head of year")
    create_booking(work_group=create_work_group(), by=lead, people=[NewColleague("Typed", elsewhere.email or "")])

    found = findings(work_group, school, named_by(school, [elsewhere.pk]))

    assert [(one.words, one.blocks) for one in found] == [
        ("Bar models is for: maths lead. We do not know the role of Typed.", False)
    ]


def test_eligibility_by_a_project_completed_holds_across_a_new_urn_and_a_merger() -> None:
    before = create_project(title="Mastery readiness")
    work_group = ruled("prerequisite", before.pk)
    converted, old, taker = create_school(), create_school(), create_school()
    for school in (converted, old):
        attend(create_teacher(school=school), school, before, sessions=3, of=4)
    converted.urns.update(closed_on=timezone.localdate())
    SchoolURN.objects.create(school=converted, urn="777777")
    School.objects.filter(pk=old.pk).update(merged_into=taker)
    half = create_school()
    attend(create_teacher(school=half), half, before, sessions=2, of=4)

    words = "Bar models carries on from Mastery readiness, and we hold no record that your school completed it."
    assert (against(work_group, converted), against(work_group, taker)) == ([], [])
    assert against(work_group, half) == [words]


def test_eligibility_once_only_for_schools_and_for_people() -> None:
    project = create_project(title="Fluency")
    school = create_school()
    ann, bea = create_teacher(school=school, name="Ann"), create_teacher(school=school, name="Bea")
    attend(ann, school, project, sessions=1, of=4)
    schools = ruled("once_school", project=project)
    people = ruled("once_person", project=project)

    assert against(schools, school) == ["Your school has taken part in Fluency before."]
    assert against(people, school, ann, bea) == ["Ann has taken part in Fluency before."]
    assert against(schools, create_school()) == []


def test_book_against_a_rule_that_warns_goes_through() -> None:
    work_group = ruled("state_funded")
    lead = create_lead(school=create_school(state_funded=False))

    assert create_booking(work_group=work_group, by=lead).status == "confirmed"


def test_book_against_a_rule_in_the_way_is_the_hubs_with_a_reason() -> None:
    work_group = ruled("state_funded", blocks=True)
    school = create_school(state_funded=False)
    lead, staff = create_lead(school=school), create_hub_staff()

    with pytest.raises(ValidationError, match="Please ask the hub"):
        create_booking(work_group=work_group, by=lead)
    with pytest.raises(ValidationError, match="Say why"):
        create_booking(work_group=work_group, by=staff, school=school, people=[None])
    booking = create_booking(
        work_group=work_group, by=staff, school=school, people=[None], all_the_same="Host of our sessions"
    )

    assert HistoryLine.objects.about(booking).get().reason == "All the same: Host of our sessions"
    assert Booking.objects.count() == 1


def test_check_page_warns_or_sends_to_the_hub(log_in: Callable[[User], Client]) -> None:
    lead = create_lead(school=create_school(state_funded=False))
    client, pages = log_in(lead), []
    for blocks in (False, True):
        url = f"/work-groups/{ruled('state_funded', blocks=blocks).slug}/book/"
        client.post(url, {"who_0": "later", "who_1": "nobody"})
        pages.append(client.get(f"{url}check/").content.decode())

    assert ["is for state-funded schools" in page for page in pages] == [True, True]
    assert ["Book one place" in page for page in pages] == [True, False]


def test_rules_page_keeps_what_is_chosen(log_in: Callable[[User], Client]) -> None:
    work_group, project = create_work_group(), create_project()
    client, url = log_in(create_hub_staff()), f"/office/work-groups/{work_group.pk}/rules/"

    missing = client.post(url, {"role": "warns"})
    client.post(url, {"role": "warns", "roles": "ECT, TA", "prerequisite": "blocks", "projects": [project.pk]})

    kept = EligibilityRule.objects.order_by("kind").values_list("kind", "blocks", "values")
    assert "Say which" in missing.content.decode()
    assert list(kept) == [("prerequisite", True, [project.pk]), ("role", False, ["ECT", "TA"])]
    assert (WorkGroup.objects.get(pk=work_group.pk).has_rules, client.get(url).status_code) == (True, 200)


def test_group_page_tells_a_school_in_whose_way_a_rule_stands_at_once(log_in: Callable[[User], Client]) -> None:
    group = ruled("state_funded", blocks=True)
    inside, outside = create_lead(), create_lead(school=create_school(state_funded=False))
    url = group.get_absolute_url()

    theirs, ours = log_in(inside).get(url).content.decode(), log_in(outside).get(url).content.decode()
    first_step = log_in(outside).get(f"{url}book/").content.decode()

    offered = [f'href="{url}book/"' in page for page in (theirs, ours, Client().get(url).content.decode())]
    said = ["is for state-funded schools" in page for page in (theirs, ours, first_step)]
    assert (offered, said) == ([True, False, True], [False, True, True])
    assert 'name="who_0"' not in first_step


def test_group_page_with_rules_is_never_the_one_of_a_moment_ago(log_in: Callable[[User], Client]) -> None:
    group, school = ruled("state_funded", blocks=True), create_school(state_funded=False)
    client = log_in(create_lead(school=school))

    before = client.get(group.get_absolute_url()).content.decode()
    School.objects.filter(pk=school.pk).update(state_funded=True)
    after = client.get(group.get_absolute_url()).content.decode()

    assert ["ask the hub" in page for page in (before, after)] == [True, False]


def test_office_books_against_a_rule_in_one_round_and_reads_that_a_reason_is_needed(
    log_in: Callable[[User], Client],
) -> None:
    group, school = ruled("state_funded", blocks=True, people_to=1), create_school(state_funded=False)
    client, url = log_in(create_hub_staff()), f"/office/work-groups/{group.pk}/book/"
    data = {"school": school.pk, "key": str(uuid4()), "who_0": "later", "via": "telephone"}

    opened = client.get(f"{url}?school={school.pk}").content.decode()
    silent = client.post(url, data).content.decode()
    booked = client.post(url, data | {"all_the_same": "Host of our sessions"})

    assert ['name="all_the_same"' in page for page in (opened, silent)] == [True, True]
    assert ("Say why it is to be done all the same." in silent, "(optional)</label>" in opened) == (True, True)
    assert "all the same (optional)" not in opened
    assert (booked.status_code, HistoryLine.objects.get(verb="booked").reason) == (
        302,
        "All the same: Host of our sessions",
    )


def test_office_is_asked_for_a_reason_only_once_somebody_is_against_a_rule(log_in: Callable[[User], Client]) -> None:
    group, school = ruled("role", "maths lead", blocks=True, people_to=1), create_school()
    wrong = create_teacher(school=school, name="Bea", job="Year 2 teacher")
    client, url = log_in(create_hub_staff()), f"/office/work-groups/{group.pk}/book/"
    data = {"school": school.pk, "key": str(uuid4()), "who_0": str(wrong.pk), "via": "telephone"}

    opened = client.get(f"{url}?school={school.pk}").content.decode()
    silent = client.post(url, data).content.decode()
    booked = client.post(url, data | {"all_the_same": "She leads next year"})

    assert ['name="all_the_same"' in page for page in (opened, silent)] == [False, True]
    assert ("That is not what we know of Bea." in silent, booked.status_code) == (True, 302)
