"""Days better avoided: bank holidays, holidays of authorities, schools' own days, tests and examinations."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from booking import emails
from booking.actions import catchups, places
from booking.avoiding import DaysToAvoid, against_coming, against_day, against_sessions
from booking.models import Attendance, Booking, SchoolHoliday, SchoolRule, Session, WorkGroup
from booking.models.places import Reason
from tests.booking.test_swaps import Pair
from tests.days import at
from tests.factories import (
    create_booking,
    create_hub_staff,
    create_lead,
    create_own_days,
    create_phase_dates,
    create_school,
    create_session,
    create_venue,
    create_work_group,
)

pytestmark = pytest.mark.django_db(transaction=True)

LogIn = Callable[[User], Client]
TUESDAY = date(2027, 2, 16)


def half_term(la_code: str) -> SchoolHoliday:
    first, last = date(2027, 2, 15), date(2027, 2, 19)
    return SchoolHoliday.objects.create(la_code=la_code, name="Half term", first_on=first, last_on=last)


def group_of(*la_codes: str) -> WorkGroup:
    """A group that a school of each of these authorities has booked."""
    group = create_work_group(sessions=1, capacity=None, for_primary=True)
    for number, code in enumerate(la_codes):
        lead = create_lead(school=create_school(name=f"School {number}", la_code=code))
        create_booking(work_group=group, by=lead, people=1)
    return group


def test_days_to_avoid_by_authority_and_phase_alone() -> None:
    half_term("856")
    create_phase_dates(first_on=TUESDAY, last_on=TUESDAY)

    avoid = DaysToAvoid(TUESDAY, date(2027, 3, 31), la_codes=["855", "856"], phases=["primary"])
    others = DaysToAvoid(TUESDAY, TUESDAY, la_codes=["855"], phases=["secondary"])

    assert avoid.on(TUESDAY) == ["Half term in Leicester.", "Key stage 2 tests."]
    assert avoid.on(date(2027, 3, 27)) == ["Saturday is no school day."]
    assert avoid.on(date(2027, 3, 29)) == ["It is a bank holiday: Easter Monday."]
    assert others.on(TUESDAY) == []


def test_days_to_avoid_of_a_group_say_how_many_of_its_schools() -> None:
    group = group_of("856", "856", "856", "855")
    half_term("856")
    half_term("940")
    [first, second, *_] = [booking.school for booking in group.bookings.order_by("pk")]
    create_own_days(school=first, name="Open", first_on=TUESDAY, last_on=TUESDAY, is_open=True)
    create_own_days(school=second, first_on=TUESDAY, last_on=TUESDAY)
    invited = create_school(name="School 9", la_code="856")
    SchoolRule.objects.create(work_group=group, school=invited, kind="only")

    found = DaysToAvoid.of_group(group, TUESDAY, TUESDAY, la_codes=["940"]).on(TUESDAY)

    assert found == [
        "Half term in Leicester: 3 of 5 schools.",
        "Half term in North Northamptonshire, where it meets.",
        "School 1 is shut: Training day.",
    ]


def test_days_to_avoid_of_a_group_count_own_days_of_many_schools() -> None:
    group = group_of("856", "856", "856", "856", "856")
    for booking in list(group.bookings.all())[:4]:
        create_own_days(school=booking.school, first_on=TUESDAY, last_on=TUESDAY)

    assert against_day(group, at(TUESDAY, 13), None) == ["4 of 5 schools are shut on days of their own."]


def test_days_to_avoid_of_a_school_are_its_authoritys_and_its_own() -> None:
    group = group_of("856", "855")
    half_term("856")
    ours, theirs = [booking.school for booking in group.bookings.order_by("pk")]
    create_own_days(school=ours, first_on=TUESDAY, last_on=TUESDAY)
    session = group.sessions.get()
    start = at(TUESDAY, 13)
    Session.objects.filter(pk=session.pk).update(starts_at=start, ends_at=start + timedelta(hours=2))
    session.refresh_from_db()

    mine = against_sessions(ours, group, [session])

    assert mine == {session.pk: ["Half term in Leicester.", "Your school is shut: Training day."]}
    assert against_sessions(theirs, group, [session]) == {}
    assert against_coming(ours, group, None, is_ours=False) == [
        "Tue 16 Feb: Half term in Leicester.",
        "Tue 16 Feb: School 0 is shut: Training day.",
    ]


def test_days_to_avoid_are_read_in_few_queries(django_assert_max_num_queries: Callable[..., object]) -> None:
    group = group_of("856", "856", "855")
    half_term("856")

    with django_assert_max_num_queries(2):  # type: ignore[attr-defined]
        DaysToAvoid.of_group(group, date(2026, 9, 1), date(2027, 8, 31))


def plan(day: date, venue: int) -> dict[str, object]:
    times = {"day": day.isoformat(), "begins": "13:15", "ends": "15:45"}
    return times | {"mode": "in_person", "venue": venue, "title": "Bars"}


def next_tuesday() -> date:
    """A Tuesday some weeks from now."""
    day = timezone.localdate() + timedelta(days=40)
    return day + timedelta(days=(1 - day.weekday()) % 7)


def test_new_session_of_a_draft_is_looked_at_first_where_something_speaks_against_its_day(log_in: LogIn) -> None:
    day = next_tuesday()
    group = create_work_group(sessions=0, status=WorkGroup.Status.DRAFT)
    SchoolHoliday.objects.create(la_code="856", name="Half term", first_on=day, last_on=day)
    client, url = log_in(create_hub_staff()), f"/office/work-groups/{group.pk}/sessions/new/"
    data = plan(day, create_venue(la_code="856").pk)

    looked = client.post(url, data).content.decode()
    kept = client.post(url, data | {"seen": str(group.revision)})

    assert ("A day to think about" in looked, "Half term in Leicester." in looked) == (True, True)
    assert (kept.status_code, group.sessions.count()) == (302, 1)


def test_moved_session_says_what_speaks_against_the_new_day(log_in: LogIn) -> None:
    day = next_tuesday()
    group = group_of("856", "855")
    SchoolHoliday.objects.create(la_code="856", name="Half term", first_on=day, last_on=day)
    session = group.sessions.get()
    assert session.venue

    looked = log_in(create_hub_staff()).post(f"/office/sessions/{session.pk}/", plan(day, session.venue.pk))

    assert "Half term in Leicester: 1 of 2 schools." in looked.content.decode()
    assert Session.objects.get(pk=session.pk).starts_at == session.starts_at


def test_school_sees_its_own_days_beside_the_dates_it_books(log_in: LogIn) -> None:
    group = create_work_group(sessions=1)
    lead, other = create_lead(), create_lead()
    on = timezone.localdate(group.sessions.get().starts_at)
    create_own_days(school=lead.memberships.get().school, first_on=on, last_on=on)

    pages = [
        log_in(person).get(url).content.decode()
        for person in (lead, other)
        for url in (f"{group.get_absolute_url()}book/", group.get_absolute_url())
    ]

    assert ["Your school is shut: Training day." in page for page in pages] == [True, True, False, False]


def test_catching_up_on_a_day_of_the_schools_own_says_so(log_in: LogIn) -> None:
    pair = Pair()
    beside = create_work_group(parallel_to=pair.group, sessions=0, title="Fractions beside")
    there = create_session(work_group=beside, days=16, number=1)
    on = timezone.localdate(there.starts_at)
    create_own_days(school=pair.lead.memberships.get().school, first_on=on, last_on=on)
    urls = {pair.kim: f"/my/missed/{pair.sessions[0].pk}/"}
    urls[pair.lead] = f"/places/{pair.place.pk}/missed/{pair.sessions[0].pk}/"

    pages = [log_in(person).get(url).content.decode() for person, url in urls.items()]

    assert ["Your school is shut: Training day." in page for page in pages] == [True, True]
    assert catchups.catch_up_at(
        row=Attendance.objects.get(session=pair.sessions[0], person=pair.kim), session=there, by=pair.kim
    )


def test_office_looks_twice_before_it_books_or_offers_a_day_of_the_schools_own(log_in: LogIn) -> None:
    group = create_work_group(sessions=1, capacity=2)
    create_booking(work_group=group, people=2)
    school, on = create_school(name="Oakfield"), timezone.localdate(group.sessions.get().starts_at)
    create_own_days(school=school, first_on=on, last_on=on)
    client = log_in(create_hub_staff())
    data = {"who_0": "later", "who_1": "later", "school": school.pk, "via": "telephone", "note": ""}
    url, key = f"/office/work-groups/{group.pk}/book/", {"key": str(uuid4())}

    looked = client.post(url, data | key).content.decode()
    sign = re.search(r'name="seen" value="(\w+)"', looked)
    assert sign
    client.post(url, data | key | {"seen": sign[1]})
    waiting = Booking.objects.get(school=school)
    offer = client.get(f"/office/bookings/{waiting.pk}/waiting/").content.decode()

    assert "Oakfield is shut: Training day." in looked
    assert (waiting.status, "Oakfield is shut: Training day." in offer) == ("waiting", True)


def test_offer_says_on_which_days_the_school_is_shut(log_in: LogIn) -> None:
    group, lead = create_work_group(sessions=1, capacity=2), create_lead()
    first = create_booking(work_group=group, people=2)
    booking = create_booking(work_group=group, by=lead, people=2)
    on = timezone.localdate(group.sessions.get().starts_at)
    create_own_days(school=booking.school, first_on=on, last_on=on)

    places.withdraw(booking=first, reason=Reason.OTHER, by=first.made_by)

    page = log_in(lead).get(booking.get_absolute_url()).content.decode()
    booking.refresh_from_db()
    [mail] = emails.places_offered(booking)
    assert "Your school is shut: Training day." in page
    assert "Your school is shut: Training day." in " ".join(mail.paragraphs)
