"""People say themselves that they are here: by a code in its time, expected or not, and are confirmed."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from accounts.models import User
from booking import codes
from booking.actions import arrivals, registers
from booking.integrity import violations
from booking.models import Arrival, Attendance, Mark, Session
from booking.personal import RETENTION
from tests.factories import create_running_session, create_school, create_teacher, create_user, mark_register

pytestmark = pytest.mark.django_db(transaction=True)


def session_with(*names: str, minutes: int = -10) -> tuple[Session, list[Attendance], User]:
    """A session with people of these names expected, that begins in ten minutes; and who leads it."""
    fran = create_user(name="Fran Lead")
    session = create_running_session(leads=[fran], minutes=minutes, people=len(names))
    rows = list(Attendance.objects.of_session(session).select_related("person"))
    for row, name in zip(rows, names, strict=True):
        User.objects.filter(pk=row.person_id).update(name=name)
    rows = list(Attendance.objects.of_session(session).select_related("person", "school").order_by("pk"))
    return session, rows, fran


def standing(session: Session) -> dict[str, tuple[str, int | None]]:
    rows = Attendance.objects.of_session(session).select_related("person", "standing_mark")
    return {row.person.name: (row.standing_mark.what, row.standing_mark.minutes) for row in rows if row.standing_mark}


# Codes


def opened(session: Session, url: str, at: datetime) -> bool:
    pk, code = url.rstrip("/").rsplit("/", 2)[1:]
    return codes.session_of(int(pk), code, at) == session


def test_screen_code_opens_for_two_steps_to_either_side_and_no_longer() -> None:
    session = create_running_session()
    now = timezone.now().replace(second=0, microsecond=0)
    url = codes.screen_url(session, now)

    taken = [seconds for seconds in range(-120, 150, 30) if opened(session, url, now + timedelta(seconds=seconds))]

    assert taken == [-60, -30, 0, 30, 60]


def test_codes_open_only_from_two_hours_before_the_session_to_its_end() -> None:
    session = create_running_session()
    assert session.starts_at
    assert session.ends_at
    url = codes.paper_url(session)
    moments = {
        "too early": session.starts_at - timedelta(hours=2, seconds=1),
        "doors": session.starts_at - timedelta(hours=2),
        "end": session.ends_at,
        "after": session.ends_at + timedelta(seconds=1),
    }

    taken = [name for name, at in moments.items() if opened(session, url, at)]

    assert taken == ["doors", "end"]


def test_codes_are_taken_as_they_are_typed_and_open_no_other_session() -> None:
    session, other = create_running_session(), create_running_session()
    code = codes.paper_url(session).rstrip("/").rsplit("/", 1)[1]
    typed = code.upper().replace("0", "O").replace("1", "L")
    now = timezone.now()

    assert codes.session_of(session.pk, typed, now) == session
    assert codes.session_of(other.pk, code, now) is None
    assert codes.session_of(other.pk, codes.ticket(session), now) is None
    assert codes.session_of(session.pk, "abcdefgh", now) is None


@pytest.mark.parametrize("change", [{"status": "cancelled"}, {"starts_at": None, "ends_at": None, "when_words": "May"}])
def test_codes_of_a_session_that_is_off_open_nothing(change: dict[str, object]) -> None:
    session = create_running_session()
    url = codes.paper_url(session)
    Session.objects.filter(pk=session.pk).update(**change)

    assert not opened(session, url, timezone.now())


def test_codes_of_a_group_that_does_not_use_them_open_nothing() -> None:
    session = create_running_session()
    session.work_group.uses_check_in = False
    session.work_group.save()

    assert not opened(session, codes.paper_url(session), timezone.now())


# Saying so


def test_check_in_finds_an_expected_person_by_name_however_it_is_written() -> None:
    session, [kim, _], _ = session_with("Kim O’Neil-Brown", "Sam Hill")

    arrivals.check_in(session=session, by=None, name="  kim oneil brown ", school="Oakfield")

    arrival = Arrival.objects.get()
    assert (arrival.attendance, arrival.name, arrival.school) == (kim, "", "")


def test_check_in_finds_an_expected_person_by_address() -> None:
    session, [kim, _], _ = session_with("Kim Lee", "Sam Hill")

    arrivals.check_in(session=session, by=None, name=(kim.person.email or "").upper(), school="Oakfield")

    assert Arrival.objects.get().attendance == kim


def test_check_in_of_two_who_bear_one_name_goes_by_school_or_waits_to_be_looked_at() -> None:
    session, [_, twin], _ = session_with("Kim Lee", "Kim Lee")
    school = create_school(name="Ashfield Infants")
    Attendance.objects.filter(pk=twin.pk).update(school=school)

    arrivals.check_in(session=session, by=None, name="Kim Lee", school="Ashfield")
    arrivals.check_in(session=session, by=None, name="Kim Lee", school="Elsewhere")

    known, unknown = Arrival.objects.all()
    assert (known.attendance, unknown.attendance, unknown.name) == (twin, None, "Kim Lee")


def test_check_in_twice_is_one_arrival() -> None:
    session, [kim], _ = session_with("Kim Lee")
    stranger = create_user()

    for _ in range(2):
        arrivals.check_in(session=session, by=kim.person)
        arrivals.check_in(session=session, by=stranger)
        arrivals.check_in(session=session, by=None, name="Jo Bell", school="Oakfield")

    assert [one.called for one in Arrival.objects.all()] == ["Kim Lee", stranger.name, "Jo Bell"]


def test_check_in_of_who_is_marked_as_here_adds_nothing() -> None:
    session, [kim], fran = session_with("Kim Lee")
    mark_register(session=session, marks={kim.pk: "present"}, by=fran)

    arrivals.check_in(session=session, by=kim.person)

    assert Arrival.objects.count() == 0


def test_check_in_outside_the_window_is_refused() -> None:
    session, [kim], _ = session_with("Kim Lee", minutes=-125)

    with pytest.raises(ValidationError, match="two hours before"):
        arrivals.check_in(session=session, by=kim.person)


def test_check_in_keeps_a_hundred_strangers_and_no_more() -> None:
    session, _, _ = session_with()
    Arrival.objects.bulk_create(
        Arrival(session=session, name=f"Jo {number}", at=timezone.now()) for number in range(100)
    )

    arrivals.check_in(session=session, by=None, name="One More", school="Oakfield")

    assert Arrival.objects.count() == 100


# Confirming


def test_confirm_marks_all_who_came_in_time_with_the_moment_they_said_so() -> None:
    session, [kim, _], fran = session_with("Kim Lee", "Sam Hill", minutes=2)
    arrivals.check_in(session=session, by=kim.person)
    arrivals.check_in(session=session, by=None, name="Jo Bell", school="Oakfield")

    count = arrivals.confirm(session=session, by=fran)

    mark = Mark.objects.get()
    arrival = Arrival.objects.get(attendance=kim)
    assert (count, standing(session)) == (1, {"Kim Lee": ("present", None)})
    assert (mark.by, mark.at, arrival.confirmed_at is None) == (fran, arrival.at, False)
    assert Arrival.objects.waiting().get().name == "Jo Bell"
    assert list(violations()) == []


def test_confirm_leaves_who_came_after_the_start_to_be_decided() -> None:
    session, [kim, sam], fran = session_with("Kim Lee", "Sam Hill", minutes=12)
    for row in (kim, sam):
        arrivals.check_in(session=session, by=row.person)
    kims, sams = Arrival.objects.order_by("attendance")

    assert arrivals.confirm(session=session, by=fran) == 0
    arrivals.confirm(session=session, arrivals=[kims.pk], late=True, by=fran)
    arrivals.confirm(session=session, arrivals=[sams.pk], by=fran)

    assert standing(session) == {"Kim Lee": ("late", 12), "Sam Hill": ("present", None)}


def test_confirm_takes_the_place_of_apologies_and_never_of_a_mark_that_they_came() -> None:
    session, [kim, sam], fran = session_with("Kim Lee", "Sam Hill", minutes=2)
    mark_register(session=session, marks={kim.pk: "apologies"}, by=fran)
    for row in (kim, sam):
        arrivals.check_in(session=session, by=row.person)
    mark_register(session=session, marks={sam.pk: "late"}, by=fran)

    arrivals.confirm(session=session, by=fran)

    assert standing(session) == {"Kim Lee": ("present", None), "Sam Hill": ("late", None)}
    assert list(violations()) == []


def test_confirm_as_puts_a_name_that_was_not_found_to_the_line_it_means() -> None:
    session, [kim], fran = session_with("Kim Lee")
    arrivals.check_in(session=session, by=None, name="Kimmy Lee", school="Oakfield")
    arrival = Arrival.objects.get()

    arrivals.confirm_as(arrival=arrival, row=kim, by=fran)

    arrival.refresh_from_db()
    assert (arrival.attendance, arrival.name, arrival.school) == (kim, "", "")
    assert standing(session) == {"Kim Lee": ("present", None)}


def test_dismiss_marks_nobody_and_lets_them_say_it_again() -> None:
    session, [kim], fran = session_with("Kim Lee")
    arrivals.check_in(session=session, by=kim.person)

    arrivals.dismiss(arrival=Arrival.objects.get(), by=fran)
    arrivals.check_in(session=session, by=kim.person)

    assert standing(session) == {}
    assert Arrival.objects.waiting().count() == 1
    with pytest.raises(ValidationError, match="answered already"):
        arrivals.dismiss(arrival=Arrival.objects.get(dismissed_at__isnull=False), by=fran)


def test_sign_waits_until_who_said_so_is_answered() -> None:
    session, [kim, sam], fran = session_with("Kim Lee", "Sam Fox", minutes=10)
    arrivals.check_in(session=session, by=kim.person)
    arrivals.check_in(session=session, by=sam.person)
    mark_register(session=session, marks={kim.pk: "late", sam.pk: "absent"}, by=fran)

    with pytest.raises(ValidationError, match="Somebody has said “I am here”"):
        registers.sign(session=session, by=fran)
    arrivals.dismiss(arrival=Arrival.objects.get(attendance=sam), by=fran)
    registers.sign(session=session, by=fran)

    session.refresh_from_db()
    assert session.signed_by == fran


# Pages


def test_check_in_page_tells_a_stranger_what_it_tells_who_is_expected() -> None:
    session, _, _ = session_with("Kim Lee")
    path = "/here/" + codes.screen_url(session, timezone.now()).split("/here/")[1]
    client = Client()

    page = client.get(path).content
    answers = [
        client.post(path, {"name": name, "school": "Oakfield"}, follow=True)
        for name in ("Kim Lee", "Jo Bell", "who@is.example")
    ]

    assert b"Kim" not in page
    assert [answer.redirect_chain for answer in answers] == [[("/here/thank-you/", 302)]] * 3
    assert len({answer.content for answer in answers}) == 1
    assert [one.called for one in Arrival.objects.all()] == ["Kim Lee", "Jo Bell", "who@is.example"]


def test_check_in_page_of_who_is_logged_in_takes_one_tap(log_in: Callable[[User], Client]) -> None:
    session, [kim], _ = session_with("Kim Lee")
    client = log_in(kim.person)
    path = "/here/" + codes.paper_url(session).split("/here/")[1]

    page = client.get(path)
    assert Arrival.objects.count() == 0
    client.post(page.context["here"])

    assert Arrival.objects.get().attendance == kim


def test_check_in_page_takes_what_was_typed_while_the_code_changed() -> None:
    session, [kim], _ = session_with("Kim Lee")
    old = codes.screen_url(session, timezone.now() - timedelta(minutes=2))
    here = f"/here/{session.pk}/{codes.ticket(session)}/"
    client = Client()

    late = client.get("/here/" + old.split("/here/")[1])
    typed = client.post(here, {"name": "Kim Lee", "school": "Oakfield"})

    assert (late.status_code, typed.status_code, Arrival.objects.get().attendance) == (404, 302, kim)


def test_check_in_page_of_a_session_that_is_not_says_what_an_old_code_says() -> None:
    session, _, _ = session_with()
    client = Client()

    unknown, old = client.get("/here/999999/abcdefgh/"), client.get(f"/here/{session.pk}/abcdefgh/")

    assert (unknown.status_code, old.status_code) == (404, 404)
    assert unknown.content == old.content


def test_check_in_page_refuses_what_is_no_name() -> None:
    session, _, _ = session_with()
    here = f"/here/{session.pk}/{codes.ticket(session)}/"

    answer = Client().post(here, {"name": "https://spam.example", "school": "<b>"})

    assert (answer.status_code, Arrival.objects.count()) == (200, 0)
    assert b"cannot hold a link" in answer.content


def test_check_in_page_is_asked_no_more_than_a_hall_of_people_would() -> None:
    session, _, _ = session_with()
    here = f"/here/{session.pk}/{codes.ticket(session)}/"
    client = Client()

    answers = [client.post(here, {"name": f"Jo {n}", "school": "Oakfield"}).status_code for n in range(121)]

    assert (answers[:120], answers[120]) == ([302] * 120, 429)


def test_session_check_in_shows_the_names_and_one_tap_confirms_them(log_in: Callable[[User], Client]) -> None:
    session, [kim, sam], fran = session_with("Kim Lee", "Sam Hill")
    for row in (kim, sam):
        arrivals.check_in(session=session, by=row.person)
    client = log_in(fran)
    page = f"/sessions/{session.pk}/check-in/"

    names = client.get(page, headers={"HX-Target": "check-in-names"})
    client.post(page, {"act": "all"})

    assert (b"Kim Lee" in names.content, b"<html" in names.content) == (True, False)
    assert standing(session) == {"Kim Lee": ("present", None), "Sam Hill": ("present", None)}


def test_register_says_how_many_wait_to_be_confirmed(log_in: Callable[[User], Client]) -> None:
    session, [kim, sam], fran = session_with("Kim Lee", "Sam Hill")
    client, page = log_in(fran), f"/sessions/{session.pk}/register/"
    for row in (kim, sam):
        arrivals.check_in(session=session, by=row.person)

    before = client.get(page)
    arrivals.confirm(session=session, by=fran)

    assert [b"2 people say that they are here" in one.content for one in (before, client.get(page))] == [True, False]


def test_session_check_in_code_alone_shows_no_names(log_in: Callable[[User], Client]) -> None:
    session, [kim], fran = session_with("Kim Lee")
    arrivals.check_in(session=session, by=kim.person)
    client = log_in(fran)

    alone = client.get(f"/sessions/{session.pk}/check-in/?show=code")
    part = client.get(f"/sessions/{session.pk}/check-in/", headers={"HX-Target": "check-in-code"})

    assert [b"Kim Lee" in one.content for one in (alone, part)] == [False, False]
    assert [b"<svg" in one.content for one in (alone, part)] == [True, True]


def test_session_check_in_of_a_group_without_it_is_not_found(log_in: Callable[[User], Client]) -> None:
    session, _, fran = session_with()
    session.work_group.uses_check_in = False
    session.work_group.save()

    assert log_in(fran).get(f"/sessions/{session.pk}/check-in/").status_code == 404


def test_session_arrival_offers_who_is_expected_and_the_way_to_add(log_in: Callable[[User], Client]) -> None:
    session, [kim], fran = session_with("Kim Lee")
    arrivals.check_in(session=session, by=None, name="Kimmy Lee", school="Oakfield")
    arrival = Arrival.objects.get()
    client, page = log_in(fran), f"/sessions/{session.pk}/check-in/{arrival.pk}/"

    shown = client.get(page)
    client.post(page, {"row": kim.pk})

    assert f"name=Kimmy+Lee&amp;school=Oakfield&amp;arrival={arrival.pk}".encode() in shown.content
    assert standing(session) == {"Kim Lee": ("present", None)}


def test_arrivals_go_thirty_days_after_the_session() -> None:
    session, [kim], _ = session_with("Kim Lee")
    arrivals.check_in(session=session, by=kim.person)
    rule = next(rule for rule in RETENTION if rule.what == "That you said yourself that you were at a session")

    before, after = [rule.due(timezone.now() + timedelta(days=days)).count() for days in (29, 31)]

    assert (before, after) == (0, 1)


def test_walk_in_of_the_hub_is_put_to_their_school(log_in: Callable[[User], Client]) -> None:
    session, _, fran = session_with()
    school = create_school(name="Oakfield Juniors")
    jo = create_teacher(school=school, name="Jo Bell")
    arrivals.check_in(session=session, by=jo)
    arrival = Arrival.objects.get()

    answer = log_in(fran).post(
        f"/sessions/{session.pk}/register/add/",
        {"name": "Jo Bell", "school": "Oakfield Juniors", "person": jo.pk, "arrival": arrival.pk},
    )

    arrival.refresh_from_db()
    row = Attendance.objects.get(person=jo)
    assert answer.status_code == 302
    assert (row.school, row.place, arrival.attendance, arrival.person) == (school, None, row, None)
    assert arrival.confirmed_at is not None
    assert standing(session) == {"Jo Bell": ("present", None)}
