"""The tables beside the two pictures that are no section of their own: the schools of the area, and what people say."""

from collections.abc import Iterable

from booking.models import Round
from booking.reports.evaluation import Result
from booking.reports.year.report import Year
from booking.reports.year.sections import Section
from booking.tables import Cell

HERO, SAID = "hero", "said"


def hero_table(year: Year) -> Section:
    """The numbers of the bar at the top: each school once, where it got furthest."""
    one = year.coverage.whole
    stands = [
        ("Completed a group", one.completed),
        ("Started, and completed none yet", one.started - one.completed),
        ("Accepted, not come yet", one.expected),
        ("Not with us this year", one.of - one.started - one.expected),
        ("All open state-funded schools", one.of),
    ]
    lines: list[list[Cell]] = [
        [words, schools, f"{round(100 * schools / one.of)}\u00a0%" if one.of else ""] for words, schools in stands
    ]
    return Section(HERO, "Schools of the area", "", ["Where they stand", "Schools", "Share"], lines)


def said_table(year: Year) -> Section:
    """What people said in a year; of a group of which fewer than three answered there is nothing in it."""
    said = year.evaluation
    return answers_table(said.end, said.impact, said.pulses)


def answers_table(end: Iterable[Result], impact: Iterable[Result], pulses: Iterable[Result]) -> Section:
    """Each question with its answers, and how often each was given: what the bars are drawn from."""
    asked = [(Round.Kind.EVALUATION, end), (Round.Kind.IMPACT, impact), (Round.Kind.PULSE, pulses)]
    lines: list[list[Cell]] = [
        [str(kind.label), one.words, words, times]
        for kind, results in asked
        for one in results
        for words, times in one.answers
    ]
    return Section(SAID, "What people say", "", ["Asked", "Question", "Answer", "How often"], lines)
