"""What the office puts right about people: names and addresses, parts in the hub, and two accounts of one person."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from accounts.actions import members
from accounts.actions import people as accounts_people
from accounts.colleagues import NewColleague
from accounts.models import HistoryLine, Membership, User
from booking.actions import arrivals, people
from booking.integrity import violations
from booking.links import person_dates_url
from booking.models import Arrival, Attendance, CalendarEntry, Place, Reflection
from notifications.delivery import drain
from notifications.models import Notice
from tests.factories import (
    create_booking,
    create_facilitation,
    create_hub_staff,
    create_lead,
    create_running_session,
    create_session,
    create_task,
    create_teacher,
    create_user,
    create_work_group,
    mark_register,
)

pytestmark = pytest.mark.django_db(transaction=True)


def test_merge_of_two_who_both_said_that_they_are_here_keeps_one_arrival() -> None:
    keep, gone, staff = create_user(), create_user(), create_hub_staff()
    session, other = create_running_session(), create_running_session()
    for person, at in ((keep, session), (gone, session), (gone, other)):
        arrivals.check_in(session=at, by=person)

    people.merge(keep=keep, gone=gone, by=staff)

    assert list(Arrival.objects.values_list("session", "person")) == [(session.pk, keep.pk), (other.pk, keep.pk)]


def test_edit_person_with_a_new_address_closes_the_old_one() -> None:
    person = create_user(name="Kim Le", email="wrong@school.example")
    EmailAddress.objects.create(user=person, email="wrong@school.example", primary=True, verified=True)

    accounts_people.edit_person(
        person=person, name="Kim Lee", email="Right@school.example", job="", by=create_hub_staff()
    )

    person.refresh_from_db()
    assert (person.name, person.email) == ("Kim Lee", "right@school.example")
    assert list(EmailAddress.objects.values_list("email", "verified")) == [("right@school.example", False)]


def test_edit_person_ends_the_link_to_their_dates_that_went_to_the_old_address(client: Client) -> None:
    person = create_user(email="old@school.example")
    link = person_dates_url(person)
    path = link[link.index("/my/") :]
    assert client.get(path).status_code == 200

    accounts_people.edit_person(person=person, name="Kim", email="new@school.example", job="", by=create_hub_staff())

    assert client.get(path).status_code == 404


def test_edit_person_to_somebody_elses_address_is_refused() -> None:
    person, other = create_user(), create_user()

    with pytest.raises(ValidationError, match="already"):
        accounts_people.edit_person(
            person=person, name="Kim", email=(other.email or "").upper(), job="", by=create_hub_staff()
        )


def test_set_hub_role_leaves_somebody_who_runs_the_hub() -> None:
    staff = create_hub_staff()

    with pytest.raises(ValidationError, match="Nobody else is hub staff"):
        accounts_people.set_hub_role(person=staff, role="", by=staff)


def test_set_active_closes_every_page_at_once(log_in: Callable[[User], Client]) -> None:
    person, staff = create_user(), create_hub_staff()
    client = log_in(person)
    assert client.get("/my/").status_code == 200

    accounts_people.set_active(person=person, active=False, by=staff)

    assert client.get("/my/").status_code == 302


def two_accounts() -> tuple[User, User]:
    """The same person by their school's address and by their own, both active."""
    school = create_lead().memberships.get().school
    keep = create_teacher(school=school, name="Kim Lee", email="kim@school.example")
    return keep, create_user(name="K. Lee", email="kim@home.example")


