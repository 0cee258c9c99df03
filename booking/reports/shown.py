"""What the public pages of a group are drawn from, kept in this process while the group's revision and the day stand.

Every action that changes what a public page shows raises `WorkGroup.revision`, so a key with the revision in it can
never name something stale; what is no longer asked for is forgotten when the drawer is full.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q
from django.utils import timezone
from django.utils.safestring import SafeString

from booking.models import Facilitation, SchoolHoliday, Session, WorkGroup
from booking.models.places import TAKING
from booking.pictures import Holiday, Stop, number_line

MOST_KEPT = 6000


@dataclass(frozen=True)
class Row:
    """A group in a list: its sessions with their venues and tasks, the small number line, when and where in words."""

    sessions: Sequence[Session]
    line: SafeString
    when: str
    where: str


@dataclass(frozen=True)
class Backdrop:
    """A group's page before anybody looks at it: the large number line, and what is counted for all schools."""

    line: SafeString
    holidays: Sequence[Holiday]
    tasks: dict[int, str]
    leads: Sequence[str]
    named: int
    held: int


_kept: dict[Hashable, Row | Backdrop] = {}


def forget() -> None:
    """Empty the drawer; for tests, in which revisions repeat."""
    _kept.clear()


def rows_of(groups: Sequence[WorkGroup], today: date) -> dict[int, Row]:
    """The row of each group by its id; those not kept yet are drawn from one query."""
    keys = {group.pk: ("row", group.pk, group.revision, today) for group in groups}
    missing = [group for group in groups if keys[group.pk] not in _kept]
    if missing:
        by_group: dict[int, list[Session]] = {group.pk: [] for group in missing}
        sessions = Session.objects.filter(work_group__in=by_group).select_related("venue", "task")
        for session in sessions.order_by("work_group", "number", "pk"):
            by_group[session.work_group_id].append(session)
        for group in missing:
            _keep(keys[group.pk], _row(group, by_group[group.pk], today))
    return {pk: _kept[key] for pk, key in keys.items()}  # type: ignore[misc]  # the first word of a key says what it is


def backdrop_of(group: WorkGroup, la_code: str, today: date) -> Backdrop:
    """The backdrop of a group's page, with the holidays of one authority or, without one, of all the hub's."""
    key = ("backdrop", group.pk, group.revision, la_code, today)
    found = _kept.get(key)
    if not isinstance(found, Backdrop):
        found = _backdrop(group, rows_of([group], today)[group.pk].sessions, la_code, today)
        _keep(key, found)
    return found


def _keep(key: Hashable, thing: Row | Backdrop) -> None:
    _kept[key] = thing
    while len(_kept) > MOST_KEPT:
        _kept.pop(next(iter(_kept)), None)


def _row(group: WorkGroup, sessions: Sequence[Session], today: date) -> Row:
    first, last = window(group.year)
    return Row(
        sessions=sessions,
        line=number_line(_stops(sessions, {}, today), [], today, first, last, detail=False),
        when=_when(sessions),
        where=_where(sessions),
    )


def _backdrop(group: WorkGroup, sessions: Sequence[Session], la_code: str, today: date) -> Backdrop:
    first, last = window(group.year)
    holidays = holidays_between(first, last, la_code)
    tasks = {one.number: one.task.title for one in sessions if hasattr(one, "task")} if group.uses_tasks else {}
    parts = Facilitation.objects.filter(work_group=group).on(today).select_related("person")
    cover = Facilitation.Role.COVER
    counted = group.places.filter(live=True, booking__status__in=TAKING).aggregate(
        named=Count("pk", filter=Q(person__isnull=False)), held=Count("pk", filter=Q(person__isnull=True))
    )
    return Backdrop(
        line=number_line(_stops(sessions, tasks, today), holidays, today, first, last, detail=True),
        holidays=holidays,
        tasks=tasks,
        leads=[f"{part.person.name} (cover)" if part.role == cover else part.person.name for part in parts],
        named=counted["named"],
        held=counted["held"],
    )


def window(year: int) -> tuple[date, date]:
    """The first and the last day of a school year."""
    return date(year, 9, 1), date(year + 1, 8, 31)


def holidays_between(first: date, last: date, la_code: str = "") -> list[Holiday]:
    """School holidays in a window: of one authority where it is known, else of all, as wide as the widest."""
    found = list(SchoolHoliday.objects.filter(last_on__gte=first, first_on__lte=last).order_by("first_on", "last_on"))
    own = [Holiday(one.name, one.first_on, one.last_on) for one in found if la_code and one.la_code == la_code]
    if own:
        return own
    merged: list[Holiday] = []
    for one in found:
        if merged and one.first_on <= merged[-1].last:
            before = merged[-1]
            merged[-1] = Holiday(before.name, before.first, max(before.last, one.last_on))
        else:
            merged.append(Holiday(one.name, one.first_on, one.last_on))
    return merged


def _stops(sessions: Sequence[Session], tasks: dict[int, str], today: date) -> list[Stop]:
    stops = []
    next_found = False
    for one in sessions:
        on = timezone.localdate(one.starts_at) if one.starts_at else None
        if not one.is_planned:
            state = "cancelled"
        elif on is None:
            state = "unplaced"
        elif on == today:
            state = "today"
        elif on < today:
            state = "done"
        else:
            state, next_found = ("coming", True) if next_found else ("next", True)
        stops.append(
            Stop(
                number=one.number,
                on=on,
                label=one.title or f"Session {one.number}",
                place=_short_place(one),
                state=state,
                url=f"#session-{one.number}",
                task=tasks.get(one.number, ""),
            )
        )
    return stops


def _short_place(session: Session) -> str:
    if session.mode == Session.Mode.ONLINE:
        return "online"
    return session.venue.town if session.venue else "to be confirmed"


def _when(sessions: Sequence[Session]) -> str:
    dated = [timezone.localtime(one.starts_at) for one in sessions if one.starts_at and one.is_planned]
    if not dated:
        return "Dates to be confirmed"
    first, last = dated[0], dated[-1]
    if len(dated) == 1:
        return f"{first.day} {first:%B %Y}"
    begin = f"{first.day} {first:%B}" if first.year == last.year else f"{first.day} {first:%B %Y}"
    return f"{sum(one.is_planned for one in sessions)} sessions, {begin} to {last.day} {last:%B %Y}"


def _where(sessions: Sequence[Session]) -> str:
    places: list[str] = []
    for one in sessions:
        if one.is_planned:
            place = "Online" if one.mode == Session.Mode.ONLINE else one.venue.town if one.venue else ""
            if place and place not in places:
                places.append(place)
    if len(places) > 3:
        return f"{', '.join(places[:2])} and {len(places) - 2} other places"
    return " and ".join([", ".join(places[:-1]), places[-1]] if len(places) > 1 else places)
