"""Answers to invites that come by mail: taken where it is proved who wrote them, and never more than they may."""

from datetime import UTC, datetime, timedelta
from email.utils import parseaddr

import icalendar
import pytest
from django.utils import timezone
from pytest_django import Settings

from booking.actions import answers
from booking.integrity import violations
from booking.models import Attendance, CalendarEntry, Place
from notifications.actions import inbound
from notifications.delivery import drain
from notifications.inbound.sort import sort
from notifications.models import Inbound, Notice
from tests.factories import (
    create_booking,
    create_hub_staff,
    create_lead,
    create_teacher,
    create_user,
    create_work_group,
)
from tests.inbound_mails import MX, plain, reply
from tests.smtp_sink import SinkServer

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _our_mail_server(settings: Settings) -> None:
    settings.INBOUND_AUTHSERV_ID = MX


@pytest.fixture
def entry() -> CalendarEntry:
    """Kim's invite to the first session, which has gone out."""
    lead = create_lead(name="Lena Marsh", email="lena@school.example")
    kim = create_teacher(school=lead.memberships.get().school, name="Kim Patel", email="kim@school.example")
    work_group = create_work_group(sessions=2)
    create_booking(work_group=work_group, by=lead, people=[kim])
    CalendarEntry.objects.update(tell_after=timezone.now())
    drain()
    return CalendarEntry.objects.select_related("session", "person").get(person=kim, session__number=1)


def receive(raw: bytes) -> Inbound:
    return inbound.receive(mail=sort(raw, len(raw)))


def answer_of(entry: CalendarEntry) -> str:
    return CalendarEntry.objects.get(pk=entry.pk).answer


def asked() -> int:
    return Notice.objects.filter(kind="declined_by_mail").count()


def test_reply_that_accepts_is_an_answer(entry: CalendarEntry) -> None:
    mail = receive(reply(entry, "ACCEPTED"))

    assert (mail.state, mail.person, answer_of(entry), asked()) == ("taken", entry.person, "coming", 0)


def test_reply_that_declines_asks_what_to_do_and_keeps_the_place(entry: CalendarEntry) -> None:
    mail = receive(reply(entry, "DECLINED"))

    row = Attendance.objects.select_related("standing_mark").get(session=entry.session, person=entry.person)
    notice = Notice.objects.get(kind="declined_by_mail")
    link = f"/{entry.session_id}/"
    assert (mail.state, answer_of(entry), row.standing_mark and row.standing_mark.what) == (
        "taken",
        "cannot",
        "apologies",
    )
    assert (notice.to, notice.subject) == ("kim@school.example", "You can’t come to session 1: what shall we do?")
    assert link in bytes(notice.raw).decode().replace("=\r\n", "")
    assert Place.objects.get(person=entry.person).live
    assert list(violations()) == []


def test_reply_that_is_not_sure_is_noted_and_changes_nothing(entry: CalendarEntry) -> None:
    mail = receive(reply(entry, "TENTATIVE"))

    assert (mail.state, mail.says, answer_of(entry)) == ("noted", "perhaps", "")


FORGED = {
    "nobody proved it": {"proved": False},
    "another domain was proved": {"sender": "kim@evil.example"},
    "a colleague of the same domain": {"sender": "other@school.example"},
    "proved by somebody else": {
        "proved": False,
        "head": "Authentication-Results: mx.evil.example; dmarc=pass header.from=school.example\r\n",
    },
    "ours stands below another": {
        "proved": False,
        "head": "Authentication-Results: mx.evil.example; dmarc=fail\r\n"
        f"Authentication-Results: {MX}; dmarc=pass header.from=school.example\r\n",
    },
    "it failed": {
        "proved": False,
        "head": f"Authentication-Results: {MX}; dmarc=fail header.from=school.example\r\n",
    },
    "it stands in a comment": {
        "proved": False,
        "head": f"Authentication-Results: {MX}; dkim=fail (; dmarc=pass header.from=school.example)\r\n",
    },
    "it stands in quotes": {
        "proved": False,
        "head": f'Authentication-Results: {MX}; spf=fail smtp.mailfrom="x; dmarc=pass header.from=school.example;"\r\n',
    },
    "it says so twice": {
        "proved": False,
        "head": f"Authentication-Results: {MX}; dmarc=pass header.from=school.example; dmarc=fail\r\n",
    },
    "two senders": {"head": "From: Somebody <boss@evil.example>\r\n"},
}


@pytest.mark.parametrize("how", FORGED.values(), ids=FORGED)
def test_reply_that_may_be_forged_waits_for_a_person(entry: CalendarEntry, how: dict[str, object]) -> None:
    mail = receive(reply(entry, "DECLINED", **how))  # type: ignore[arg-type]

    assert (mail.state, mail.can_be_taken, answer_of(entry), asked()) == ("waiting", True, "", 0)