def test_merge_moves_what_one_person_did_under_two_names() -> None:
    keep, gone = two_accounts()
    lead = create_lead()
    Membership.objects.create(school=lead.memberships.get().school, person=gone, state="active")
    place = create_booking(work_group=create_work_group(sessions=2), by=lead, people=[gone]).places.get()
    drain()

    people.merge(keep=keep, gone=gone, by=create_hub_staff())
    drain()

    place.refresh_from_db()
    gone.refresh_from_db()
    assert (place.person, gone.merged_into, gone.email, gone.is_active) == (keep, keep, None, False)
    assert Attendance.objects.filter(person=keep).count() == 2
    assert keep.memberships.current().count() == 2
    kinds = Notice.objects.filter(kind__startswith="invite").order_by("pk").values_list("kind", "to")
    assert sorted(kinds) == [
        ("invite", "kim@home.example"),
        ("invite", "kim@home.example"),
        ("invite", "kim@school.example"),
        ("invite", "kim@school.example"),
        ("invite_cancelled", "kim@home.example"),
        ("invite_cancelled", "kim@home.example"),
    ]
    assert list(violations()) == []


def test_merge_keeps_a_second_place_for_a_name_to_follow() -> None:
    keep, gone = two_accounts()
    work_group = create_work_group(sessions=1)
    lead = create_lead()
    Membership.objects.create(school=lead.memberships.get().school, person=gone, state="active")
    own = keep.memberships.get().school.memberships.leads().get().person
    create_booking(work_group=work_group, by=own, people=[keep])
    second = create_booking(work_group=work_group, by=lead, people=[gone]).places.get()

    people.merge(keep=keep, gone=gone, by=create_hub_staff())

    second.refresh_from_db()
    work_group.refresh_from_db()
    assert (second.person, second.live, work_group.taken) == (None, True, 2)
    assert Place.objects.live().filter(person=keep).count() == 1
    assert list(violations()) == []


def test_merge_on_one_register_keeps_one_line_with_every_mark() -> None:
    keep, gone = two_accounts()
    work_group, staff = create_work_group(sessions=0), create_hub_staff()
    session = create_session(work_group=work_group, days=0)
    rows = [Attendance.objects.create(session=session, person=one) for one in (keep, gone)]
    session.starts_at, session.ends_at = timezone.now() - timedelta(hours=1), timezone.now() + timedelta(hours=1)
    session.save()
    mark_register(session=session, marks={rows[1].pk: "present"}, by=staff)

    people.merge(keep=keep, gone=gone, by=staff)

    row = Attendance.objects.get()
    assert (row.person, row.standing_mark.what if row.standing_mark else "") == (keep, "present")
    assert list(violations()) == []


def test_merge_of_two_marked_lines_keeps_that_they_came() -> None:
    keep, gone = two_accounts()
    work_group, staff = create_work_group(sessions=0), create_hub_staff()
    session = create_session(work_group=work_group, days=0)
    rows = [Attendance.objects.create(session=session, person=one) for one in (keep, gone)]
    session.starts_at, session.ends_at = timezone.now() - timedelta(hours=1), timezone.now() + timedelta(hours=1)
    session.save()
    mark_register(session=session, marks={rows[0].pk: "absent", rows[1].pk: "present"}, by=staff)

    people.merge(keep=keep, gone=gone, by=staff)

    row = Attendance.objects.get()
    assert (row.standing_mark.what if row.standing_mark else "", row.contested) == ("present", False)
    assert list(violations()) == []


def test_merge_joins_what_both_wrote_about_a_task() -> None:
    keep, gone = two_accounts()
    task = create_task(session=create_work_group(sessions=1).sessions.get())
    for person, words in ((keep, "Tried it on Tuesday."), (gone, "And again on Friday.")):
        Reflection.objects.create(task=task, person=person, outcome="tried", words=words)

    people.merge(keep=keep, gone=gone, by=create_hub_staff())

    assert Reflection.objects.get().words == "Tried it on Tuesday.\n\nAnd again on Friday."


def test_merge_lets_the_other_address_open_the_account_that_stays() -> None:
    keep, gone = two_accounts()
    for person in (keep, gone):
        EmailAddress.objects.create(user=person, email=person.email, primary=True, verified=True)

    people.merge(keep=keep, gone=gone, by=create_hub_staff())

    assert list(EmailAddress.objects.order_by("email").values_list("user", "email", "primary")) == [
        (keep.pk, "kim@home.example", False),
        (keep.pk, "kim@school.example", True),
    ]


