"""How often a page asks the database: the same for one row and for three, and never more than twelve times."""

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts import history
from accounts.models import BouncedAddress, Membership, User
from booking.actions import rules
from booking.actions.rules import RulePlan
from booking.links import person_dates_url
from booking.models import (
    Arrival,
    Attendance,
    Comment,
    Contribution,
    Disclosure,
    LessonRole,
    LessonStudy,
    ListProfile,
    OwnDays,
    Reflection,
    RegisterLink,
    Remark,
    Round,
    Venue,
    WorkGroup,
)
from booking.question_sets import PULSE_QUESTIONS
from booking.reports import shown
from notifications.actions import issues, webhooks
from notifications.models import Inbound, Notice
from tests.factories import (
    create_attachment,
    create_booking,
    create_came,
    create_delivery,
    create_handed_list,
    create_hub_staff,
    create_issue,
    create_lead,
    create_letter,
    create_own_days,
    create_past,
    create_phase_dates,
    create_project,
    create_proposal,
    create_running_session,
    create_school,
    create_session,
    create_task,
    create_teacher,
    create_user,
    create_venue,
    create_webhook,
    create_work_group,
    mark_register,
)

# A page asks as often on either database; what PostgreSQL says to each page is seen where everybody's roles are walked.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]

# The office asks one question for each kind of thing that can need it, and on each page whether mail waits; of a group
# also whether its mail is paused, of a session whether it stands in for a cancelled one, and of both what they clash
# with: rooms, chairs, and who leads (five). The search asks for four kinds of thing. A person's own page also tells
# where they stand in each group, and asks what they say, which only who came to what can tell. Today also names each
# mail that came and waits (one more than the number of them, which its heading always had).
MOST = {
    "office": 37,
    "office group": 22,
    "group of a lead": 14,
    "office session": 18,
    "office search": 15,
    "my sessions": 19,
}
MOST |= {"our school": 20, "where we stand": 16, "where a group stands": 13}
MOST |= {"certificates": 17, "who completes what": 26}
# One more than before: the groups' phases, and the schools that teach them, which each project's share is of.
MOST |= {"the year in figures": 46, "school by school": 30}
# Schools, registers, lists of former years, groups, venues and lists of invited schools are each asked once.
# A school's page also tells all contact with it, in every year, and with those it took in.
MOST["office school"] = 19
MOST |= {"the area": 14, "no contact": 21, "contributions": 24}
# Of the schools that are asked whether they carry on, one question more; and where people and dates stand beside it.
MOST |= {"our bookings while we are asked": 13, "do we carry on": 17, "who carries on": 17}
# By when a name is due goes by all days of the school's authority and its own: one question where a name is to follow.
MOST |= {"home of a lead": 13, "our bookings": 13, "a booking": 13}
# Where a group meets is drawn among the schools around, and days of the school's own are looked at.
MOST["group with rules"] = 13
# The year's diary, and who leads in it, are read once for all copies; what clashes is told with two questions more.
MOST["dates of copies"] = 16
MOST_ELSE = 12


