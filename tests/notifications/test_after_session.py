"""Once a register is signed: one mail to each, with the same for who came and who did not, and never why."""

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from booking.actions import places, registers, swaps
from booking.emails import what_we_did
from booking.emails.done import Done
from booking.models import Attendance, Session, WorkGroup
from booking.schooldays import SchoolCalendar, at_first
from notifications.done import tell_what_was_done
from notifications.models import Notice
from tests.factories import (
    create_booking,
    create_lead,
    create_session,
    create_task,
    create_teacher,
    create_user,
    create_venue,
    create_work_group,
    mark_register,
)

pytestmark = pytest.mark.django_db(transaction=True)


class Taught:
    """Kim came yesterday and Lou did not; the register is signed; the next session is in three weeks."""

    def __init__(self, **fields: object) -> None:
        self.fran, self.lead = create_user(name="Fran"), create_lead()
        self.school = self.lead.memberships.get().school
        self.kim, self.lou = (create_teacher(school=self.school, name=name) for name in ("Kim", "Lou"))
        self.group = create_work_group(sessions=0, leads=[self.fran], title="Bar models", **fields)
        self.before = create_session(work_group=self.group, number=1, days=-20)
        self.session = create_session(work_group=self.group, number=2, days=1, title="Fractions of amounts")
        self.next = create_session(work_group=self.group, number=3, days=21, venue=create_venue(name="Kestrel Hill"))
        create_task(session=self.before, title="Sort and explain")
        create_task(session=self.session, title="Draw it twice")
        network = self.group.is_network
        self.booking = create_booking(
            work_group=self.group, by=self.lead, people=[self.kim, self.lou], session=self.session if network else None
        )
        held = {"starts_at": self.session.starts_at, "ends_at": self.session.ends_at}
        moved = {name: moment - timedelta(days=2) for name, moment in held.items() if moment}
        Session.objects.filter(pk=self.session.pk).update(**moved)
        self.session.refresh_from_db()
        mark_register(
            session=self.session, marks={self.row(self.kim): "late", self.row(self.lou): "absent"}, by=self.fran
        )

    def row(self, person: User) -> int:
        return Attendance.objects.get(session=self.session, person=person).pk

    def sign(self) -> datetime:
        """Signed now; returns the first moment at which all of this may leave."""
        registers.sign(session=self.session, by=self.fran)
        day = timezone.localdate() + timedelta(days=1)
        while not SchoolCalendar.load().is_school_day(day, "855"):
            day += timedelta(days=1)
        return at_first(day)


def told() -> list[str]:
    return sorted(Notice.objects.filter(kind="what_we_did").values_list("to", flat=True))


def text(person: User) -> str:
    return bytes(Notice.objects.get(kind="what_we_did", to=person.email).raw).decode().replace("=\r\n", "")


def test_what_we_did_goes_once_to_who_came_and_who_did_not() -> None:
    hub = Taught()
    assert tell_what_was_done(timezone.now() + timedelta(days=1)) == 0
    moment = hub.sign()

    counts = [tell_what_was_done(moment), tell_what_was_done(moment + timedelta(hours=1))]

    assert (counts, told()) == ([2, 0], sorted([str(hub.kim.email), str(hub.lou.email)]))


def test_what_we_did_says_what_to_try_and_how_to_catch_up_but_never_why() -> None:
    hub = Taught()
    tell_what_was_done(hub.sign())

    came, missed = text(hub.kim), text(hub.lou)

    words = ("Sort and explain", "Draw it twice", "Kestrel Hill", "What we did on")
    assert [word in mail for mail in (came, missed) for word in words] == [True] * 8
    assert ["How to catch up" in mail for mail in (came, missed)] == [False, True]
    assert [word in missed.lower() for word in ("missed you", "absent", "apolog", "sorry")] == [False] * 4


def test_what_we_did_opens_the_page_about_catching_up_without_a_log_in() -> None:
    hub = Taught()
    tell_what_was_done(hub.sign())
    link = next(word for word in text(hub.lou).split() if "/missed/" in word and word.startswith("http"))

    response = Client().get(link.partition(":8000")[2])

    assert response.status_code == 200


