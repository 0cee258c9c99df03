"""Whatever a mail server does wrong: nothing is lost, no reminder comes twice, and the queue empties by itself."""

import re
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db.models import F
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from booking.actions import programme
from booking.changing import SessionPlan
from booking.integrity import violations
from booking.models import CalendarEntry, WorkGroup
from notifications import delivery, lease, smtp
from notifications.delivery import deliver, drain
from notifications.models import Notice
from notifications.outbox import STOPPED, Envelope, put
from tests.factories import create_booking, create_hub_staff, create_lead, create_teacher, create_work_group
from tests.faulty_smtp import CLOSE, HANG, LOST, SLOW, FaultySmtp

pytestmark = pytest.mark.django_db(transaction=True)

State = Notice.State
# The sweep looks so often; within so long after a fault everything has gone.
SWEEP, PROMISED = 15, 120
CERTAIN = {
    "refusing": {"connect": "refuse"},
    "4xx at the banner": {"banner": "421 busy"},
    "4xx at EHLO": {"ehlo": "451 later"},
    "4xx at MAIL": {"mail": "451 later"},
    "4xx at RCPT": {"rcpt": "450 greylisted"},
    "4xx at DATA": {"data": "451 later"},
    "4xx after the dot": {"dot": "452 no room"},
    "closing down": {"mail": "421 closing down"},
    "5xx at the banner": {"banner": "554 no service here"},
    "5xx at EHLO": {"ehlo": "550 not to you"},
    "slow everywhere": dict.fromkeys(("banner", "ehlo", "mail", "rcpt", "data", "dot"), SLOW),
    "hanging at the banner": {"banner": HANG},
    "hanging at EHLO": {"ehlo": HANG},
    "hanging at MAIL": {"mail": HANG},
    "hanging at RCPT": {"rcpt": HANG},
    "hanging at DATA": {"data": HANG},
    "ending the line at the banner": {"banner": CLOSE},
    "ending the line at RCPT": {"rcpt": CLOSE},
}
# A small mail is on its way to the dot before anybody can know that the line has ended within it.
DOUBTFUL = {
    "ending the line in mid DATA": {"body": CLOSE},
    "answer lost after the dot": {"dot": LOST},
    "hanging after the dot": {"dot": HANG},
}
FOR_GOOD = {
    "5xx at MAIL": {"mail": "550 not from you"},
    "5xx at RCPT": {"rcpt": "550 5.1.1 no such person"},
    "5xx at DATA": {"data": "554 no"},
    "5xx after the dot": {"dot": "554 spam"},
}


