"""Mails as they come to the hub, byte by byte as programs write them."""

from datetime import UTC, datetime, timedelta

from django.utils import timezone

from booking.models import CalendarEntry
from notifications.models import Notice
from notifications.outbox import message_id

# Our own mail server, as it is named in the tests.
MX = "mx.hub.example"


def ics(entry: CalendarEntry, says: str, *, method: str = "REPLY", **changed: object) -> bytes:
    """An answer as Exchange writes it: no ORGANIZER, MAILTO in capitals, the names of Windows for time zones."""
    session = entry.session
    given = {
        "uid": entry.uid,
        "attendee": entry.person.email,
        "sequence": entry.sequence,
        "stamp": datetime.now(UTC),
        "more": "",
    } | changed
    starts = timezone.localtime(session.starts_at)
    assert isinstance(given["stamp"], datetime)
    lines = [
        "BEGIN:VCALENDAR",
        f"METHOD:{method}",
        "PRODID:Microsoft Exchange Server 2010",
        "VERSION:2.0",
        "BEGIN:VTIMEZONE",
        "TZID:GMT Standard Time",
        "BEGIN:STANDARD",
        "DTSTART:16010101T020000",
        "TZOFFSETFROM:+0100",
        "TZOFFSETTO:+0000",
        "RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=10",
        "END:STANDARD",
        "BEGIN:DAYLIGHT",
        "DTSTART:16010101T010000",
        "TZOFFSETFROM:+0000",
        "TZOFFSETTO:+0100",
        "RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=3",
        "END:DAYLIGHT",
        "END:VTIMEZONE",
        "BEGIN:VEVENT",
        f"ATTENDEE;PARTSTAT={says};CN=Somebody:MAILTO:{str(given['attendee']).upper()}",
        f"UID:{given['uid']}",
        f"DTSTART;TZID=GMT Standard Time:{starts:%Y%m%dT%H%M%S}",
        f"DTEND;TZID=GMT Standard Time:{starts + timedelta(hours=2):%Y%m%dT%H%M%S}",
        f"DTSTAMP:{given['stamp']:%Y%m%dT%H%M%SZ}",
        f"SEQUENCE:{given['sequence']}",
        "SUMMARY:Accepted",
        *filter(None, [str(given["more"])]),
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]
    return "\r\n".join(lines).encode()


def reply(
    entry: CalendarEntry,
    says: str,
    *,
    proved: bool = True,
    sender: str = "",
    to: str = "hub@hub.example",
    key: str = "<reply-1@outlook.example>",
    head: str = "",
    method: str = "REPLY",
    **changed: object,
) -> bytes:
    """A whole mail with an answer. `proved`: our mail server says that the sender's domain stands behind it."""
    sender = sender or str(entry.person.email)
    domain = sender.rpartition("@")[2]
    said = f"Authentication-Results: {MX}; spf=pass smtp.mailfrom={domain};\r\n dmarc=pass header.from={domain}\r\n"
    return (
        (
            f"{said if proved else ''}{head}From: Somebody <{sender}>\r\nTo: {to}\r\nSubject: Accepted: Session\r\n"
            f"Message-ID: {key}\r\nMIME-Version: 1.0\r\n"
            'Content-Type: multipart/alternative; boundary="b"\r\n\r\n'
            "--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nSee you there.\r\n"
            f"--b\r\nContent-Type: text/calendar; charset=utf-8; method={method}\r\n\r\n"
        ).encode()
        + ics(entry, says, method=method, **changed)
        + b"\r\n--b--\r\n"
    )


def report(
    notice: Notice,
    *,
    status: str = "5.1.1",
    action: str = "failed",
    words: str = "550 5.1.1 No such user",
    key: str = "<report-1@mx.school.example>",
) -> bytes:
    """A report by RFC 3464 that carries the mail that came back: for an invite, a REQUEST."""
    raw = (
        f"Message-ID: {message_id(notice.key)}\r\nSubject: Session 1\r\nMIME-Version: 1.0\r\n"
        'Content-Type: text/calendar; method="REQUEST"; charset="utf-8"\r\n\r\n'
        "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:x\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    ).encode()
    return (
        (
            "From: Mail Delivery System <MAILER-DAEMON@mx.school.example>\r\nTo: hub@hub.example\r\n"
            f"Subject: Undelivered Mail Returned to Sender\r\nMessage-ID: {key}\r\nAuto-Submitted: auto-replied\r\n"
            'MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary="r"\r\n\r\n'
            "--r\r\nContent-Type: text/plain\r\n\r\nI am sorry.\r\n"
            "--r\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.school.example\r\n\r\n"
            f"Final-Recipient: rfc822; {notice.to}\r\nAction: {action}\r\nStatus: {status}\r\n"
            f"Diagnostic-Code: smtp; {words} <{notice.to}>\r\n\r\n"
            "--r\r\nContent-Type: message/rfc822\r\n\r\n"
        ).encode()
        + raw
        + b"\r\n--r--\r\n"
    )


def plain(text: str = "Can I bring a colleague?", *, key: str = "<plain-1@school.example>", head: str = "") -> bytes:
    return (
        f"From: Kim <kim@school.example>\r\nTo: hub@hub.example\r\nSubject: A question\r\nMessage-ID: {key}\r\n"
        f"{head}Content-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n"
    ).encode()
