"""What keeps a mail back: a pause of the group, and what people chose; and what neither keeps back."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import BouncedAddress, HistoryLine, User
from booking.actions import programme
from booking.changing import SessionPlan
from booking.emails import About
from booking.models import SchoolHoliday, Session
from notifications.actions.choices import choose
from notifications.actions.pauses import go_on, pause
from notifications.delivery import claim, drain
from notifications.kinds import FOUND_ANEW
from notifications.models import Notice, Priority
from notifications.outbox import Envelope, put
from notifications.reminders import remind
from notifications.weekly import send_weekly
from tests.days import at, monday
from tests.factories import (
    create_booking,
    create_hub_staff,
    create_lead,
    create_teacher,
    create_venue,
    create_work_group,
)

pytestmark = pytest.mark.django_db(transaction=True)


class Hub:
    """Kim comes to Ratio, whose first session is two weeks away."""

    def __init__(self, *, told: bool = True, **fields: object) -> None:
        self.staff = create_hub_staff()
        self.lead = create_lead(email="lena@oakfield.example")
        self.school = self.lead.memberships.get().school
        self.kim = create_teacher(school=self.school, name="Kim", email="kim@oakfield.example", **fields)
        self.group = create_work_group(sessions=1, title="Ratio")
        self.booking = create_booking(work_group=self.group, by=self.lead, people=[self.kim])
        if told:
            drain()

    @property
    def session(self) -> Session:
        return self.group.sessions.get()

    def pause(self) -> None:
        pause(work_group=self.group, reason="The venue is unclear", by=self.staff)

    def move(self, days: int) -> None:
        plan = SessionPlan.of(self.session)
        assert plan.starts_at
        assert plan.ends_at
        later = timedelta(days=days)
        moved = {"starts_at": plan.starts_at + later, "ends_at": plan.ends_at + later}
        programme.change_session(
            session=self.session, plan=SessionPlan(**vars(plan) | moved), by=self.staff, reason="Hall is taken"
        )


def states(**which: object) -> dict[str, str]:
    return {one.kind: one.state for one in Notice.objects.filter(**which).order_by("pk")}


def test_pause_holds_what_waits_and_what_is_made_after_it() -> None:
    hub = Hub(told=False)
    put(
        Envelope(kind="letter", to="a@a.example", about=About(work_group=hub.group.pk)),
        subject="Cubes",
        text="Bring cubes",
    )

    hub.pause()
    drain()

    assert states() == {
        "letter": "held",
        "booking_summary": "held",
        "place_confirmed": "held",
        "invite": "held",
    }
    assert set(Notice.objects.values_list("stop", flat=True)) == {"pause"}


def test_pause_lets_cancellations_todays_changes_and_security_go() -> None:
    hub = Hub()
    hub.pause()
    about = About(work_group=hub.group.pk)
    for kind, priority in (("account", Priority.SECURITY), ("session_changed", Priority.TODAY)):
        put(Envelope(kind=kind, to="a@a.example", priority=priority, about=about), subject=kind, text="x")

    programme.cancel_session(session=hub.session, reason="Snow", by=hub.staff)
    Notice.objects.filter(state="queued").update(next_try_at=timezone.now())
    hub.kim.calendar_entries.update(tell_after=timezone.now())
    drain()

    after = Notice.objects.filter(kind__in=["account", "session_changed", "invite_cancelled"])
    assert {one.kind: one.state for one in after} == {
        "account": "sent",
        "session_changed": "sent",
        "invite_cancelled": "sent",
    }


def test_end_of_a_pause_lets_go_what_still_helps() -> None:
    hub = Hub(told=False)
    hub.pause()
    drain()
    Notice.objects.filter(kind="booking_summary").update(expires_at=timezone.now() - timedelta(minutes=1))

    count = go_on(work_group=hub.group, by=hub.staff)
    drain()

    assert count == 2
    assert states() == {"booking_summary": "dropped", "place_confirmed": "sent", "invite": "sent"}
    lines = HistoryLine.objects.about(hub.group).filter(verb__startswith="mail_").order_by("pk")
    assert [(line.verb, line.reason) for line in lines] == [
        ("mail_paused", "The venue is unclear"),
        ("mail_let_go", ""),
    ]


def test_end_of_a_pause_sends_the_newest_invite_only() -> None:
    hub = Hub(told=False)
    hub.pause()
    drain()
    hub.move(1)
    hub.kim.calendar_entries.update(tell_after=timezone.now())
    drain()

    go_on(work_group=hub.group, by=hub.staff)
    drain()

    invites = Notice.objects.filter(kind="invite").order_by("pk")
    assert [(one.state, one.sequence) for one in invites] == [("dropped", 0), ("sent", 1)]


def test_reminder_held_by_a_pause_is_found_anew() -> None:
    hub = Hub()
    start = hub.session.starts_at
    assert start
    when = at(monday().date() + timedelta(days=1), 13)
    Session.objects.filter(pk=hub.session.pk).update(starts_at=when, ends_at=when + timedelta(hours=2))
    hub.pause()
    remind(monday())

    go_on(work_group=hub.group, by=hub.staff)
    remind(monday() + timedelta(hours=1))

    made = Notice.objects.filter(kind="reminder").order_by("pk")
    assert [one.state for one in made] == ["dropped", "queued"]


def test_kinds_found_anew_are_held_with_their_key_and_made_once_more_after_the_pause() -> None:
    hub = Hub(told=False)
    drain()
    Notice.objects.all().delete()
    hub.pause()
    about = About(work_group=hub.group.pk)
    for kind in sorted(FOUND_ANEW):
        put(Envelope(kind=kind, to="a@a.example", once=True, dedupe_key=kind, about=about), subject=kind, text="x")
    twice = [put(Envelope(kind=kind, to="a@a.example", dedupe_key=kind), subject="", text="x") for kind in FOUND_ANEW]

    count = go_on(work_group=hub.group, by=hub.staff)
    for kind in sorted(FOUND_ANEW):
        put(Envelope(kind=kind, to="a@a.example", once=True, dedupe_key=kind, about=about), subject=kind, text="x")

    assert (count, set(twice)) == (0, {None})
    made = list(Notice.objects.order_by("pk").values_list("kind", "state"))
    assert made == [(kind, state) for state in ("dropped", "queued") for kind in sorted(FOUND_ANEW)]


def test_pause_lets_the_cancellation_of_a_session_reach_its_host() -> None:
    hub = Hub()
    venue = create_venue(host_name="Jo", host_email="jo@venue.example")
    Session.objects.filter(pk=hub.session.pk).update(venue=venue)
    hub.pause()

    programme.cancel_session(session=hub.session, reason="Snow", by=hub.staff)
    drain()
    Notice.objects.filter(state="queued").update(next_try_at=timezone.now())  # second thoughts are over
    drain()

    assert list(Notice.objects.filter(to="jo@venue.example").values_list("kind", "state", "stop")) == [
        ("host_changed", "sent", "")
    ]


def test_address_that_bounces_stops_mail_that_a_pause_or_a_choice_would_have_kept() -> None:
    hub = Hub()
    hub.pause()
    choose(by=hub.kim, chosen={"letters": "weekly", "after": "none"})
    BouncedAddress.objects.create(address="kim@oakfield.example", code="5.1.1")
    about = About(work_group=hub.group.pk)

    for kind, of_group in (("invite", about), ("letter", About()), ("what_we_did", About())):
        put(Envelope(kind=kind, to=hub.kim.email or "", person=hub.kim, about=of_group), subject=kind, text="x")
    go_on(work_group=hub.group, by=hub.staff)
    choose(by=hub.kim, chosen={})

    made = Notice.objects.order_by("-pk")[:3]
    assert [(one.kind, one.state, one.stop) for one in reversed(made)] == [
        ("invite", "failed", ""),
        ("letter", "failed", ""),
        ("what_we_did", "dropped", "choice"),
    ]


def test_newer_mail_of_the_same_thing_does_not_pass_an_older_one_that_is_held() -> None:
    older, newer = (
        put(Envelope(kind="invite", to="a@a.example", order_key="entry:1"), subject=subject, text="x")
        for subject in ("first", "second")
    )
    assert older
    assert newer
    Notice.objects.filter(pk=older.pk).update(state="held", stop="pause")
    held = claim(timezone.now())

    Notice.objects.filter(pk=older.pk).update(state="held", stop="digest")

    assert held is None
    passed = claim(timezone.now())
    assert passed == newer


def test_pause_is_refused_twice_and_ended_once() -> None:
    hub = Hub()
    hub.pause()

    with pytest.raises(ValidationError, match="paused already"):
        hub.pause()
    go_on(work_group=hub.group, by=hub.staff)
    with pytest.raises(ValidationError, match="not paused"):
        go_on(work_group=hub.group, by=hub.staff)


def test_pause_has_a_switch_on_the_page_of_the_group() -> None:
    hub = Hub()
    client = Client()
    client.force_login(hub.staff)
    url = reverse("office_mail_pause", args=[hub.group.pk])

    client.post(url, {"act": "pause", "reason": "The venue is unclear"})
    shown = client.get(reverse("office_work_group", args=[hub.group.pk])).content.decode()
    client.post(url, {"act": "go_on"})

    assert "Mail about this group is paused" in shown
    assert "Pause its mail" in client.get(reverse("office_work_group", args=[hub.group.pk])).content.decode()


def test_choice_of_none_is_kept_but_not_for_cancellations_and_near_dates() -> None:
    hub = Hub(told=False, invites=User.Invites.FEED)
    for person in (hub.kim, hub.lead):
        choose(by=person, chosen={"changes": "none", "reminders": "none"})
    drain()
    first = states()

    hub.move(-9)
    drain()
    Notice.objects.filter(state="queued").update(next_try_at=timezone.now())
    drain()
    near = states(kind="session_changed")
    Notice.objects.filter(kind="session_changed").delete()
    programme.cancel_session(session=hub.session, reason="Snow", by=hub.staff)
    drain()
    Notice.objects.filter(state="queued").update(next_try_at=timezone.now())
    drain()

    assert first == {"booking_summary": "dropped", "place_confirmed": "sent"}
    assert near == {"session_changed": "sent"}
    assert states(kind="session_changed") == {"session_changed": "sent"}
    assert Notice.objects.get(kind="booking_summary").stop == "choice"


def test_choice_of_a_change_far_ahead_is_kept_for_monday() -> None:
    hub = Hub(invites=User.Invites.FEED)
    choose(by=hub.kim, chosen={"changes": "weekly"})

    hub.move(20)
    drain()

    assert states(kind="session_changed") == {"session_changed": "held"}


def test_weekly_mail_bundles_what_was_kept_once() -> None:
    hub = Hub()
    choose(by=hub.kim, chosen={"letters": "weekly"})
    for subject in ("Cubes", "Parking"):
        put(
            Envelope(kind="letter", to=hub.kim.email or "", person=hub.kim),
            subject=subject,
            text=f"H\n\nOn {subject}\n\n--\nWhy",
        )

    early = send_weekly(monday() - timedelta(minutes=1))
    made = [send_weekly(monday() + timedelta(minutes=minutes)) for minutes in (0, 1)]

    digest = Notice.objects.get(kind="digest")
    assert (early, made) == (0, [1, 0])
    assert digest.subject == "Your week: 2 things to know"
    assert "On Cubes" in digest.text
    assert "On Parking" in digest.text
    assert states(kind="letter") == {"letter": "dropped"}


def test_weekly_mail_waits_for_the_first_school_day_of_the_week() -> None:
    hub = Hub()
    day = monday().date()
    SchoolHoliday.objects.create(la_code=hub.school.la_code, name="Closed", first_on=day, last_on=day)
    choose(by=hub.kim, chosen={"letters": "weekly"})
    put(Envelope(kind="letter", to=hub.kim.email or "", person=hub.kim), subject="Cubes", text="Ten each")

    made = [send_weekly(monday() + timedelta(days=days)) for days in (0, 1)]

    assert made == [0, 1]


def test_weekly_mail_leaves_out_what_has_passed() -> None:
    hub = Hub()
    choose(by=hub.kim, chosen={"reminders": "weekly"})
    put(
        Envelope(kind="reminder", to=hub.kim.email or "", person=hub.kim, expires_at=monday() - timedelta(days=1)),
        subject="Tomorrow: Ratio",
        text="x",
    )

    made = send_weekly(monday())

    assert (made, states(kind="reminder")) == (0, {"reminder": "dropped"})


def test_choice_taken_back_lets_go_what_was_kept() -> None:
    hub = Hub()
    choose(by=hub.kim, chosen={"letters": "weekly"})
    put(Envelope(kind="letter", to=hub.kim.email or "", person=hub.kim), subject="Cubes", text="Ten each")

    choose(by=hub.kim, chosen={"letters": ""})

    assert states(kind="letter") == {"letter": "queued"}


def test_choices_are_made_on_their_page_and_linked_from_each_such_mail() -> None:
    hub = Hub()
    client = Client()
    client.force_login(hub.kim)

    client.post(reverse("my_mail_choices"), {"letters": "weekly", "reminders": "", "changes": "none", "after": ""})

    assert dict(hub.kim.mail_choices.values_list("family", "how")) == {"letters": "weekly", "changes": "none"}
    assert "Which mails do I get?: " in Notice.objects.get(kind="booking_summary").text
    assert b"Which mails do I get" not in bytes(Notice.objects.get(kind="place_confirmed").raw)
