"""The catalogue: which groups there are, what fits a school, and a group's page."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time

from django.core.paginator import Page, Paginator
from django.db.models import (
    Avg,
    Case,
    Count,
    ExpressionWrapper,
    F,
    FloatField,
    Q,
    QuerySet,
    Sum,
    Value,
    When,
)
from django.utils import timezone
from django.utils.safestring import SafeString

from accounts.models import School
from accounts.places_near import Point, metres_between
from accounts.schoolyear import school_year_label
from accounts.typed import words_in
from booking.avoiding import against_sessions
from booking.formula import Asked, ask
from booking.models import Booking, Project, Session, Venue, WorkGroup
from booking.models.places import TAKING
from booking.models.programme import PHASES, state_of_booking
from booking.pictures import Holiday, ten_frame
from booking.reports.shown import backdrop_of, rows_of
from booking.templatetags.words import clock, day_short

PAGE = 20
# A session that begins at or after this hour takes nobody out of class.
AFTER_SCHOOL = time(15, 30)
# Longer than this and a session takes the whole day.
HALF_DAY_MINUTES = 210


@dataclass(frozen=True)
class Wish:
    """What somebody looks for in the catalogue; every part may be empty."""

    q: str = ""
    phase: str = ""
    kind: str = ""
    la: str = ""
    mode: str = ""
    places: bool = False
    year: int | None = None
    near: Point | None = None


@dataclass
class GroupRow:
    """One group in a list."""

    work_group: WorkGroup
    state: str
    line: SafeString
    frame: SafeString
    when: str
    where: str
    miles: tuple[int, int] | None = None
    ours: bool = False


@dataclass
class GroupPage:
    """Everything a group's own page says."""

    work_group: WorkGroup
    sessions: list["SessionLine"]
    line: SafeString
    frame: SafeString
    state: str
    leads: Sequence[str]
    half_days: str
    when: str
    where: str
    miles: tuple[int, int] | None
    # What completes it; of a network, and where no sessions are planned yet, nothing.
    asked: Asked | None

    @property
    def venues(self) -> list[Venue]:
        """Where people meet, each once."""
        planned = [line.session for line in self.sessions if line.session.is_planned]
        return list({one.host_venue.pk: one.host_venue for one in planned if one.host_venue}.values())

    def of_meeting(self, session: Session | None) -> "GroupPage":
        """The same with this one meeting of a network alone; None: all of it."""
        if session is None:
            return self
        lines = [line for line in self.sessions if line.session == session]
        return replace(self, sessions=lines, half_days=half_days_words([session]))


@dataclass
class SessionLine:
    session: Session
    task: str
    metres: int | None
    state: str
    holiday: str = ""
    # For a school that looks: what speaks against the day, of its authority's days and its own.
    avoid: Sequence[str] = ()


def catalogue_version() -> tuple[int, int]:
    """What the catalogue stands on, in one query: it changes with any group's revision and with any new group.

    Revisions only grow and groups are never deleted, so their sum never repeats.
    """
    counted = WorkGroup.objects.aggregate(groups=Count("pk"), revisions=Sum("revision"))
    return counted["groups"], counted["revisions"] or 0


def groups_for(wish: Wish, *, year: int) -> QuerySet[WorkGroup]:
    """Published groups of a year that fit a wish, those a school can book now first; nearest first if it says where."""
    groups = WorkGroup.objects.of_year(wish.year or year)
    groups = groups.seen_by_anyone() if wish.year and wish.year < year else groups.published()
    groups = groups.filter(words_in(wish.q, "title", "summary", "audience"))
    if wish.phase in PHASES:
        groups = groups.filter(**{PHASES[wish.phase]: True})
    if wish.kind == "network":
        groups = groups.filter(unit=WorkGroup.Unit.SESSION)
    elif wish.kind in Project.Kind.values:
        groups = groups.filter(project__kind=wish.kind, unit=WorkGroup.Unit.SERIES)
    if wish.la:
        groups = groups.filter(pk__in=Session.objects.planned().filter(venue__la_code=wish.la).values("work_group"))
    if wish.mode in Session.Mode.values:
        groups = groups.filter(pk__in=Session.objects.planned().filter(mode=wish.mode).values("work_group"))
    if wish.places:
        groups = groups.bookable(timezone.now())
    if wish.near is not None:
        return groups.annotate(far=_mean_square_distance(wish.near)).order_by(
            F("far").asc(nulls_last=True), "title", "pk"
        )
    ranks = [When(state=state, then=rank) for rank, state in enumerate(["open", "not_open", "full", "closed"])]
    return groups.alias(state=state_of_booking(timezone.now())).order_by(Case(*ranks), "title", "pk")


