"""The board's one page as a paper (PDF/UA): its copy of the figures, with no school in it."""

from fractions import Fraction
from typing import Any

from django.conf import settings
from django.utils import timezone

from booking import papers
from booking.models import FrozenYear
from booking.pictures import Column, Row
from booking.reports.year import sections
from booking.reports.year.definitions import DEFINITIONS
from booking.reports.year.report import Year

# What the page has room for, and what its readers asked about first.
_TERMS = ("Engagement", "Started", "Completed", "Withdrew", "State-funded schools")
_MOST_PROJECTS, _MOST_QUESTIONS = 10, 2


def board_paper(year: Year, frozen: FrozenYear | None) -> bytes:
    """One page for the board; `year` is the board's copy, `frozen` the freezing that holds, where there is one."""
    assert year.is_for_board
    parts = {one.key: one for one in sections.sections(year)}
    hero, started = sections.hero(year), sections.of_started(year)
    on = year.coverage.register_on
    data = {
        "title": f"{settings.HUB_NAME}: {year.label} in figures",
        "author": [settings.HUB_NAME],
        "hub": settings.HUB_NAME,
        "year": year.label,
        "made": f"{timezone.localdate(year.at).day} {timezone.localdate(year.at):%B %Y}",
        "demo": bool(settings.DEMO),
        "lede": _lede(year),
        "hero": bar_data(hero),
        "started": bar_data(started),
        "register": f"Register of schools as taken in on {on.day} {on:%B %Y}." if on else "",
        "funnel": _rows(parts.get("funnel")),
        "phases": _rows(parts.get("phases")),
        "authorities": _rows(parts.get("authorities")),
        "sessions": _bars(parts.get("sessions")),
        "years": _bars(parts.get("years")),
        "said": _said(year),
        "projects": _projects(parts.get("projects")),
        "frozen": _frozen(year, frozen),
        "definitions": [[one.term, one.words] for one in DEFINITIONS if one.term in _TERMS],
    }
    return papers.pdf("board.typ", data, made_at=year.at)


def _lede(year: Year) -> str:
    whole = year.whole
    return (
        f"{whole['schools_started']} schools engaged in {whole['started']} engagements, {whole['completed']} of them "
        f"completed{year.so_far}; {whole['people_started']} people came to {whole['sessions']} sessions."
    )


def bar_data(one: sections.Whole) -> dict[str, Any]:
    """A bar model for a paper: shares of the whole, and the same in words."""
    total = sum((Fraction(part.value) for part in one.parts), Fraction(0)) or Fraction(1)
    return {
        "whole": one.whole,
        "says": f"{one.whole}: {', '.join(f'{part.value} {part.label}' for part in one.parts)}.",
        "parts": [
            {
                "share": float(Fraction(part.value) / total),
                "number": str(part.value),
                "kind": part.kind,
                "words": part.label,
            }
            for part in one.parts
        ],
    }


def _rows(one: sections.Section | None) -> dict[str, Any]:
    if one is None:
        return {"says": "", "rows": []}
    return {"says": one.says, "rows": [_row(row) for row in one.rows], "key": one.picture_key}


def _row(row: Row) -> dict[str, Any]:
    return {
        "label": row.label,
        "words": row.words,
        "parts": [
            {"share": float(Fraction(part.value) / Fraction(row.of)) if row.of else 0.0, "kind": part.kind}
            for part in row.parts
            if part.value
        ],
    }


def _bars(one: sections.Section | None) -> dict[str, Any]:
    if one is None:
        return {"says": "", "bars": [], "key": []}
    return {"says": one.says, "bars": [_column(bar) for bar in one.bars], "key": one.picture_key}


def _column(bar: Column) -> dict[str, Any]:
    return {
        "label": bar.label,
        "number": bar.number,
        "known": bool(bar.parts),
        "parts": [
            {"share": float(Fraction(part.value) / bar.of) if bar.of else 0.0, "kind": part.kind}
            for part in bar.parts
            if part.value
        ],
    }


def _said(year: Year) -> dict[str, Any]:
    """The first questions of the evaluation; where no group has ended yet, of what was asked after sessions."""
    said = year.evaluation
    results = (said.end or said.pulses)[:_MOST_QUESTIONS]
    answers = [
        {"question": one.words, **bar_data(sections.Whole(one.parts, one.whole))} for one in results if one.total
    ]
    when = "at the end of groups" if said.end else "after sessions"
    return {"words": f"{said.evaluated} of {said.groups} groups, {when}", "answers": answers}


def _projects(one: sections.Section | None) -> dict[str, Any]:
    """The largest projects; the page has room for no more, and says so."""
    if one is None:
        return {"lines": [], "left": 0}
    # Title, groups, and schools accepted, started, active, completed, withdrew; the largest first.
    wanted = [one.head.index(name) for name in ("Project", "Groups", "Accepted", "Started", "Completed", "Withdrew")]
    applied, started = one.head.index("Applied"), one.head.index("Started")
    joined = [line for line in one.lines if line[applied] or line[started]]
    lines = sorted(joined, key=lambda line: -int(str(line[started])))
    shown = [[str(line[index]) for index in wanted] for line in lines[:_MOST_PROJECTS]]
    return {"lines": shown, "left": max(0, len(lines) - _MOST_PROJECTS)}


def _frozen(year: Year, frozen: FrozenYear | None) -> str:
    if frozen is None:
        return "Not frozen yet: counted on the day above."
    on, whole = timezone.localdate(frozen.frozen_at), frozen.figures["whole"]
    by = f" by {frozen.frozen_by}" if frozen.frozen_by else ""
    then = f"{whole['started']} started, {whole['completed']} completed, {whole['withdrew']} withdrew"
    note = f" Note: {frozen.note}" if frozen.note else ""
    return f"Frozen on {on.day} {on:%B %Y}{by}: {then}.{note}"
