"""Work groups of the demonstration with their sessions, bookings and past registers, as rows."""

import random
import uuid
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.utils import timezone
from django.utils.text import slugify

from accounts import history
from accounts.models import Phase, User
from accounts.schoolyear import school_year_label
from booking.asking import asks
from booking.demo.cast import Cast, moment
from booking.demo.programme import IN_PERSON, ONLINE, Plan
from booking.demo.said import NOTES
from booking.demo.schools import LEICESTERSHIRE, SCHOOLS
from booking.demo.texts import REFLECTIONS, TASKS
from booking.demo.year import is_school_day, spread
from booking.models import (
    Attendance,
    Booking,
    Facilitation,
    Mark,
    Place,
    Project,
    Reflection,
    ResearchTask,
    Session,
    WorkGroup,
)
from booking.models.places import Status

PHASES = {
    Phase.PRIMARY: "primary",
    Phase.SECONDARY: "secondary",
    Phase.POST_16: "post_16",
    Phase.NURSERY: "early_years",
    Phase.NOT_APPLICABLE: "special",
    Phase.ALL_THROUGH: "primary",
}
# How late, and how early, in minutes; and how often something is noted beside it.
MINUTES: dict[str, list[int | None]] = {"late": [10, 15, 20, 25, None], "left_early": [15, 30, 45]}
NOTED = {"late": 0.5, "left_early": 0.7, "present": 0.04}
MARKS = ["present"] * 14 + ["late", "late", "apologies", "apologies", "absent", "left_early"]


