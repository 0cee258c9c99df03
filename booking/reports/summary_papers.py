"""A work group's evaluation summary as a paper (PDF/UA): who came, what was tried, and what people said."""

from collections import Counter
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Count, Q
from django.utils import timezone

from accounts.schoolyear import school_year_label
from booking import papers
from booking.completion import schools, standings
from booking.formula import ask
from booking.models import Attendance, Reflection, WorkGroup
from booking.models.attendance import CAME
from booking.pictures import Part
from booking.reports.evaluation import Result, Summary, summary_of
from booking.reports.year.papers import bar_data
from booking.reports.year.sections import Whole

# So many sentences to one question; the rest are read on the group's own page.
MOST_REMARKS = 4


def paper(work_group: WorkGroup, now: datetime) -> bytes:
    """Nobody's name and no school's stands in it: it goes to the board."""
    summary = summary_of(work_group, now)
    people, by_school = standings([work_group], now=now), schools([work_group], now=now)
    came = sum(bool(one.came) for one in people.values())
    started = {pair for pair, one in by_school.items() if one.came}
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
            f"{_count(len(started), 'school')} started and "
            f"{sum(one.is_complete for one in by_school.values())} completed; "
            f"{came} {'person' if came == 1 else 'people'} came, "
            f"{sum(one.is_complete for one in people.values())} completed."
        ),
        "rule": ask(work_group, list(work_group.sessions.all()), _tasks(work_group), now).words,
        "attendance": _attendance(work_group, now),
        "reflections": _reflections(work_group),
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
    what = "standing_mark__what"
    over = work_group.sessions.planned().filter(ends_at__lte=now).order_by("number")
    counted = {
        session: (came, marked)
        for session, came, marked in Attendance.objects.filter(session__in=over)
        .order_by()
        .values_list("session")
        .annotate(came=Count("pk", filter=Q(**{f"{what}__in": CAME})), marked=Count(what))
    }
    bars, said = [], []
    for session in over:
        came, marked = counted.get(session.pk, (0, 0))
        parts = [("done", came), ("rest", marked - came)] if marked else []
        bars.append(
            {
                "label": f"{session.number}",
                "number": f"{came} of {marked}" if marked else "?",
                "known": bool(marked),
                "parts": [{"kind": kind, "share": count / marked} for kind, count in parts if count],
            }
        )
        said.append(
            f"session {session.number} {came} of {marked}" if marked else f"session {session.number} not marked"
        )
    return {"bars": bars, "says": f"Who came: {', '.join(said)}.", "key": [["came", "done"], ["did not come", "rest"]]}


def _reflections(work_group: WorkGroup) -> dict[str, Any]:
    outcomes = Counter(
        Reflection.objects.filter(task__session__work_group=work_group).order_by().values_list("outcome", flat=True)
    )
    named = [("tried", "tried it", "done"), ("not_yet", "not yet", "coming"), ("stuck", "stuck", "credit")]
    parts = [Part(words, outcomes[outcome], kind) for outcome, words, kind in named if outcomes[outcome]]
    return bar_data(Whole(parts, _count(sum(outcomes.values()), "reflection")))


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


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
