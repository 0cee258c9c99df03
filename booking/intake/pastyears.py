"""Past years: what each school did, from lists of former years."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.schoolyear import school_year_label, school_year_of
from booking.intake.finding import Schools, read_school_year
from booking.intake.lines import CHANGED, NEW, THERE, Given, Line, Seen, folded, yes_or_no
from booking.models import HandedList, PastEngagement, Project

Outcome = PastEngagement.Outcome
OUTCOMES = {
    "": Outcome.GOING,
    "not known": Outcome.GOING,
    "unknown": Outcome.GOING,
    "completed": Outcome.COMPLETED,
    "complete": Outcome.COMPLETED,
    "yes": Outcome.COMPLETED,
    "finished": Outcome.COMPLETED,
    "withdrew": Outcome.WITHDREW,
    "withdrawn": Outcome.WITHDREW,
    "dropped out": Outcome.WITHDREW,
    "no": Outcome.GOING,
}
NOT_GIVEN = "Not given"


@dataclass(frozen=True)
class PastYear:
    """One school in one project of one year."""

    school: int
    title: str
    project: int | None
    year: int
    started: bool
    outcome: str
    source: str
    # What is held of it already, and changes.
    held: int | None = None


def plan(rows: Sequence[Given], handed: HandedList, now: datetime) -> list[Line]:
    schools, seen = Schools(rows), Seen()
    projects = {folded(title): pk for pk, title in Project.objects.values_list("pk", "title")}
    known = PastEngagement.objects.filter(school__in=schools.ids)
    held = {(one.school_id, folded(one.title), one.year): one for one in known}
    this_year = school_year_of(timezone.localdate(now))
    lines = []
    for given in rows:
        try:
            lines.append(_line(given, schools, projects, held, seen, this_year, handed.words))
        except ValidationError as refusal:
            lines.append(Line(given, problem=" ".join(refusal.messages)))
    return lines


def _line(
    given: Given,
    schools: Schools,
    projects: dict[str, int],
    held: dict[tuple[int, str, int], PastEngagement],
    seen: Seen,
    this_year: int,
    source: str,
) -> Line:
    school, title = schools.find(given, today=False), given["project"]
    if not title:
        raise ValidationError("There is no project in it.")
    if len(title) > 120:
        raise ValidationError("The project’s title is too long: at most 120 characters.")
    year = read_school_year(given["year"])
    if year > this_year:
        raise ValidationError(f"{school_year_label(year)} has not begun yet.")
    outcome = OUTCOMES.get(folded(given["outcome"]))
    if outcome is None:
        raise ValidationError(
            f"“{given['outcome'][:30]}” is no outcome. Write completed or withdrew, or leave it empty."
        )
    started = yes_or_no(given["started"], of="somebody came") if given["started"] else True
    if outcome == Outcome.COMPLETED and not started:
        raise ValidationError("Who completed had started.")
    act = PastYear(
        school.pk,
        title,
        projects.get(folded(title)),
        year,
        started,
        outcome,
        (given["source"] or source or NOT_GIVEN)[:120],
    )
    about = ("school", school.pk)
    says = f"{school}: {title}, {school_year_label(year)}"
    before = seen.again((school.pk, folded(title), year), (started, outcome), given.number)
    if before:
        return Line(given, what=THERE, words=f"The same as row {before}.", about=about)
    one = held.get((school.pk, folded(title), year))
    if one is None:
        return Line(given, what=NEW, words=f"{says}, {_how(started, outcome)}.", act=act, about=about)
    if (one.started, one.outcome) == (started, outcome):
        return Line(given, what=THERE, words=f"{says} is held already.", about=about)
    change = f"{_how(one.started, one.outcome)} becomes {_how(started, outcome)}"
    return Line(given, what=CHANGED, words=f"{says}: {change}.", act=replace(act, held=one.pk), about=about)


def _how(started: bool, outcome: str) -> str:
    if not started:
        return "withdrew before it started" if outcome == Outcome.WITHDREW else "did not start"
    return {Outcome.COMPLETED: "completed", Outcome.WITHDREW: "started and withdrew"}.get(Outcome(outcome), "started")
