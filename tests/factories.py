"""Plain keyword factories: each makes one thing with sensible neighbours, by the same doors the product uses."""

import itertools
import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from django.core.files.base import ContentFile
from django.utils import timezone

from accounts.colleagues import NewColleague
from accounts.models import Membership, NewsItem, Phase, School, SchoolURN, Subscription, User
from accounts.newsletter import WORDING
from accounts.schoolyear import school_year_of
from booking.actions import keys, places, registers
from booking.asking import asks, keep_whether_asked
from booking.demo.year import holidays
from booking.marking import Said, latest
from booking.models import (
    ApiKey,
    Attachment,
    Attendance,
    Booking,
    Certificate,
    Facilitation,
    FrozenYear,
    HandedList,
    Mark,
    OwnDays,
    PastEngagement,
    PhaseDates,
    Place,
    Project,
    Proposal,
    ProposedPerson,
    Question,
    ResearchTask,
    SchoolHoliday,
    Session,
    Venue,
    WorkGroup,
)
from booking.reports.year.frozen import MEASURES
from booking.taking import Tap
from notifications.models import Issue, Letter, Type, Webhook, WebhookDelivery
from notifications.webhooks import signing
from notifications.webhooks.making import body_of

_numbers = itertools.count(1)

PASSWORD = "a long enough password"


def create_user(*, name: str = "", email: str | None = "", **fields: Any) -> User:
    number = next(_numbers)
    name = name or f"Person {number}"
    if email == "":
        email = f"person{number}@school.example"
    return User.objects.create_user(email=email, name=name, **fields)


def create_hub_staff(**fields: Any) -> User:
    return create_user(name=fields.pop("name", "Olive Office"), hub_role=User.HubRole.STAFF, **fields)


def create_school(*, name: str = "", urn: str = "", **fields: Any) -> School:
    number = next(_numbers)
    fields = {
        "la_code": "855",
        "la_name": "Leicestershire",
        "phase": Phase.PRIMARY,
        "kind": "Community school",
        "town": "Oadby",
        "postcode": f"LE2 {number % 10}AA",
        "easting": 462000 + number % 100 * 10,
        "northing": 300000 + number % 100 * 10,
        "pupils": 210,
    } | fields
    school = School(name=name or f"School {number}", **fields)
    school.set_search()
    school.save()
    SchoolURN.objects.create(school=school, urn=urn or str(800000 + number))
    return school


def create_lead(*, school: School | None = None, state: str = Membership.State.ACTIVE, **fields: Any) -> User:
    """A person who books for a school."""
    person = create_user(**fields)
    Membership.objects.create(school=school or create_school(), person=person, role=Membership.Role.LEAD, state=state)
    return person


def create_teacher(*, school: School, **fields: Any) -> User:
    person = create_user(**fields)
    Membership.objects.create(school=school, person=person, state=Membership.State.ACTIVE)
    return person


def create_project(**fields: Any) -> Project:
    return Project.objects.create(**{"title": f"Project {next(_numbers)}", "kind": Project.Kind.LOCAL} | fields)


def create_venue(**fields: Any) -> Venue:
    number = next(_numbers)
    fields = {
        "name": f"Venue {number}",
        "town": "Oadby",
        "postcode": "LE2 5TP",
        "la_code": "855",
        "easting": 462500,
        "northing": 300500,
    } | fields
    return Venue.objects.create(**fields)


def create_work_group(*, sessions: int = 3, leads: Sequence[User] = (), **fields: Any) -> WorkGroup:
    """A published group whose sessions are afternoons three weeks apart, the first one in two weeks."""
    number = next(_numbers)
    fields = {
        "project": fields.pop("project", None) or create_project(),
        "title": f"Work group {number}",
        "slug": f"work-group-{number}",
        "year": school_year_of(timezone.localdate()),
        "status": WorkGroup.Status.PUBLISHED,
        "summary": "Afternoons across the year, with something to try in between.",
        "audience": "Two teachers from a school",
        "for_primary": True,
        "capacity": 20,
    } | fields
    fields.setdefault("project_code", fields["project"].code)
    work_group = WorkGroup.objects.create(**fields | {"has_questions": asks(fields["project"].pk)})
    venue = create_venue() if sessions else None
    for index in range(sessions):
        create_session(work_group=work_group, number=index + 1, venue=venue, days=14 + 21 * index)
    for person in leads:
        create_facilitation(work_group=work_group, person=person)
    return work_group


