"""For every cause the chain of calendar mails: UID, METHOD, SEQUENCE in order; mail, feed and download agree."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from booking.actions import colleagues, places, programme, swaps
from booking.actions import feeds as feed_actions
from booking.changing import SessionPlan
from booking.integrity import violations
from booking.models import Booking, CalendarEntry, Session
from notifications.delivery import drain
from tests.calendars import events_of
from tests.factories import (
    create_booking,
    create_hub_staff,
    create_lead,
    create_teacher,
    create_venue,
    create_work_group,
)
from tests.smtp_sink import SinkServer

pytestmark = pytest.mark.django_db(transaction=True)

REQUEST, CANCEL = "REQUEST", "CANCEL"


@dataclass
class Told:
    """One calendar mail as it arrived."""

    to: str
    method: str
    event: Any

    @property
    def step(self) -> tuple[str, int]:
        return self.method, int(self.event["SEQUENCE"])


class Case:
    """A group of one session, in which Kim has a place of Lena's booking and Ann could stand in; all have been told."""

    def __init__(self, smtp: SinkServer) -> None:
        self.smtp, self.staff = smtp, create_hub_staff()
        self.lena = create_lead(name="Lena Marsh", email="lena@school.example")
        school = self.lena.memberships.get().school
        self.kim = create_teacher(school=school, name="Kim Patel", email="kim@school.example")
        self.ann = create_teacher(school=school, name="Ann Ash", email="ann@school.example")
        self.group = create_work_group(sessions=1, title="Bar models")
        self.booking: Booking = create_booking(work_group=self.group, by=self.lena, people=[self.kim, None])
        self.deliver()

    @property
    def session(self) -> Session:
        return self.group.sessions.get()

    def place(self, person: User | None) -> Any:
        return self.booking.places.live().get(person=person)

    def deliver(self) -> None:
        """What is owed leaves; the time in which a second thought replaces the first has passed."""
        CalendarEntry.objects.update(tell_after=timezone.now() - timedelta(seconds=1))
        drain()

    def change(self, **fields: Any) -> None:
        plan = replace(SessionPlan.of(self.session), **fields)
        programme.change_session(session=self.session, plan=plan, by=self.staff)

    def told(self, person: User) -> list[Told]:
        found = []
        for (to, _), message in zip(self.smtp.sink.mails, self.smtp.sink.messages(), strict=True):
            if to == person.email and (data := calendar_part(message)):
                [event] = events_of(data)
                method = next(line for line in data.decode().splitlines() if line.startswith("METHOD:"))
                found.append(Told(to, method.removeprefix("METHOD:"), event))
        return found


def calendar_part(message: EmailMessage) -> bytes | None:
    for part in message.walk():
        if part.get_content_type() == "text/calendar":
            data = part.get_payload(decode=True)
            assert isinstance(data, bytes)
            return data
    return None


def later(case: Case, hours: int) -> dict[str, Any]:
    starts, ends = case.session.starts_at, case.session.ends_at
    assert starts is not None
    assert ends is not None
    return {"starts_at": starts + timedelta(hours=hours), "ends_at": ends + timedelta(hours=hours)}


def substitute(case: Case) -> None:
    swaps.send(place=case.place(case.kim), sessions=[case.session.pk], to=case.ann.pk, by=case.lena)


def swap_and_back(case: Case) -> None:
    substitute(case)
    case.deliver()
    swaps.come_after_all(place=case.place(case.kim), session=case.session, by=case.lena)


def move_twice(case: Case) -> None:
    case.change(**later(case, 1))
    case.deliver()
    case.change(**later(case, 1))


def cancel_after_moving(case: Case) -> None:
    case.change(**later(case, 1))
    case.deliver()
    programme.cancel_session(session=case.session, reason="Snow", by=case.staff)


def leave_school(case: Case) -> None:
    membership = case.kim.memberships.get()
    colleagues.leave(membership=membership, by=case.lena, takes_over={case.place(case.kim).pk: case.ann.pk})


def book_again(case: Case) -> None:
    places.withdraw(booking=case.booking, reason="cover", by=case.lena)
    case.deliver()
    create_booking(work_group=case.group, by=case.lena, people=[case.kim])


