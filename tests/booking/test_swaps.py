"""Somebody else comes: for one session, from the next one on, with another group; and what calendars say of it."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.conf import LazySettings
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from accounts.colleagues import NewColleague
from accounts.models import HistoryLine, User
from booking import emails
from booking.actions import answers, apologies, catchups, colleagues, places, registers, swaps, transfers
from booking.actions.colleagues import Meanwhile
from booking.integrity import violations
from booking.models import Attendance, Booking, CalendarEntry, Place, Session, WorkGroup
from booking.models.places import Reason, Status
from notifications.delivery import drain
from notifications.models import Notice
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


class Pair:
    """A school with a pair on three sessions, and a colleague who has no place."""

    def __init__(self, **group: object) -> None:
        self.lead = create_lead(name="Lena Marsh")
        self.school = self.lead.memberships.get().school
        self.kim, self.tom, self.sam = (create_teacher(school=self.school, name=name) for name in ("Kim", "Tom", "Sam"))
        self.group = create_work_group(**group)
        self.booking = create_booking(work_group=self.group, by=self.lead, people=[self.kim, self.tom])
        self.place = self.booking.places.get(person=self.kim)
        self.sessions = list(self.group.sessions.order_by("number"))


def expected(session: Session) -> list[str]:
    """Who is on the register of a session, with what stands."""
    rows = Attendance.objects.filter(session=session).select_related("person", "standing_mark").order_by("person__name")
    return [f"{row.person}{': ' + str(row.standing_mark) if row.standing_mark else ''}" for row in rows]


def in_calendar(session: Session) -> list[str]:
    wanted = CalendarEntry.objects.wanted().filter(session=session)
    return sorted(wanted.values_list("person__name", flat=True))


def test_send_lets_somebody_else_come_to_just_that_session() -> None:
    pair = Pair()

    swaps.send(place=pair.place, sessions=[pair.sessions[1].pk], to=pair.sam.pk, by=pair.lead)

    assert expected(pair.sessions[1]) == ["Kim: Substitute sent", "Sam", "Tom"]
    assert in_calendar(pair.sessions[1]) == ["Sam", "Tom"]
    assert expected(pair.sessions[2]) == ["Kim", "Tom"]
    assert (Place.objects.get(pk=pair.place.pk).person, list(violations())) == (pair.kim, [])


def test_send_is_told_to_who_comes_who_does_not_and_who_arranges_cover() -> None:
    pair = Pair()
    Booking.objects.update(cover_email="cover@school.example")
    drain()
    Notice.objects.all().delete()

    swaps.send(place=pair.place, sessions=[pair.sessions[0].pk], to=pair.sam.pk, by=pair.lead)
    drain()

    CalendarEntry.objects.update(tell_after=timezone.now())  # the time for second thoughts has passed
    drain()

    told = sorted(Notice.objects.exclude(kind__startswith="invite").values_list("kind", "to"))
    assert told == [
        ("cover_dates", "cover@school.example"),
        ("stand_in_for", pair.kim.email),
        ("stand_in_sent", pair.sam.email),
    ]
    calendars = Notice.objects.filter(kind__startswith="invite").values_list("kind", "to")
    assert sorted(calendars) == [("invite", pair.sam.email), ("invite_cancelled", pair.kim.email)]


def test_send_by_the_person_tells_who_booked() -> None:
    pair = Pair()
    drain()

    swaps.send(place=pair.place, sessions=[pair.sessions[0].pk], to=pair.sam.pk, by=pair.kim)
    drain()

    mail = Notice.objects.get(kind="stand_in_told")
    assert (mail.to, mail.subject.startswith("Sam comes to")) == (pair.lead.email, True)
    assert Notice.objects.filter(kind="stand_in_for").count() == 0


def test_send_again_puts_the_newer_one_in_the_place_of_the_older() -> None:
    pair = Pair()
    ann = create_teacher(school=pair.school, name="Ann")
    session = pair.sessions[0]
    swaps.send(place=pair.place, sessions=[session.pk], to=pair.sam.pk, by=pair.lead)

    swaps.send(place=pair.place, sessions=[session.pk], to=ann.pk, by=pair.lead)

    assert expected(session) == ["Ann", "Kim: Substitute sent", "Tom"]
    assert (in_calendar(session), list(violations())) == (["Ann", "Tom"], [])


def test_send_of_somebody_who_comes_already_is_refused() -> None:
    pair = Pair()

    with pytest.raises(ValidationError, match="Tom already has a place"):
        swaps.send(place=pair.place, sessions=[pair.sessions[0].pk], to=pair.tom.pk, by=pair.lead)


def test_send_is_refused_to_who_does_not_book_for_the_school() -> None:
    pair = Pair()

    with pytest.raises(ValidationError, match="do not book"):
        swaps.send(place=pair.place, sessions=[pair.sessions[0].pk], to=pair.sam.pk, by=create_lead())
    with pytest.raises(ValidationError, match="do not book"):  # a teacher names nobody new
        swaps.send(
            place=pair.place, sessions=[pair.sessions[0].pk], to=NewColleague("New", "n@school.example"), by=pair.kim
        )

    assert User.objects.filter(email="n@school.example").exists() is False


def test_send_within_the_hubs_cut_off_is_refused(settings: LazySettings) -> None:
    pair = Pair()
    settings.HUB_CHANGES_UNTIL_HOURS = 24 * 20

    with pytest.raises(ValidationError, match="ring the hub"):
        swaps.send(place=pair.place, sessions=[pair.sessions[0].pk], to=pair.sam.pk, by=pair.lead)
    swaps.send(place=pair.place, sessions=[pair.sessions[1].pk], to=pair.sam.pk, by=pair.lead)

    assert in_calendar(pair.sessions[1]) == ["Sam", "Tom"]


def test_send_by_who_leads_the_group_says_how_it_reached_them() -> None:
    pair = Pair()
    leader = create_user(name="Fran")
    create_facilitation(work_group=pair.group, person=leader)

    swaps.send(
        place=pair.place, sessions=[pair.sessions[0].pk], to=pair.sam.pk, by=leader, reached="By telephone: at eight"
    )

    assert HistoryLine.objects.get(verb="stand_in_sent").reason == "By telephone: at eight"


def test_come_after_all_gives_everybody_their_calendar_back() -> None:
    pair = Pair()
    session = pair.sessions[0]
    swaps.send(place=pair.place, sessions=[session.pk], to=pair.sam.pk, by=pair.kim)

    swaps.come_after_all(place=pair.place, session=session, by=pair.kim)

    assert expected(session) == ["Kim", "Tom"]
    assert (in_calendar(session), list(violations())) == (["Kim", "Tom"], [])


def test_stand_in_is_marked_on_the_register_in_their_own_right() -> None:
    pair = Pair()
    session = pair.sessions[0]
    swaps.send(place=pair.place, sessions=[session.pk], to=pair.sam.pk, by=pair.lead)
    Session.objects.filter(pk=session.pk).update(starts_at=timezone.now() - timedelta(minutes=5))

    registers.mark(session=session, taps=[], by=pair.lead, rest=True)

    assert expected(session) == ["Kim: Substitute sent", "Sam: Present", "Tom: Present"]


def test_take_over_moves_the_coming_sessions_and_ends_what_was_arranged() -> None:
    pair = Pair()
    swaps.send(place=pair.place, sessions=[pair.sessions[1].pk], to=pair.sam.pk, by=pair.lead)
    ann = create_teacher(school=pair.school, name="Ann")

    swaps.take_over(place=pair.place, to=ann.pk, by=pair.lead)

    assert [expected(session) for session in pair.sessions] == [["Ann", "Tom"]] * 3
    assert ([in_calendar(session) for session in pair.sessions], list(violations())) == ([["Ann", "Tom"]] * 3, [])


def test_take_over_is_told_to_who_had_the_place() -> None:
    pair = Pair()
    drain()

    swaps.take_over(place=pair.place, to=pair.sam.pk, by=pair.lead)
    drain()

    assert Notice.objects.get(kind="place_passed_on").to == pair.kim.email


def test_leaving_the_school_sends_back_whoever_one_stood_in_for() -> None:
    pair = Pair()
    session = pair.sessions[0]
    swaps.send(place=pair.place, sessions=[session.pk], to=pair.sam.pk, by=pair.lead)

    colleagues.leave(membership=pair.sam.memberships.get(), by=pair.lead)

    assert expected(session) == ["Kim", "Tom"]
    assert (in_calendar(session), list(violations())) == (["Kim", "Tom"], [])


def test_withdraw_place_frees_one_and_keeps_the_other() -> None:
    pair = Pair(capacity=2)
    waiting = create_booking(work_group=pair.group, people=1)

    swaps.withdraw_place(place=pair.place, reason=Reason.COVER, by=pair.lead)

    booking = Booking.objects.get(pk=pair.booking.pk)
    assert (booking.status, WorkGroup.objects.get(pk=pair.group.pk).taken) == (Status.CONFIRMED, 2)
    assert Booking.objects.get(pk=waiting.pk).status == Status.OFFERED
    assert ([expected(session) for session in pair.sessions], list(violations())) == ([["Tom"]] * 3, [])


def test_withdraw_place_notes_the_reason_and_the_notice_given() -> None:
    pair = Pair()

    swaps.withdraw_place(place=pair.place, reason=Reason.ILLNESS, by=pair.lead, reached="By telephone")

    place = Place.objects.get(pk=pair.place.pk)
    line = HistoryLine.objects.get(verb="place_given_up")
    assert (place.reason, line.reason) == ("illness", "Illness · By telephone")
    assert place.notice_days in (7, 8, 9)  # of fourteen days, less bank holidays


def test_withdraw_place_of_the_last_one_ends_the_booking() -> None:
    pair = Pair()

    for place in pair.booking.places.all():
        swaps.withdraw_place(place=place, reason=Reason.LEFT, by=pair.lead)

    booking = Booking.objects.get(pk=pair.booking.pk)
    group = WorkGroup.objects.get(pk=pair.group.pk)
    assert (booking.status, booking.reason, group.taken, group.taken_schools) == (Status.WITHDRAWN, "left", 0, 0)
    assert list(violations()) == []


def test_withdraw_place_of_who_waits_may_let_the_rest_in() -> None:
    group = create_work_group(capacity=3)
    create_booking(work_group=group, people=2)
    waiting = create_booking(work_group=group, people=2)

    swaps.withdraw_place(place=waiting.places.all()[0], reason=Reason.OTHER, by=waiting.made_by)

    assert (Booking.objects.get(pk=waiting.pk).status, list(violations())) == (Status.OFFERED, [])


def test_withdraw_place_twice_is_refused() -> None:
    pair = Pair()
    swaps.withdraw_place(place=pair.place, reason=Reason.OTHER, by=pair.lead)

    with pytest.raises(ValidationError, match="given up already"):
        swaps.withdraw_place(place=pair.place, reason=Reason.OTHER, by=pair.lead)

    assert WorkGroup.objects.get(pk=pair.group.pk).taken == 1


def test_nobody_comes_sends_apologies_in_every_group_of_the_day() -> None:
    pair = Pair()
    other = create_work_group(sessions=1)
    create_booking(work_group=other, by=pair.lead, people=[pair.sam])
    day = timezone.localdate(pair.sessions[0].starts_at)
    answers.answer(person=pair.tom, session=pair.sessions[0], answer="cannot", by=pair.tom)

    count = swaps.nobody_comes(school=pair.school, days={day}, reason=Reason.INSPECTION, by=pair.lead)

    assert count == 2
    assert expected(pair.sessions[0]) == ["Kim: Apologies", "Tom: Apologies"]
    assert expected(other.sessions.get()) == ["Sam: Apologies"]
    assert (expected(pair.sessions[1]), list(violations())) == (["Kim", "Tom"], [])


def test_catch_up_expects_somebody_beside_and_credits_them_at_home() -> None:
    pair = Pair()
    beside = create_work_group(parallel_to=pair.group, sessions=0)
    there = create_session(work_group=beside, days=16, number=1, venue=create_venue(chairs=1))
    row = Attendance.objects.get(session=pair.sessions[0], person=pair.kim)

    guest = catchups.catch_up_at(row=row, session=there, by=pair.kim)

    assert (guest.credited_to, guest.place, guest.school) == (pair.sessions[0], None, pair.school)
    assert (expected(pair.sessions[0]), in_calendar(there)) == (["Kim: Apologies", "Tom"], ["Kim"])
    assert list(violations()) == []


def test_catch_up_without_a_chair_or_at_a_bad_time_is_refused() -> None:
    pair = Pair()
    beside = create_work_group(parallel_to=pair.group, sessions=0)
    full = create_session(work_group=beside, days=16, number=1, venue=create_venue(chairs=0))
    busy = create_work_group(parallel_to=pair.group, sessions=0)
    clash = create_session(work_group=busy, days=35, number=1, venue=create_venue())  # with their own second session
    row = Attendance.objects.get(session=pair.sessions[0], person=pair.kim)

    for session in (full, clash, pair.sessions[1]):
        with pytest.raises(ValidationError, match="no chair at that session"):
            catchups.catch_up_at(row=row, session=session, by=pair.kim)

    assert Attendance.objects.filter(credited_to__isnull=False).exists() is False


def test_catch_up_can_be_given_up_again() -> None:
    pair = Pair()
    beside = create_work_group(parallel_to=pair.group, sessions=0)
    there = create_session(work_group=beside, days=16, number=1)
    row = Attendance.objects.get(session=pair.sessions[0], person=pair.kim)
    guest = catchups.catch_up_at(row=row, session=there, by=pair.kim)

    catchups.give_chair_up(guest=guest, by=pair.kim)

    assert (expected(there), in_calendar(there), list(violations())) == ([], [], [])


def test_transfer_moves_all_places_together_and_keeps_what_was_attended() -> None:
    pair = Pair()
    past = create_session(work_group=pair.group, days=-7, number=9)
    row = Attendance.objects.create(session=past, person=pair.kim, place=pair.place, school=pair.school)
    mark_register(session=past, marks={row.pk: "present"}, by=pair.lead)
    Session.objects.filter(pk=past.pk).update(number=0)
    beside = create_work_group(parallel_to=pair.group)

    new = transfers.transfer(booking=pair.booking, to=beside, by=pair.lead)

    old = Booking.objects.get(pk=pair.booking.pk)
    assert (old.status, new.status, new.follows) == (Status.TRANSFERRED, Status.CONFIRMED, old)
    assert [expected(session) for session in beside.sessions.all()] == [["Kim", "Tom"]] * 3
    assert (expected(past), expected(pair.sessions[0])) == (["Kim: Present"], [])
    taken = dict(WorkGroup.objects.values_list("pk", "taken"))
    assert (taken[pair.group.pk], taken[beside.pk], list(violations())) == (0, 2, [])


def test_transfer_to_a_full_or_unrelated_group_is_refused_and_changes_nothing() -> None:
    pair = Pair()
    full, unrelated = create_work_group(parallel_to=pair.group, capacity=1), create_work_group()

    with pytest.raises(ValidationError, match="no room for all of you"):
        transfers.transfer(booking=pair.booking, to=full, by=pair.lead)
    with pytest.raises(ValidationError, match="do not run beside"):
        transfers.transfer(booking=pair.booking, to=unrelated, by=pair.lead)

    assert (Booking.objects.get().status, list(violations())) == (Status.CONFIRMED, [])


def test_transfer_offers_what_it_frees_to_who_waits() -> None:
    pair = Pair(capacity=2)
    waiting = create_booking(work_group=pair.group)
    beside = create_work_group(parallel_to=pair.group)

    transfers.transfer(booking=pair.booking, to=beside, by=pair.lead)
    drain()

    assert Booking.objects.get(pk=waiting.pk).status == Status.OFFERED
    told = Notice.objects.filter(kind="booking_transferred").values_list("to", flat=True)
    assert sorted(told) == sorted([pair.lead.email, pair.kim.email, pair.tom.email])


def test_away_is_covered_for_just_that_time() -> None:
    pair = Pair()
    first = timezone.localdate(pair.sessions[0].starts_at) - timedelta(days=2)

    colleagues.set_away(
        person=pair.kim,
        first=first,
        last=first + timedelta(days=25),
        by=pair.lead,
        school=pair.school,
        meanwhile=Meanwhile(covered_by={pair.place.pk: pair.sam.pk}),
    )

    assert [in_calendar(session) for session in pair.sessions] == [["Sam", "Tom"], ["Sam", "Tom"], ["Kim", "Tom"]]
    assert (Place.objects.get(pk=pair.place.pk).person, list(violations())) == (pair.kim, [])


def test_away_gives_up_or_passes_on_what_the_lead_chooses() -> None:
    pair = Pair()
    other = create_booking(work_group=create_work_group(), by=pair.lead, people=[pair.kim, None]).places.get(
        person=pair.kim
    )

    colleagues.set_away(
        person=pair.kim,
        first=timezone.localdate() + timedelta(days=1),
        last=None,
        by=pair.lead,
        school=pair.school,
        meanwhile=Meanwhile(taken_over_by={pair.place.pk: None}, given_up=[other.pk]),
    )

    assert Place.objects.get(pk=pair.place.pk).person is None
    assert (Place.objects.get(pk=other.pk).live, list(violations())) == (False, [])


def test_away_said_by_a_colleague_is_told_to_the_person_on_leave_too() -> None:
    pair = Pair()
    today = timezone.localdate()

    colleagues.set_away(person=pair.kim, first=today, last=None, by=pair.lead, school=pair.school)
    drain()

    assert Notice.objects.get(kind="told_away").to == pair.kim.email


def test_place_change_page_of_another_school_is_not_there(log_in: Callable[[User], Client]) -> None:
    pair = Pair()

    assert log_in(create_lead()).get(f"/places/{pair.place.pk}/").status_code == 404
    assert log_in(pair.kim).get(f"/places/{pair.place.pk}/").status_code == 404


def test_place_change_page_asks_the_hub_how_it_was_reached(log_in: Callable[[User], Client]) -> None:
    pair = Pair()
    client = log_in(create_hub_staff())
    data = {"act": "take_over", "over-who": str(pair.sam.pk)}

    without = client.post(f"/places/{pair.place.pk}/", data)
    with_it = client.post(f"/places/{pair.place.pk}/", data | {"take_over-via": "paper"})

    assert (without.status_code, with_it.status_code) == (200, 302)
    assert HistoryLine.objects.get(verb="place_named").reason == "On paper"


def test_my_missed_page_offers_a_colleague_and_a_chair(log_in: Callable[[User], Client]) -> None:
    pair = Pair()
    beside = create_work_group(parallel_to=pair.group, sessions=0, title="Fractions beside")
    create_session(work_group=beside, days=16, number=1)
    create_booking(work_group=pair.group, people=[None], by=create_lead())  # a name to follow hides nobody
    client = log_in(pair.kim)

    answered = client.post("/my/answer/", {"cannot": str(pair.sessions[0].pk)}, follow=True)
    page = answered.content.decode()
    client.post(f"/my/missed/{pair.sessions[0].pk}/", {"who": str(pair.sam.pk)})

    assert answered.redirect_chain == [(f"/my/missed/{pair.sessions[0].pk}/", 302)]
    assert ("Fractions beside" in page, ">Sam<" in page, ">Tom<" in page) == (True, True, False)
    assert expected(pair.sessions[0]) == ["Kim: Substitute sent", "Sam", "Tom"]


def test_nobody_comes_page_lists_the_days(log_in: Callable[[User], Client]) -> None:
    pair = Pair()
    day: date = timezone.localdate(pair.sessions[0].starts_at)

    answer = log_in(pair.lead).post("/bookings/nobody/", {"days": [day.isoformat()], "reason": "closed"})

    assert answer.status_code == 302
    assert expected(pair.sessions[0]) == ["Kim: Apologies", "Tom: Apologies"]


def test_place_of_an_offer_is_answered_first() -> None:
    group = create_work_group(capacity=2)
    first = create_booking(work_group=group)
    offered = create_booking(work_group=group)
    places.withdraw(booking=first, reason=Reason.OTHER, by=first.made_by)
    place = offered.places.all()[0]
    sam = create_teacher(school=offered.school)

    with pytest.raises(ValidationError, match="First say whether you take"):
        swaps.take_over(place=place, to=sam.pk, by=offered.made_by)


def test_withdrawals_page_lists_the_late_ones_with_their_notice(log_in: Callable[[User], Client]) -> None:
    late, early = Pair(title="Late group"), Pair(title="Early group")
    Session.objects.filter(work_group=early.group).update(
        starts_at=timezone.now() + timedelta(days=90), ends_at=timezone.now() + timedelta(days=90, hours=2)
    )
    swaps.withdraw_place(place=late.place, reason=Reason.COVER, by=late.lead)
    places.withdraw(booking=early.booking, reason=Reason.LEFT, by=early.lead)
    waiting = create_booking(work_group=create_work_group(capacity=1, title="Waited for"))
    places.withdraw(booking=waiting, reason=Reason.OTHER, by=waiting.made_by)
    client = log_in(create_hub_staff())

    pages = [
        client.get(f"/office/withdrawals/{query}").content.decode() for query in ("", "?all=1", "?all=1&reason=left")
    ]

    shown = [[title in page for title in ("Late group", "Early group", "Waited for")] for page in pages]
    assert shown == [[True, False, False], [True, True, True], [False, True, False]]


def test_cover_dates_say_who_comes_that_day() -> None:
    pair = Pair()
    Booking.objects.update(cover_email="cover@school.example")
    swaps.send(place=pair.place, sessions=[pair.sessions[0].pk], to=pair.sam.pk, by=pair.lead)
    apologies.say_for(place=pair.booking.places.get(person=pair.tom), session=pair.sessions[1], by=pair.lead)

    [mail] = emails.cover_dates(Booking.objects.get(pk=pair.booking.pk))

    assert [row.people for row in mail.dates] == ["Sam and Tom", "Kim", "Kim and Tom"]


def test_cover_dates_say_who_is_still_to_name_and_that_nobody_comes() -> None:
    pair = Pair()
    group = create_work_group(sessions=2)
    booking = create_booking(
        work_group=group, by=pair.lead, people=[pair.kim, None], cover_email="cover@school.example"
    )
    first, second = group.sessions.order_by("number")
    for session in (first, second):
        apologies.say_for(place=booking.places.get(person=pair.kim), session=session, by=pair.lead)
    swaps.withdraw_place(place=booking.places.get(person=None), reason=Reason.COVER, by=pair.lead)
    named = create_booking(work_group=create_work_group(sessions=1), by=pair.lead, people=[pair.kim, None])
    Booking.objects.filter(pk=named.pk).update(cover_email="cover@school.example")

    [nobody], [follows] = (emails.cover_dates(Booking.objects.get(pk=one.pk)) for one in (booking, named))

    assert [row.people for row in nobody.dates] == ["Nobody", "Nobody"]
    assert [row.people for row in follows.dates] == ["Kim and one name to follow"]


def test_one_session_is_never_both_caught_up_with_and_covered() -> None:
    pair = Pair()
    there = create_session(work_group=create_work_group(parallel_to=pair.group, sessions=0), days=16)
    row = Attendance.objects.get(session=pair.sessions[0], person=pair.kim)
    guest = catchups.catch_up_at(row=row, session=there, by=pair.kim)

    with pytest.raises(ValidationError, match="Give that chair up first"):
        swaps.send(place=pair.place, sessions=[pair.sessions[0].pk], to=pair.sam.pk, by=pair.lead)
    catchups.give_chair_up(guest=guest, by=pair.kim)
    swaps.send(place=pair.place, sessions=[pair.sessions[0].pk], to=pair.sam.pk, by=pair.lead)
    with pytest.raises(ValidationError, match="A colleague goes to this session instead"):
        catchups.catch_up_at(row=row, session=there, by=pair.kim)

    assert (expected(there), list(violations())) == ([], [])


def test_nobody_comes_page_offers_no_reason_that_makes_no_sense_for_a_day(log_in: Callable[[User], Client]) -> None:
    pair = Pair()

    page = log_in(pair.lead).get("/bookings/nobody/").content.decode()

    assert [f'value="{one}"' in page for one in Reason.values] == [one != Reason.LEFT for one in Reason.values]