def create_session(*, work_group: WorkGroup, days: int = 14, number: int = 1, **fields: Any) -> Session:
    """A session that many days from today (negative: past), 1.15pm to 3.45pm in London."""
    day = timezone.localdate() + timedelta(days=days)
    zone = timezone.get_default_timezone()
    fields = {
        "starts_at": datetime.combine(day, time(13, 15), tzinfo=zone),
        "ends_at": datetime.combine(day, time(15, 45), tzinfo=zone),
        "title": f"Session {number}",
        "number": number,
    } | fields
    return Session.objects.create(work_group=work_group, **fields)


def create_running_session(
    *, work_group: WorkGroup | None = None, leads: Sequence[User] = (), minutes: int = 5, people: int = 0
) -> Session:
    """A session of a group with self check-in that began that many minutes ago (negative: begins in so many)."""
    work_group = work_group or create_work_group(sessions=0, leads=leads, uses_check_in=True, people_to=10)
    session = create_session(work_group=work_group, days=1)
    if people:
        create_booking(work_group=work_group, people=people)
    start = timezone.now() - timedelta(minutes=minutes)
    Session.objects.filter(pk=session.pk).update(starts_at=start, ends_at=start + timedelta(hours=2))
    session.refresh_from_db()
    return session


def create_question(*, project: Project, **fields: Any) -> Question:
    """A question of a project, and its groups know that there is one."""
    number = project.questions.count() + 1
    fields = {"number": number, "kind": "short", "of": "person", "words": f"Question {number}?"} | fields
    question = Question.objects.create(project=project, **fields)
    keep_whether_asked(project)
    return question


def create_past(*, school: School, year: int, **fields: Any) -> PastEngagement:
    """A line of a list from before the hub kept its groups here."""
    fields = {"title": f"Former project {next(_numbers)}", "source": "a list", "taken_in_at": timezone.now()} | fields
    return PastEngagement.objects.create(school=school, year=year, **fields)


def create_task(*, session: Session, **fields: Any) -> ResearchTask:
    return ResearchTask.objects.create(session=session, **{"title": "Sort and explain"} | fields)


def create_attachment(*, content: bytes = b"", kind: str = "pdf", **fields: Any) -> Attachment:
    """A file, kept as the product keeps one; in one place: session=, task= or reflection=."""
    fields = {"title": "Bar models", "added_by": fields.pop("added_by", None) or create_user()} | fields
    attachment = Attachment(kind=kind, size=len(content) or 9, **fields)
    attachment.file.save("x", ContentFile(content or b"%PDF-1.7\n"), save=False)
    attachment.save()
    return attachment


def create_facilitation(*, work_group: WorkGroup, person: User, **fields: Any) -> Facilitation:
    fields = {"since": timezone.localdate() - timedelta(days=30)} | fields
    return Facilitation.objects.create(work_group=work_group, person=person, **fields)


def create_booking(
    *,
    work_group: WorkGroup,
    people: int | Sequence[User | NewColleague | None] = 2,
    session: Session | None = None,
    by: User | None = None,
    **options: Any,
) -> Booking:
    """A booking made through the action; a number makes that many teachers of a new school."""
    by = by or create_lead()
    school = options.pop("school", None) or by.memberships.get().school
    if isinstance(people, int):
        people = [create_teacher(school=school) for _ in range(people)]
    return places.book(
        work_group=work_group.pk,
        school=school.pk,
        people=[one.pk if isinstance(one, User) else one for one in people],
        by=by,
        key=options.pop("key", uuid.uuid4()),
        session=session.pk if session else None,
        **options,
    )


