"""What a phone sends of a register that was taken off line: each tap is answered, and nothing is lost by a bad one."""

import json
import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import HistoryLine, User
from booking.actions import registers
from booking.forms.phones import MOST_TAPS
from booking.integrity import violations
from booking.models import Attendance, Mark, Session
from tests.booking.test_registers import session_now, standing
from tests.factories import create_facilitation, create_user, mark_register

pytestmark = pytest.mark.django_db(transaction=True)


class Phone:
    """A phone in somebody's hand, with a clock of its own."""

    def __init__(self, session: Session, person: User, *, clock: timedelta = timedelta()) -> None:
        self.session, self.person, self.clock = session, person, clock
        self.client = Client(raise_request_exception=False)
        self.client.force_login(person)
        self.url = reverse("register_marks", args=[session.pk])

    def moment(self, at: datetime) -> float:
        return (at + self.clock).timestamp() * 1000

    def tap(self, row: Attendance, what: str, *, ago: timedelta = timedelta(), **more: Any) -> dict[str, Any]:
        return {
            "id": str(uuid.uuid4()),
            "row": row.pk,
            "what": what,
            "at": self.moment(timezone.now() - ago),
            **more,
        }

    def post(self, body: object) -> Any:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.client.post(self.url, data, content_type="application/json")

    def send(self, *taps: object) -> list[tuple[str, str]]:
        """What became of each tap, and why."""
        response = self.post({"person": self.person.pk, "now": self.moment(timezone.now()), "taps": taps})
        assert response.status_code == 200
        return [(one["state"], one["words"]) for one in response.json()["answers"]]

    def states(self, *taps: object) -> list[str]:
        return [state for state, _ in self.send(*taps)]


def test_marks_are_kept_each_with_the_time_of_its_tap() -> None:
    session, [kim, sam], lead = session_now()
    phone = Phone(session, lead)
    first = phone.tap(kim, "late", minutes=10, note="Bus", ago=timedelta(minutes=3))

    states = phone.states(first, phone.tap(sam, "present"), phone.tap(kim, "present", replaces=first["id"]))

    assert states == ["kept", "kept", "kept"]
    late = Mark.objects.get(device_id=first["id"])
    assert (late.says, late.by) == (("late", 10, "Bus"), lead)
    assert timedelta(minutes=2) < late.received_at - late.at < timedelta(minutes=4)
    assert (standing(kim), standing(sam)) == ("present", "present")
    assert list(violations()) == []


@pytest.mark.parametrize("clock", [timedelta(days=2), timedelta(days=-2)])
def test_marks_of_a_clock_two_days_wrong_bear_the_right_time(clock: timedelta) -> None:
    session, [kim, _], lead = session_now()
    phone = Phone(session, lead, clock=clock)

    assert phone.states(phone.tap(kim, "present", ago=timedelta(minutes=1))) == ["kept"]

    assert abs(timezone.now() - timedelta(minutes=1) - Mark.objects.get().at) < timedelta(seconds=30)


@pytest.mark.parametrize("ago", [timedelta(days=400), timedelta(days=-400)])
def test_marks_made_when_no_register_was_open_bear_a_time_when_it_was(ago: timedelta) -> None:
    session, [kim, _], lead = session_now()
    phone = Phone(session, lead)

    assert phone.states(phone.tap(kim, "present", ago=ago)) == ["kept"]

    assert session.starts_at
    mark = Mark.objects.get()
    assert mark.at == (session.starts_at - timedelta(hours=2) if ago > timedelta() else mark.received_at)


def test_marks_sent_twice_are_known() -> None:
    session, [kim, _], lead = session_now()
    phone = Phone(session, lead)
    tap = phone.tap(kim, "present")

    assert [phone.states(tap, tap), phone.states(tap)] == [["kept", "known"], ["known"]]

    assert Mark.objects.count() == 1


