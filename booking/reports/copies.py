"""Which groups can be copied into another school year, and on which day each of their sessions would be."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.conf import settings
from django.db.models import Count, Q
from django.utils import timezone

from accounts.schoolyear import school_year_label
from booking.avoiding import DaysToAvoid, phases_of
from booking.copying import YEAR, SessionCopy
from booking.diary import clashes_if_made
from booking.emails.letter import and_
from booking.models import Facilitation, Project, Session, WorkGroup
from booking.reports.proposals import about_day
from booking.schooldays import authority_names
from booking.templatetags.words import day_short
from booking.terms import Terms, same_day_of_term

ODD = {
    "outside term": "Last time it was outside term: 52 weeks later.",
    "last week": "This year has fewer weeks of term: its last one.",
}


@dataclass
class SessionToCopy:
    """A session, the day proposed for it (None: it had none), and what speaks against that or is to be known."""

    session: Session
    day: date | None
    words: list[str] = field(default_factory=list)
    is_taken: bool = True
    # The day that the page shows: as proposed, or as somebody changed it.
    shown: date | None = None

    @property
    def la_code(self) -> str:
        return authority_of(self.session)


@dataclass
class GroupToCopy:
    work_group: WorkGroup
    title: str
    sessions: list[SessionToCopy]
    notes: list[str]
    is_there: bool = False

    @property
    def warned(self) -> int:
        """How many of its dates need a second look."""
        return sum(bool(line.words) for line in self.sessions)


def groups_of(year: int, project: int = 0) -> list[WorkGroup]:
    """What ran in a year, with how many `dates` each has; drafts and what was called off are no models."""
    groups = WorkGroup.objects.of_year(year).filter(status__in=[WorkGroup.Status.PUBLISHED, WorkGroup.Status.ARCHIVED])
    if project:
        groups = groups.filter(project=project)
    planned = Q(sessions__status=Session.Status.PLANNED)
    return list(
        groups.select_related("project")
        .annotate(dates=Count("sessions", filter=planned))
        .order_by("project__title", "title", "pk")
    )


def projects_of(year: int) -> list[Project]:
    return list(Project.objects.filter(work_groups__year=year).distinct().order_by("title", "pk"))


def copied_already(groups: Iterable[WorkGroup], year: int) -> set[int]:
    """Ids of those of which a group of the same project and title is there in that year."""
    there = set(WorkGroup.objects.of_year(year).values_list("project_id", "title"))
    return {group.pk for group in groups if (group.project_id, group.title) in there}


def authority_of(session: Session) -> str:
    """By whose term dates a session moves: of its venue, else of the hub's first authority."""
    own = session.venue.la_code if session.venue and session.mode != Session.Mode.ONLINE else ""
    return own or next(iter(settings.HUB_AUTHORITIES), "")


def proposed(groups: Sequence[WorkGroup], year: int) -> list[GroupToCopy]:
    """Each session on the same weekday of the same week of term; what another replaced is not asked again."""
    terms, there = Terms(), copied_already(groups, year)
    rows = (
        Session.objects.filter(work_group__in=groups, replaced_by__isnull=True)
        .select_related("venue")
        .order_by("number", "pk")
    )
    sessions: dict[int, list[Session]] = {group.pk: [] for group in groups}
    for one in rows:
        sessions[one.work_group_id].append(one)
    leading = set(
        Facilitation.objects.to_the_end().filter(work_group__in=groups).values_list("work_group_id", flat=True)
    )
    names = authority_names({authority_of(one) for one in rows if authority_of(one)})
    found = []
    for group in groups:
        notes = _notes(group, year, is_led=group.pk in leading, is_there=group.pk in there)
        lines = []
        for session in sessions[group.pk]:
            line, unknown = _moved(session, group, year, terms)
            if unknown:
                words = (
                    f"The term dates of {names.get(authority_of(session), 'the hub')} for {unknown} are not entered: "
                    f"its dates are {52 * (year - group.year)} weeks later, on the same weekday."
                )
                notes += [words] if words not in notes else []
            lines.append(line)
        found.append(GroupToCopy(group, group.title, lines, notes, group.pk in there))
    return found


def add_warnings(copies: Sequence[GroupToCopy], days: Mapping[int, date | None], year: int) -> None:
    """Put beside each session what speaks against its day; `days` by session. Few queries, however many sessions."""
    known: dict[tuple[str, ...], DaysToAvoid] = {}
    first, last, today = date(year, 8, 1), date(year + 1, 9, 30), timezone.localdate()
    for copy in copies:
        phases = tuple(phases_of(copy.work_group))
        met: dict[date, int] = {}
        for line in copy.sessions:
            line.shown = day = days.get(line.session.pk)
            if day is None:
                continue
            key = (*phases, "|", line.la_code)
            if key not in known:
                codes = {*settings.HUB_AUTHORITIES, *filter(None, [line.la_code])}
                known[key] = DaysToAvoid(first, last, la_codes=codes, phases=phases)
            line.words += known[key].on(day)
            line.words += about_day(day, year, met, today)
            met[day] = line.session.number


def add_clashes(copies: Sequence[GroupToCopy], planned: Mapping[int, SessionCopy]) -> None:
    """Put beside each session what it would clash with; `planned` by session, without those that are left out."""
    lines = {-line.session.pk: line for copy in copies for line in copy.sessions if line.session.pk in planned}
    groups = {copy.work_group.pk: copy.work_group for copy in copies}
    new = []
    for pk, line in lines.items():
        old, plan = line.session, planned[-pk]
        if plan.starts_at and plan.ends_at:
            made = Session(pk=pk, number=old.number, mode=old.mode, venue=old.venue)
            made.work_group, made.starts_at, made.ends_at = groups[old.work_group_id], plan.starts_at, plan.ends_at
            new.append(made)
    for clash in clashes_if_made(new):
        for session in filter(None, (clash.other, clash.session)):
            if session.pk in lines:
                lines[session.pk].words.append(clash.words)


def _moved(session: Session, group: WorkGroup, year: int, terms: Terms) -> tuple[SessionToCopy, str]:
    """The session with its new day; and the school year whose term dates would be needed, where they are not known."""
    taken = session.is_planned
    words = [] if taken else ["It was cancelled last time."]
    if session.starts_at is None:
        words.append(f"It had no date, only: {session.when_words}.")
        return SessionToCopy(session, None, words, taken), ""
    day = timezone.localdate(session.starts_at)
    before, after = (terms.of(authority_of(session), one) for one in (group.year, year))
    found, how = same_day_of_term(day, before, after)
    if how in ODD:
        words.append(ODD[how])
    unknown = ""
    if how == "52 weeks":
        unknown = and_([school_year_label(one.year) for one in (before, after) if not one.is_known])
    return SessionToCopy(session, found, words, taken), unknown


def _notes(group: WorkGroup, year: int, *, is_led: bool, is_there: bool) -> list[str]:
    notes = []
    if is_there:
        notes.append(f"A group of this title is there in {school_year_label(year)} already: give this one another.")
    if not is_led:
        notes.append("Nobody led it to its end, so the draft has no lead yet.")
    if group.recruitment == WorkGroup.Recruitment.INVITATION:
        notes.append("Whom to invite is chosen anew.")
    shift = YEAR * (year - group.year)
    moved = [
        f"{words} {day_short(timezone.localdate(moment) + shift)}"
        for words, moment in (("Booking opens", group.opens_at), ("closes", group.closes_at))
        if moment
    ]
    if moved:
        notes.append(f"{', '.join(moved)}.")
    return notes
