"""How often a page asks the database: the same for one row and for three, and never more than twelve times."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts import history
from accounts.models import BouncedAddress, Membership, User
from booking.links import person_dates_url
from booking.models import Remark, Round, WorkGroup
from booking.question_sets import PULSE_QUESTIONS
from booking.reports import shown
from notifications.actions import issues
from notifications.models import Inbound, Notice
from tests.factories import (
    create_booking,
    create_came,
    create_hub_staff,
    create_issue,
    create_lead,
    create_letter,
    create_project,
    create_session,
    create_task,
    create_teacher,
    create_user,
    create_venue,
    create_work_group,
)

pytestmark = pytest.mark.django_db(transaction=True)

# The office asks one question for each kind of thing that can need it, and on each page whether mail waits; of a group
# also whether its mail is paused. A person is asked what they say, which only who came to what can tell.
MOST = {"my sessions": 13, "office": 20, "office group": 17, "office school": 15}
MOST_ELSE = 12


class World:
    """One person of each kind, and `grow()`, which makes one more of everything a list shows."""

    def __init__(self) -> None:
        self.staff, self.facilitator, self.lead = create_hub_staff(), create_user(), create_lead()
        self.school = self.lead.memberships.get().school
        self.teacher = create_teacher(school=self.school)
        self.group = create_work_group(leads=[self.facilitator], sessions=1, capacity=None)
        create_task(session=self.group.sessions.get())
        self.booking = create_booking(work_group=self.group, by=self.lead, people=[self.teacher, None])
        self.past = create_session(work_group=self.group, days=-7, number=9)
        self.issue = issues.save_issue(issue=None, subject="Spring", body="{open}", by=self.staff)

        create_came(session=self.past, people=[self.teacher, *(create_user() for _ in range(2))])
        self.say(self.group)

    def say(self, group: WorkGroup) -> None:
        """Three have said something about a session of the group, in words too."""
        session = group.sessions.order_by("starts_at").first()
        one = Round.objects.create(
            kind="pulse", work_group=group, session=session, questions=PULSE_QUESTIONS, answered=3,
            counts={"0": {"Very": 3}},
        )  # fmt: skip
        Remark.objects.create(round=one, number=2, words="More cubes", held=False)

    def move(self) -> None:
        """A session of the booked group has moved: the booking's page tells it."""
        session, now = self.group.sessions.first(), timezone.now()
        assert session is not None
        history.write("session_moved", about=[session, self.group], by=None, at=now, details={"session": session.pk})

    def grow(self) -> None:
        group = create_work_group(leads=[self.facilitator], sessions=2, capacity=None)
        create_booking(work_group=group, by=self.lead, people=[self.teacher, None])
        create_booking(work_group=self.group)
        create_session(work_group=self.group, days=40, number=5)
        self.move()
        past = create_session(work_group=self.group, days=-9 - self.group.sessions.count(), number=6)
        create_came(session=past, people=[self.teacher, *(create_user() for _ in range(2))])
        over = create_work_group(leads=[self.facilitator], sessions=0)
        last = create_session(work_group=over, days=-8)
        create_came(session=last, people=[self.teacher, *(create_user() for _ in range(2))])
        self.say(over)
        create_teacher(school=self.school)
        create_venue()
        create_project()
        create_letter(work_group=self.group)
        create_issue(gone=True, groups={"open": [self.group.pk, group.pk]}, made_by=self.staff)
        create_lead(state=Membership.State.REQUESTED)
        number = Inbound.objects.count()
        Inbound.objects.create(digest=str(number), kind="other", state="waiting", person=self.teacher)
        BouncedAddress.objects.create(address=f"gone{number}@school.example", code="5.1.1")
        about = {"person": self.teacher, "school": self.school, "work_group": self.group}
        Notice.objects.create(kind="letter", to="kim@school.example", subject="Hello", **about)


PAGES: dict[str, Callable[[World], tuple[User | None, str]]] = {
    "home": lambda world: (None, reverse("home")),
    "home of a lead": lambda world: (world.lead, reverse("home")),
    "catalogue": lambda world: (None, reverse("work_group_list")),
    "catalogue of a lead": lambda world: (world.lead, reverse("work_group_list")),
    "group": lambda world: (None, world.group.get_absolute_url()),
    "group of a lead": lambda world: (world.lead, world.group.get_absolute_url()),
    "our bookings": lambda world: (world.lead, reverse("booking_list")),
    "a booking": lambda world: (world.lead, world.booking.get_absolute_url()),
    "who comes": lambda world: (world.lead, reverse("booking_create", args=[world.group.slug])),
    "our people": lambda world: (world.lead, reverse("school_people")),
    "my sessions": lambda world: (world.teacher, reverse("my_sessions")),
    "calendar": lambda world: (world.lead, reverse("calendar_links")),
    "registers": lambda world: (world.facilitator, reverse("register_list")),
    "a register": lambda world: (world.facilitator, reverse("session_register", args=[world.past.pk])),
    "office": lambda world: (world.staff, reverse("office_home")),
    "what people say": lambda world: (world.facilitator, reverse("work_group_summary", args=[world.group.pk])),
    "a report": lambda world: (world.facilitator, reverse("work_group_report", args=[world.group.pk])),
    "office, what people say": lambda world: (world.staff, reverse("office_evaluations")),
    "dates by link": lambda world: (None, person_dates_url(world.teacher).partition(":8000")[2]),
    "office groups": lambda world: (world.staff, reverse("office_work_group_list")),
    "office group": lambda world: (world.staff, reverse("office_work_group", args=[world.group.pk])),
    "office session": lambda world: (world.staff, reverse("office_session", args=[world.group.sessions.first().pk])),  # type: ignore[union-attr]  # there is one
    "office school": lambda world: (world.staff, reverse("office_school", args=[world.school.pk])),
    "office mail": lambda world: (world.staff, reverse("office_notice_list")),
    "my mail": lambda world: (world.teacher, reverse("my_mail")),
    "a school's mail": lambda world: (world.lead, reverse("school_mail")),
    "office mail that came": lambda world: (world.staff, reverse("office_inbound_list")),
    "letters": lambda world: (world.facilitator, reverse("letter_list", args=[world.group.pk])),
    "a letter to write": lambda world: (world.facilitator, reverse("letter_create", args=[world.group.pk])),
    "office newsletters": lambda world: (world.staff, reverse("office_issue_list")),
    "a newsletter": lambda world: (world.staff, reverse("office_issue", args=[world.issue.pk])),
    "past newsletters": lambda world: (None, reverse("newsletter_archive")),
    "newsletter feed": lambda world: (None, reverse("newsletter_feed")),
    "find a school": lambda world: (world.lead, reverse("school_find") + "?q=school"),
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
