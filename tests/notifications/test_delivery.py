"""Delivering the outbox to a real SMTP server, whatever that server does."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from email import message_from_bytes, policy

import pytest
from django.core.mail import send_mail
from django.db import connections, transaction
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from notifications import delivery
from notifications.delivery import deliver
from notifications.models import Notice, Priority
from notifications.outbox import Envelope, put
from tests.factories import create_user
from tests.smtp_sink import SinkServer

pytestmark = pytest.mark.django_db(transaction=True)


def queue(number: int = 1, **fields: object) -> Notice:
    fields = {"kind": "test", "to": f"kim{number}@school.example"} | fields
    envelope = Envelope(**fields)  # type: ignore[arg-type]  # by name
    notice = put(envelope, subject=f"Letter {number}", text="Hello\n.\nthere", html="<p>Hello</p>")
    assert notice is not None
    return notice


def state(notice: Notice) -> str:
    return Notice.objects.get(pk=notice.pk).state


def make_due() -> None:
    Notice.objects.update(next_try_at=timezone.now())


def test_deliver_hands_over_the_bytes_of_the_row(smtp: SinkServer) -> None:
    notice = queue()

    assert deliver() == 1

    to, raw = smtp.sink.mails[0]
    assert to == "kim1@school.example"
    # RFC 5321, 4.5.2: the leading dot was doubled on the way and is single again.
    assert raw.rstrip() == bytes(notice.raw).rstrip()
    assert state(notice) == Notice.State.SENT


def test_deliver_sends_the_urgent_first(smtp: SinkServer) -> None:
    queue(1, priority=Priority.BULK)
    queue(2, priority=Priority.SECURITY)
    queue(3, priority=Priority.SERVICE)

    deliver()

    assert [to for to, _ in smtp.sink.mails] == [f"kim{number}@school.example" for number in (2, 3, 1)]


def test_deliver_tries_again_with_the_same_bytes_after_a_4xx(smtp: SinkServer) -> None:
    notice = queue()
    smtp.sink.answer = lambda number: "451 later" if number == 1 else "250 OK"

    assert deliver() == 0
    assert state(notice) == Notice.State.RETRY
    make_due()
    assert deliver() == 1

    assert smtp.sink.messages()[0]["Message-ID"] == f"<{notice.key}@127.0.0.1>"
    assert Notice.objects.get().attempts == 2


def test_deliver_gives_up_at_once_after_a_5xx_and_keeps_the_reply(smtp: SinkServer) -> None:
    notice = queue()
    smtp.sink.answer = lambda number: "550 no such person kim1@school.example"

    deliver()

    notice.refresh_from_db()
    assert (notice.state, notice.attempts) == (Notice.State.FAILED, 1)
    assert notice.error == "550 no such person the address"


def test_deliver_sends_again_when_the_answer_was_lost_after_the_dot(smtp: SinkServer) -> None:
    notice = queue()
    smtp.sink.answer = lambda number: "hang up" if number == 1 else "250 OK"

    deliver()
    assert state(notice) == Notice.State.RETRY
    make_due()
    deliver()

    first, second = (raw for _, raw in smtp.sink.mails)
    assert first == second  # a legal duplicate: the same Message-ID, the same bytes


def test_deliver_at_most_once_leaves_an_uncertain_reminder_to_a_person(smtp: SinkServer) -> None:
    notice = queue(once=True)
    smtp.sink.answer = lambda number: "hang up"

    deliver()
    make_due()
    deliver()

    assert state(notice) == Notice.State.UNKNOWN
    assert smtp.sink.seen == 1


def test_deliver_waits_for_a_server_that_is_away_without_using_up_tries(smtp: SinkServer, settings: Settings) -> None:
    notice = queue(once=True)
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, 1

    assert deliver() == 0
    notice.refresh_from_db()
    assert (notice.state, notice.attempts) == (Notice.State.RETRY, 0)
    settings.EMAIL_PORT = port
    make_due()

    assert deliver() == 1


def test_deliver_keeps_mails_of_one_person_and_session_in_order(smtp: SinkServer) -> None:
    first, second = (queue(number, order_key="entry:1", to="kim@school.example") for number in (1, 2))
    smtp.sink.answer = lambda number: "451 later" if number == 1 else "250 OK"

    deliver()
    assert (state(first), state(second)) == (Notice.State.RETRY, Notice.State.QUEUED)
    make_due()
    deliver()

    assert [message["Subject"] for message in smtp.sink.messages()] == ["Letter 1", "Letter 2"]


def test_deliver_to_a_new_address_does_not_wait_for_the_old_one(smtp: SinkServer) -> None:
    first, second = queue(1, order_key="entry:1"), queue(2, order_key="entry:1")
    smtp.sink.answer = lambda number: "452 mailbox full" if number == 1 else "250 OK"

    deliver()

    assert (state(first), state(second)) == (Notice.State.RETRY, Notice.State.SENT)


def test_deliver_drops_an_invite_that_was_overtaken_on_its_way(smtp: SinkServer) -> None:
    old = queue(1, order_key="entry:1", sequence=0)

    def answer_late(number: int) -> str:
        Notice.objects.create(to="kim1@school.example", order_key="entry:1", sequence=1, state=Notice.State.HELD)
        connections.close_all()  # the sink's own thread: nobody else gives back what it borrowed
        return "451 later"

    smtp.sink.answer = answer_late
    deliver()

    assert state(old) == Notice.State.DROPPED


def test_deliver_opens_a_new_connection_when_the_server_has_ended_the_kept_one(smtp: SinkServer) -> None:
    smtp.sink.most_in_one_connection = 1
    for number in range(3):
        queue(number)

    assert deliver() == 3
    assert set(Notice.objects.values_list("attempts", flat=True)) == {1}


def test_deliver_uses_up_no_try_when_the_server_is_closing_down(smtp: SinkServer) -> None:
    notice = queue()
    smtp.sink.most_in_one_connection = 0

    assert deliver() == 0

    notice.refresh_from_db()
    assert (notice.state, notice.attempts, notice.error) == (Notice.State.RETRY, 0, "421 closing down")


def test_deliver_reaches_a_school_whose_host_is_not_ascii(smtp: SinkServer) -> None:
    queue(to="kim@schöl.example")

    assert deliver() == 1
    assert [to for to, _ in smtp.sink.mails] == ["kim@xn--schl-7qa.example"]


@pytest.mark.parametrize(
    "address", ["kim", "kim@", "@school.example", "kïm@school.example", "kim@a..example", "k m@b.c"]
)
def test_deliver_shows_an_impossible_address_and_sends_the_rest(address: str, smtp: SinkServer) -> None:
    impossible, fine = queue(1, to=address), queue(2)

    assert deliver() == 1
    assert (state(impossible), state(fine)) == (Notice.State.FAILED, Notice.State.SENT)


def test_deliver_takes_over_from_a_worker_that_died(smtp: SinkServer) -> None:
    notice = queue()
    delivery.claim(timezone.now())
    assert deliver() == 0
    Notice.objects.update(claimed_until=timezone.now() - timedelta(seconds=1))

    assert deliver() == 1
    assert state(notice) == Notice.State.SENT


def test_deliver_by_four_workers_at_once_sends_each_mail_once(smtp: SinkServer) -> None:
    for number in range(40):
        queue(number)

    def work() -> None:
        try:
            deliver()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(work) for _ in range(4)]:
            done.result()

    assert sorted(to for to, _ in smtp.sink.mails) == sorted(f"kim{number}@school.example" for number in range(40))


def test_deliver_wipes_a_secret_once_it_has_gone(smtp: SinkServer) -> None:
    send_mail("Your code", "ABCD-1234", None, ["kim@school.example"])
    assert Notice.objects.get().text == ""

    deliver()

    assert bytes(Notice.objects.get().raw) == b""
    assert b"ABCD-1234" in smtp.sink.mails[0][1]


def test_deliver_sends_nothing_of_what_was_rolled_back(smtp: SinkServer) -> None:
    with transaction.atomic():
        queue()
        transaction.set_rollback(True)

    assert deliver() == 0
    assert smtp.sink.mails == []


def test_deliver_without_a_server_writes_a_file(settings: Settings) -> None:
    queue()

    assert deliver() == 1

    files = list(settings.MAIL_DIR.glob("*kim1@school.example.eml"))
    assert len(files) == 1
    files[0].unlink()


@pytest.mark.parametrize("title", ["Ratio\r\nBcc: x@y.example", "Ratio\u2028Bcc: x", "R" * 10_000, "😀" * 300, "نسبة"])
def test_put_keeps_headers_whole_whatever_a_title_holds(title: str, smtp: SinkServer) -> None:
    put(Envelope(kind="test", to="kim@school.example"), subject=title, text="Hello")

    deliver()

    message = smtp.sink.messages()[0]
    assert message["Bcc"] is None
    assert [message[name] for name in ("To", "Auto-Submitted")] == ["kim@school.example", "auto-generated"]
    assert len(message.get_all("Subject")) == 1  # type: ignore[arg-type]  # there is one


def test_put_writes_a_long_subject_on_one_line_in_seven_bits() -> None:
    subject = "Changed: Reasoning in the Primary Classroom across Key Stage 2, session 3 of 6, Tue 20 Jan, 1.15pm"

    notice = put(Envelope(kind="test", to="kim@school.example"), subject=subject, text="£75 – and a café", html="<p>é")

    assert notice is not None
    assert f"\r\nSubject: {subject}\r\n".encode() in bytes(notice.raw)
    assert bytes(notice.raw).isascii()


def test_put_twice_with_one_dedupe_key_queues_once() -> None:
    envelope = Envelope(kind="test", to="kim@school.example", dedupe_key="act:1:kim")

    first, second = (put(envelope, subject="x", text="x") for _ in range(2))

    assert first is not None
    assert second is None


NAMES = [
    "Kim\r\nBcc: everybody@school.example",
    'Kim "the cube" O\'Neil, Year 3 <kim@elsewhere.example>',
    "\\" * 40 + '"',
    "K" * 10_000,
    "Kim " * 2_500,
    "😀" * 2_000,
    "\u202eمكي نسبة\u202c",
    "=?utf-8?q?Bcc=3A?= Kim",
    "Kim\x01\x1b[2J\u2028Cc: x@y.example",
    "(Kim) ; , : @",
]


@pytest.mark.parametrize("name", NAMES)
def test_put_keeps_the_address_whole_whatever_a_name_holds(name: str, smtp: SinkServer) -> None:
    person = create_user(name=name[: User._meta.get_field("name").max_length], email="kim@school.example")
    Notice.objects.all().delete()

    notice = put(Envelope(kind="test", to="kim@school.example", person=person), subject="Hello", text="Hello")
    assert deliver() == 1

    to, raw = smtp.sink.mails[0]
    message = message_from_bytes(raw, policy=policy.default)
    head = raw.partition(b"\r\n\r\n")[0].split(b"\r\n")
    assert notice is not None
    assert to == "kim@school.example"
    assert [one.addr_spec for one in message["To"].addresses] == ["kim@school.example"]
    assert (message["Bcc"], message["Cc"], message.defects, message["To"].defects) == (None, None, [], ())
    assert sum(one.startswith(b"To:") for one in head) == 1
    assert max(map(len, head)) <= 998
    assert raw.isascii()


def test_claim_of_a_reset_behind_thousands_of_newsletters_takes_no_time() -> None:
    """Each mail without an order key was once compared with all others: minutes, with a newsletter in the queue."""
    letters = [
        Notice(kind="newsletter", to=f"kim{number}@school.example", priority=Priority.BULK) for number in range(8000)
    ]
    Notice.objects.bulk_create(letters, batch_size=1000)
    reset = queue(priority=Priority.SECURITY)

    begun = time.monotonic()
    claimed = delivery.claim(timezone.now())
    seconds = time.monotonic() - begun

    assert claimed == reset
    assert seconds < 0.5
