"""What was tried between sessions, and what people said: reflections and evaluation of a year, as counts."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Count, QuerySet

from booking.models import Reflection, ResearchTask, WorkGroup
from booking.pictures import Part
from booking.reports.evaluation import Result, across
from booking.reports.year.engagement import Engagement, groups_of

_KINDS = {Reflection.Outcome.TRIED: "done", Reflection.Outcome.NOT_YET: "coming", Reflection.Outcome.STUCK: "credit"}


@dataclass
class Reflections:
    """Research tasks given, and what came back about them."""

    tasks: int = 0
    people: int = 0
    # (words, how often, kind of its part of the bar)
    outcomes: list[tuple[str, int, str]] = field(default_factory=list)

    @property
    def total(self) -> int:
        return sum(count for _, count, _ in self.outcomes)

    @property
    def whole(self) -> str:
        return f"{self.total:,} reflection{'' if self.total == 1 else 's'}"

    @property
    def parts(self) -> list[Part]:
        return [Part(words, count, kind) for words, count, kind in self.outcomes if count]


def reflections(groups: Collection[WorkGroup] | QuerySet[WorkGroup], now: datetime) -> Reflections:
    """What came back about the tasks that were given in these groups."""
    given = ResearchTask.objects.given(now).filter(session__work_group__in=groups)
    written = Reflection.objects.filter(task__in=given).order_by()
    counts = dict(written.values_list("outcome").annotate(Count("pk")))
    found = Reflections(given.count(), written.values("person").distinct().count())
    found.outcomes = [
        (str(Reflection.Outcome(outcome).label).lower(), counts.get(outcome, 0), kind)
        for outcome, kind in _KINDS.items()
    ]
    return found


@dataclass
class Evaluation:
    """Of how many groups there are answers that may be shown, and each question with its answers together."""

    groups: int = 0
    evaluated: int = 0
    end: list[Result] = field(default_factory=list)
    pulses: list[Result] = field(default_factory=list)
    impact: list[Result] = field(default_factory=list)


def evaluation(engagement: Engagement) -> Evaluation:
    """Only groups of which anything was said are read: what fewer than three said of a group is in no sum."""
    groups = groups_of(engagement.year)
    found = Evaluation(len(engagement.project_of))
    heard = groups.filter(rounds__isnull=False).distinct()
    if not heard.exists():
        return found
    said = across(heard, engagement.now)
    found.evaluated = sum(any(one.is_shown for one in [*line.pulses, *line.later]) for line in said.lines)
    found.end, found.pulses, found.impact = said.evaluation, said.pulses, said.impact
    return found
