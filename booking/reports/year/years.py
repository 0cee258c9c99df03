"""Year on year: what is known of each school year, from here, from what was frozen, and from lists of former years.

Before the first year that is held, and in a gap between, it says so: nought would be a lie.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from accounts.schoolyear import school_year_label
from booking import contact
from booking.models import FrozenYear, PastEngagement, WorkGroup
from booking.reports.year import engagement
from booking.reports.year.engagement import Engagement

# So many years are set side by side.
YEARS = 6
HERE, FROZEN, IMPORTED = "counted here", "frozen", "from a list"


@dataclass
class YearLine:
    """One year; `source` is empty where nothing is held of it, and then every figure is None."""

    year: int
    source: str = ""
    # Engagements: schools x projects; and schools, each once.
    started: int | None = None
    completed: int | None = None
    withdrew: int | None = None
    schools: int | None = None

    @property
    def label(self) -> str:
        return school_year_label(self.year)

    @property
    def figures(self) -> list[int | None]:
        return [self.started, self.completed, self.withdrew, self.schools]

    @property
    def is_held(self) -> bool:
        return bool(self.source)


def up_to(current: Engagement) -> list[YearLine]:
    """The years up to the one shown, the oldest first, each as held; and before the first of them one that is not."""
    held_from = contact.first_year()
    first = max(current.year - YEARS + 1, (held_from if held_from is not None else current.year) - 1)
    frozen = FrozenYear.objects.filter(year__gte=first, year__lt=current.year).that_hold()
    groups = WorkGroup.objects.exclude(status=WorkGroup.Status.DRAFT).order_by()
    entered = set(groups.values_list("year", flat=True).distinct())
    imported = _imported(first, current.year - 1)
    found = []
    for year in range(first, current.year):
        if year in frozen:
            found.append(_frozen(frozen[year]))
        elif year in entered:
            found.append(_counted(_of(year, current.now), imported.get(year, {})))
        elif year in imported:
            found.append(_listed(year, imported[year]))
        else:
            found.append(YearLine(year))
    return [*found, own_line(current)]


def own_line(one: Engagement) -> YearLine:
    """The year itself, with what a list says besides; or what a list alone says of it."""
    found = _imported(one.year, one.year).get(one.year, {})
    return _listed(one.year, found) if found and not one.project_of else _counted(one, found)


def only_listed(year: int) -> YearLine | None:
    """What the lists say of a year of which they alone are held; None where groups of it are, or nothing is."""
    if engagement.groups_of(year).exists():
        return None
    found = _imported(year, year).get(year)
    return _listed(year, found) if found else None


def sources_of(year: int) -> list[str]:
    """Where the lists of a year are from, in the words of whoever took them in: for the office alone."""
    rows = PastEngagement.objects.filter(year=year).order_by("source")
    return [*rows.values_list("source", flat=True).distinct()]


def _of(year: int, now: datetime) -> Engagement:
    return engagement.of_year(year, now, with_people=False)


# (project or title, school) -> outcome
_Listed = dict[tuple[int | str, int], tuple[bool, str]]


def _imported(first: int, last: int) -> dict[int, _Listed]:
    found: dict[int, _Listed] = defaultdict(dict)
    rows = PastEngagement.objects.filter(year__gte=first, year__lte=last).order_by()
    as_one = contact.all_successors()
    for year, project, title, school, started, outcome in rows.values_list(
        "year", "project", "title", "school", "started", "outcome"
    ):
        found[year][project or title, as_one.get(school, school)] = started, outcome
    return found


def _counted(one: Engagement, listed: _Listed) -> YearLine:
    """What is counted here, and what a list says besides of the same year: each school in each project once."""
    stages = one.schools
    started: set[tuple[int | str, int]] = {*stages.started}
    completed: set[tuple[int | str, int]] = {*stages.completed}
    withdrew: set[tuple[int | str, int]] = {*stages.withdrew}
    known = stages.pairs()
    for pair, (did_start, outcome) in listed.items():
        if pair in known:
            continue
        if did_start:
            started.add(pair)
        if outcome == PastEngagement.Outcome.COMPLETED:
            completed.add(pair)
        if outcome == PastEngagement.Outcome.WITHDREW:
            withdrew.add(pair)
    schools = {school for _, school in started}
    source = f"{HERE}, and {IMPORTED}" if listed else HERE
    return YearLine(one.year, source, len(started), len(completed), len(withdrew), len(schools))


def _listed(year: int, listed: _Listed) -> YearLine:
    outcomes = [outcome for _, outcome in listed.values()]
    return YearLine(
        year,
        IMPORTED,
        sum(started for started, _ in listed.values()),
        outcomes.count(PastEngagement.Outcome.COMPLETED),
        outcomes.count(PastEngagement.Outcome.WITHDREW),
        len({school for (_, school), (started, _) in listed.items() if started}),
    )


def _frozen(one: FrozenYear) -> YearLine:
    whole = one.figures["whole"]
    # What was frozen before lines were kept has the figures counted here alone.
    kept = one.figures.get("line") or [whole[name] for name in ("started", "completed", "withdrew", "schools_started")]
    return YearLine(one.year, FROZEN, *kept)
