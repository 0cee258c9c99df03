"""What people said, as counts and sentences: of one group over its series, and of many groups of a year together."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.utils import timezone

from accounts.schoolyear import school_year_label
from booking.evaluation import (
    EVALUATION,
    Asking,
    came_and_took_part,
    ended,
    fresh_questions_for,
    is_put_to,
    of_group,
    planned_in,
    pulse_of,
)
from booking.models import GroupReport, Remark, Round, Session, WorkGroup
from booking.pictures import Part, levels
from booking.schooldays import SchoolCalendar
from booking.tables import Cell, Table
from booking.tallies import FEWEST, add


@dataclass
class Result:
    """One question and what was answered to it: how often each answer of its list, or sentences."""

    words: str
    kind: str
    answers: list[tuple[str, int]] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    best_in_middle: bool = False

    @property
    def kinds(self) -> list[str]:
        return levels(len(self.answers), from_middle=self.best_in_middle)

    @property
    def total(self) -> int:
        return sum(times for _, times in self.answers)

    @property
    def parts(self) -> list[Part]:
        pairs = zip(self.answers, self.kinds, strict=True)
        return [Part(words, times, kind) for (words, times), kind in pairs if times]

    @property
    def key(self) -> list[tuple[str, str]]:
        """Each answer with how it is drawn."""
        return [(words, kind) for (words, _), kind in zip(self.answers, self.kinds, strict=True)]

    @property
    def said(self) -> str:
        """The same in words: "5 very, 3 fairly"."""
        return ", ".join(f"{times} {words[:1].lower()}{words[1:]}" for words, times in self.answers if times)

    @property
    def whole(self) -> str:
        return f"{self.total} answer{'' if self.total == 1 else 's'}"


@dataclass
class Outcome:
    """What came of one asking; with fewer than three answers nothing but how many were asked."""

    asking: Asking
    asked: int
    answered: int
    results: list[Result]

    @property
    def is_shown(self) -> bool:
        return self.answered >= FEWEST

    @property
    def is_open(self) -> bool:
        return self.asking.is_open(timezone.now())


@dataclass
class Series:
    """One question of the pulses, session by session."""

    words: str
    key: list[tuple[str, str]]
    lines: list[tuple[Outcome, Result]]


@dataclass
class Summary:
    """Everything that was said about one group."""

    work_group: WorkGroup
    pulses: list[Outcome] = field(default_factory=list)
    later: list[Outcome] = field(default_factory=list)
    report: GroupReport | None = None
    held: int = 0
    people: int = 0

    @property
    def series(self) -> list[Series]:
        """The pulses' lists of answers, each over all sessions that have some."""
        found: dict[str, Series] = {}
        for one in self.pulses:
            for result in one.results if one.is_shown else ():
                if result.kind != "words":
                    found.setdefault(result.words, Series(result.words, result.key, [])).lines.append((one, result))
        return list(found.values())

    @property
    def remarks(self) -> list[tuple[Outcome, str, list[str]]]:
        """What was written in the pulses: (of which session, to what, the sentences)."""
        return [
            (one, result.words, result.remarks)
            for one in self.pulses
            for result in (one.results if one.is_shown else ())
            if result.remarks
        ]

    @property
    def few(self) -> list[Outcome]:
        """Pulses of which nothing is shown yet, or ever."""
        return [one for one in self.pulses if not one.is_shown]

    @property
    def pulse_words(self) -> str:
        asked, answered = sum(one.asked for one in self.pulses), sum(one.answered for one in self.pulses)
        return f"{answered} answers of {asked} who came" if asked else "Not asked"

    @property
    def evaluation_words(self) -> str:
        return self._words_of(Round.Kind.EVALUATION)

    @property
    def impact_words(self) -> str:
        return self._words_of(Round.Kind.IMPACT)

    def _words_of(self, kind: str) -> str:
        one = next((one for one in self.later if one.asking.kind == kind), None)
        return (
            f"{one.answered} of {one.asked}" if one else "Not yet" if self.work_group.uses_evaluation else "Not asked"
        )

    @property
    def sentence(self) -> str:
        """What the pulses say in one sentence."""
        useful = self.series[0].lines if self.series else []
        total = sum(result.total for _, result in useful)
        if not total:
            return ""
        good = sum(times for _, result in useful for _, times in result.answers[:2])
        start = f"Over {len(useful)} sessions " if len(useful) > 1 else ""
        return f"{start}{good} of {total} answers say that it was very or fairly useful in class."


def summary_of(work_group: WorkGroup, now: datetime | None = None) -> Summary:
    """One group's summary."""
    return summaries(WorkGroup.objects.filter(pk=work_group.pk), now)[0]


