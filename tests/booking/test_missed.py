"""Somebody cannot come to a session: said by themselves, by the signed link, or for them; and caught up with beside."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from accounts.models import HistoryLine, Membership, User
from booking.actions import answers, apologies, catchups, swaps
from booking.expectations import expect_leads
from booking.integrity import violations
from booking.links import person_dates_url
from booking.models import Attendance, CalendarEntry, Session, WorkGroup
from booking.models.places import Reason
from booking.reports import people
from notifications.absences import tell_absences
from notifications.delivery import drain
from notifications.models import Notice
from tests.booking.test_swaps import Pair, expected, in_calendar
from tests.factories import (
    create_booking,
    create_facilitation,
    create_hub_staff,
    create_lead,
    create_session,
    create_teacher,
    create_user,
    create_venue,
    create_work_group,
    mark_register,
)

pytestmark = pytest.mark.django_db(transaction=True)

LogIn = Callable[[User], Client]


def leader_of(pair: Pair) -> User:
    leader = create_user(name="Fran Lovell")
    create_facilitation(work_group=pair.group, person=leader)
    expect_leads(pair.group, now=timezone.now())
    return leader


def chair(pair: Pair, **session: object) -> Session:
    """The first session again, in a group beside."""
    group = create_work_group(parallel_to=pair.group, sessions=0, title="Fractions beside")
    return create_session(work_group=group, **{"days": 16, "number": 1} | session)  # type: ignore[arg-type]  # a test's own words


def row_of(pair: Pair, number: int = 0) -> Attendance:
    return Attendance.objects.get(session=pair.sessions[number], person=pair.kim)


def link(person: User) -> str:
    return "/my/dates/" + person_dates_url(person).rstrip("/").rsplit("/", 1)[1] + "/"


def answer_of(person: User, session: Session) -> str:
    return CalendarEntry.objects.get(person=person, session=session).answer


def later(pair: Pair) -> None:
    """The first session is over."""
    start = timezone.now() - timedelta(days=1)
    Session.objects.filter(pk=pair.sessions[0].pk).update(starts_at=start, ends_at=start + timedelta(hours=2))
    pair.sessions[0].refresh_from_db()


# Apologies for somebody


def test_say_for_stands_on_the_register_and_as_their_own_answer() -> None:
    pair = Pair()
    session = pair.sessions[0]

    apologies.say_for(place=pair.place, session=session, by=pair.lead, reason="illness")

    line = HistoryLine.objects.get(verb="apologies_said")
    assert (expected(session), answer_of(pair.kim, session)) == (["Kim: Apologies", "Tom"], "cannot")
    assert (line.reason, list(HistoryLine.objects.about(pair.booking).filter(pk=line.pk))) == ("Illness", [line])
    assert (expected(pair.sessions[1]), list(violations())) == (["Kim", "Tom"], [])


def test_say_for_is_told_to_the_person_and_by_the_hub_to_the_school() -> None:
    pair = Pair()
    drain()

    apologies.say_for(place=pair.place, session=pair.sessions[0], by=pair.lead)
    apologies.say_for(place=pair.place, session=pair.sessions[1], by=create_hub_staff(), reached="By telephone")
    drain()

    told = sorted(Notice.objects.filter(kind__in=["apologies_said", "absence_told"]).values_list("kind", "to"))
    assert told == [
        ("absence_told", pair.lead.email),
        ("apologies_said", pair.kim.email),
        ("apologies_said", pair.kim.email),
    ]
    assert not any("Illness" in notice.text for notice in Notice.objects.all())


def test_take_back_for_expects_them_again_and_tells_them() -> None:
    pair = Pair()
    session = pair.sessions[0]
    apologies.say_for(place=pair.place, session=session, by=pair.lead)

    apologies.take_back_for(place=pair.place, session=session, by=pair.lead)
    drain()

    assert (expected(session), answer_of(pair.kim, session)) == (["Kim", "Tom"], "")
    assert Notice.objects.get(kind="apologies_taken_back").to == pair.kim.email
    assert list(violations()) == []


def test_say_for_once_the_register_is_open_or_by_strangers_is_refused() -> None:
    pair = Pair()
    soon = timezone.now() + timedelta(minutes=90)

    for stranger in (create_lead(), pair.tom):
        with pytest.raises(ValidationError, match="do not book"):
            apologies.say_for(place=pair.place, session=pair.sessions[0], by=stranger)
    Session.objects.filter(pk=pair.sessions[0].pk).update(starts_at=soon, ends_at=soon + timedelta(hours=1))
    with pytest.raises(ValidationError, match="register is open"):
        apologies.say_for(place=pair.place, session=pair.sessions[0], by=pair.lead)

    assert expected(pair.sessions[0]) == ["Kim", "Tom"]


def test_place_missed_page_notes_apologies_and_takes_them_back(log_in: LogIn) -> None:
    pair = Pair()
    url, leader = f"/places/{pair.place.pk}/missed/{pair.sessions[0].pk}/", leader_of(pair)

    log_in(pair.lead).post(url, {"apologies": "1", "reason": "illness"})
    own = log_in(pair.lead).get(url).content.decode()
    theirs = log_in(leader).get(url).content.decode()
    unsaid = log_in(leader).post(url, {"comes": "1"})
    said = log_in(leader).post(url, {"comes": "1", "via": "telephone"})

    assert ("Illness" in own, "Apologies are on the register" in theirs) == (True, True)
    assert "Illness." not in theirs  # why is the school's own
    assert (unsaid.status_code, said.status_code, expected(pair.sessions[0])) == (200, 302, ["Kim", "Tom"])
    assert HistoryLine.objects.get(verb="apologies_taken_back").reason == "By telephone"


def test_place_change_page_leads_to_each_session(log_in: LogIn) -> None:
    pair = Pair()

    page = log_in(pair.lead).get(f"/places/{pair.place.pk}/").content.decode()

    assert all(f"/places/{pair.place.pk}/missed/{session.pk}/" in page for session in pair.sessions)


# None of us can come


def test_nobody_comes_tells_each_once_and_stands_in_every_booking() -> None:
    pair = Pair()
    day = timezone.localdate(pair.sessions[0].starts_at)
    other = create_work_group(sessions=0)
    create_session(
        work_group=other,
        days=14,
        starts_at=pair.sessions[0].ends_at + timedelta(hours=1),
        ends_at=pair.sessions[0].ends_at + timedelta(hours=2),
    )
    second = create_booking(work_group=other, by=pair.lead, people=[pair.kim])
    drain()

    swaps.nobody_comes(school=pair.school, days={day}, reason=Reason.CLOSED, by=pair.lead)
    drain()

    line = HistoryLine.objects.get(verb="nobody_comes")
    told = Notice.objects.filter(kind__startswith="nobody_comes").order_by("to")
    assert list(told.values_list("to", flat=True)) == sorted([pair.kim.email or "", pair.tom.email or ""])
    mail = told.get(to=pair.kim.email)
    assert (mail.secret, answer_of(pair.kim, pair.sessions[0]), answer_of(pair.kim, other.sessions.get())) == (
        True,
        "cannot",
        "cannot",
    )
    assert all(line in HistoryLine.objects.about(booking) for booking in (pair.booking, second))
    assert list(violations()) == []


def test_nobody_comes_noted_by_who_leads_a_group_is_of_that_group_alone(log_in: LogIn) -> None:
    pair, leader = Pair(), create_user(name="Fran Lovell")
    create_facilitation(work_group=pair.group, person=leader)
    other = create_work_group(sessions=1)
    create_booking(work_group=other, by=pair.lead, people=[pair.sam])
    day = timezone.localdate(pair.sessions[0].starts_at).isoformat()
    url, data = f"/schools/{pair.school.pk}/nobody/", {"days": [day], "reason": "closed"}
    drain()

    without = log_in(leader).post(url, data)
    with_it = log_in(leader).post(url, data | {"via": "telephone", "note": "Snow"})
    drain()

    assert (without.status_code, with_it.status_code) == (200, 302)
    assert (expected(pair.sessions[0]), expected(other.sessions.get())) == (
        ["Kim: Apologies", "Tom: Apologies"],
        ["Sam"],
    )
    assert HistoryLine.objects.get(verb="nobody_comes").reason == "School closed · By telephone: Snow"
    assert Notice.objects.get(kind="nobody_comes_told").to == pair.lead.email


def test_school_nobody_page_of_a_school_in_no_group_of_ours_is_not_there(log_in: LogIn) -> None:
    pair = Pair()
    leader = leader_of(Pair())

    assert log_in(leader).get(f"/schools/{pair.school.pk}/nobody/").status_code == 404
    assert log_in(create_hub_staff()).get(f"/schools/{pair.school.pk}/nobody/").status_code == 200


# By the signed link


def test_link_offers_the_same_three_choices_without_a_log_in(client: Client) -> None:
    pair, there = Pair(), None
    there = chair(pair)
    url = f"{link(pair.kim)}missed/{pair.sessions[0].pk}/"

    answered = client.post(link(pair.kim), {"cannot": pair.sessions[0].pk})
    page = client.get(url).content.decode()
    client.post(url, {"chair": there.pk})

    assert answered["Location"] == url
    assert (">Sam<" in page, "Fractions beside" in page, "Just apologies" in page) == (True, True, True)
    assert (in_calendar(there), list(violations())) == (["Kim"], [])
    client.post(url, {"no_chair": "1"})
    assert in_calendar(there) == []


def test_link_sends_a_colleague_and_takes_it_back(client: Client) -> None:
    pair = Pair()
    url = f"{link(pair.kim)}missed/{pair.sessions[0].pk}/"

    client.post(url, {"who": pair.sam.pk})
    sent = expected(pair.sessions[0])
    client.post(url, {"after_all": "1"})

    assert sent == ["Kim: Substitute sent", "Sam", "Tom"]
    assert (expected(pair.sessions[0]), list(violations())) == (["Kim", "Tom"], [])


def test_link_chooses_only_among_colleagues_who_have_said_yes_and_are_free(client: Client) -> None:
    pair = Pair()
    named = create_teacher(school=pair.school, name="Ned Named")
    named.memberships.update(state=Membership.State.INVITED)
    busy = create_teacher(school=pair.school, name="Bea Busy")
    create_booking(work_group=create_work_group(sessions=1), by=pair.lead, people=[busy])
    stranger = create_user(name="Stan Stranger")
    url = f"{link(pair.kim)}missed/{pair.sessions[0].pk}/"

    page = client.get(url).content.decode()
    for one in (named, busy, stranger):
        client.post(url, {"who": one.pk})

    assert (">Sam<" in page, "Ned Named" in page, "Bea Busy" in page) == (True, False, False)
    assert expected(pair.sessions[0]) == ["Kim", "Tom"]
    with pytest.raises(ValidationError, match="do not book"):  # and the act itself refuses
        swaps.send(place=pair.place, sessions=[pair.sessions[0].pk], to=named.pk, by=pair.kim)


def test_link_of_somebody_else_or_altered_is_not_there(client: Client) -> None:
    pair = Pair()

    assert client.get(f"{link(pair.sam)}missed/{pair.sessions[0].pk}/").status_code == 404
    assert client.get(f"/my/dates/altered:token/missed/{pair.sessions[0].pk}/").status_code == 404


# What the school hears


def test_school_hears_once_that_somebody_cannot_come_and_what_they_chose(client: Client) -> None:
    pair = Pair()
    there, now = chair(pair), timezone.now()
    client.post(link(pair.kim), {"cannot": pair.sessions[0].pk})

    at_once = tell_absences(now)
    client.post(f"{link(pair.kim)}missed/{pair.sessions[0].pk}/", {"chair": there.pk})
    made = [tell_absences(timezone.now() + timedelta(minutes=minutes)) for minutes in (11, 12, 60)]

    mail = Notice.objects.get(kind="cannot_come")
    assert (at_once, made, mail.to) == (0, [1, 0, 0], pair.lead.email)
    assert mail.subject.startswith("Kim can’t come to")
    assert "They catch up with Fractions beside" in mail.text


def test_school_hears_of_a_colleague_who_goes_by_that_mail_alone(client: Client) -> None:
    pair = Pair()
    client.post(link(pair.kim), {"cannot": pair.sessions[0].pk})
    client.post(f"{link(pair.kim)}missed/{pair.sessions[0].pk}/", {"who": pair.sam.pk})
    drain()

    made = tell_absences(timezone.now() + timedelta(minutes=11))

    told = Notice.objects.filter(to=pair.lead.email, kind__in=["cannot_come", "stand_in_told"])
    assert (made, list(told.values_list("kind", flat=True))) == (0, ["stand_in_told"])


def test_school_hears_nothing_of_who_comes_after_all_or_of_what_it_said_itself() -> None:
    pair = Pair()
    for answer in ("cannot", "coming"):
        answers.answer(person=pair.kim, session=pair.sessions[0], answer=answer, by=pair.kim)
    apologies.say_for(place=pair.place, session=pair.sessions[1], by=pair.lead)

    assert tell_absences(timezone.now() + timedelta(minutes=11)) == 0


# Catching up


def test_catch_up_arranged_by_the_school_is_told_to_the_person(log_in: LogIn) -> None:
    pair = Pair()
    there = chair(pair)
    drain()

    log_in(pair.lead).post(f"/places/{pair.place.pk}/missed/{pair.sessions[0].pk}/", {"chair": there.pk})
    drain()

    assert (in_calendar(there), answer_of(pair.kim, pair.sessions[0])) == (["Kim"], "cannot")
    assert Notice.objects.get(kind="catch_up_arranged").to == pair.kim.email
    assert HistoryLine.objects.get(verb="catch_up_arranged") in HistoryLine.objects.about(pair.booking)
    assert list(violations()) == []


def test_catch_up_after_the_missed_session_is_credited_at_home(log_in: LogIn) -> None:
    pair = Pair()
    there, leader = chair(pair), leader_of(pair)
    later(pair)
    mark_register(session=pair.sessions[0], marks={row_of(pair).pk: "absent"}, by=leader)
    url = f"/places/{pair.place.pk}/missed/{pair.sessions[0].pk}/"

    page = log_in(leader).get(url).content.decode()
    log_in(leader).post(url, {"chair": there.pk, "via": "in_person"})

    guest = Attendance.objects.get(session=there, person=pair.kim)
    assert ("Fractions beside" in page, guest.credited_to) == (True, pair.sessions[0])
    assert (expected(pair.sessions[0]), in_calendar(there)) == (["Kim: Absent", "Tom"], ["Kim"])
    assert HistoryLine.objects.get(verb="catch_up_arranged").reason == "In person"
    assert f"/my/missed/{pair.sessions[0].pk}/" in log_in(pair.kim).get("/my/").content.decode()


def test_catch_up_with_what_was_attended_or_not_marked_is_refused() -> None:
    pair = Pair()
    there = chair(pair)
    later(pair)

    with pytest.raises(ValidationError, match="nothing to catch up"):
        catchups.catch_up_at(row=row_of(pair), session=there, by=pair.lead)
    mark_register(session=pair.sessions[0], marks={row_of(pair).pk: "late"}, by=create_hub_staff())
    with pytest.raises(ValidationError, match="nothing to catch up"):
        catchups.catch_up_at(row=row_of(pair), session=there, by=pair.lead)

    assert expected(there) == []


def test_catch_up_twice_by_strangers_or_in_another_school_year_is_refused() -> None:
    pair = Pair()
    there, again = chair(pair), chair(pair, days=17)
    year_after = chair(pair, days=18)
    WorkGroup.objects.filter(pk=year_after.work_group_id).update(year=pair.group.year + 1)

    for stranger in (create_lead(), pair.tom):
        with pytest.raises(ValidationError, match="do not book"):
            catchups.catch_up_at(row=row_of(pair), session=there, by=stranger)
    with pytest.raises(ValidationError, match="no chair"):
        catchups.catch_up_at(row=row_of(pair), session=year_after, by=pair.lead)
    catchups.catch_up_at(row=row_of(pair), session=there, by=pair.lead)
    with pytest.raises(ValidationError, match="chosen for it already"):
        catchups.catch_up_at(row=row_of(pair), session=again, by=pair.lead)

    assert (expected(there), expected(again), list(violations())) == (["Kim"], [], [])


def test_catch_up_checks_chairs_and_times_for_the_school_too() -> None:
    pair = Pair()
    full = chair(pair, venue=create_venue(chairs=0))

    with pytest.raises(ValidationError, match="no chair"):
        catchups.catch_up_at(row=row_of(pair), session=full, by=pair.lead)

    assert expected(pair.sessions[0]) == ["Kim", "Tom"]


def test_chair_is_given_up_by_who_may_change_the_place() -> None:
    pair = Pair()
    there = chair(pair)
    guest = catchups.catch_up_at(row=row_of(pair), session=there, by=pair.lead)

    with pytest.raises(ValidationError, match="do not book"):
        catchups.give_chair_up(guest=guest, by=create_lead())
    catchups.give_chair_up(guest=guest, by=pair.lead)

    assert (expected(there), list(violations())) == ([], [])


def test_my_page_leads_with_the_catch_up_once_it_is_arranged() -> None:
    pair = Pair()
    there = chair(pair)

    catchups.catch_up_at(row=row_of(pair), session=there, by=pair.kim)

    following = people.my_year(pair.kim).next
    assert following is not None
    assert following.session == there


def test_my_missed_page_says_who_goes_and_who_is_told(log_in: LogIn) -> None:
    pair = Pair()
    client, url = log_in(pair.kim), f"/my/missed/{pair.sessions[0].pk}/"

    sent = client.post(url, {"who": pair.sam.pk}, follow=True).content.decode()
    page = client.get(url).content.decode()

    told = f"whoever books for {pair.school} is told"
    assert ("Done: Sam goes in your place." in sent, told in sent) == (True, True)
    assert ("Sam goes in your place" in page, told in page.replace("Whoever", "whoever")) == (True, True)
