"""Second thoughts: what has not left is replaced by what holds now, and nothing is held on the day."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from booking.actions import places, programme, series, today, transfers
from booking.changing import SessionPlan
from booking.expectations import HOLD
from booking.models import Booking, Session
from booking.models.places import Reason
from booking.rehearsal import rehearse
from notifications.delivery import drain
from notifications.models import Notice, Priority
from tests.factories import create_booking, create_hub_staff, create_lead, create_teacher, create_work_group
from tests.smtp_sink import SinkServer

pytestmark = pytest.mark.django_db(transaction=True)

COVER, KIM = "cover@oakfield.example", "kim@oakfield.example"


class Hub:
    """A pair of Oakfield, one named and one to follow; Kim keeps a calendar link, and somebody arranges cover."""

    def __init__(self, **fields: object) -> None:
        self.staff = create_hub_staff()
        self.lead = create_lead(email="lena@oakfield.example")
        self.school = self.lead.memberships.get().school
        self.kim = create_teacher(school=self.school, email=KIM, invites=User.Invites.FEED)
        self.group = create_work_group(sessions=2, title="Ratio", **fields)
        self.booking = create_booking(
            work_group=self.group, by=self.lead, people=[self.kim, None], cover_email=COVER, school=self.school
        )

    @property
    def session(self) -> Session:
        return self.group.sessions.get(number=1)

    def move(self, hours: int = 1, reason: str = "") -> None:
        session = self.session
        assert session.starts_at is not None
        assert session.ends_at is not None
        later = timedelta(hours=hours)
        plan = replace(SessionPlan.of(session), starts_at=session.starts_at + later, ends_at=session.ends_at + later)
        programme.change_session(session=session, plan=plan, by=self.staff, reason=reason)

    def bring_near(self) -> None:
        soon = timezone.now() + timedelta(hours=5)
        Session.objects.filter(pk=self.session.pk).update(starts_at=soon, ends_at=soon + timedelta(hours=2))

    def name(self) -> None:
        place = self.booking.places.get(person__isnull=True)
        places.name_place(place=place, person=create_teacher(school=self.school, name="Ann Lee"), by=self.lead)

    def leave(self) -> Booking:
        return places.withdraw(booking=self.booking, reason=Reason.OTHER, by=self.lead)


def after_the_hold() -> None:
    Notice.objects.unsent().update(next_try_at=timezone.now())


def subjects(sink: SinkServer, address: str) -> list[str]:
    """What has reached an address, in order."""
    pairs = zip((to for to, _ in sink.sink.mails), sink.sink.messages(), strict=True)
    return [str(message["Subject"]) for to, message in pairs if to == address]


FIRST, CHANGED = "Cover for Ratio: the dates to arrange", "Cover for Ratio: the dates have changed"


def test_first_dates_for_cover_leave_at_once(smtp: SinkServer) -> None:
    Hub()

    drain()

    assert subjects(smtp, COVER) == [FIRST]


def test_change_is_held_as_long_as_an_invite_is(smtp: SinkServer) -> None:
    hub = Hub()
    drain()

    hub.move()
    drain()

    held = Notice.objects.filter(kind__in=["cover_dates", "session_changed"], state=Notice.State.QUEUED)
    assert {notice.next_try_at - notice.made_at > HOLD - timedelta(seconds=5) for notice in held} == {True}
    assert (sorted(held.values_list("to", flat=True)), subjects(smtp, COVER)) == ([COVER, KIM], [FIRST])


def test_second_edit_within_the_hold_replaces_the_first(smtp: SinkServer) -> None:
    hub = Hub()
    drain()

    hub.move(1, reason="Hall is taken")
    drain()
    hub.move(1, reason="Hall is taken for longer")
    hub.name()
    drain()
    after_the_hold()
    drain()

    assert subjects(smtp, COVER) == [FIRST, CHANGED]
    assert subjects(smtp, KIM)[1:] == ["Changed: Ratio, session 1"]
    newest = Notice.objects.filter(to=COVER, state=Notice.State.SENT).latest("pk").text
    assert ("3.15pm to 5.45pm" in newest, "Ann Lee" in newest) == (True, True)
    assert "Hall is taken for longer" in Notice.objects.filter(kind="session_changed").latest("pk").text


def test_edits_further_apart_than_the_hold_leave_one_by_one(smtp: SinkServer) -> None:
    hub = Hub()
    drain()

    for _ in range(2):
        hub.move()
        drain()
        after_the_hold()
        drain()

    assert subjects(smtp, COVER) == [FIRST, CHANGED, CHANGED]
    assert subjects(smtp, KIM)[1:] == ["Changed: Ratio, session 1"] * 2


def test_other_session_and_other_school_are_replaced_by_nothing_of_this_one(smtp: SinkServer) -> None:
    hub = Hub()
    create_booking(work_group=hub.group, people=[None], cover_email=COVER)
    drain()

    hub.move()
    programme.cancel_session(session=hub.group.sessions.get(number=2), reason="Snow", by=hub.staff)
    drain()
    after_the_hold()
    drain()

    assert subjects(smtp, COVER) == [FIRST, FIRST, CHANGED, CHANGED]
    assert subjects(smtp, KIM)[1:] == ["Changed: Ratio, session 1", "Cancelled: Ratio, session 2"]


def test_change_of_a_near_session_leaves_at_once_and_says_today(smtp: SinkServer) -> None:
    hub = Hub()
    drain()
    hub.bring_near()

    today.cancel_today(sessions=[hub.session.pk], reason="Snow", by=hub.staff)
    drain()

    assert subjects(smtp, COVER) == [FIRST, f"TODAY: {CHANGED}"]
    assert subjects(smtp, KIM)[1:] == ["TODAY: Cancelled: Ratio, session 1"]
    urgent = Notice.objects.filter(subject__startswith="TODAY: ")
    assert set(urgent.values_list("priority", flat=True)) == {Priority.TODAY}


def test_change_of_a_later_session_is_held_though_another_one_is_near(smtp: SinkServer) -> None:
    hub = Hub()
    drain()
    hub.bring_near()

    programme.cancel_session(session=hub.group.sessions.get(number=2), reason="Snow", by=hub.staff)
    drain()

    assert subjects(smtp, COVER) == [FIRST]


def test_near_change_overtakes_what_was_held(smtp: SinkServer) -> None:
    hub = Hub()
    drain()
    hub.move()
    drain()
    hub.bring_near()

    today.cancel_today(sessions=[hub.session.pk], reason="Snow", by=hub.staff)
    drain()
    after_the_hold()
    drain()

    assert subjects(smtp, COVER) == [FIRST, f"TODAY: {CHANGED}"]
    assert subjects(smtp, KIM)[1:] == ["TODAY: Cancelled: Ratio, session 1"]


def test_cover_hears_of_a_new_name_for_a_near_session_at_once(smtp: SinkServer) -> None:
    hub = Hub()
    drain()
    hub.bring_near()

    hub.name()
    drain()

    assert subjects(smtp, COVER) == [FIRST, f"TODAY: {CHANGED}"]


def test_cover_that_heard_nothing_yet_gets_the_first_dates_as_such(smtp: SinkServer) -> None:
    hub = Hub()
    smtp.sink.answer = lambda number: "451 later"
    drain()
    smtp.sink.answer = lambda number: "250 OK"

    hub.name()
    after_the_hold()
    drain()

    assert subjects(smtp, COVER) == [FIRST]


def test_cover_that_heard_nothing_yet_is_not_told_that_none_is_needed(smtp: SinkServer) -> None:
    hub = Hub()
    hub.leave()

    drain()
    after_the_hold()
    drain()

    assert subjects(smtp, COVER) == []


def test_places_given_up_within_the_hold_say_only_that(smtp: SinkServer) -> None:
    hub = Hub()
    drain()

    hub.move()
    drain()
    hub.leave()
    drain()
    after_the_hold()
    drain()

    assert subjects(smtp, COVER) == [FIRST, "No cover is needed any more for Ratio"]


def test_transfer_within_the_hold_replaces_what_was_to_be_said_of_the_old_group(smtp: SinkServer) -> None:
    hub = Hub()
    beside = create_work_group(title="Bars", parallel_to=hub.group)
    drain()

    hub.move()
    drain()
    transfers.transfer(booking=hub.booking, to=beside, by=hub.lead)
    drain()
    after_the_hold()
    drain()

    assert subjects(smtp, COVER) == [FIRST, "Cover for Bars: the dates have changed"]


def plan_of(hub: Hub) -> SessionPlan:
    plan = SessionPlan.of(hub.group.sessions.get(number=2))
    assert plan.starts_at is not None
    assert plan.ends_at is not None
    return replace(plan, starts_at=plan.starts_at + timedelta(days=7), ends_at=plan.ends_at + timedelta(days=7))


def test_session_added_and_changed_within_the_hold_is_told_as_added(smtp: SinkServer) -> None:
    hub = Hub()
    drain()
    [session] = series.add_sessions(work_group=hub.group, plans=[plan_of(hub)], by=hub.staff)
    drain()

    programme.change_session(session=session, plan=replace(SessionPlan.of(session), bring="Cubes"), by=hub.staff)
    drain()
    after_the_hold()
    drain()

    assert subjects(smtp, KIM)[1:] == ["Added: Ratio, session 3"]


def test_session_added_and_called_off_within_the_hold_is_never_told(smtp: SinkServer) -> None:
    hub = Hub()
    drain()
    [session] = series.add_sessions(work_group=hub.group, plans=[plan_of(hub)], by=hub.staff)
    drain()

    programme.cancel_session(session=session, reason="A mistake", by=hub.staff)
    drain()
    after_the_hold()
    drain()

    assert subjects(smtp, KIM)[1:] == []


def test_rehearsal_drops_nothing_that_waits() -> None:
    hub = Hub()
    drain()
    hub.move()
    drain()
    before = sorted(Notice.objects.values_list("pk", "state"))

    said = rehearse(programme.cancel_session, session=hub.session, reason="Snow", by=hub.staff)

    assert sorted(Notice.objects.values_list("pk", "state")) == before
    assert (len(said.told["cover_dates"]), len(said.told["session_changed"])) == (1, 1)
