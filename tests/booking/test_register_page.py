"""The page of a register: a plain form that does all of it without script, and tells no more than it may."""

import gzip
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from booking.actions import apologies, needs, registers
from booking.expectations import catch_up, stand_in
from booking.marking import Said
from booking.models import Attendance, Mark, Session, WorkGroup
from booking.reports.registers import needs_of, register
from booking.taking import Tap
from tests.booking.test_registers import session_now, standing
from tests.factories import (
    create_booking,
    create_facilitation,
    create_hub_staff,
    create_lead,
    create_session,
    create_teacher,
    create_user,
    create_work_group,
    mark_register,
)

pytestmark = pytest.mark.django_db(transaction=True)

LogIn = Callable[[User], Client]


def seen(row: Attendance) -> str:
    """What the form sends of a line: the marks that whoever pressed has seen."""
    session = Session.objects.get(pk=row.session_id)
    return next(line.shown["seen"] for line in register(session).lines if line.row == row)


def press(client: Client, session: Session, **fields: str) -> Any:
    data = {name.replace("_", "-"): value for name, value in fields.items()}
    return client.post(reverse("session_register", args=[session.pk]), data)


def page_of(client: Client, session: Session) -> str:
    return client.get(reverse("session_register", args=[session.pk])).content.decode()


def test_register_page_marks_with_minutes_and_a_note_without_script(log_in: LogIn) -> None:
    session, [kim, _], lead = session_now()
    client = log_in(lead)

    press(
        client,
        session,
        **{f"mark_{kim.pk}": "late", f"minutes_{kim.pk}": "20", f"note_{kim.pk}": " Bus  strike "},
    )

    assert Mark.objects.get().says == ("late", 20, "Bus strike")
    page = page_of(client, session)
    assert 'value="20"' in page
    assert "counts as 1¾ hours" in page
    assert 'value="Bus strike"' in page


def test_register_page_takes_a_mark_back_without_script(log_in: LogIn) -> None:
    session, [kim, _], lead = session_now()
    mark_register(session=session, marks={kim.pk: "present"}, by=lead)

    press(log_in(lead), session, **{f"mark_{kim.pk}": "cleared", f"seen_{kim.pk}": seen(kim)})

    assert (standing(kim), kim.marks.count()) == (None, 2)


def test_register_page_sent_again_as_it_was_marks_nothing(log_in: LogIn) -> None:
    session, [kim, _], lead = session_now()
    mark_register(session=session, marks={kim.pk: "present"}, by=lead)

    press(log_in(lead), session, **{f"mark_{kim.pk}": "present", f"seen_{kim.pk}": seen(kim)})

    assert kim.marks.count() == 1


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"mark": "late", "minutes": "ten"}, "as a whole number"),
        ({"mark": "late", "minutes": "999"}, "longer the session does not last"),
        ({"mark": "", "note": "Bus"}, "so that your note is kept"),
        ({"mark": "present", "note": "x" * 201}, "room for 200 characters"),
        ({"mark": "asleep"}, "This is not a mark"),
        ({"mark": "present", "seen": "nonsense"}, "This is not a mark"),
    ],
)
def test_register_page_that_is_refused_keeps_what_was_typed(log_in: LogIn, fields: dict[str, str], words: str) -> None:
    session, [kim, sam], lead = session_now()

    response = press(
        log_in(lead),
        session,
        **{f"{name}_{kim.pk}": value for name, value in fields.items()},
        **{f"mark_{sam.pk}": "absent", f"note_{sam.pk}": "Rang at nine"},
    )

    page = response.content.decode()
    assert (response.status_code, Mark.objects.count()) == (422, 0)
    assert words in page
    assert 'value="Rang at nine"' in page
    assert f'name="mark-{sam.pk}" value="absent" checked' in page


def test_register_page_decides_between_two_marks_in_one_tap(log_in: LogIn) -> None:
    session, [kim, _], lead = session_now()
    other = create_user(name="Cole Lead")
    create_facilitation(work_group=session.work_group, person=other)
    late = Tap(kim.pk, Said("late", 20))
    registers.mark(session=session, taps=[Tap(kim.pk, Said("present"))], by=lead)
    registers.mark(session=session, taps=[late], by=other)
    client = log_in(lead)
    assert "Late, 20 minutes</b> Cole Lead" in page_of(client, session)

    press(client, session, **{f"mark_{kim.pk}": str(late.device_id), f"seen_{kim.pk}": seen(kim)})

    row = Attendance.objects.select_related("standing_mark").get(pk=kim.pk)
    assert (row.contested, row.standing_mark and row.standing_mark.says) == (False, ("late", 20, ""))


def test_register_page_says_who_comes_instead_and_who_told_us(log_in: LogIn) -> None:
    session, [kim, sam], lead = session_now()
    other = create_teacher(school=kim.school, name="Sub Stitute") if kim.school else create_user()
    start = timezone.now() + timedelta(days=2)
    Session.objects.filter(pk=session.pk).update(starts_at=start, ends_at=start + timedelta(hours=2))
    kim.refresh_from_db()
    staff = create_hub_staff()
    stand_in(kim, other, by=lead, now=timezone.now())
    assert sam.place
    apologies.say_for(place=sam.place, session=session, by=staff, reason="illness")
    start = timezone.now() - timedelta(minutes=5)
    Session.objects.filter(pk=session.pk).update(starts_at=start, ends_at=start + timedelta(hours=2))
    Mark.objects.update(at=start - timedelta(days=1))

    page = page_of(log_in(lead), session)

    assert "Sub Stitute comes instead" in page
    assert f"Instead of {kim.person.name}" in page
    assert "Told us they can’t come" in page
    assert "Illness" not in page