class World:
    """One person of each kind, and `grow()`, which makes one more of everything a list shows."""

    def __init__(self) -> None:
        self.staff, self.facilitator, self.lead = create_hub_staff(), create_user(), create_lead()
        self.school = self.lead.memberships.get().school
        self.teacher = create_teacher(school=self.school)
        self.group = create_work_group(leads=[self.facilitator], sessions=1, capacity=None, completion_number=100)
        create_task(session=self.group.sessions.get())
        self.booking = create_booking(work_group=self.group, by=self.lead, people=[self.teacher, None])
        self.past = create_session(work_group=self.group, days=-7, number=9)
        Contribution.objects.create(work_group=self.group, amount=100)
        create_past(school=self.school, year=2024)
        self.ruled = create_work_group(sessions=1)
        self.webhook, _ = webhooks.make(
            name="Dashboard", url="https://dashboard.example/", types=["booking.made"], by=self.staff
        )
        self.venue = create_venue(chairs=0)
        for _ in range(2):
            create_session(work_group=self.group, days=40, number=4, venue=self.venue)
        self.rule("state_funded")
        # Somebody who can no longer finish.
        place = self.booking.places.get(person=self.teacher)
        row = Attendance.objects.create(session=self.past, person=self.teacher, place=place, school=self.school)
        mark_register(session=self.past, marks={row.pk: "absent"}, by=self.facilitator)
        self.running = create_running_session(leads=[self.facilitator], minutes=30)
        self.visitor = Attendance.objects.create(session=self.past, person=create_user(), school=self.school)
        self.next = create_session(work_group=self.group, days=90, number=99)
        self.task = create_task(session=self.past)
        lesson = LessonStudy.objects.create(session=self.past, school=self.school, year_group="Year 4")
        LessonRole.objects.create(lesson=lesson, person=self.facilitator, words="teaches")
        self.expect(self.teacher)
        self.asked = create_lead()
        booked = create_booking(work_group=self.group, by=self.asked, people=1)
        self.proposal = create_proposal(before=booked, work_group=self.ruled)
        self.issue = issues.save_issue(issue=None, subject="Spring", body="{open}", by=self.staff)

        came_to = create_session(work_group=self.group, days=-8, number=8)
        create_came(session=came_to, people=[self.teacher, *(create_user() for _ in range(2))])
        self.say(self.group)

    def rule(self, *kinds: str) -> None:
        """The rules of a group of which it is asked whether it is for a school."""
        plans = {kind: RulePlan(blocks=True) for kind in kinds}
        rules.save_rules(work_group=self.ruled, rules=plans, by=self.staff)

    def expect(self, person: User) -> None:
        """Somebody is expected at the past session and the next, and shared how the task went, with a file."""
        for session in (self.past, self.next):
            Attendance.objects.get_or_create(session=session, person=person, defaults={"school": self.school})
        reflection = Reflection.objects.create(task=self.task, person=person, outcome="tried", words="Cubes.")
        create_attachment(reflection=reflection)
        Comment.objects.create(reflection=reflection, by=self.facilitator, words="How many?")

    def say(self, group: WorkGroup) -> None:
        """Three have said something about a session of the group, in words too."""
        session = group.sessions.order_by("starts_at").first()
        one = Round.objects.create(
            kind="pulse",
            work_group=group,
            session=session,
            questions=PULSE_QUESTIONS,
            answered=3,
            counts={"0": {"Very": 3}},
        )
        Remark.objects.create(round=one, number=2, words="More cubes", held=False)

    def move(self) -> None:
        """A session of the booked group has moved: the booking's page tells it."""
        session, now = self.group.sessions.first(), timezone.now()
        assert session is not None
        history.write("session_moved", about=[session, self.group], by=None, at=now, details={"session": session.pk})

    def arrive(self) -> None:
        """One more of each who say that they are here; and who has a link, and who came and is on no list."""
        now = timezone.now()
        for minutes in (0, 40):
            person = create_teacher(school=self.school)
            row = Attendance.objects.create(session=self.running, person=person, school=self.school)
            Arrival.objects.create(session=self.running, attendance=row, at=now - timedelta(minutes=minutes))
        Arrival.objects.create(session=self.running, person=create_user(), at=now)
        RegisterLink.objects.create(session=self.running, name="Kit", email="kit@school.example", made_by=self.staff)

    def grow(self) -> None:
        group = create_work_group(leads=[self.facilitator], sessions=2, capacity=None)
        create_booking(work_group=group, by=self.lead, people=[self.teacher, None])
        create_booking(work_group=self.group)
        create_session(work_group=self.group, days=40, number=5, venue=self.venue)
        create_attachment(session=self.past)
        create_attachment(task=self.task)
        self.expect(create_teacher(school=self.school))
        create_task(session=create_session(work_group=group, days=-9, number=0))
        self.move()
        self.arrive()
        day = timezone.localdate() + timedelta(days=OwnDays.objects.count())
        create_own_days(school=self.school, first_on=day, last_on=day)
        create_phase_dates(first_on=day, last_on=day)
        create_proposal(before=create_booking(work_group=self.group), work_group=self.ruled)
        past = create_session(work_group=self.group, days=-9 - self.group.sessions.count(), number=6)
        create_came(session=past, people=[self.teacher, *(create_user() for _ in range(2))])
        over = create_work_group(leads=[self.facilitator], sessions=0)
        last = create_session(work_group=over, days=-8)
        create_came(session=last, people=[self.teacher, *(create_user() for _ in range(2))])
        self.say(over)
        create_teacher(school=self.school)
        create_venue(easting=None, northing=None)
        create_past(
            school=create_school(name="Infants", status="2", merged_into=create_school(name="Juniors")), year=2024
        )
        create_school(name="Unreached")
        Contribution.objects.create(work_group=create_work_group(recruitment="invitation"), amount=50, per="person")
        create_project()
        create_work_group(status="draft")
        create_letter(work_group=self.group)
        create_issue(gone=True, groups={"open": [self.group.pk, group.pk]}, made_by=self.staff)
        create_lead(state=Membership.State.REQUESTED)
        number = Inbound.objects.count()
        Inbound.objects.create(digest=str(number), kind="other", state="waiting", person=self.teacher)
        BouncedAddress.objects.create(address=f"gone{number}@school.example", code="5.1.1")
        create_handed_list(sent_by=self.staff)
        name = f"Return {number}"
        ListProfile.objects.create(list_code="bookings", name=name, columns=[], saved_at=timezone.now())
        Disclosure.objects.create(
            list_code="people",
            title="People",
            rows=1,
            file="csv",
            at=timezone.now(),
            by=self.staff,
            to="NCETM",
            why="funder",
        )
        about = {"person": self.teacher, "school": self.school, "work_group": self.group}
        Notice.objects.create(kind="letter", to="kim@school.example", subject="Hello", **about)
        create_delivery(webhook=self.webhook)
        create_webhook()


