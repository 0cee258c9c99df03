"""Pages kept in memory are never stale: after every act they are what a page drawn afresh would be."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.cache import caches
from django.test import Client
from django.utils import timezone

from accounts.models import User
from booking.actions import (
    answers,
    apologies,
    arrivals,
    carrying,
    catchups,
    certificates,
    evaluation,
    handed,
    memberships,
    own_days,
    places,
    programme,
    research,
    series,
    swaps,
    term_dates,
    visitors,
    years,
)
from booking.changing import SessionPlan
from booking.evaluation import pulse_of
from booking.handing import take_lists_in
from booking.intake.columns import guess
from booking.models import Arrival, Attendance, Booking, Mark, OwnDays, SchoolHoliday, Session, WorkGroup
from booking.models.places import Reason
from booking.reports import shown
from booking.reports.shown import window
from booking.spreadsheets import read_text
from tests.factories import (
    create_booking,
    create_came,
    create_certificate,
    create_hub_staff,
    create_lead,
    create_session,
    create_task,
    create_teacher,
    create_work_group,
    mark_register,
)

pytestmark = pytest.mark.django_db(transaction=True)


class World:
    def __init__(self) -> None:
        self.staff, self.lead = create_hub_staff(), create_lead()
        self.school = self.lead.memberships.get().school
        self.teacher = create_teacher(school=self.school)
        self.group = create_work_group(sessions=2, capacity=4)
        self.booking = create_booking(work_group=self.group, by=self.lead, people=[self.lead, None])
        now = timezone.now()
        yesterday = {"starts_at": now - timedelta(hours=26), "ends_at": now - timedelta(hours=24)}
        self.past = create_session(work_group=self.group, number=0, **yesterday)
        self.certificate = create_certificate(person=self.lead, school=self.school, work_group=self.group)
        self.task = create_task(session=self.past)
        place = self.booking.places.get(person=self.lead)
        self.row = Attendance.objects.create(session=self.past, person=self.lead, place=place, school=self.school)

    @property
    def session(self) -> Session:
        return self.group.sessions.get(number=1)

    def come(self, count: int) -> None:
        create_came(session=self.past, people=[create_teacher(school=self.school) for _ in range(count)])

    def fresh(self, booking: Booking) -> Booking:
        return Booking.objects.get(pk=booking.pk)


def move(world: World) -> None:
    session = world.session
    plan = SessionPlan.of(session)
    assert plan.starts_at
    assert plan.ends_at
    later = replace(plan, starts_at=plan.starts_at + timedelta(days=1), ends_at=plan.ends_at + timedelta(days=1))
    programme.change_session(session=session, plan=later, by=world.staff, reason="Snow")


def name_place(world: World) -> None:
    place = world.booking.places.get(person__isnull=True)
    places.name_place(place=place, person=world.teacher, by=world.lead)


def ask_to_confirm(world: World) -> None:
    other = create_lead(state="requested")
    held = create_booking(work_group=world.group, by=other, people=[other, None])
    assert held.status == "held"
    memberships.confirm(membership=other.memberships.get(), by=world.staff)


def say_here(world: World) -> None:
    said = Arrival.objects.create(session=world.past, attendance=world.row, at=timezone.now())
    arrivals.confirm(session=world.past, arrivals=[said.pk], by=world.staff)


def come_instead(world: World) -> None:
    row = visitors.add(session=world.past, person=world.teacher.pk, school=world.school, by=world.staff)
    visitors.came_instead(row=row, of=world.row, by=world.staff)


ACTS: dict[str, Callable[[World], object]] = {
    "say here": say_here,
    "come instead": come_instead,
    "another school books": lambda world: create_booking(work_group=world.group),
    "another school waits": lambda world: [create_booking(work_group=world.group) for _ in range(2)],
    "a place is named": name_place,
    "somebody can't come": lambda world: answers.answer(
        person=world.lead, session=world.session, answer="cannot", by=world.lead
    ),
    "a colleague says that somebody can't come": lambda world: apologies.say_for(
        place=world.booking.places.get(person=world.lead), session=world.session, by=world.staff, reason="illness"
    ),
    "nobody of the school can come": lambda world: swaps.nobody_comes(
        school=world.school, days={timezone.localdate(world.session.starts_at)}, reason=Reason.CLOSED, by=world.lead
    ),
    "her place is given up": lambda world: swaps.withdraw_place(
        place=world.booking.places.get(person=world.lead), reason=Reason.COVER, by=world.lead
    ),
    "a chair beside is arranged for her": lambda world: catch_up(world),
    "somebody is coming": lambda world: answers.answer(
        person=world.lead, session=world.session, answer="coming", by=world.lead
    ),
    "a reflection is written": lambda world: research.reflect(
        task=world.task, person=world.lead, outcome="tried", words="Year 3 needed the cubes.", shared=True
    ),
    "the task is written anew": lambda world: programme.write_task(
        session=world.past, title="Draw the bars", body="", by=world.staff
    ),
    "a session moves": move,
    "a session is cancelled": lambda world: programme.cancel_session(
        session=world.session, reason="Boiler", by=world.staff
    ),
    "she says what a session was worth": lambda world: say(world),
    "a third comes, so that all are asked": lambda world: came_and_looked(world, 2).come(1),
    "the group has no pulse any more": lambda world: without_pulse(world),
    "somebody is marked": lambda world: mark_register(
        session=world.past, marks={world.row.pk: Mark.What.LATE}, by=world.staff
    ),
    "a held booking is confirmed": ask_to_confirm,
    "the booking is withdrawn": lambda world: places.withdraw(
        booking=world.fresh(world.booking), reason=Reason.OTHER, by=world.lead
    ),
    "she begins to lead a group": lambda world: programme.save_work_group(
        work_group=create_work_group(), leads=[world.lead], by=world.staff
    ),
    "her certificate is revoked": lambda world: certificates.revoke(
        certificate=world.certificate, reason="Somebody else’s", by=world.staff
    ),
    "what completes the group changes": lambda world: programme.save_work_group(
        work_group=asking_for_less(world), leads=[], by=world.staff
    ),
    "sessions are added": lambda world: add_sessions(world),
    "the group is archived": lambda world: archive(world),
    "the group is taken out of the archive": lambda world: unarchive(world),
    "the venue changes": lambda world: rename_venue(world),
    "a holiday is entered": lambda world: shut(world),
    "days of the school's own are entered": lambda world: train(world),
    "the school is asked whether it carries on": lambda world: asked_on(world),
    "a list of who came is taken in": lambda world: take_in(
        "attendance", f"Group\tSession\tE-mail\tMark\n{world.group.slug}\t0\t{world.lead.email}\tlate", world
    ),
    "a list of bookings is taken in, which names a colleague": lambda world: take_in(
        "bookings",
        f"Group\tURN\tE-mail\tName\n{world.group.slug}\t{world.school.urns.get()}\t{world.teacher.email}\tTess",
        world,
    ),
    "it is to run with some schools": lambda world: programme.save_work_group(
        work_group=needing_schools(world), leads=[], by=world.staff
    ),
}


def came_and_looked(world: World, count: int) -> World:
    """She and others came, and she has looked at her page since."""
    create_came(session=world.past, people=[world.lead])
    world.come(count - 1)
    look(world.lead, world.group)
    return world


def say(world: World) -> None:
    came_and_looked(world, 3)
    asking = pulse_of(Session.objects.select_related("work_group").get(pk=world.past.pk))
    assert asking is not None
    evaluation.answer(asking=asking, given={0: "Very"}, person=world.lead)


def without_pulse(world: World) -> None:
    came_and_looked(world, 3)
    group = WorkGroup.objects.get(pk=world.group.pk)
    group.uses_pulse = False
    programme.save_work_group(work_group=group, leads=[], by=world.staff)


def catch_up(world: World) -> None:
    beside = create_work_group(parallel_to=world.group, sessions=0)
    there = create_session(work_group=beside, days=16, number=1)
    row = Attendance.objects.get(session=world.session, person=world.lead)
    catchups.catch_up_at(row=row, session=there, by=world.staff)


def shut(world: World) -> None:
    first, last = window(world.group.year)
    holiday = SchoolHoliday(la_code=world.school.la_code, name="Shut", first_on=first, last_on=last)
    term_dates.save_holiday(holiday=holiday, by=world.staff)


def train(world: World) -> None:
    """On the day of a session, and long before it: the page of the group and what is still to name both follow."""
    on = timezone.localdate(world.session.starts_at)
    days = OwnDays(school=world.school, name="Training day", first_on=on, last_on=on)
    own_days.save_days(days=days, by=world.lead)


def asked_on(world: World) -> None:
    until = timezone.localdate() + timedelta(days=9)
    people, group = {world.booking.pk: [world.lead.pk]}, create_work_group(title="The second year")
    carrying.ask(work_group=group, before=world.group, people=people, due_on=until, by=world.staff)


def needing_schools(world: World) -> WorkGroup:
    group = WorkGroup.objects.get(pk=world.group.pk)
    group.fewest_schools, group.decide_by = 4, timezone.localdate() + timedelta(days=30)
    return group


def asking_for_less(world: World) -> WorkGroup:
    group = WorkGroup.objects.get(pk=world.group.pk)
    group.completion_number = 30
    return group


def add_sessions(world: World) -> None:
    plan = SessionPlan.of(world.session)
    assert plan.starts_at
    assert plan.ends_at
    later = [
        replace(plan, starts_at=plan.starts_at + timedelta(days=days), ends_at=plan.ends_at + timedelta(days=days))
        for days in (3, 60)
    ]
    series.add_sessions(work_group=world.group, plans=later, by=world.staff)


def archive(world: World) -> None:
    """All its sessions are over and signed; and she has looked since."""
    for session in Session.objects.coming(timezone.now()).filter(work_group=world.group):
        programme.cancel_session(session=session, reason="Snow", by=world.staff)
    Session.objects.filter(pk=world.past.pk).update(signed_at=timezone.now())
    look(world.lead, world.group)
    years.archive(work_groups=[world.group.pk], by=world.staff)


def unarchive(world: World) -> None:
    archive(world)
    look(world.lead, world.group)
    years.unarchive(work_group=world.group, by=world.staff)


def rename_venue(world: World) -> None:
    venue = world.session.venue
    assert venue is not None
    venue.town = "Elsewhere"
    programme.save_venue(venue=venue, by=world.staff)


def take_in(kind: str, rows: str, world: World) -> None:
    one = handed.hand_in(kind=kind, name="", read=read_text(rows, most_rows=9), by=world.staff)
    handed.say_columns(handed=one, columns=guess(kind, one.heading, {}), by=world.staff)
    handed.agree(handed=one, by=world.staff)
    take_lists_in()
    one.refresh_from_db()
    assert one.not_taken == []


def look(person: User, group: WorkGroup) -> list[str]:
    client = Client()
    client.force_login(person)
    pages = [client.get(url).content.decode() for url in ("/my/", "/bookings/", group.get_absolute_url())]
    return [re.sub(r'(?<=name="csrfmiddlewaretoken" value=")\w{64}', "", page) for page in pages]


@pytest.mark.parametrize("act", ACTS)
def test_kept_pages_are_what_fresh_ones_would_be_after(act: str) -> None:
    world = World()
    before = look(world.lead, world.group)

    ACTS[act](world)

    after = look(world.lead, world.group)
    caches["pages"].clear()
    shown.forget()
    assert after == look(world.lead, world.group)
    assert after != before


def test_kept_page_carries_a_fresh_token_each_time() -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(create_lead())

    tokens = set()
    for _ in range(3):
        found = re.search(r'csrfmiddlewaretoken" value="(\w{64})"', client.get("/my/").content.decode())
        assert found
        tokens.add(found[1])

    assert len(tokens) == 3
    assert client.post("/accounts/logout/", {"csrfmiddlewaretoken": tokens.pop()}).status_code == 302


def test_kept_page_is_for_its_own_person_alone() -> None:
    group = create_work_group()
    ours, theirs = create_lead(name="Ana Ours"), create_lead(name="Tom Theirs")
    create_booking(work_group=group, by=ours, people=[ours, None])

    pages = [look(person, group) for person in (ours, theirs, ours)]

    assert pages[0] == pages[2]
    assert not any("Ana Ours" in page for page in pages[1])


def test_kept_page_does_not_keep_what_is_said_once() -> None:
    group, lead = create_work_group(), create_lead()
    create_booking(work_group=group, by=lead, people=[lead, None])
    client = Client()
    client.force_login(lead)
    session = group.sessions.order_by("number")[0]

    client.post("/my/answer/", {"cannot": session.pk})

    said = "Thank you for telling us."
    assert [said in client.get("/my/").content.decode() for _ in range(3)] == [True, False, False]