class Programme:
    """Builds groups from plans, always in the same way, so that two demonstrations on one day are alike."""

    def __init__(self, cast: Cast, now: datetime, today: date) -> None:
        self.cast, self.now, self.today = cast, now, today
        self.chance = random.Random(2017)  # noqa: S311  # invented figures, not secrets
        # Of its own, so that a note more changes nobody's attendance.
        self.notes = random.Random(2018)  # noqa: S311  # the same
        self.projects: dict[str, Project] = {}
        self._next_school = 0

    def group(self, plan: Plan, year: int, *, title: str = "", kind: str = "", status: str = "published") -> WorkGroup:
        """A group of a school year with its sessions and tasks."""
        title = title or plan.title
        name = title.partition(": second cohort")[0]
        if name not in self.projects:
            self.projects[name] = Project.objects.create(
                title=name, kind=kind or plan.kind, description=plan.description
            )
        group = WorkGroup.objects.create(
            project=self.projects[name],
            title=title,
            slug=f"{slugify(title)[:90]}-{school_year_label(year)}",
            year=year,
            status=status,
            has_questions=asks(self.projects[name].pk),
            summary=plan.summary,
            description=plan.description,
            audience=plan.audience,
            **{f"for_{phase}": True for phase in plan.phases},
            expectations="Come to every session, and try the task in between. Tell us early if you cannot.",
            bring=plan.bring,
            cover=plan.cover,
            unit=WorkGroup.Unit.SESSION if plan.network else WorkGroup.Unit.SERIES,
            recruitment=plan.recruitment,
            capacity=plan.capacity,
            capacity_schools=plan.capacity_schools,
            people_from=plan.people[0],
            people_to=plan.people[1],
            uses_tasks=bool(plan.tasks) and not plan.network,
            uses_pulse=not plan.network,
            uses_evaluation=not plan.network,
            uses_certificates=not plan.network,
            uses_comments=not plan.network,
            uses_check_in=plan.key == "mixed",
        )
        for index, key in enumerate(plan.leads):
            Facilitation.objects.create(
                work_group=group,
                person=self.cast.leaders[key],
                role=Facilitation.Role.CO_LEAD if index else Facilitation.Role.LEAD,
                since=date(year, 9, 1),
            )
        self._sessions(group, plan, year)
        return group

    def _sessions(self, group: WorkGroup, plan: Plan, year: int) -> None:
        codes = {self.cast.venues[key].la_code for key in plan.hosts} or {LEICESTERSHIRE}
        days = spread(date(year, 9, 24), date(year + 1, 6, 14), plan.sessions, sorted(codes), plan.weekday)
        if plan.key == "mixed" and year == self.cast.year:
            days = self._around_today(days, plan)
        tasks = TASKS.get(plan.tasks, [])
        for index, day in enumerate(days):
            mode = plan.modes[index % len(plan.modes)]
            venue = None if mode == ONLINE or not plan.hosts else self.cast.venues[plan.hosts[index % len(plan.hosts)]]
            undated = plan.undated and index == len(days) - 1 and day > self.today
            week = day - timedelta(days=day.weekday())
            session = Session.objects.create(
                work_group=group,
                number=index + 1,
                title=tasks[index % len(tasks)][0] if tasks and index < len(tasks) else f"Meeting {index + 1}",
                starts_at=None if undated else moment(day, plan.hours[0]),
                ends_at=None if undated else moment(day, plan.hours[1]),
                when_words=f"week of {week.day} {week:%B}, a morning" if undated else "",
                mode=mode,
                venue=venue,
                link="" if mode == IN_PERSON else f"https://meet.hub.example/{group.slug[:24]}-{index + 1}",
                joining_notes=""
                if mode == IN_PERSON
                else "The link opens ten minutes before. Cameras on for the tasks, please.",
                capacity=25 if plan.network else None,
            )
            if day == self.today and plan.key == "mixed" and not is_school_day(day, LEICESTERSHIRE):
                session.mode, session.venue = Session.Mode.ONLINE, None
                session.link = f"https://meet.hub.example/{group.slug[:24]}-today"
                session.notice = "Placed today so that you can try the register"
                session.save()
            if index < len(tasks) and group.uses_tasks:
                ResearchTask.objects.create(session=session, title=tasks[index][0], body=tasks[index][1])

    def _around_today(self, days: list[date], plan: Plan) -> list[date]:
        """The series with the session nearest to today moved to today; the others keep their distance from it."""
        nearest = min(range(len(days)), key=lambda index: abs((days[index] - self.today).days))
        kept = [day for index, day in enumerate(days) if index != nearest and abs((day - self.today).days) > 6]
        return sorted([*kept, self.today])

    # ── Schools and their places ───────────────────────────────────────────────────────────────────────────────────
    def schools_for(self, plan: Plan, count: int, *, without: Sequence[str] = ()) -> list[str]:
        """Keys of schools of the right phase, another stretch of the list for each group."""
        fitting = [one.key for one in SCHOOLS if PHASES[Phase(one.phase)] in plan.phases and one.key not in without]
        if not fitting:
            fitting = [one.key for one in SCHOOLS if one.key not in without]
        start = self._next_school
        self._next_school += count
        return [fitting[(start + index) % len(fitting)] for index in range(min(count, len(fitting)))]

    def book(
        self,
        group: WorkGroup,
        key: str,
        people: Sequence[User | None],
        *,
        status: str = Status.CONFIRMED,
        session: Session | None = None,
        days_ago: int = 60,
        **fields: object,
    ) -> Booking:
        """A booking as a school made it some time ago, with its places and a history line that tells nobody."""
        first = group.sessions.order_by("starts_at").first()
        made = self.now - timedelta(days=days_ago)
        if first and first.starts_at and first.starts_at < made:
            made = first.starts_at - timedelta(days=40)
        lead = self.cast.leads[key]
        booking = Booking.objects.create(
            work_group=group,
            session=session,
            school=self.cast.schools[key],
            status=status,
            key=uuid.UUID(int=self.chance.getrandbits(128)),
            made_at=made,
            made_by=fields.pop("made_by", lead),  # type: ignore[misc]  # a User where it is given
            **fields,
        )
        Place.objects.bulk_create(
            Place(booking=booking, person=person, work_group=group, session=session, live=booking.is_live)
            for person in people
        )
        if booking.is_taking:
            holder: WorkGroup | Session = session or group
            holder.taken += len(people)
            if session is None:
                group.taken_schools += 1
            holder.save()
        elif booking.status == Status.WAITING:
            group.waiting += 1
            group.last_turn = max(group.last_turn, booking.turn)
            group.save()
        named = [person for person in people if person]
        history.write(
            "booked",
            about=[booking, group, booking.school, *named],
            by=booking.made_by,
            at=made,
            details={"booking": booking.pk, "status": booking.status},
            tells=False,
        )
        return booking

    def fill(self, group: WorkGroup, plan: Plan, count: int, *, without: Sequence[str] = ()) -> None:
        """Book schools until the group looks as such groups do."""
        for key in self.schools_for(plan, count, without=without):
            self.book(group, key, self.cast.staff[key][: plan.people[1]] or [self.cast.leads[key]])

    # ── What has been ──────────────────────────────────────────────────────────────────────────────────────────────
    def attend(self, booking: Booking) -> None:
        """Sessions of a booking that have begun: expected, and marked as such things go."""
        sessions = [booking.session] if booking.session else booking.work_group.sessions.planned()
        for session in sessions:
            if session is None or session.starts_at is None or session.starts_at > self.now:
                continue
            for place in booking.places.all():
                if place.person_id:
                    row, _ = Attendance.objects.get_or_create(
                        session=session,
                        person_id=place.person_id,
                        defaults={"place": place, "school": booking.school},
                    )
                    what = self.chance.choice(MARKS)
                    if timezone.localdate(session.starts_at) < self.today:  # today's register is there to be tried
                        self.mark(row, what)

    def mark(self, row: Attendance, what: str) -> None:
        if row.standing_mark_id or row.session.starts_at is None:
            return
        at = row.session.starts_at + timedelta(minutes=5)
        lead = row.session.work_group.facilitations.order_by("pk").first()
        row.standing_mark = Mark.objects.create(
            attendance=row,
            what=what,
            minutes=self.notes.choice(MINUTES[what]) if what in MINUTES else None,
            note=self.notes.choice(NOTES[what]) if self.notes.random() < NOTED.get(what, 0) else "",
            by=lead.person if lead else None,
            at=at,
            received_at=at,
        )
        row.save(update_fields=["standing_mark"])

    def sign_past(self, group: WorkGroup, *, leave: int = 0) -> None:
        """Sign the registers of past sessions, but for the last few: those are what the office chases."""
        past = list(group.sessions.planned().filter(ends_at__date__lt=self.today, attendances__isnull=False).distinct())
        past.sort(key=lambda one: one.starts_at or self.now)
        lead = group.facilitations.order_by("pk").first()
        for session in past[: len(past) - leave]:
            assert session.ends_at is not None  # it has been
            session.signed_at, session.signed_by = session.ends_at + timedelta(hours=1), lead.person if lead else None
            session.save(update_fields=["signed_at", "signed_by"])

    def reflect(self, group: WorkGroup) -> None:
        """What those who came wrote about the tasks of past sessions."""
        told = 0
        for task in ResearchTask.objects.filter(session__work_group=group, session__ends_at__lt=self.now):
            assert task.session.ends_at is not None  # asked for just now
            for row in Attendance.objects.filter(session=task.session).select_related("person"):
                if self.chance.random() < 0.45:
                    outcome, words = REFLECTIONS[(told * 5 + group.pk) % len(REFLECTIONS)]
                    told += 1
                    at = min(task.session.ends_at + timedelta(days=9), self.now - timedelta(hours=2))
                    Reflection.objects.create(task=task, person=row.person, outcome=outcome, words=words, at=at)