def test_marks_out_of_order_wait_for_those_before_them() -> None:
    session, [kim, sam], lead = session_now()
    phone = Phone(session, lead)
    first = phone.tap(kim, "present")
    second = phone.tap(kim, "late", replaces=first["id"])

    assert phone.states(second, phone.tap(sam, "absent")) == ["wait", "kept"]
    assert phone.states(first, second) == ["kept", "kept"]

    assert standing(kim) == "late"


def test_marks_that_nobody_may_make_are_refused_one_by_one_and_the_others_kept() -> None:
    session, [kim, sam], lead = session_now()
    _, [stranger, _], _ = session_now()
    phone = Phone(session, lead)
    good = phone.tap(kim, "present")
    bad = [
        phone.tap(stranger, "present"),
        {**phone.tap(sam, "present"), "row": 2**63 - 1},
        {**phone.tap(sam, "present"), "row": 10**30},
        phone.tap(sam, "asleep"),
        phone.tap(sam, "late", minutes=500),
        phone.tap(sam, "late", minutes=-5),
        phone.tap(sam, "present", minutes=5),
        phone.tap(sam, "present", note="x" * 201),
        phone.tap(sam, "present", note=["no"]),
        phone.tap(sam, "present", note="\ud800"),
        {**phone.tap(sam, "present"), "id": "not-an-id"},
        {**phone.tap(sam, "present"), "id": 7},
        {**phone.tap(sam, "present"), "at": "yesterday"},
        {**phone.tap(sam, "present"), "at": 1e300},
        {**phone.tap(sam, "present"), "settles": 5},
        {"nothing": 1},
        "not a tap",
        None,
    ]

    answers = phone.send(*bad, good)

    assert [state for state, _ in answers].count("refused") == len(bad)
    assert all(words for state, words in answers if state == "refused")
    assert ("kept", "") in answers
    assert [mark.attendance_id for mark in Mark.objects.all()] == [kim.pk]


def test_marks_before_the_register_opens_wait() -> None:
    session, [kim, _], lead = session_now()
    start = timezone.now() + timedelta(days=3)
    Session.objects.filter(pk=session.pk).update(starts_at=start, ends_at=start + timedelta(hours=2))
    phone = Phone(session, lead)

    assert phone.send(phone.tap(kim, "present")) == [("early", "This register opens two hours before the session.")]

    assert Mark.objects.count() == 0


def test_marks_of_a_cancelled_session_are_refused() -> None:
    session, [kim, _], lead = session_now()
    Session.objects.filter(pk=session.pk).update(status="cancelled")
    phone = Phone(session, lead)

    assert phone.send(phone.tap(kim, "present")) == [("refused", "This session was cancelled, so it has no register.")]


def test_marks_after_the_lock_ask_for_a_reason_and_are_kept_with_one() -> None:
    session, [kim, sam], lead = session_now()
    mark_register(session=session, marks={kim.pk: "present", sam.pk: "absent"}, by=lead)
    registers.sign(session=session, by=lead)
    long_ago = timezone.now() - timedelta(days=10)
    Mark.objects.update(received_at=long_ago)
    Session.objects.filter(pk=session.pk).update(signed_at=long_ago)
    phone = Phone(session, lead)
    tap = phone.tap(kim, "late", replaces=str(kim.marks.get().device_id))

    assert phone.send(tap) == [("why", "This register has been signed and is locked. Say why you change it.")]
    assert phone.states({**tap, "amendment": "Seen by the host"}) == ["kept"]

    assert (standing(kim), Mark.objects.latest("pk").amendment) == ("late", "Seen by the host")
    assert HistoryLine.objects.get(verb="register_amended").reason == "Seen by the host"
    assert list(violations()) == []