def test_register_never_tells_why_somebody_is_away_nor_a_school_what_was_noted(log_in: LogIn) -> None:
    lead = create_lead()
    fran = create_user(name="Fran Lead")
    group = create_work_group(sessions=0, leads=[fran])
    session = create_session(work_group=group, days=1)
    teacher = create_teacher(school=lead.memberships.get().school)
    booking = create_booking(work_group=group, by=lead, people=[teacher])
    row = Attendance.objects.get()
    assert row.place
    apologies.say_for(place=row.place, session=session, by=lead, reason="illness")
    Mark.objects.update(note="Rang me in tears")
    start = timezone.now() - timedelta(minutes=5)
    Session.objects.filter(pk=session.pk).update(starts_at=start, ends_at=start + timedelta(hours=2))

    fran_sees = page_of(log_in(fran), session)
    fran_sees += log_in(fran).get(reverse("register_marks", args=[session.pk])).content.decode()
    pages = ["/bookings/", f"/bookings/{booking.pk}/", f"/places/{row.place.pk}/", "/schools/people/"]
    school_sees = "".join(log_in(lead).get(url).content.decode() for url in pages)
    teacher_sees = log_in(teacher).get("/my/").content.decode()

    assert Mark.objects.get().reason == "Illness"
    assert ("Illness" in fran_sees, "Rang me in tears" in fran_sees) == (False, True)
    assert "Rang me in tears" not in school_sees + teacher_sees


def test_needs_are_of_those_who_come_guests_too_and_not_of_who_sent_somebody() -> None:
    lead = create_lead()
    school = lead.memberships.get().school
    home, beside = create_work_group(sessions=2), create_work_group(sessions=0)
    session = create_session(work_group=beside, days=20)
    kim, sam = create_teacher(school=school, name="Kim"), create_teacher(school=school, name="Sam")
    booked = create_booking(work_group=home, by=lead, people=[kim, sam])
    for place in booked.places.all():
        assert place.person
        needs.say(place=place, access=place.person.name, food="", contact_me=False, agreed=True, by=place.person)
    first, second = home.sessions.order_by("number")
    row = Attendance.objects.get(session=first, person=kim)
    catch_up(row, session, by=lead, now=timezone.now())
    stand_in(
        Attendance.objects.get(session=second, person=sam),
        create_teacher(school=school),
        by=lead,
        now=timezone.now(),
    )

    wanted = [[need.access for need in needs_of(one)] for one in (first, second, session)]

    assert wanted == [["Kim", "Sam"], ["Kim"], ["Kim"]]


def test_register_page_of_sixty_people_is_one_small_answer(log_in: LogIn) -> None:
    session, _, lead = session_now()
    start = session.starts_at
    Session.objects.filter(pk=session.pk).update(starts_at=timezone.now() + timedelta(hours=1))
    WorkGroup.objects.update(capacity=60)
    for _ in range(29):
        create_booking(work_group=session.work_group, people=2)
    Session.objects.filter(pk=session.pk).update(starts_at=start)
    mark_register(
        session=session, marks=dict.fromkeys(Attendance.objects.values_list("pk", flat=True), "late"), by=lead
    )
    client = log_in(lead)
    page_of(client, session)

    with CaptureQueriesContext(connection) as asked:
        page = page_of(client, session)

    assert page.count("data-row=") == 60
    assert len(asked) <= 10, "\n".join(one["sql"] for one in asked)
    assert len(gzip.compress(page.encode())) < 60_000


def test_office_sees_registers_that_are_not_signed_and_who_leads_them(log_in: LogIn) -> None:
    session, [kim, _], lead = session_now()
    for what in ("present", "absent"):
        registers.mark(session=session, taps=[Tap(kim.pk, Said(what))], by=lead)
    begun = timezone.now() - timedelta(hours=3)
    Session.objects.filter(pk=session.pk).update(starts_at=begun, ends_at=begun + timedelta(hours=2))

    client = log_in(create_hub_staff())
    differs = client.get("/office/").content.decode()
    Attendance.objects.update(contested=False)
    unsigned = client.get("/office/").content.decode()

    assert ("Two phones differ" in differs, "one to decide" in differs) == (True, True)
    assert ("Register not signed" in unsigned, "; Fran Lead" in unsigned) == (True, True)


def test_phone_finds_what_makes_the_hub_a_program_of_its_own(client: Client) -> None:
    manifest = client.get("/manifest.webmanifest")
    worker = client.get("/sw.js")

    assert (manifest["Content-Type"], manifest.json()["start_url"]) == ("application/manifest+json", "/registers/")
    assert (worker["Content-Type"], worker["Cache-Control"]) == ("text/javascript; charset=utf-8", "no-cache")
    assert "script-src 'self'" in worker.content.decode()
