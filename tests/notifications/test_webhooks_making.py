"""What the history owes to other systems: each act once, and no more than numbers."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, timedelta
from typing import Any

import pytest
from django.db import connections, transaction
from django.utils import timezone

from accounts import history
from accounts.models import HistoryLine
from booking.actions import places, programme, registers
from booking.changing import SessionPlan
from booking.integrity import violations
from booking.models import Session
from booking.models.places import Reason
from booking.templatetags.words import ACTS
from notifications.actions import webhooks
from notifications.models import Type, Webhook, WebhookDelivery
from notifications.webhooks import making
from notifications.webhooks.making import make
from notifications.webhooks.verbs import VERBS
from tests.factories import (
    create_booking,
    create_hub_staff,
    create_lead,
    create_session,
    create_webhook,
    create_work_group,
)

pytestmark = pytest.mark.django_db(transaction=True)

# All that a message may hold.
MAY_SAY = {"booking", "bookings", "follows", "work_group", "school", "session", "status"}


def told() -> list[tuple[str, dict[str, Any]]]:
    """Type and data of every message, in the order of the acts."""
    bodies = [json.loads(bytes(one.body)) for one in WebhookDelivery.objects.order_by("line_id")]
    return [(body["type"], body["data"]) for body in bodies]


def test_booking_is_told_with_its_numbers() -> None:
    create_webhook()
    lead = create_lead()
    booking = create_booking(work_group=create_work_group(slug="bars"), by=lead)

    make(timezone.now())

    (delivery,) = WebhookDelivery.objects.all()
    line = HistoryLine.objects.get(verb="booked")
    moment = line.at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    assert json.loads(bytes(delivery.body)) == {
        "type": "booking.made",
        "timestamp": moment,
        "data": {
            "booking": booking.pk,
            "work_group": "bars",
            "status": "confirmed",
            "school": booking.school.urns.get().urn,
        },
    }


def test_acts_are_told_as_what_they_are() -> None:
    create_webhook()
    staff, group = create_hub_staff(), create_work_group(sessions=1, slug="bars")
    booking = create_booking(work_group=group)
    coming = group.sessions.get()
    assert coming.starts_at
    assert coming.ends_at
    plan = SessionPlan.of(coming)
    day = timedelta(days=1)
    later = replace(plan, starts_at=coming.starts_at + day, ends_at=coming.ends_at + day)
    programme.change_session(session=coming, plan=later, by=staff, reason="Snow at Oakfield")
    places.withdraw(booking=booking, reason=Reason.COVER, by=staff)
    past = create_session(work_group=group, days=-2, number=0)
    registers.sign(session=past, by=staff)
    programme.call_group_off(work_group=group, reason="Kim Lee is ill", by=staff)

    make(timezone.now())

    assert [(kind, data.get("session"), data["status"]) for kind, data in told()] == [
        ("booking.made", None, "withdrawn"),
        ("session.changed", coming.pk, "cancelled"),
        ("booking.withdrawn", None, "withdrawn"),
        ("register.signed", past.pk, "planned"),
        ("session.changed", None, "cancelled"),
    ]
    assert list(violations()) == []


@pytest.mark.parametrize("verb", VERBS)
def test_verb_makes_one_message_without_a_name(verb: str) -> None:
    webhook = create_webhook()
    lead = create_lead(name="Kim Lee", email="kim@school.example")
    booking = create_booking(work_group=create_work_group(sessions=1, slug="bars"), by=lead)
    WebhookDelivery.objects.all().delete()
    HistoryLine.objects.all().delete()
    session = Session.objects.get()
    about = [booking, booking.work_group, booking.school, session, lead]
    history.write(verb, about=about, people=[lead.pk], by=lead, at=timezone.now(), reason="Kim Lee is ill")

    made = [make(timezone.now()) for _ in range(2)]

    (delivery,) = WebhookDelivery.objects.filter(webhook=webhook)
    body = bytes(delivery.body).decode()
    assert (made, delivery.type) == ([1, 0], VERBS[verb])
    assert set(json.loads(body)) == {"type", "timestamp", "data"}
    assert set(json.loads(body)["data"]) <= MAY_SAY
    assert [word for word in ("Kim", "Lee", "kim@", "ill", booking.school.name) if word in body] == []


def test_verbs_are_acts_with_words_and_every_type_has_some() -> None:
    assert set(VERBS) - set(ACTS) == set()
    assert set(VERBS.values()) == set(Type) - {Type.TEST}


def test_act_about_several_bookings_names_them_all_and_about_none_nothing() -> None:
    create_webhook()
    lead = create_lead()
    pair = [create_booking(work_group=create_work_group(), by=lead) for _ in range(2)]
    HistoryLine.objects.all().delete()
    history.write("lead_confirmed", about=[lead, *pair], by=lead, at=timezone.now())
    history.write("lead_confirmed", about=[lead], by=lead, at=timezone.now())

    make(timezone.now())

    data = {"bookings": [one.pk for one in pair], "school": lead.memberships.get().school.urns.get().urn}
    assert told() == [("booking.changed", data)]


def test_act_that_is_linked_to_its_session_alone_names_the_group_too() -> None:
    create_webhook()
    session = create_work_group(sessions=1, slug="bars").sessions.get()
    history.write("register_amended", about=[session], by=None, at=timezone.now())

    make(timezone.now())

    assert told() == [("register.amended", {"session": session.pk, "work_group": "bars", "status": "planned"})]


def test_draft_that_is_deleted_keeps_nobody_from_being_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "BATCH", 2)
    create_webhook()
    draft = create_work_group(status="draft", sessions=1)
    session = draft.sessions.get()
    now = timezone.now()
    for _ in range(5):
        history.write("session_added", about=[session, draft], by=None, at=now, details={"session": session.pk})
    history.write("work_group_called_off", about=[draft], by=None, at=now)
    session.delete()
    draft.delete()
    booking = create_booking(work_group=create_work_group())

    make(timezone.now())

    assert [data["booking"] for _, data in told()] == [booking.pk]


def test_ten_workers_make_each_message_once() -> None:
    for _ in range(2):
        create_webhook()
    group = create_work_group(capacity=None)
    for _ in range(5):
        create_booking(work_group=group)

    def work(_number: int) -> None:
        make(timezone.now())
        connections.close_all()

    with ThreadPoolExecutor(10) as pool:
        list(pool.map(work, range(10)))

    assert WebhookDelivery.objects.count() == 10


def test_act_that_is_rolled_back_is_not_told() -> None:
    create_webhook()
    group = create_work_group()
    with transaction.atomic():
        history.write("session_added", about=[group], by=None, at=timezone.now())
        transaction.set_rollback(True)

    made = make(timezone.now())

    assert made == 0


def test_webhook_is_told_only_what_it_wants_and_what_came_after_it() -> None:
    group, staff = create_work_group(capacity=None), create_hub_staff()
    create_booking(work_group=group)
    given = {"name": "Dashboard", "url": "https://dashboard.example", "by": staff}
    withdrawn, _ = webhooks.make(types=["booking.withdrawn"], **given)
    made, _ = webhooks.make(types=["booking.made"], **given)
    after = create_booking(work_group=group)

    make(timezone.now())

    found = [(one.webhook_id, one.type) for one in WebhookDelivery.objects.all()]
    assert (found, told()[0][1]["booking"]) == ([(made.pk, "booking.made")], after.pk)
    assert withdrawn.deliveries.count() == 0


def test_webhook_is_not_told_what_happened_while_it_was_off() -> None:
    group, staff = create_work_group(capacity=None), create_hub_staff()
    webhook, _ = webhooks.make(name="Sheet", url="https://sheet.example", types=["booking.made"], by=staff)
    webhooks.turn_off(webhook=webhook, by=staff)
    create_booking(work_group=group)
    make(timezone.now())
    webhooks.turn_on(webhook=webhook, by=staff)
    after = create_booking(work_group=group)

    make(timezone.now())

    assert [data["booking"] for _, data in told()] == [after.pk]


def test_act_whose_transaction_ends_late_is_still_told() -> None:
    webhook, now = create_webhook(tells_from_at=timezone.now() - timedelta(days=1)), timezone.now()
    group = create_work_group()
    old = history.write("session_added", about=[group], by=None, at=now - timedelta(hours=3))
    late = history.write("session_added", about=[group], by=None, at=now - timedelta(minutes=2))
    new = history.write("session_added", about=[group], by=None, at=now)
    numbers = {"pk": late.pk, "at": late.at}
    late.delete()  # not yet to be seen
    make(now)
    marked = Webhook.objects.get().settled_line
    late = HistoryLine.objects.create(verb="session_added", **numbers)
    late.links.create(content_type_id=old.links.get().content_type_id, object_id=group.pk)

    make(now)

    assert marked == old.pk
    assert [one.line_id for one in webhook.deliveries.order_by("line_id")] == [old.pk, late.pk, new.pk]


def test_mark_moves_so_that_old_acts_are_not_read_again() -> None:
    webhook, now = create_webhook(types=["register.signed"]), timezone.now()
    line = history.write("session_added", about=[create_work_group()], by=None, at=now)

    make(now + timedelta(hours=2))

    webhook.refresh_from_db()
    assert webhook.settled_line == line.pk


def test_draft_is_told_of_by_its_being_published_alone() -> None:
    webhook = create_webhook()
    draft = create_work_group(sessions=1, status="draft")
    about = [draft, draft.sessions.get()]
    history.write("session_added", about=about, by=None, at=timezone.now())

    make(timezone.now())

    assert not WebhookDelivery.objects.filter(webhook=webhook).exists()


def test_place_in_a_queue_is_no_booking_that_another_follows() -> None:
    booking = create_booking(work_group=create_work_group(sessions=1))
    webhook = create_webhook()
    details = {"booking": booking.pk, "from": 3}
    history.write("queue_moved", about=[booking], by=None, at=timezone.now(), details=details)

    make(timezone.now())

    bodies = [bytes(one.body) for one in WebhookDelivery.objects.filter(webhook=webhook)]
    assert not any(b"follows" in body for body in bodies)