def test_reply_is_believed_by_nobody_where_no_mail_server_is_named(entry: CalendarEntry, settings: Settings) -> None:
    settings.INBOUND_AUTHSERV_ID = ""

    mail = receive(reply(entry, "DECLINED"))

    assert (mail.state, answer_of(entry)) == ("waiting", "")


def test_reply_that_waited_is_taken_by_staff(entry: CalendarEntry) -> None:
    staff = create_hub_staff()
    mail = receive(reply(entry, "DECLINED", proved=False))

    inbound.take(inbound=mail, by=staff)

    mail.refresh_from_db()
    assert (mail.state, mail.done_by, answer_of(entry), asked()) == ("taken", staff, "cannot", 1)


def test_reply_to_an_older_invite_is_ignored(entry: CalendarEntry) -> None:
    CalendarEntry.objects.filter(pk=entry.pk).update(sequence=entry.sequence + 1)

    mail = receive(reply(entry, "DECLINED"))

    assert (mail.state, answer_of(entry)) == ("ignored", "")


def test_reply_of_the_newest_stamp_wins_whatever_comes_last(entry: CalendarEntry) -> None:
    now = datetime.now(UTC)
    receive(reply(entry, "ACCEPTED", key="<2@x>", stamp=now - timedelta(minutes=1)))

    late = receive(reply(entry, "DECLINED", key="<1@x>", stamp=now - timedelta(minutes=5)))

    assert (late.state, answer_of(entry)) == ("ignored", "coming")


def test_reply_that_comes_after_a_later_answer_on_the_page_is_ignored(entry: CalendarEntry) -> None:
    answers.answer(person=entry.person, session=entry.session, answer="coming", by=entry.person)

    late = receive(reply(entry, "DECLINED", stamp=datetime.now(UTC) - timedelta(hours=1)))

    assert (late.state, answer_of(entry)) == ("ignored", "coming")


def test_reply_from_a_clock_that_is_ahead_does_not_win_for_ever(entry: CalendarEntry) -> None:
    receive(reply(entry, "ACCEPTED", key="<1@x>", stamp=datetime(2099, 1, 1, tzinfo=UTC)))

    receive(reply(entry, "DECLINED", key="<2@x>", stamp=datetime.now(UTC) + timedelta(seconds=5)))

    assert answer_of(entry) == "cannot"


def test_reply_that_is_read_twice_is_one(entry: CalendarEntry) -> None:
    first = receive(reply(entry, "DECLINED"))

    second = receive(reply(entry, "ACCEPTED"))

    assert (first, Inbound.objects.count(), answer_of(entry), asked()) == (second, 1, "cannot", 1)


def test_reply_with_an_unknown_uid_waits(entry: CalendarEntry) -> None:
    mail = receive(reply(entry, "ACCEPTED", uid="nobody@knows"))

    assert (mail.state, mail.can_be_taken, mail.why) == ("waiting", False, "It answers an invite that is not ours.")


def test_reply_for_somebody_who_was_not_invited_adds_nobody(entry: CalendarEntry) -> None:
    before = CalendarEntry.objects.count(), Attendance.objects.count()

    mail = receive(reply(entry, "ACCEPTED", attendee="new@school.example", sender="new@school.example"))

    assert (mail.state, mail.can_be_taken) == ("waiting", False)
    assert (CalendarEntry.objects.count(), Attendance.objects.count()) == before


@pytest.mark.parametrize("method", ["REQUEST", "CANCEL", "COUNTER", "REFRESH"])
def test_calendar_message_of_another_kind_is_never_acted_on(entry: CalendarEntry, method: str) -> None:
    mail = receive(reply(entry, "DECLINED", method=method))

    assert (mail.kind, mail.state, answer_of(entry)) == ("other", "waiting", "")


def test_reply_that_says_so_in_one_place_only_waits(entry: CalendarEntry) -> None:
    mail = receive(reply(entry, "DECLINED").replace(b"METHOD:REPLY", b"METHOD:REQUEST"))

    assert (mail.state, answer_of(entry)) == ("waiting", "")


def test_reply_that_google_calls_generated_is_an_answer(entry: CalendarEntry) -> None:
    mail = receive(reply(entry, "ACCEPTED", head="Auto-Submitted: auto-generated\r\n"))

    assert (mail.state, answer_of(entry)) == ("taken", "coming")