def summaries(groups: QuerySet[WorkGroup], now: datetime | None = None) -> list[Summary]:
    """The summary of each of these groups, in a constant number of queries."""
    now = now or timezone.now()
    found = [Summary(group) for group in groups.select_related("project", "report__saved_by")]
    listed = [one.work_group for one in found]
    rounds = Round.objects.filter(work_group__in=listed).prefetch_related(Prefetch("remarks", Remark.objects.all()))
    stood = {(one.kind, one.work_group_id, one.session_id): one for one in rounds}
    planned = planned_in(listed)
    sessions: dict[int, list[Session]] = defaultdict(list)
    for session in planned:
        if session.ends_at and session.ends_at <= now:
            sessions[session.work_group_id].append(session)
    came, took_part = came_and_took_part([session for line in sessions.values() for session in line])
    over = ended(planned, now)
    calendar = SchoolCalendar.load() if over else SchoolCalendar({})
    for one in found:
        group = one.work_group
        one.report = getattr(group, "report", None)
        held = [session for session in sessions[group.pk] if came.get(session.pk)]
        one.held = len(held)
        one.people = len({person for session in held for person in came[session.pk]})
        for session in held:
            asking = pulse_of(session)
            if asking is not None and is_put_to(came[session.pk]):
                one.pulses.append(_outcome(asking, stood.get(asking.key), came[session.pk], now))
        for asking in of_group(group, over.get(group.pk), calendar):
            if asking.opens_at <= now and is_put_to(took_part[group.pk]):
                one.later.append(_outcome(asking, stood.get(asking.key), took_part[group.pk], now))
    return found


def _outcome(asking: Asking, stood: Round | None, asked: Collection[int], now: datetime) -> Outcome:
    """What may be seen of a round: what has been let go, and once it is closed the last one or two as well.

    Not where certificates wait for it.
    """
    if stood is None:
        return Outcome(asking, len(asked), 0, [])
    answered, counts, with_held = stood.answered, stood.counts, False
    if now >= asking.closes_at and stood.answered + stood.held >= FEWEST and not _is_waited_for(asking):
        answered, counts, with_held = answered + stood.held, add(counts, stood.held_counts), True
    if answered < FEWEST:
        return Outcome(asking, len(asked), answered, [])
    remarks: dict[int, list[str]] = defaultdict(list)
    for remark in stood.remarks.all():
        if with_held or not remark.held:
            remarks[remark.number].append(remark.words)
    results = [
        _result(question, counts.get(str(number), {}), remarks.get(number, []))
        for number, question in enumerate(stood.questions)
    ]
    return Outcome(asking, len(asked), answered, results)


def _is_waited_for(asking: Asking) -> bool:
    """Is it seen by name elsewhere who has answered? Then one more answer would be somebody's."""
    return asking.kind == EVALUATION and asking.work_group.certificate_waits_for_evaluation


def _result(question: Mapping[str, Any], counts: Mapping[str, int], remarks: Iterable[str]) -> Result:
    answers = [(choice, counts.get(choice, 0)) for choice in question["choices"]]
    in_middle = bool(question.get("best_in_middle"))
    return Result(question["words"], question["kind"], answers, sorted(remarks, key=str.casefold), in_middle)


@dataclass
class Across:
    """The groups of a school year together: of each question all answers, and of each group how many answered."""

    lines: list[Summary]
    pulses: list[Result]
    evaluation: list[Result]
    impact: list[Result]


def across(groups: QuerySet[WorkGroup], now: datetime | None = None) -> Across:
    """What was said of these groups. A group whose answers are too few to be shown is in no sum either."""
    found = [one for one in summaries(groups, now) if one.pulses or one.later or one.report]
    later = [one for summary in found for one in summary.later]
    return Across(
        found,
        _merged(one for summary in found for one in summary.pulses),
        _merged(one for one in later if one.asking.kind == Round.Kind.EVALUATION),
        _merged(one for one in later if one.asking.kind == Round.Kind.IMPACT),
    )


def _merged(outcomes: Iterable[Outcome]) -> list[Result]:
    """The same question of several rounds as one; sentences are read on each group's own page."""
    merged: dict[tuple[str, tuple[str, ...]], Result] = {}
    for one in outcomes:
        for result in one.results if one.is_shown else ():
            if result.kind == "words":
                continue
            choices = tuple(words for words, _ in result.answers)
            empty = replace(result, answers=[(choice, 0) for choice in choices], remarks=[])
            known = merged.setdefault((result.words, choices), empty)
            known.answers = [(c, n + more) for (c, n), (_, more) in zip(known.answers, result.answers, strict=True)]
    return list(merged.values())


def years_and_projects(year: int) -> tuple[list[int], list[tuple[int, str]]]:
    """What can be chosen: the school years there are, and the projects that this one has groups of."""
    groups = WorkGroup.objects.exclude(status=WorkGroup.Status.DRAFT).order_by("project__title").distinct()
    rows = list(groups.values_list("year", "project", "project__title"))
    return sorted({one for one, *_ in rows} | {year}, reverse=True), [
        (pk, title) for of, pk, title in rows if of == year
    ]


HEAD = ["Work group", "School year", "Asked", "Session", "Question", "Answer", "How often"]


def table(found: Iterable[Summary], name: str) -> Table:
    """Counts and sentences for a spreadsheet; nobody's answers stand together in a line."""
    return Table(name, HEAD, (row for one in found for row in _rows(one)))


def _rows(summary: Summary) -> Iterator[list[Cell]]:
    group = summary.work_group
    for one in [*summary.pulses, *summary.later]:
        session = one.asking.session.number if one.asking.session else None
        what = Round.Kind(one.asking.kind).label
        start = [group.title, school_year_label(group.year), what, session]
        for result in one.results if one.is_shown else ():
            for words, times in result.answers:
                yield [*start, result.words, words, times]
            for remark in result.remarks:
                yield [*start, result.words, remark, 1]


def questions_for(asking: Asking) -> list[dict[str, Any]]:
    """What somebody is asked now: as it was when the first answered, or as it stands."""
    stood = Round.objects.filter(kind=asking.kind, work_group=asking.work_group, session=asking.session).first()
    return list(stood.questions) if stood else fresh_questions_for(asking)