def _mean_square_distance(near: Point) -> Avg:
    """Mean of squared metres to the planned sessions; online ones are no way at all. The order is what matters here."""
    east = F("sessions__venue__easting") - Value(float(near.easting))
    north = F("sessions__venue__northing") - Value(float(near.northing))
    return Avg(
        Case(
            When(sessions__mode=Session.Mode.ONLINE, then=Value(0.0)),
            default=ExpressionWrapper(east * east + north * north, output_field=FloatField()),
            output_field=FloatField(),
        ),
        filter=Q(sessions__status=Session.Status.PLANNED),
    )


def catalogue(
    wish: Wish, *, year: int, page: int, ours: School | None = None
) -> tuple[Page[WorkGroup], list[GroupRow]]:
    """A page of the catalogue: the page of groups, and a row for each."""
    paginator = Paginator(groups_for(wish, year=year).select_related("project"), PAGE)
    groups = paginator.get_page(page)
    return groups, rows(list(groups), near=wish.near, ours=ours)


def rows(groups: Sequence[WorkGroup], *, near: Point | None = None, ours: School | None = None) -> list[GroupRow]:
    """List rows for these groups: how far, whether we are in, where booking stands."""
    now = timezone.now()
    booked: set[int] = set()
    own: Counter[int] = Counter()
    if ours is not None:
        mine = ours.bookings.live().filter(work_group__in=groups, places__live=True)
        for work_group, status in mine.values_list("work_group", "status"):
            booked.add(work_group)
            own[work_group] += status in TAKING
    shown = rows_of(groups, timezone.localdate(now))
    return [
        GroupRow(
            work_group=group,
            state=state_words(group, now, booked=group.pk in booked),
            line=shown[group.pk].line,
            frame=_small_frame(group, shown[group.pk].sessions, ours=own[group.pk]),
            when=shown[group.pk].when,
            where=shown[group.pk].where,
            miles=_miles(shown[group.pk].sessions, near),
            ours=group.pk in booked,
        )
        for group in groups
    ]


def _small_frame(group: WorkGroup, sessions: Sequence[Session], *, ours: int) -> SafeString:
    """None while schools only say that they are interested: there is no place to take yet."""
    if group.recruitment == WorkGroup.Recruitment.INTEREST:
        return SafeString("")
    return ten_frame(*frame_of(group, sessions, ours=ours), small=True)


def frame_of(group: WorkGroup, sessions: Sequence[Session], *, ours: int = 0) -> tuple[int | None, int, int, int, int]:
    """(capacity, ours named, ours held, named, held) for a small ten frame; a network shows its next meeting."""
    if group.is_network:
        coming = next(
            (one for one in sessions if one.is_planned and one.starts_at and one.starts_at > timezone.now()), None
        )
        return (coming.capacity, 0, 0, coming.taken, 0) if coming else (None, 0, 0, 0, 0)
    return group.capacity, min(ours, group.taken), 0, group.taken, 0


def state_words(group: WorkGroup, now: datetime, *, booked: bool = False) -> str:
    """Where booking stands, in words."""
    if group.status == WorkGroup.Status.CANCELLED:
        return "Called off"
    if group.status == WorkGroup.Status.ARCHIVED:
        return f"Ran in {school_year_label(group.year)}"
    if booked:
        return "Your school is in"
    state = group.booking_state(now)
    if state == "not_open" and group.opens_at:
        return f"Booking opens {day_short(group.opens_at)}, {clock(group.opens_at)}"
    if state == "closed":
        return "Booking has closed"
    if state == "full":
        return "Full: waiting list"
    if group.is_network:
        return "Book each meeting"
    if group.recruitment == WorkGroup.Recruitment.APPLICATION:
        if group.closes_at:
            return f"Apply by {day_short(group.closes_at)}, {clock(group.closes_at)}"
        return "By application"
    if group.recruitment == WorkGroup.Recruitment.INTEREST:
        return "Say you are interested"
    if group.recruitment == WorkGroup.Recruitment.INVITATION:
        return "By invitation"
    left = group.places_left
    if left is None:
        return "Places open"
    return f"{left} of {group.capacity} places left"


