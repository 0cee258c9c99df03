"""Sign-in sheets, of one session or of a whole series: who is expected by school, and room for who is not."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils import timezone

from booking import papers, qr
from booking.codes import paper_url
from booking.models import Attendance, Facilitation, Mark, Session, WorkGroup
from booking.templatetags.words import clock_range, day


def sheet(session: Session, *, at: datetime) -> bytes:
    """The sheet of one session as a PDF."""
    return _pdf(f"Sign-in sheet: {session.work_group}, session {session.number}", session.work_group, [session], at)


def sheets(work_group: WorkGroup, *, at: datetime) -> bytes:
    """The sheets of all sessions of a group that are to come and have a date, each on pages of its own, in one PDF."""
    return _pdf(f"Sign-in sheets: {work_group}", work_group, with_sheets(work_group, at), at)


def with_sheets(work_group: WorkGroup, now: datetime) -> list[Session]:
    """Sessions that people can still sign in at: in a room, from today on."""
    sessions = work_group.sessions.planned().dated().exclude(mode=Session.Mode.ONLINE).select_related("venue")
    today = timezone.localdate(now)
    coming = [one for one in sessions.order_by("number") if one.ends_at and timezone.localdate(one.ends_at) >= today]
    for one in coming:
        one.work_group = work_group
    return coming


def _pdf(title: str, work_group: WorkGroup, sessions: Sequence[Session], at: datetime) -> bytes:
    rows = (
        Attendance.objects.filter(session__in=sessions)
        .exclude(standing_mark__what=Mark.What.SUBSTITUTE, contested=False)
        .select_related("person", "school", "place__part", "standing_mark")
        .order_by("school__name", "school", "person__name", "pk")
    )
    by_session: dict[int, list[Attendance]] = {one.pk: [] for one in sessions}
    for row in rows:
        by_session[row.session_id].append(row)
    parts = list(Facilitation.objects.filter(work_group=work_group).select_related("person").order_by("pk"))
    data = {
        "title": title,
        "printed": f"Printed on {day(at)}",
        "sheets": [_sheet(one, by_session[one.pk], parts) for one in sessions],
    }
    return papers.pdf("sheet.typ", data, made_at=at)


def _sheet(session: Session, rows: Sequence[Attendance], parts: Sequence[Facilitation]) -> dict[str, Any]:
    """What one sheet says: names and schools, never what people need or why somebody is away."""
    held_on = timezone.localdate(session.starts_at) if session.starts_at else None
    leads = [
        one.person.name
        for one in parts
        if held_on and one.since <= held_on and (one.until is None or one.until >= held_on)
    ]
    schools: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        sent_apologies = row.standing_mark is not None and row.standing_mark.what == Mark.What.APOLOGIES
        line = {
            "name": row.person.name,
            "part": str(row.place.part) if row.place and row.place.part else "",
            "arrived": "apologies" if sent_apologies and not row.contested else "",
        }
        schools.setdefault(str(row.school or "School not known"), []).append(line)
    address = paper_url(session) if session.work_group.uses_check_in else ""
    return {
        "group": str(session.work_group),
        "heading": f"{session.work_group}: session {session.number}",
        "session": f"Session {session.number}" + (f": {session.title}" if session.title else ""),
        "when": f"{day(session.starts_at)}, {clock_range(session)}" if session.starts_at else session.when_words,
        "where": _where(session),
        "leads": f"Led by {' and '.join(leads)}" if leads else "",
        "expected": f"{len(rows)} expected",
        "schools": [{"name": name, "people": people} for name, people in schools.items()],
        "address": address,
        "code": qr.svg(address) if address else "",
    }


def _where(session: Session) -> str:
    room = session.venue.room if session.venue and session.mode != Session.Mode.ONLINE else ""
    return ", ".join(filter(None, [session.place_words, room]))