def test_what_we_did_waits_ten_minutes_for_corrections() -> None:
    hub = Taught()
    moment = hub.sign()
    Session.objects.filter(pk=hub.session.pk).update(signed_at=moment)

    early = tell_what_was_done(moment + timedelta(minutes=9))
    mark_register(session=hub.session, marks={hub.row(hub.lou): "present"}, by=hub.fran)
    tell_what_was_done(moment + timedelta(minutes=10))

    assert early == 0
    assert "How to catch up" not in text(hub.lou)


def test_what_we_did_is_no_news_after_two_weeks() -> None:
    hub = Taught()
    moment = hub.sign()

    assert tell_what_was_done(moment + timedelta(days=15)) == 0


def test_what_we_did_never_leaves_at_night() -> None:
    hub = Taught()
    moment = hub.sign()

    assert tell_what_was_done(moment - timedelta(minutes=1)) == 0


def test_what_we_did_is_told_to_nobody_who_has_given_the_place_up() -> None:
    hub = Taught()
    places.withdraw(booking=hub.booking, reason="other", by=hub.lead)

    assert tell_what_was_done(hub.sign()) == 0


def test_what_we_did_is_not_told_in_a_group_without_tasks_and_pulse() -> None:
    hub = Taught(uses_tasks=False, uses_pulse=False)
    moment = hub.sign()

    assert tell_what_was_done(moment) == 0
    WorkGroup.objects.update(uses_pulse=True)
    assert tell_what_was_done(moment) == 2
    assert "Draw it twice" not in text(hub.kim)


def test_what_we_did_in_a_network_says_nothing_of_a_next_time() -> None:
    hub = Taught(unit="session")
    tell_what_was_done(hub.sign())

    assert "Next time" not in text(hub.kim)


def test_what_we_did_reaches_who_sent_somebody_and_who_came_instead() -> None:
    hub = Taught()
    ann = create_teacher(school=hub.school, name="Ann")
    place = hub.booking.places.get(person=hub.lou)
    swaps.send(place=place, sessions=[hub.next.pk], to=ann.pk, by=hub.lead)
    # The swap is of the session that is over.
    sent, came = (Attendance.objects.get(session=hub.next, person=one) for one in (hub.lou, ann))
    Attendance.objects.filter(pk=hub.row(hub.lou)).update(standing_mark=None)
    mark = sent.standing_mark
    Attendance.objects.filter(pk=sent.pk).update(standing_mark=None)
    Attendance.objects.filter(pk=hub.row(hub.lou)).update(standing_mark=mark)
    Attendance.objects.filter(pk=came.pk).update(session=hub.session)
    mark_register(session=hub.session, marks={came.pk: "present"}, by=hub.fran)

    tell_what_was_done(hub.sign())

    assert told() == sorted(str(one.email) for one in (hub.kim, hub.lou, ann))
    assert "How to catch up" not in text(hub.lou)


def test_what_we_did_goes_to_who_books_for_somebody_without_an_address() -> None:
    hub = Taught()
    User.objects.filter(pk=hub.kim.pk).update(email=None)

    tell_what_was_done(hub.sign())

    assert Notice.objects.get(kind="what_we_did", to=hub.lead.email).subject.startswith("For Kim: What we did on")


def test_what_we_did_has_room_for_materials_and_a_pulse() -> None:
    hub = Taught()
    hub.sign()
    row = Attendance.objects.select_related("person", "place", "standing_mark").get(pk=hub.row(hub.kim))
    session = Session.objects.select_related("work_group").get(pk=hub.session.pk)

    mail = what_we_did(
        row,
        Done(session, None, None, None),
        hub.kim,
        timezone.localdate(),
        materials=["The slides stand on the group’s page."],
        pulse=("Two questions", "https://hub.example/pulse/"),
    )

    assert "The slides stand on the group’s page." in mail.paragraphs
    assert mail.button == ("Two questions", "https://hub.example/pulse/")