def test_marks_of_a_signed_register_are_not_undone_to_nothing() -> None:
    session, [kim, sam], lead = session_now()
    mark_register(session=session, marks={kim.pk: "present", sam.pk: "absent"}, by=lead)
    registers.sign(session=session, by=lead)
    phone = Phone(session, lead)

    [(state, words)] = phone.send(phone.tap(kim, "cleared", replaces=str(kim.marks.get().device_id)))

    assert (state, words[:28], standing(kim)) == ("refused", "This register is signed, so ", "present")


def test_marks_of_somebody_else_who_was_logged_in_are_not_taken() -> None:
    session, [kim, _], lead = session_now()
    other = create_user()
    create_facilitation(work_group=session.work_group, person=other)
    phone = Phone(session, other)

    response = phone.post({"person": lead.pk, "now": 0, "taps": [phone.tap(kim, "present")]})

    assert (response.status_code, Mark.objects.count()) == (409, 0)
    assert "until you log in again" in response.json()["words"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"taps": "' + b"x" * 10_000_000 + b'"}', 413),
        (b"", 422),
        (b"\xff\xfe", 422),
        (b"[" * 100_000, 422),
        (b"[]", 422),
        (b"null", 422),
        (b'{"person": 1, "now": NaN, "taps": []}', 422),
        (b'{"person": 1, "now": 1e400, "taps": []}', 422),
        (b'{"person": 1, "now": 0, "taps": {}}', 422),
        (b'{"person": true, "now": 0, "taps": []}', 422),
        (json.dumps({"person": 1, "now": 0, "taps": [0] * (MOST_TAPS + 1)}).encode(), 422),
    ],
    ids=["10 MB", "empty", "no text", "deep", "list", "null", "NaN", "infinite", "no list", "true", "too many"],
)
def test_marks_that_cannot_be_read_are_refused_with_a_sentence(body: bytes, status: int) -> None:
    session, _, lead = session_now()

    response = Phone(session, lead).post(body)

    assert response.status_code == status
    assert response.json()["words"].endswith(". Nothing of it was taken.")


def test_marks_with_an_old_token_are_sent_with_a_fresh_one() -> None:
    session, [kim, _], lead = session_now()
    phone = Phone(session, lead)
    phone.client = Client(enforce_csrf_checks=True)
    phone.client.force_login(lead)
    body = {"person": lead.pk, "now": phone.moment(timezone.now()), "taps": [phone.tap(kim, "present")]}

    assert phone.post(body).status_code == 403
    asked = phone.client.get(phone.url).json()
    sent = phone.client.post(
        phone.url, json.dumps(body), content_type="application/json", headers={"X-CSRFToken": asked["token"]}
    )

    assert (asked["person"], asked["newest"], sent.status_code) == (lead.pk, 0, 200)
    assert standing(kim) == "present"


def test_marks_say_when_another_phone_has_marked_the_same_line_differently() -> None:
    session, [kim, _], lead = session_now()
    phone = Phone(session, lead)

    def sent(what: str) -> bool:
        body = {"person": lead.pk, "now": phone.moment(timezone.now()), "taps": [phone.tap(kim, what)]}
        return bool(phone.post(body).json()["answers"][0]["differs"])

    assert [sent("present"), sent("present"), sent("late")] == [False, False, True]


def test_marks_for_a_register_of_somebody_else_are_not_found() -> None:
    session, [kim, _], _ = session_now()
    phone = Phone(session, create_user())
    body = {"person": phone.person.pk, "now": phone.moment(timezone.now()), "taps": [phone.tap(kim, "present")]}

    assert (phone.post(body).status_code, phone.client.get(phone.url).status_code) == (404, 404)

    assert Mark.objects.count() == 0


def test_marks_cost_few_questions() -> None:
    session, [kim, sam], lead = session_now()
    phone = Phone(session, lead)
    phone.states(phone.tap(kim, "present"))

    with CaptureQueriesContext(connection) as asked:
        phone.states(phone.tap(sam, "present"))

    assert len([one for one in asked if not one["sql"].startswith(("BEGIN", "COMMIT"))]) <= 7