def copies(world: World) -> str:
    """What is chosen to copy: every group there is, into the year after."""
    return "&".join([f"to={world.group.year + 1}", *(f"group={group.pk}" for group in WorkGroup.objects.all())])


PAGES: dict[str, Callable[[World], tuple[User | None, str]]] = {
    "home": lambda world: (None, reverse("home")),
    "home of a lead": lambda world: (world.lead, reverse("home")),
    "catalogue": lambda world: (None, reverse("work_group_list")),
    "catalogue of a lead": lambda world: (world.lead, reverse("work_group_list")),
    "group": lambda world: (None, world.group.get_absolute_url()),
    "group of a lead": lambda world: (world.lead, world.group.get_absolute_url()),
    "group with rules": lambda world: (world.lead, world.ruled.get_absolute_url()),
    "our bookings": lambda world: (world.lead, reverse("booking_list")),
    "a booking": lambda world: (world.lead, world.booking.get_absolute_url()),
    "who comes": lambda world: (world.lead, reverse("booking_create", args=[world.group.slug])),
    "where we stand": lambda world: (world.lead, reverse("school_standing")),
    "where a group stands": lambda world: (world.facilitator, reverse("work_group_standing", args=[world.group.pk])),
    "certificates": lambda world: (world.facilitator, reverse("work_group_certificates", args=[world.group.pk])),
    "who completes what": lambda world: (world.staff, reverse("office_standing")),
    "our school": lambda world: (world.lead, reverse("our_school")),
    "our people": lambda world: (world.lead, reverse("school_people")),
    "my sessions": lambda world: (world.teacher, reverse("my_sessions")),
    "calendar": lambda world: (world.lead, reverse("calendar_links")),
    "registers": lambda world: (world.facilitator, reverse("register_list")),
    "a register": lambda world: (world.facilitator, reverse("session_register", args=[world.past.pk])),
    "who is here": lambda world: (world.facilitator, reverse("session_check_in", args=[world.running.pk])),
    "links to a register": lambda world: (world.facilitator, reverse("session_links", args=[world.running.pk])),
    "not on the list": lambda world: (world.staff, reverse("office_visitors")),
    "somebody not on the list": lambda world: (world.staff, reverse("office_visitor", args=[world.visitor.pk])),
    "office": lambda world: (world.staff, reverse("office_home")),
    "my group": lambda world: (world.teacher, reverse("my_group", args=[world.group.pk])),
    "by the link": lambda world: (None, urlsplit(person_dates_url(world.teacher)).path),
    "a task to write about": lambda world: (world.teacher, reverse("my_reflection", args=[world.task.pk])),
    "tasks of a group": lambda world: (world.facilitator, reverse("work_group_tasks", args=[world.group.pk])),
    "a task": lambda world: (world.facilitator, reverse("task_edit", args=[world.past.pk])),
    "tasks to take": lambda world: (world.facilitator, reverse("task_library", args=[world.past.pk])),
    "materials": lambda world: (world.facilitator, reverse("session_materials", args=[world.past.pk])),
    "who tried what": lambda world: (world.facilitator, reverse("session_tried", args=[world.next.pk])),
    "a lesson": lambda world: (world.facilitator, reverse("session_lesson", args=[world.past.pk])),
    "what people say": lambda world: (world.facilitator, reverse("work_group_summary", args=[world.group.pk])),
    "a report": lambda world: (world.facilitator, reverse("work_group_report", args=[world.group.pk])),
    "the year in figures": lambda world: (world.staff, reverse("office_figures")),
    "school by school": lambda world: (world.staff, reverse("office_engagements")),
    "office, what people say": lambda world: (world.staff, reverse("office_evaluations")),
    "dates by link": lambda world: (None, person_dates_url(world.teacher).partition(":8000")[2]),
    "office, all of a kind": lambda world: (world.staff, reverse("office_todo", args=["reach"])),
    "office groups": lambda world: (world.staff, reverse("office_work_group_list")),
    "office bookings": lambda world: (world.staff, reverse("office_booking_list")),
    "office sessions": lambda world: (world.staff, reverse("office_session_list")),
    "office people": lambda world: (world.staff, reverse("office_person_list")),
    "office schools": lambda world: (world.staff, reverse("office_school_list")),
    "office venues": lambda world: (world.staff, reverse("office_venue_list")),
    "office venue": lambda world: (world.staff, reverse("office_venue_edit", args=[world.venue.pk])),
    "office search": lambda world: (world.staff, reverse("office_find") + "?q=unreached"),
    "office group": lambda world: (world.staff, reverse("office_work_group", args=[world.group.pk])),
    "groups to copy": lambda world: (world.staff, f"{reverse('office_copy_choose')}?from={world.group.year}"),
    "dates of copies": lambda world: (world.staff, f"{reverse('office_copy_check')}?{copies(world)}"),
    "drafts": lambda world: (world.staff, f"{reverse('office_drafts')}?year={world.group.year}"),
    "the archive": lambda world: (world.staff, f"{reverse('office_archive')}?year={world.group.year}"),
    "our days": lambda world: (world.lead, reverse("school_days")),
    "dates to avoid": lambda world: (world.staff, reverse("office_phase_dates")),
    "who carries on": lambda world: (
        world.staff,
        f"{reverse('office_carry_on', args=[world.ruled.pk])}?before={world.group.pk}",
    ),
    "our bookings while we are asked": lambda world: (world.asked, reverse("booking_list")),
    "do we carry on": lambda world: (world.asked, world.proposal.get_absolute_url()),
    "office session": lambda world: (world.staff, reverse("office_session", args=[world.group.sessions.first().pk])),  # type: ignore[union-attr]  # there is one
    "office school": lambda world: (world.staff, reverse("office_school", args=[world.school.pk])),
    "the area": lambda world: (world.staff, reverse("office_area")),
    "no contact": lambda world: (world.staff, reverse("office_no_contact")),
    "contributions": lambda world: (world.staff, reverse("office_contributions")),
    "a venue": lambda world: (
        world.staff,
        reverse("office_venue_edit", args=[world.past.venue_id or Venue.objects.first().pk]),
    ),  # type: ignore[union-attr]  # there is one
    "lists that were handed in": lambda world: (world.staff, reverse("office_handed_lists")),
    "lists to take away": lambda world: (world.staff, reverse("office_lists")),
    "a list to take away": lambda world: (world.staff, reverse("office_list", args=["bookings"])),
    "what was passed on": lambda world: (world.staff, reverse("office_disclosures")),
    "keys for other systems": lambda world: (world.staff, reverse("office_keys")),
    "office mail": lambda world: (world.staff, reverse("office_notice_list")),
    "my mail": lambda world: (world.teacher, reverse("my_mail")),
    "a school's mail": lambda world: (world.lead, reverse("school_mail")),
    "office mail that came": lambda world: (world.staff, reverse("office_inbound_list")),
    "letters": lambda world: (world.facilitator, reverse("letter_list", args=[world.group.pk])),
    "a letter to write": lambda world: (world.facilitator, reverse("letter_create", args=[world.group.pk])),
    "office newsletters": lambda world: (world.staff, reverse("office_issue_list")),
    "a newsletter": lambda world: (world.staff, reverse("office_issue", args=[world.issue.pk])),
    "webhooks": lambda world: (world.staff, reverse("office_webhook_list")),
    "a webhook": lambda world: (world.staff, reverse("office_webhook", args=[world.webhook.pk])),
    "past newsletters": lambda world: (None, reverse("newsletter_archive")),
    "newsletter feed": lambda world: (None, reverse("newsletter_feed")),
    "find a school": lambda world: (world.lead, reverse("school_find") + "?q=unreached"),
}


def count(world: World, page: str) -> tuple[int, list[str]]:
    """Queries of a page nobody has looked at yet, web session and person included."""
    person, url = PAGES[page](world)
    client = Client()
    if person is not None:
        client.force_login(person)
    WorkGroup.objects.all().touch()
    shown.forget()
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert client.get(url).status_code == 200
    return len(asked), [query["sql"][:150] for query in asked.captured_queries]


@pytest.mark.parametrize("page", PAGES)
def test_query_counts_do_not_grow_with_the_rows(page: str) -> None:
    world = World()
    world.grow()
    one, _ = count(world, page)
    world.grow()
    world.grow()

    three, asked = count(world, page)

    assert three == one, "\n".join(asked)
    assert three <= MOST.get(page, MOST_ELSE), "\n".join(asked)
