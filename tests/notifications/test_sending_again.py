"""A mail that may not have arrived: the office sees it, and sends the very same again, or notes that it did arrive."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import BouncedAddress, HistoryLine, User
from booking.emails import About
from notifications.actions import notices
from notifications.actions.pauses import go_on, pause
from notifications.delivery import deliver
from notifications.models import Inbound, Notice
from notifications.outbox import Envelope, put
from notifications.today import undelivered
from tests.factories import create_hub_staff, create_user, create_work_group
from tests.smtp_sink import SinkServer

pytestmark = pytest.mark.django_db(transaction=True)

LogIn = Callable[[User], Client]


def doubtful(smtp: SinkServer, **fields: object) -> Notice:
    """A reminder whose answer was lost after the final dot."""
    envelope = Envelope(kind="reminder", to="kim@school.example", once=True, **fields)  # type: ignore[arg-type]  # by name
    notice = put(envelope, subject="Tomorrow: Bar models", text="See you there", html="<p>See you there</p>")
    assert notice is not None
    smtp.sink.answer = lambda number: "hang up" if number == 1 else "250 OK"
    deliver()
    return Notice.objects.get(pk=notice.pk)


def test_today_names_mails_that_may_not_have_arrived(smtp: SinkServer, log_in: LogIn) -> None:
    notice = doubtful(smtp)
    doubtful(smtp, expires_at=timezone.now() + timedelta(minutes=5))
    Notice.objects.exclude(pk=notice.pk).update(expires_at=timezone.now() - timedelta(minutes=5))

    page = log_in(create_hub_staff()).get(reverse("office_home")).content.decode()

    assert "Mail that may not have arrived" in page
    assert page.count("Tomorrow: Bar models, to kim@school.example") == 1
    assert f'href="{reverse("office_notice", args=[notice.pk])}"' in page


def test_send_again_sends_the_same_bytes_once_more(smtp: SinkServer, log_in: LogIn) -> None:
    notice = doubtful(smtp)

    log_in(create_hub_staff()).post(reverse("office_notice", args=[notice.pk]))
    deliver()

    first, second = (raw for _, raw in smtp.sink.mails)
    assert first == second
    assert Notice.objects.get().state == Notice.State.SENT
    assert HistoryLine.objects.filter(verb="mail_sent_again").count() == 1


def test_send_again_twice_sends_it_once(smtp: SinkServer) -> None:
    notice, staff = doubtful(smtp), create_hub_staff()

    notices.send_again(notice=notice, by=staff)
    with pytest.raises(ValidationError, match="Look again"):
        notices.send_again(notice=notice, by=staff)
    deliver()

    assert smtp.sink.seen == 2


def test_send_again_of_a_wiped_secret_says_so(smtp: SinkServer, log_in: LogIn) -> None:
    notice = doubtful(smtp, secret=True)
    Notice.objects.update(raw=b"")
    client = log_in(create_hub_staff())

    page = client.get(reverse("office_notice", args=[notice.pk])).content.decode()
    refused = client.post(reverse("office_notice", args=[notice.pk]), follow=True).content.decode()

    assert "Its text has been wiped" in page
    assert "Send again" not in page
    assert "Its text has been wiped" in refused
    assert Notice.objects.get().state == Notice.State.UNKNOWN


def test_send_again_of_a_secret_that_is_still_there_wipes_it_once_it_has_gone(smtp: SinkServer) -> None:
    notice = doubtful(smtp, secret=True)

    notices.send_again(notice=notice, by=create_hub_staff())
    deliver()

    assert (Notice.objects.get().state, bytes(Notice.objects.get().raw)) == (Notice.State.SENT, b"")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"expires_at": timezone.now() + timedelta(hours=1)}, "has begun"),
        ({"order_key": "entry:1", "sequence": 0}, "Something newer"),
    ],
)
def test_send_again_is_refused_where_it_would_do_harm(
    fields: dict[str, object], words: str, smtp: SinkServer, log_in: LogIn
) -> None:
    notice = doubtful(smtp, **fields)
    Notice.objects.filter(expires_at__isnull=False).update(expires_at=timezone.now())
    Notice.objects.create(to="kim@school.example", order_key="entry:1", sequence=1, state=Notice.State.HELD)

    page = log_in(create_hub_staff()).get(reverse("office_notice", args=[notice.pk])).content.decode()

    assert words in page
    with pytest.raises(ValidationError, match=words):
        notices.send_again(notice=notice, by=create_hub_staff())


def test_send_again_of_a_mail_that_was_refused_for_good(smtp: SinkServer) -> None:
    envelope = Envelope(kind="test", to="kim@school.example")
    notice = put(envelope, subject="Hello", text="Hello")
    assert notice is not None
    smtp.sink.answer = lambda number: "550 no such person" if number == 1 else "250 OK"
    deliver()

    notices.send_again(notice=notice, by=create_hub_staff())

    assert deliver() == 1


def test_send_again_waits_for_the_end_of_a_pause_but_not_what_nothing_stops(smtp: SinkServer, log_in: LogIn) -> None:
    group, staff = create_work_group(), create_hub_staff()
    notice = doubtful(smtp, about=About(work_group=group.pk))
    pause(work_group=group, reason="The venue is unclear", by=staff)

    page = log_in(staff).get(reverse("office_notice", args=[notice.pk])).content.decode()
    with pytest.raises(ValidationError, match="is paused"):
        notices.send_again(notice=notice, by=staff)
    Notice.objects.update(kind="invite_cancelled")
    urgent = notices.why_not_again(Notice.objects.get())
    Notice.objects.update(kind="reminder")
    go_on(work_group=group, by=staff)
    notices.send_again(notice=notice, by=staff)

    assert "Mail about this group is paused (“The venue is unclear”)" in page
    assert urgent == ""
    assert deliver() == 1


def test_note_arrival_takes_it_from_the_list_and_sends_nothing(smtp: SinkServer, log_in: LogIn) -> None:
    notice, client = doubtful(smtp), log_in(create_hub_staff())

    client.post(reverse("office_notice", args=[notice.pk]), {"do": "arrived"})
    deliver()

    assert (Notice.objects.get().state, smtp.sink.seen) == (Notice.State.SENT, 1)
    assert "may not have arrived" not in client.get(reverse("office_home")).content.decode()


def test_send_again_is_not_for_others(smtp: SinkServer, log_in: LogIn) -> None:
    notice = doubtful(smtp)

    answer = log_in(create_user()).post(reverse("office_notice", args=[notice.pk]))

    assert (answer.status_code, Notice.objects.get().state) == (404, Notice.State.UNKNOWN)


def failed(**fields: object) -> Notice:
    """A mail that the other side would not have, and not because of its address."""
    given = {"to": "Kim@school.example", "subject": "Your place", "state": Notice.State.FAILED, "raw": b"To: Kim"}
    return Notice.objects.create(**given | {"error": "554 5.7.1 Refused by policy"} | fields)


def test_today_names_mails_that_could_not_be_delivered(log_in: LogIn) -> None:
    notice, old = failed(), timezone.now() - timedelta(days=15)
    for fields in ({"next_try_at": old}, {"to": ""}, {"expires_at": old}, {"done_at": old}):
        failed(**{"subject": "Not named"} | fields)

    found = undelivered(timezone.now(), 5)
    page = log_in(create_hub_staff()).get(reverse("office_home")).content.decode()

    assert [(one.what, one.words, one.url) for one in found.rows] == [
        ("Mail not delivered", "Your place, to Kim@school.example", reverse("office_notice", args=[notice.pk]))
    ]
    assert found.total == 1
    assert "Nothing needs you" not in page


def test_today_names_an_address_that_takes_no_mail_once() -> None:
    failed()
    bounced = BouncedAddress.objects.create(address="kim@school.example", code="5.1.1")
    counted = undelivered(timezone.now(), 5).total

    bounced.cleared_at = timezone.now()
    bounced.save()

    assert (counted, undelivered(timezone.now(), 5).total) == (0, 1)


def test_a_mail_that_could_not_be_delivered_is_dealt_with_in_one_step(log_in: LogIn) -> None:
    notice, client = failed(), log_in(create_hub_staff())
    address = reverse("office_notice", args=[notice.pk])

    page = client.get(address).content.decode()
    client.post(address, {"do": "done"})
    after = client.get(address).content.decode()

    assert ("Nothing more to do" in page, "Nothing more to do" in after) == (True, False)
    assert undelivered(timezone.now(), 5).total == 0
    assert HistoryLine.objects.filter(verb="mail_dealt_with").count() == 1
    with pytest.raises(ValidationError, match="nothing to do about this mail any more"):
        notices.deal_with(notice=notice, by=create_hub_staff())


def test_a_mail_that_was_dealt_with_can_still_be_sent_again() -> None:
    notice = failed(done_at=timezone.now())

    notices.send_again(notice=notice, by=create_hub_staff())

    notice.refresh_from_db()
    assert (notice.state, notice.done_at) == (Notice.State.QUEUED, None)


def test_a_mail_that_may_have_arrived_is_not_dealt_with_but_settled() -> None:
    notice = failed(state=Notice.State.UNKNOWN)

    with pytest.raises(ValidationError, match="Look again"):
        notices.deal_with(notice=notice, by=create_hub_staff())


def test_today_names_mail_that_waits_for_a_person_until_somebody_has_read_it(log_in: LogIn) -> None:
    mail = Inbound.objects.create(
        digest="1", kind="other", state=Inbound.State.WAITING, sender="Kim@school.example", subject="Parking?"
    )
    Inbound.objects.create(digest="2", kind="machine", state=Inbound.State.IGNORED, subject="Away")
    client = log_in(create_hub_staff())

    page = client.get(reverse("office_home")).content.decode()
    client.post(reverse("office_inbound", args=[mail.pk]), {"done": "1"})
    after = client.get(reverse("office_home")).content.decode()

    assert page.count("Kim@school.example: Parking?") == 1
    assert ("Nothing needs you" in page, "Nothing needs you" in after) == (False, True)