def group_page(
    work_group: WorkGroup, *, near: Point | None, school: School | None, ours: Sequence[Booking] = ()
) -> GroupPage:
    """A group's page, for anyone; with distances where `near` is known, and the places of `ours` marked."""
    now = timezone.now()
    today = timezone.localdate(now)
    row = rows_of([work_group], today)[work_group.pk]
    backdrop = backdrop_of(work_group, school.la_code if school else "", today)
    against = against_sessions(school, work_group, row.sessions) if school else {}
    own = [place for booking in ours if booking.is_taking for place in booking.places.all() if place.live]
    ours_named = sum(place.person_id is not None for place in own)
    if work_group.is_network:
        frame = ten_frame(*frame_of(work_group, row.sessions))
    else:
        frame = ten_frame(work_group.capacity, ours_named, len(own) - ours_named, backdrop.named, backdrop.held)
    return GroupPage(
        work_group=work_group,
        sessions=[
            SessionLine(
                session=one,
                task=backdrop.tasks.get(one.number, ""),
                metres=metres_to(one, near),
                state=_session_state(one, now, today),
                holiday="" if school else _holiday_at(one, backdrop.holidays),
                avoid=against.get(one.pk, ()),
            )
            for one in row.sessions
        ],
        line=backdrop.line,
        frame=frame,
        state=state_words(work_group, now),
        leads=backdrop.leads,
        # Who joins late gives up only what is still to come.
        half_days=half_days_words(
            [one for one in row.sessions if one.starts_at and one.starts_at > now] or row.sessions
        ),
        when=row.when,
        where=row.where,
        miles=_miles(row.sessions, near),
        asked=what_completes(work_group, row.sessions, now),
    )


def what_completes(work_group: WorkGroup, sessions: Sequence[Session], now: datetime) -> Asked | None:
    """What the group asks of whoever completes it, of all its sessions with their tasks; a network asks nothing."""
    if work_group.is_network:
        return None
    tasks = sum(one.is_planned and hasattr(one, "task") for one in sessions) if work_group.uses_tasks else 0
    asked = ask(work_group, sessions, tasks, now)
    return asked if asked.is_known else None


def half_days(sessions: Sequence[Session]) -> int:
    """Half days out of class for one person: none for a twilight, one for up to three and a half hours, else two."""
    return sum(
        0 if timezone.localtime(one.starts_at).time() >= AFTER_SCHOOL else 1 if one.minutes <= HALF_DAY_MINUTES else 2
        for one in sessions
        if one.is_planned and one.starts_at
    )


def half_days_words(sessions: Sequence[Session]) -> str:
    count = half_days(sessions)
    if not count:
        return "None (we meet after school)"
    days = f"{count // 2}½" if count % 2 and count > 1 else "½" if count == 1 else f"{count // 2}"
    return f"{count} half {'day' if count == 1 else 'days'} ({days} {'day' if count <= 2 else 'days'}) for each person"


def coming_with_miles(work_group: WorkGroup, school: School) -> list[tuple[Session, int | None]]:
    """The sessions of a group that are still to come, each with its metres from a school; those without a date last."""
    near, now = Point.of(school), timezone.now()
    planned = work_group.sessions.planned().select_related("venue").order_by("number")
    return [(one, metres_to(one, near)) for one in planned if one.starts_at is None or one.starts_at > now]


def metres_to(session: Session, near: Point | None) -> int | None:
    """How far a session is from here, in metres in a straight line; None online, or where that is not known."""
    if near is None or session.mode == Session.Mode.ONLINE or session.venue is None:
        return None
    if session.venue.easting is None or session.venue.northing is None:
        return None
    return metres_between(near, Point(session.venue.easting, session.venue.northing, ""))


def _miles(sessions: Sequence[Session], near: Point | None) -> tuple[int, int] | None:
    """Nearest and farthest planned session in metres; None where nobody has to travel or it is not known."""
    found = [metres for one in sessions if one.is_planned and (metres := metres_to(one, near)) is not None]
    return (math.floor(min(found)), math.ceil(max(found))) if found else None


def _session_state(session: Session, now: datetime, today: date) -> str:
    if not session.is_planned:
        return "Cancelled"
    if session.starts_at is None:
        return "Date to be confirmed"
    if timezone.localdate(session.starts_at) == today:
        return "Today"
    return "Past" if session.starts_at < now else ""


def _holiday_at(session: Session, holidays: Sequence[Holiday]) -> str:
    if session.starts_at is None or not session.is_planned:
        return ""
    day = timezone.localdate(session.starts_at)
    return next((one.name for one in holidays if one.first <= day <= one.last), "")