def test_reply_to_the_address_with_a_token_needs_no_proof(
    entry: CalendarEntry, settings: Settings, smtp: SinkServer
) -> None:
    settings.INBOUND_PLUS = True
    CalendarEntry.objects.filter(pk=entry.pk).update(sequence=entry.sequence + 1, tell_after=timezone.now())
    drain()
    entry.refresh_from_db()
    (message,) = smtp.sink.messages()
    address = parseaddr(message["From"])[1]
    (calendar,) = [part for part in message.walk() if part.get_content_type() == "text/calendar"]
    organizer = icalendar.Calendar.from_ical(calendar.get_payload(decode=True)).walk("VEVENT")[0]["ORGANIZER"]

    later = datetime.now(UTC) + timedelta(minutes=1)

    mail = receive(reply(entry, "ACCEPTED", proved=False, to=address.upper()))
    other = receive(reply(entry, "DECLINED", proved=False, to=address.replace("+", "+9"), key="<other@x>", stamp=later))

    assert address.startswith(f"hub+{entry.person_id}-")
    assert organizer == f"mailto:{address}"
    assert (mail.state, other.state, answer_of(entry)) == ("taken", "waiting", "coming")


def test_reply_that_leaves_words_about_a_begun_session_waits(entry: CalendarEntry) -> None:
    now = timezone.now()
    entry.session.starts_at, entry.session.ends_at = now - timedelta(hours=1), now + timedelta(hours=1)
    entry.session.save(update_fields=["starts_at", "ends_at"])

    mail = receive(reply(entry, "DECLINED"))

    assert (mail.state, mail.why, answer_of(entry)) == ("waiting", "This session can no longer be answered.", "")


def test_out_of_office_is_ignored() -> None:
    mail = receive(plain("I am away until Monday.", head="Auto-Submitted: auto-replied (vacation)\r\n"))

    assert (mail.kind, mail.state) == ("machine", "ignored")


def test_letter_waits_with_its_words() -> None:
    mail = receive(plain())

    assert (mail.kind, mail.state, mail.text) == ("other", "waiting", "Can I bring a colleague?")


def test_letter_in_html_is_kept_as_plain_words() -> None:
    raw = plain("<p>Hello&nbsp;<b>hub</b></p><script>alert(1)</script>").replace(b"text/plain", b"text/html")

    mail = receive(raw)

    assert mail.text == "Hello\xa0hub"


RUBBISH = {
    "nothing": b"",
    "no header": b"\x00\xff\xfe" * 400,
    "broken MIME": b"Content-Type: multipart/mixed; boundary=\r\n\r\n--\r\nContent-Type: text/calendar\r\n\r\nBEGIN",
    "deep": b"".join(b"Content-Type: multipart/mixed; boundary=%d\r\n\r\n--%d\r\n" % (n, n) for n in range(3000)),
    "a character set that is none": b"Content-Type: text/plain; charset=klingon\r\n\r\n\xe9",
    "a header of nonsense": b"From: =?klingon?q?=FF?= <\r\nSubject: =?utf-8?b?!!!?=\r\nTo: ((((\r\n\r\nx",
    "NUL in words": b"Subject: a\x00b\r\n\r\nc\x00d",
    "a calendar of nonsense": b"Content-Type: text/calendar; method=REPLY\r\n\r\nBEGIN:VCALENDAR\r\nMETHOD:REPLY\r\n"
    b"BEGIN:VEVENT\r\nDTSTAMP:yesterday\r\nATTENDEE;PARTSTAT=ACCEPTED:mailto:\r\nSEQUENCE:x\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
    "a report with NUL": b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n"
    b"Content-Type: message/delivery-status\r\n\r\nA: b\r\n\r\nAction: failed\r\nStatus: 5.1.1\r\n"
    b"Diagnostic-Code: smtp; 550 a\x00b\xff\r\n\r\n--b--\r\n",
    "a report of nothing": b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b--\r\n",
}


@pytest.mark.parametrize("raw", RUBBISH.values(), ids=RUBBISH)
def test_rubbish_waits_for_a_person(raw: bytes) -> None:
    mail = receive(raw)

    assert mail.state == "waiting"


def test_mail_without_a_sender_is_of_nobody() -> None:
    create_user(email=None)

    mail = receive(b"Subject: Hello\r\n\r\nHello\r\n")

    assert (mail.person, mail.sender) == (None, "")


def test_mail_that_is_too_large_waits_for_a_person() -> None:
    raw = plain("x" * 40_000)

    mail = inbound.receive(mail=sort(raw[:30_000], 10_000_000))

    assert (mail.state, mail.subject, len(mail.text)) == ("waiting", "A question", 20_000)
    assert mail.why.startswith("It is too large to be read here (9,765 kB).")