# What happens after Kim has been told once: the steps that Kim is told, and those that Ann is told.
CAUSES: dict[str, tuple[Callable[[Case], object], list[tuple[str, int]], list[tuple[str, int]]]] = {
    "booked": (lambda case: None, [(REQUEST, 0)], []),
    "named later": (
        lambda case: places.name_place(place=case.place(None), person=case.ann, by=case.lena),
        [(REQUEST, 0)],
        [(REQUEST, 0)],
    ),
    "substituted": (substitute, [(REQUEST, 0), (CANCEL, 1)], [(REQUEST, 0)]),
    "swapped back": (swap_and_back, [(REQUEST, 0), (CANCEL, 1), (REQUEST, 2)], [(REQUEST, 0), (CANCEL, 1)]),
    "taken over": (
        lambda case: swaps.take_over(place=case.place(case.kim), to=case.ann.pk, by=case.lena),
        [(REQUEST, 0), (CANCEL, 1)],
        [(REQUEST, 0)],
    ),
    "moved twice": (move_twice, [(REQUEST, 0), (REQUEST, 1), (REQUEST, 2)], []),
    "re-venued": (lambda case: case.change(venue=create_venue(name="Beech School")), [(REQUEST, 0), (REQUEST, 1)], []),
    "taken online": (
        lambda case: case.change(mode="online", link="https://meet.hub.example/x", venue=None),
        [(REQUEST, 0), (REQUEST, 1)],
        [],
    ),
    "cancelled": (cancel_after_moving, [(REQUEST, 0), (REQUEST, 1), (CANCEL, 2)], []),
    "date lost": (
        lambda case: case.change(starts_at=None, ends_at=None, when_words="an afternoon in May"),
        [(REQUEST, 0), (CANCEL, 2)],  # changed, and then nobody is expected any more: only growing counts
        [],
    ),
    "withdrawn": (
        lambda case: places.withdraw(booking=case.booking, reason="cover", by=case.lena),
        [(REQUEST, 0), (CANCEL, 1)],
        [],
    ),
    "booked again": (book_again, [(REQUEST, 0), (CANCEL, 1), (REQUEST, 2)], []),
    "school left": (leave_school, [(REQUEST, 0), (CANCEL, 1)], [(REQUEST, 0)]),
    "group called off": (
        lambda case: programme.call_group_off(work_group=case.group, reason="Too few schools", by=case.staff),
        [(REQUEST, 0), (CANCEL, 1)],
        [],
    ),
}


@pytest.mark.parametrize("cause", CAUSES)
def test_chain_of_calendar_mails_keeps_the_uid_and_rises(cause: str, smtp: SinkServer) -> None:
    act, kims, anns = CAUSES[cause]
    case = Case(smtp)

    act(case)
    case.deliver()
    drain()  # twice tells nothing twice

    for person, steps in ((case.kim, kims), (case.ann, anns)):
        told = case.told(person)
        assert [one.step for one in told] == steps
        assert len({str(one.event["UID"]) for one in told}) <= 1
        stamps = [one.event["DTSTAMP"].dt for one in told]
        assert stamps == sorted(stamps)
        if told and told[-1].method == CANCEL:  # what leaves is what stood there (RFC 5546, 3.2.5)
            assert str(told[-1].event["DTSTART"].dt) == str(told[-2].event["DTSTART"].dt)
    assert list(violations()) == []


@pytest.mark.parametrize("cause", CAUSES)
def test_chain_ends_where_feed_and_download_stand(cause: str, smtp: SinkServer) -> None:
    act, kims, anns = CAUSES[cause]
    case = Case(smtp)
    act(case)
    case.deliver()

    for person, steps in ((case.kim, kims), (case.ann, anns)):
        _, token = feed_actions.make_feed(owner=person, kind="mine")
        feed = {str(one["UID"]): one for one in events_of(Client().get(f"/calendar/{token}.ics").content)}
        client = Client()
        client.force_login(person)
        download = client.get(f"/my/sessions/{case.session.pk}.ics")
        if not steps:
            assert (feed, download.status_code) == ({}, 404)
            continue
        last = case.told(person)[-1]
        if last.method == CANCEL:
            assert download.status_code == 404
            # Who has lost the place sees in the feed that it is off; a session without a date stands in no calendar.
            shown = [str(one["STATUS"]) for one in feed.values()]
            assert shown == ([] if case.session.starts_at is None else ["CANCELLED"])
            continue
        assert facts(feed[str(last.event["UID"])]) == facts(last.event)
        assert facts(events_of(download.content)[0]) == facts(last.event)


def facts(event: Any) -> list[str]:
    """What a calendar shows of a session, and by what it knows which word is the last."""
    names = ("UID", "SEQUENCE", "SUMMARY", "LOCATION", "DESCRIPTION", "STATUS")
    return [str(event[name]) for name in names] + [str(event[name].dt) for name in ("DTSTART", "DTEND")]