@pytest.fixture
def impatient(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Waits less for a server that hangs; for the others, a busy machine must not look like one."""

    def be_so() -> None:
        settings.EMAIL_TIMEOUT = 0.2
        monkeypatch.setattr(smtp, "SECONDS_AFTER_DOT", 0.2)

    return be_so


def break_it(server: FaultySmtp, faults: dict[str, str]) -> None:
    server.faults = dict(faults)
    if "connect" in faults:
        server.refuse()


def mend_it(server: FaultySmtp) -> None:
    server.faults = {}
    server.hang_up()
    if server._listener is None:
        server.listen()


def sweeps(seconds: int) -> None:
    """What the beat makes of so many seconds, with everything that waits for a moment moved towards it."""
    for _ in range(0, seconds, SWEEP):
        drain()
        step = timedelta(seconds=SWEEP)
        Notice.objects.update(next_try_at=F("next_try_at") - step, made_at=F("made_at") - step)
        Notice.objects.filter(claimed_until__isnull=False).update(claimed_until=F("claimed_until") - step)
    drain()


def cause_mail() -> WorkGroup:
    """A school books two people on two sessions, somebody forgets a password, and two reminders are due."""
    lead = create_lead(email="lena@one.example")
    school = lead.memberships.get().school
    people = [create_teacher(school=school, email=f"kim@{host}.example") for host in ("two", "three")]
    group = create_work_group(sessions=2, capacity=4)
    create_booking(work_group=group, by=lead, people=people)
    for person in people:
        envelope = Envelope(kind="reminder", to=person.email or "", person=person, once=True)
        put(envelope, subject="Tomorrow", text="See you there")
    answer = Client().post("/accounts/password/reset/", {"email": "lena@one.example"})
    assert answer.status_code == 302
    return group


def move_a_session(group: WorkGroup) -> None:
    session = group.sessions.get(number=1)
    plan = SessionPlan.of(session)
    assert plan.starts_at
    assert plan.ends_at
    later = replace(plan, starts_at=plan.starts_at + timedelta(hours=1), ends_at=plan.ends_at + timedelta(hours=1))
    programme.change_session(session=session, plan=later, by=create_hub_staff())
    CalendarEntry.objects.update(tell_after=timezone.now())  # the hold time is not what is tested here


def sequences(server: FaultySmtp) -> dict[str, list[int]]:
    """What each calendar entry was told, in the order of arrival."""
    told = defaultdict(list)
    for message in server.messages():
        for part in message.walk():
            if part.get_content_type() == "text/calendar":
                words = part.get_content()
                uid, sequence = (re.search(rf"{name}:(.*)", words) for name in ("UID", "SEQUENCE"))
                assert uid
                assert sequence
                told[uid[1].strip()].append(int(sequence[1]))
    return told


def check_copies(server: FaultySmtp) -> None:
    """Copies of a mail are the same to the byte, and of a reminder there are none."""
    copies = defaultdict(list)
    for message, (_, raw) in zip(server.messages(), server.mails, strict=True):
        copies[message["Message-ID"]].append(raw)
    for key, once in Notice.objects.values_list("key", "once"):
        found = copies[f"<{key}@127.0.0.1>"]
        assert len(set(found)) <= 1
        assert len(found) <= 1 or not once


@pytest.mark.parametrize("fault", CERTAIN | DOUBTFUL)
def test_fault_loses_nothing_and_ends_by_itself(fault: str, server: FaultySmtp, impatient: Callable[[], None]) -> None:
    if "hanging" in fault:
        impatient()
    break_it(server, (CERTAIN | DOUBTFUL)[fault])
    group = cause_mail()

    sweeps(30)
    move_a_session(group)
    sweeps(45)
    mend_it(server)
    sweeps(PROMISED)

    states = dict(Notice.objects.values_list("pk", "state"))
    kept = {State.SENT, State.DROPPED} | ({State.UNKNOWN} if fault in DOUBTFUL else set())
    assert set(states.values()) <= kept
    assert set(Notice.objects.filter(state=State.DROPPED).values_list("kind", flat=True)) <= {"invite"}
    assert set(Notice.objects.filter(state=State.UNKNOWN).values_list("once", flat=True)) <= {True}
    # Each entry was told, in order, and of the move last.
    moved, kept_still = (group.sessions.get(number=number).pk for number in (1, 2))
    for entry in CalendarEntry.objects.all():
        told = sequences(server)[entry.uid]
        assert told == sorted(told)
        assert told[-1] == {moved: 1, kept_still: 0}[entry.session_id]
    check_copies(server)
    arrived = {message["Message-ID"] for message in server.messages()}
    for key in Notice.objects.exclude(state__in=[State.DROPPED, State.UNKNOWN]).values_list("key", flat=True):
        assert f"<{key}@127.0.0.1>" in arrived
    assert list(violations()) == []


def test_large_mail_that_was_cut_off_is_certain_not_to_have_arrived(server: FaultySmtp) -> None:
    put(Envelope(kind="test", to="kim@two.example", once=True), subject="Hello", text="Hello\n" * 3_000_000)
    server.faults = {"body": CLOSE}

    deliver()

    assert Notice.objects.get().state == State.RETRY


@pytest.mark.parametrize("fault", FOR_GOOD)
def test_refusal_for_good_is_tried_once_and_shown(fault: str, server: FaultySmtp) -> None:
    break_it(server, FOR_GOOD[fault])
    cause_mail()

    sweeps(60)

    tried = Notice.objects.exclude(error=STOPPED)
    assert set(tried.values_list("state", "attempts")) == {(State.FAILED, 1)}
    assert all(Notice.objects.values_list("error", flat=True))
    assert server.mails == []


@pytest.mark.parametrize("hours", [3, 80])
def test_long_refusal_by_the_server_leaves_nothing_waiting_for_long(hours: int, server: FaultySmtp) -> None:
    """A storm of 4xx is the server's, not the mails': none of them climbs its back-off or is given up."""
    for number in range(6):
        put(Envelope(kind="test", to=f"kim@host{number}.example"), subject="Hello", text="Hello")
    server.faults = {"rcpt": "451 later"}
    for _ in range(30):
        sweeps(SWEEP)
    Notice.objects.update(made_at=timezone.now() - timedelta(hours=hours))
    sweeps(SWEEP)

    mend_it(server)
    sweeps(SWEEP * 2)

    assert set(Notice.objects.values_list("state", flat=True)) == {State.SENT}


def test_one_mail_that_is_refused_for_itself_waits_longer_and_holds_up_nobody(server: FaultySmtp) -> None:
    full = put(Envelope(kind="test", to="full@two.example"), subject="Hello", text="Hello")
    assert full is not None
    server.faults = {"rcpt": "452 mailbox full"}
    deliver()
    server.faults = {}
    put(Envelope(kind="test", to="kim@two.example"), subject="Hello", text="Hello")

    assert deliver() == 1

    full.refresh_from_db()
    assert (full.state, full.attempts) == (State.RETRY, 1)
    assert timedelta(seconds=20) < full.next_try_at - timezone.now() < timedelta(seconds=31)


def test_refused_for_days_is_shown_to_the_office(server: FaultySmtp) -> None:
    notice = put(Envelope(kind="test", to="full@two.example"), subject="Hello", text="Hello")
    assert notice is not None
    server.faults = {"rcpt": "452 mailbox full"}
    Notice.objects.update(attempts=100, made_at=timezone.now() - timedelta(days=4))

    deliver()

    assert Notice.objects.get().state == State.FAILED


def test_doubt_that_does_not_end_is_left_to_a_person(server: FaultySmtp) -> None:
    put(Envelope(kind="invite", to="kim@two.example"), subject="Hello", text="Hello")
    server.faults = {"dot": LOST}

    for _ in range(50):
        sweeps(SWEEP)
        step = timedelta(seconds=SWEEP)
        Notice.objects.filter(sent_at__isnull=False).update(sent_at=F("sent_at") - step)

    assert Notice.objects.get().state == State.UNKNOWN
    assert len(server.mails) <= 10
    assert len({raw for _, raw in server.mails}) == 1


def test_claim_of_a_worker_that_was_killed_is_taken_over_well_within_the_promise(server: FaultySmtp) -> None:
    put(Envelope(kind="test", to="kim@two.example"), subject="Hello", text="Hello")
    assert delivery.claim(timezone.now())

    sweeps(60)

    assert Notice.objects.get().state == State.SENT


def test_claim_of_a_slow_worker_that_lives_is_nobody_elses(server: FaultySmtp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lease, "SECONDS_BETWEEN", 0.05)
    notice = put(Envelope(kind="test", to="kim@two.example", once=True), subject="Hello", text="Hello")
    assert notice is not None
    claimed = delivery.claim(timezone.now())
    assert claimed is not None
    keeper, first = lease.Keeper(), claimed.claimed_until
    keeper.hold(claimed)

    try:
        for _ in range(100):
            notice.refresh_from_db()
            if notice.claimed_until != first:
                break
            assert delivery.claim(timezone.now()) is None
            time.sleep(0.05)
    finally:
        keeper.release()
        keeper.end()

    notice.refresh_from_db()
    assert first is not None
    assert notice.claimed_until == claimed.claimed_until
    assert notice.claimed_until is not None
    assert notice.claimed_until > first


def test_claim_that_was_lost_while_a_worker_stood_still_hands_nothing_over(server: FaultySmtp) -> None:
    """A machine that slept: by the time it would say DATA, another worker has the mail."""
    notice = put(Envelope(kind="test", to="kim@two.example", once=True), subject="Hello", text="Hello")
    assert notice is not None

    claimed = delivery.claim(timezone.now())
    assert claimed is not None
    keeper = lease.Keeper()
    keeper.hold(claimed)
    claimed.claimed_until = timezone.now()  # as old as it would be
    transport = smtp.SmtpTransport()

    result = transport.send("hub@hub.example", "kim@two.example", bytes(claimed.raw), keeper.is_ours)
    transport.close()
    keeper.end()

    assert result.outcome is smtp.Outcome.LOST
    assert server.mails == []