def mark_register(*, session: Session, marks: Mapping[int, str], by: User, reason: str = "") -> int:
    """Mark people as the page does that shows what stands: attendance id -> what. Returns how many marks are new."""
    seen = {row.pk: latest(row.marks.all()) for row in Attendance.objects.filter(pk__in=marks)}
    taps = [
        Tap(pk, Said(what, amendment=reason), replaces=seen[pk][0].device_id if seen.get(pk) else None)
        for pk, what in marks.items()
    ]
    return registers.mark(session=session, taps=taps, by=by)


def create_certificate(**fields: Any) -> Certificate:
    """A certificate of four of five afternoons, as it is kept."""
    person = fields.pop("person", None) or create_user()
    day = timezone.localdate()
    fields = {
        "work_group": fields.pop("work_group", None) or create_work_group(),
        "name": person.name,
        "sessions": 4,
        "of_sessions": 5,
        "minutes": 600,
        "parts": {"attended": 600, "missed": 150},
        "first_on": day - timedelta(days=90),
        "last_on": day - timedelta(days=7),
    } | fields
    return Certificate.objects.create(person=person, **fields)


def create_frozen_year(**fields: Any) -> FrozenYear:
    """Figures of a year as somebody froze them: a school started, and completed."""
    year = fields.pop("year", None) or school_year_of(timezone.localdate())
    whole = dict.fromkeys(MEASURES, 0) | {
        "applied": 1,
        "accepted": 1,
        "started": 1,
        "completed": 1,
        "schools_started": 1,
    }
    fields = {"definitions": 1, "figures": {"whole": whole}, "frozen_at": timezone.now()} | fields
    return FrozenYear.objects.create(year=year, **fields)


def create_handed_list(*, kind: str = "people", head: Sequence[str] = ("Name", "URN"), **fields: Any) -> HandedList:
    """A list that was handed in, its columns said: one row that can be taken in, and one that cannot."""
    school = create_school()
    known = {"kind": kind, "state": HandedList.State.READY, "sent_at": timezone.now(), "name": "People.xlsx"}
    handed = HandedList(**known | {"columns": {"name": 0, "urn": 1}} | fields)
    handed.keep("head", [*head])
    handed.keep("rows", [[2, ["Kim Bell", school.urns.get().urn]], [3, ["Jo Marsh", "999999"]]])
    handed.save()
    return handed


def create_came(*, session: Session, people: Iterable[User], what: str = "present") -> list[Attendance]:
    """These people came to a session that is over, each on the place they have in its group, if they have one."""
    assert session.starts_at is not None
    rows = []
    for person in people:
        place = Place.objects.live().filter(person=person, work_group=session.work_group_id).first()
        school = place.booking.school if place else None
        row, _ = Attendance.objects.get_or_create(
            session=session, person=person, defaults={"place": place, "school": school}
        )
        row.standing_mark = Mark.objects.create(attendance=row, what=what, at=session.starts_at)
        row.save()
        rows.append(row)
    return rows


