"""What an act would do is the act itself, rolled back: the page tells the truth, and nothing leaks out of it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from accounts.models import HistoryLine, User
from booking.actions import catchups, places, programme
from booking.changing import SessionPlan
from booking.integrity import violations
from booking.models import Attendance, Booking, CalendarEntry, Session, Venue, WorkGroup
from booking.models.places import Status
from booking.rehearsal import Rehearsal, Told, rehearse
from notifications.delivery import drain
from notifications.models import Notice, Priority
from tests.factories import (
    create_booking,
    create_hub_staff,
    create_session,
    create_teacher,
    create_venue,
    create_work_group,
)

pytestmark = pytest.mark.django_db(transaction=True)


class Hub:
    """A group of two schools, of whose people one has no invites by mail."""

    def __init__(self, **fields: object) -> None:
        self.staff = create_hub_staff()
        self.group = create_work_group(title="Bar models", **fields)
        self.booking = create_booking(work_group=self.group, people=2)
        Booking.objects.update(cover_email="cover@school.example")
        self.other = create_booking(work_group=self.group, people=1)
        reader = self.other.places.get().person
        User.objects.filter(pk=reader and reader.pk).update(invites="feed")
        drain()
        Notice.objects.update(dedupe_key=None)
        self.session = self.group.sessions.get(number=1)

    def world(self) -> tuple[object, ...]:
        """Everything that a leak would change."""
        return (
            HistoryLine.objects.count(),
            Notice.objects.count(),
            sorted(CalendarEntry.objects.values_list("pk", "sequence", "wanted")),
            sorted(Session.objects.values_list("pk", "starts_at", "revision", "status")),
            sorted(WorkGroup.objects.values_list("pk", "revision", "taken", "status")),
            sorted(Booking.objects.values_list("pk", "status")),
        )


def moved(session: Session) -> SessionPlan:
    assert session.starts_at is not None
    assert session.ends_at is not None
    return replace(
        SessionPlan.of(session),
        starts_at=session.starts_at + timedelta(days=1),
        ends_at=session.ends_at + timedelta(days=1),
    )


def mails() -> dict[str, int]:
    counts: dict[str, int] = {}
    for kind in Notice.objects.order_by("pk").values_list("kind", flat=True):
        counts[kind] = counts.get(kind, 0) + 1
    return counts


def test_rehearse_changes_nothing() -> None:
    hub = Hub()
    before = hub.world()

    rehearse(programme.change_session, session=hub.session, plan=moved(hub.session), by=hub.staff)
    rehearse(programme.cancel_session, session=hub.session, reason="Snow", by=hub.staff)
    rehearse(programme.call_group_off, work_group=hub.group, reason="Too few", by=hub.staff)

    assert hub.world() == before


def test_rehearse_tells_just_what_then_leaves() -> None:
    hub = Hub()
    Notice.objects.all().delete()

    said = rehearse(programme.change_session, session=hub.session, plan=moved(hub.session), by=hub.staff)
    programme.change_session(session=hub.session, plan=moved(hub.session), by=hub.staff)
    CalendarEntry.objects.update(tell_after=timezone.now())
    drain()

    assert (
        {kind: len(told) for kind, told in said.told.items()}
        == mails()
        == {
            "session_changed": 1,
            "cover_dates": 1,
            "invite": 2,
        }
    )
    assert (said.entries_changed, said.entries_gone) == (3, 0)


def test_rehearse_reads_as_the_mail_will_but_gives_no_links_away() -> None:
    hub = Hub()

    said = rehearse(
        programme.change_session, session=hub.session, plan=moved(hub.session), by=hub.staff, reason="Hall is taken"
    )

    texts = [told.text for kind in said.told.values() for told in kind]
    assert any("Hall is taken" in text for text in texts)
    assert [text for text in texts if "/my/dates/" in text] == []


def test_rehearse_refuses_what_the_act_refuses() -> None:
    hub = Hub()
    Session.objects.filter(pk=hub.session.pk).update(starts_at=timezone.now() - timedelta(hours=1))

    with pytest.raises(ValidationError, match="has begun"):
        rehearse(programme.cancel_session, session=hub.session, reason="Snow", by=hub.staff)


def test_rehearse_shows_clashes_offers_and_guests() -> None:
    hub = Hub(capacity=3)
    waiting = create_booking(work_group=hub.group, people=1)
    person = hub.booking.places.all()[0].person
    assert person is not None
    elsewhere = create_work_group(sessions=1, title="Counting")
    create_booking(work_group=elsewhere, by=hub.booking.made_by, people=[person])
    Session.objects.filter(work_group=elsewhere).update(
        starts_at=moved(hub.session).starts_at, ends_at=moved(hub.session).ends_at
    )
    beside = create_work_group(sessions=0, parallel_to=hub.group)
    guest_at = create_session(work_group=beside, days=13, number=1)
    row = Attendance.objects.get(session=hub.session, person=person)
    catchups.catch_up_at(row=row, session=guest_at, by=person)

    moving = rehearse(programme.change_session, session=hub.session, plan=moved(hub.session), by=hub.staff)
    cancelling = rehearse(programme.cancel_session, session=guest_at, reason="Snow", by=hub.staff)
    group = WorkGroup.objects.get(pk=hub.group.pk)
    group.capacity = 4
    growing = rehearse(programme.save_work_group, work_group=group, leads=[], by=hub.staff, reason="A bigger room")

    assert [words.partition(" on ")[0] for words in moving.clashes] == [f"{person} is at Counting"]
    assert [(one.person, one.session) for one in cancelling.guests_fallen] == [(person, guest_at)]
    assert growing.offered == [waiting]
    assert list(growing.told) == ["places_offered"]


def test_call_group_off_ends_everything_once_and_keeps_what_was_attended() -> None:
    hub = Hub(capacity=3)
    waiting = create_booking(work_group=hub.group, people=1)
    drain()
    Notice.objects.all().delete()

    programme.call_group_off(work_group=hub.group, reason="Too few schools", by=hub.staff)
    CalendarEntry.objects.update(tell_after=timezone.now())
    drain()

    group = WorkGroup.objects.get(pk=hub.group.pk)
    assert (group.status, group.taken, group.taken_schools, group.waiting) == ("cancelled", 0, 0, 0)
    assert set(Booking.objects.values_list("status", flat=True)) == {Status.CANCELLED}
    assert CalendarEntry.objects.wanted().count() == 0
    told = mails()
    assert (told["group_called_off"], told["invite_cancelled"], told["cover_dates"]) == (6, 6, 1)
    assert Notice.objects.filter(kind="group_called_off", to=waiting.made_by.email).count() == 1
    assert list(violations()) == []


def test_change_of_a_near_session_is_told_first_and_says_today() -> None:
    hub = Hub()
    soon = timezone.now() + timedelta(hours=5)
    Session.objects.filter(pk=hub.session.pk).update(starts_at=soon, ends_at=soon + timedelta(hours=2))
    session = Session.objects.get(pk=hub.session.pk)
    Notice.objects.all().delete()

    programme.change_session(session=session, plan=replace(SessionPlan.of(session), venue=create_venue()), by=hub.staff)
    drain()

    subjects = Notice.objects.values_list("subject", "priority")
    assert {(subject.startswith("TODAY: "), priority) for subject, priority in subjects} == {(True, Priority.TODAY)}
    assert len(subjects) == 4


def test_pages_show_first_and_do_it_once(log_in: Callable[[User], Client]) -> None:
    hub = Hub()
    client, url = log_in(hub.staff), f"/office/sessions/{hub.session.pk}/cancel/"

    first = client.post(url, {"reason": "Snow"}).content.decode()
    untouched = Session.objects.get(pk=hub.session.pk).status
    revision = WorkGroup.objects.get(pk=hub.group.pk).revision
    stale = client.post(url, {"reason": "Snow", "seen": str(revision - 1)}).content.decode()
    done = client.post(url, {"reason": "Snow", "seen": str(revision)})

    assert ("Nothing has happened yet." in first, untouched) == (True, "planned")
    assert "The group has changed since you looked." in stale
    assert (done.status_code, Session.objects.get(pk=hub.session.pk).status) == (302, "cancelled")


def test_page_of_a_move_carries_every_answer_to_the_second_step(log_in: Callable[[User], Client]) -> None:
    hub = Hub()
    client, url = log_in(hub.staff), f"/office/sessions/{hub.session.pk}/"
    plan = moved(hub.session)
    assert plan.starts_at is not None
    data = {
        "title": "Moved",
        "day": timezone.localdate(plan.starts_at).isoformat(),
        "begins": "09:15",
        "ends": "11:45",
        "mode": "online",
        "venue": "",
        "link": "https://meet.hub.example/bars",
        "reason": "Hall is taken",
    }

    page = client.post(url, data)
    hidden = {field.html_name: field.value() or "" for field in page.context["form"]}
    done = client.post(url, hidden | {"seen": str(WorkGroup.objects.get(pk=hub.group.pk).revision)})

    session = Session.objects.get(pk=hub.session.pk)
    assert (page.status_code, done.status_code) == (200, 302)
    assert (session.title, session.mode, session.link) == ("Moved", "online", "https://meet.hub.example/bars")


def test_page_of_a_group_is_shown_first_only_where_somebody_hears_of_it(log_in: Callable[[User], Client]) -> None:
    hub = Hub()
    client, url = log_in(hub.staff), f"/office/work-groups/{hub.group.pk}/edit/"
    create_teacher(school=hub.booking.school)
    form = client.get(url).context["form"]
    answers = {
        field.html_name: field.value()
        for field in form
        if field.value() not in (None, "") and field.value() is not False
    }
    answers |= {"reminder_days": "7, 1"}
    for name in ("opens_at", "closes_at"):
        answers.pop(name, None)

    quiet = client.post(url, answers | {"summary": "Another sentence."})
    told = client.post(url, answers | {"title": "Bar models and more"})

    assert (quiet.status_code, told.status_code) == (302, 200)
    assert "what would happen" in told.content.decode()


def test_rehearse_names_offers_that_fall() -> None:
    hub = Hub(capacity=3)
    waiting = create_booking(work_group=hub.group, people=1)
    places.withdraw(booking=hub.other, reason="other", by=hub.staff)

    said = rehearse(programme.call_group_off, work_group=hub.group, reason="Too few", by=hub.staff)

    assert said.offers_fallen == [waiting]


def test_rehearse_shows_each_wording_once() -> None:
    told = [Told("x", f"{name}@school.example", "Hello", text) for name, text in (("a", "1"), ("b", "2"), ("c", "2"))]

    kinds = Rehearsal(told={"x": told}).kinds

    assert [(kind.subject, kind.mails) for kind in kinds] == [("Hello", 3)]
    assert [(one.text, one.to) for one in kinds[0].texts] == [
        ("2", ["b@school.example", "c@school.example"]),
        ("1", ["a@school.example"]),
    ]


def venue_data(venue: Venue, **changed: str) -> dict[str, str]:
    names = ("name", "street", "town", "postcode", "la_code", "easting", "northing", "room", "chairs")
    data = {name: str(value) for name in names if (value := getattr(venue, name)) is not None}
    return data | changed


def test_venue_saved_as_it_was_invites_nobody_again(log_in: Callable[[User], Client]) -> None:
    hub = Hub()
    venue = hub.session.venue
    assert venue is not None
    before = hub.world()

    page = log_in(hub.staff).post(f"/office/venues/{venue.pk}/", venue_data(venue), follow=True).content.decode()

    assert ("Nothing had changed." in page, hub.world()) == (True, before)


def test_venue_with_other_chairs_is_kept_without_an_invite(log_in: Callable[[User], Client]) -> None:
    hub = Hub()
    venue = hub.session.venue
    assert venue is not None
    before = sorted(CalendarEntry.objects.values_list("pk", "sequence"))

    done = log_in(hub.staff).post(f"/office/venues/{venue.pk}/", venue_data(venue, chairs="40"))

    assert (done.status_code, Venue.objects.get(pk=venue.pk).chairs) == (302, 40)
    assert sorted(CalendarEntry.objects.values_list("pk", "sequence")) == before


def test_venue_in_another_room_is_looked_at_first_and_looked_at_again_after_a_change(
    log_in: Callable[[User], Client],
) -> None:
    hub = Hub()
    venue = hub.session.venue
    assert venue is not None
    client, url, data = log_in(hub.staff), f"/office/venues/{venue.pk}/", venue_data(venue, room="The library")
    before = hub.world()

    look = client.post(url, data)
    untouched = hub.world()
    seen = look.context["stands"]
    WorkGroup.objects.filter(pk=hub.group.pk).touch()
    stale = client.post(url, data | {"seen": seen})
    done = client.post(url, data | {"seen": stale.context["stands"]})

    assert ("9 entries change." in look.content.decode(), untouched) == (True, before)
    assert "has changed since you looked" in stale.content.decode()
    assert (done.status_code, Venue.objects.get(pk=venue.pk).room) == (302, "The library")
    assert set(CalendarEntry.objects.values_list("sequence", flat=True)) == {1}


def test_session_added_to_a_published_group_is_looked_at_first(log_in: Callable[[User], Client]) -> None:
    hub = Hub()
    day = (timezone.localdate() + timedelta(days=100)).isoformat()
    data = {
        "title": "One more",
        "day": day,
        "begins": "13:15",
        "ends": "15:45",
        "mode": "online",
        "task_title": "Count",
    }
    client, url = log_in(hub.staff), f"/office/work-groups/{hub.group.pk}/sessions/new/"
    before = hub.world()

    look = client.post(url, data)
    untouched = hub.world()
    done = client.post(url, data | {"seen": look.context["stands"]})

    assert ("3 entries change." in look.content.decode(), untouched) == (True, before)
    assert (done.status_code, hub.group.sessions.get(title="One more").task.title) == (302, "Count")


def test_session_added_to_a_draft_is_added_at_once(log_in: Callable[[User], Client]) -> None:
    group = create_work_group(sessions=0, status="draft")
    data = {"title": "First", "when_words": "in June", "mode": "online"}

    done = log_in(create_hub_staff()).post(f"/office/work-groups/{group.pk}/sessions/new/", data)

    assert (done.status_code, group.sessions.count()) == (302, 1)
