"""A work group's evaluation summary as a paper (PDF/UA): who came, what was tried, and what people said."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone

from accounts.schoolyear import school_year_label
from booking import papers
from booking.completion import schools, standings
from booking.formula import ask
from booking.models import WorkGroup
from booking.reports.evaluation import Result, Summary, summary_of
from booking.reports.year import registers, said
from booking.reports.year.papers import bar_data
from booking.reports.year.sections import Whole, count_words

# So many sentences to one question; the rest are read on the group's own page.
MOST_REMARKS = 4


def paper(work_group: WorkGroup, now: datetime) -> bytes:
    """Nobody's name and no school's stands in it: it goes to the board."""
    summary = summary_of(work_group, now)
    people, by_school = standings([work_group], now=now), schools([work_group], now=now)
    came = sum(bool(one.came) for one in people.values())
    started = {pair for pair, one in by_school.items() if one.came}
    tried = said.reflections([work_group], now)
    data = {
        "title": f"{work_group.title}, {school_year_label(work_group.year)}: evaluation summary",
        "author": [settings.HUB_NAME],
        "hub": settings.HUB_NAME,
        "group": work_group.title,
        "project": work_group.project.title,
        "year": school_year_label(work_group.year),
        "made": f"{timezone.localdate(now).day} {timezone.localdate(now):%B %Y}",
        "demo": bool(settings.DEMO),
        "lede": (
            f"{count_words(len(started), 'school')} started and "
            f"{sum(one.is_complete for one in by_school.values())} completed; "
            f"{came} {'person' if came == 1 else 'people'} came, "
            f"{sum(one.is_complete for one in people.values())} completed."
        ),
        "rule": ask(work_group, list(work_group.sessions.all()), _tasks(work_group), now).words,
        "attendance": _attendance(work_group, now),
        "reflections": bar_data(Whole(tried.parts, tried.whole)),
        "end": _results(summary, "evaluation"),
        "impact": _results(summary, "impact"),
        "pulse": summary.sentence,
        "report": _report(summary),
        "quotation": summary.report.quotation if summary.report and summary.report.may_quote else "",
    }
    return papers.pdf("group_summary.typ", data, made_at=now)


def _tasks(work_group: WorkGroup) -> int:
    return work_group.sessions.planned().filter(task__isnull=False).count() if work_group.uses_tasks else 0


def _attendance(work_group: WorkGroup, now: datetime) -> dict[str, Any]:
    """Session by session: who came, of the lines that were marked."""
    over = work_group.sessions.planned().filter(ends_at__lte=now).order_by("number")
    counted = registers.lines_of(over)
    bars, says = [], []
    for session in over:
        came, told, absent, _ = counted.get(session.pk, (0, 0, 0, 0))
        marked = came + told + absent
        parts = [("done", came), ("rest", marked - came)] if marked else []
        bars.append(
            {
                "label": f"{session.number}",
                "number": f"{came} of {marked}" if marked else "?",
                "known": bool(marked),
                "parts": [{"kind": kind, "share": count / marked} for kind, count in parts if count],
            }
        )
        says.append(
            f"session {session.number} {came} of {marked}" if marked else f"session {session.number} not marked"
        )
    return {"bars": bars, "says": f"Who came: {', '.join(says)}.", "key": [["came", "done"], ["did not come", "rest"]]}


def _results(summary: Summary, kind: str) -> dict[str, Any]:
    """Each question with its bar, and a few sentences; nothing where fewer than three answered."""
    one = next((one for one in summary.later if one.asking.kind == kind), None)
    if one is None or not one.is_shown:
        return {"words": "", "results": [], "remarks": []}
    return {
        "words": f"{one.answered} of {one.asked} have answered.",
        "results": [_result(result) for result in one.results if result.total],
        "remarks": [[result.words, result.remarks[:MOST_REMARKS]] for result in one.results if result.remarks],
    }


def _result(result: Result) -> dict[str, Any]:
    return {"question": result.words, **bar_data(Whole(result.parts, result.whole))}


def _report(summary: Summary) -> list[list[str]]:
    return [[title, words] for title, words in summary.report.written] if summary.report else []