def create_ended_group(
    *, people: int = 4, days: int = -7, sessions: int = 1, **fields: Any
) -> tuple[WorkGroup, list[User]]:
    """A group whose last session was so many days ago, and who came to all of it, on places that stand."""
    group = create_work_group(sessions=0, capacity=None, **fields)
    came = [
        person
        for _ in range((people + 1) // 2)
        for place in create_booking(work_group=group, people=2).places.select_related("person")
        if (person := place.person) is not None
    ][:people]
    for index in range(sessions):
        session = create_session(work_group=group, number=index + 1, days=days - 21 * (sessions - 1 - index))
        create_came(session=session, people=came)
    return group, came


def create_own_days(*, school: School, **fields: Any) -> OwnDays:
    """A training day of a school; `fields` may say otherwise."""
    return OwnDays.objects.create(
        school=school, **{"name": "Training day", "first_on": date(2027, 1, 4), "last_on": date(2027, 1, 4)} | fields
    )


def create_api_key(*, bookings: bool = True, attendance: bool = False, people: bool = False) -> tuple[ApiKey, str]:
    """Another system's key, with its token."""
    return keys.make_key(
        name="Dashboard",
        to="Oakfield Trust",
        why="running",
        words="",
        scopes=keys.Scopes(bookings, attendance, people),
        ends_on=timezone.localdate() + timedelta(days=30),
        by=create_hub_staff(),
    )


def create_phase_dates(**fields: Any) -> PhaseDates:
    days = {"first_on": date(2027, 5, 10), "last_on": date(2027, 5, 13)}
    told = {"name": "Key stage 2 tests", "for_primary": True, "source": "The published timetable"}
    return PhaseDates.objects.create(**days | told | fields)


def create_proposal(*, before: Booking, **fields: Any) -> Proposal:
    """The school of a booking, asked whether it carries on with the same people in another group."""
    given = fields | {"work_group": fields.get("work_group") or create_work_group(), "school": before.school}
    made = {"made_at": timezone.now(), "made_by": create_hub_staff(), "before": before}
    proposal = Proposal.objects.create(**made | {"due_on": timezone.localdate() + timedelta(days=14)} | given)
    for place in before.places.live().named():
        ProposedPerson.objects.create(proposal=proposal, person=place.person)
    return proposal


def create_letter(*, work_group: WorkGroup, **fields: Any) -> Letter:
    """A letter as it is kept, without its mails."""
    fields = {"audience": "everyone", "subject": "Please bring cubes", "body": "Ten of **each** colour."} | fields
    return Letter.objects.create(work_group=work_group, key=uuid.uuid4(), **{"by": create_user()} | fields)


def create_issue(*, gone: bool = False, **fields: Any) -> Issue:
    """A draft of a newsletter; or one that has gone to everybody."""
    now = timezone.now()
    moments = {"due_at": now, "begun_at": now, "done_at": now} if gone else {}
    fields = {"subject": "What is on in spring", "body": "Dear all,\n\n{open}"} | moments | fields
    return Issue.objects.create(**{"made_by": create_hub_staff()} | fields)


def create_webhook(**fields: Any) -> Webhook:
    """A system that is told of everything since an hour ago."""
    given = {
        "name": "Trust dashboard",
        "url": "https://dashboard.example/hub",
        "types": [str(one) for one in Type if one != Type.TEST],
        "secret": signing.keep(signing.fresh()),
        "tells_from_at": timezone.now() - timedelta(hours=1),
    }
    return Webhook.objects.create(**given | fields)


def create_delivery(*, webhook: Webhook, **fields: Any) -> WebhookDelivery:
    """A test that waits to go."""
    body = body_of(Type.TEST, timezone.now(), {})
    return WebhookDelivery.objects.create(**{"webhook": webhook, "type": Type.TEST, "body": body} | fields)


def create_news(**fields: Any) -> NewsItem:
    """An item of news that everybody reads."""
    fields = {"title": "A larger hall", "text": "There are more chairs now.", "published_at": timezone.now()} | fields
    return NewsItem.objects.create(**fields)


def create_subscription(*, email: str = "", **fields: Any) -> Subscription:
    """A reader who has said yes."""
    email = email or f"reader{next(_numbers)}@home.example"
    given = {"wording": WORDING, "source": "test", "confirmed_at": timezone.now()}
    return Subscription.objects.create(email=email, **given | fields)


def enter_terms(codes: Sequence[str], *years: int) -> None:
    """The holidays of these authorities in these school years."""
    for year in years:
        for code in codes:
            for name, first, last in holidays(year, code):
                SchoolHoliday.objects.create(la_code=code, name=name, first_on=first, last_on=last)