def test_merge_of_a_colleague_who_was_only_named_shows_the_school_what_it_typed_and_keeps_the_address() -> None:
    keep, lead = create_user(name="Katherine Realname", email="kim@home.example"), create_lead()
    school = lead.memberships.get().school
    kim = NewColleague("K", "k@shared.example")
    (named,) = members.invite(school=school, colleagues=[kim], role="teacher", by=lead)

    people.merge(keep=keep, gone=named.person, by=create_hub_staff())

    named.refresh_from_db()
    assert (named.person, named.known_name, named.known_email) == (keep, "K", "k@shared.example")
    assert list(EmailAddress.objects.filter(user=keep).values_list("email", flat=True)) == ["k@shared.example"]


def test_merge_of_two_who_share_an_address_row_keeps_one() -> None:
    keep, gone = two_accounts()
    for person in (keep, gone):
        EmailAddress.objects.create(user=person, email="both@school.example", verified=False)

    people.merge(keep=keep, gone=gone, by=create_hub_staff())

    assert EmailAddress.objects.filter(user=keep, email="both@school.example").count() == 1


def test_naming_a_proved_further_address_leads_to_the_person_who_has_it() -> None:
    person, lead = create_user(), create_lead()
    EmailAddress.objects.create(user=person, email="second@school.example", verified=True)
    colleague = NewColleague("Somebody", "Second@school.example")

    (named,) = members.invite(school=lead.memberships.get().school, colleagues=[colleague], role="teacher", by=lead)

    assert named.person == person


def test_merge_of_somebody_who_leads_a_group_into_another_is_refused() -> None:
    keep, gone = two_accounts()
    create_facilitation(work_group=create_work_group(), person=gone)

    with pytest.raises(ValidationError, match="Keep the account that runs the hub or leads groups"):
        people.merge(keep=keep, gone=gone, by=create_hub_staff())


def test_merge_brings_the_history_of_both_together() -> None:
    keep, gone = two_accounts()
    lead = create_lead()
    Membership.objects.create(school=lead.memberships.get().school, person=gone, state="active")
    create_booking(work_group=create_work_group(sessions=1), by=lead, people=[gone])

    people.merge(keep=keep, gone=gone, by=create_hub_staff())

    assert list(HistoryLine.objects.about(keep).values_list("verb", flat=True)) == ["people_merged", "booked"]
    assert HistoryLine.objects.about(gone).count() == 0


def test_office_person_merge_shows_first_and_does_then(log_in: Callable[[User], Client]) -> None:
    keep, gone = two_accounts()
    client = log_in(create_hub_staff())
    address = f"/office/people/{keep.pk}/merge/"

    shown = client.post(address, {"other": "kim@home.example"})
    untouched = User.objects.get(pk=gone.pk).merged_into
    client.post(address, {"other": "kim@home.example", "merge": "1"})

    assert (shown.status_code, untouched) == (200, None)
    assert "What becomes of K. Lee" in shown.content.decode()
    assert User.objects.get(pk=gone.pk).merged_into == keep
    assert CalendarEntry.objects.filter(person=gone).wanted().count() == 0


def test_office_person_list_finds_by_school_and_costs_the_same_for_three(
    log_in: Callable[[User], Client], django_assert_max_num_queries: Callable[[int], object]
) -> None:
    lead = create_lead()
    school = lead.memberships.get().school
    client = log_in(create_hub_staff())
    for number in (0, 2):
        for _ in range(number):
            create_teacher(school=school)
        with django_assert_max_num_queries(9):  # type: ignore[attr-defined]
            page = client.get("/office/people/", {"q": school.name})
        assert page.content.decode().count('data-label="Name"') == 1 + number
