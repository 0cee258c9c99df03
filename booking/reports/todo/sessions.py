"""What of sessions needs a person: registers, who came without a place, who may not finish, what clashes."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import Case, Count, Exists, F, Min, OuterRef, When
from django.urls import reverse
from django.utils import timezone

from accounts.schoolyear import school_year_of
from booking.completion import Standing, standings
from booking.diary import clashes_ahead
from booking.models import Attendance, Facilitation, Mark, Session, WorkGroup
from booking.models.places import Status
from booking.reports.standing import Shown, is_slipping
from booking.reports.todo import Found, ToDo, first_of
from booking.templatetags.words import day, number_word

# Whoever missed something so recently can still be helped; later the group's own page names them.
MISSED_WITHIN = timedelta(days=14)
# So many are looked at for each that is shown, and as many again until somebody slips: the longest ago come first,
# and of more it is said that there are more.
LOOKED_AT, MOST_LOOKED_AT = 12, 300


def registers(now: datetime, most: int) -> Found:
    """Of sessions that are over: marked differently on two phones first, then not signed; the longest ago first."""
    contested = Attendance.objects.filter(contested=True)
    over = Session.objects.planned().filter(ends_at__lt=now)
    found = over.unsigned() | over.filter(Exists(contested.filter(session=OuterRef("pk"))))
    found = found.annotate(to_decide=contested.per_session())
    differs = Case(When(to_decide__gt=0, then=0), default=1)
    rows, total = first_of(found.select_related("work_group").order_by(differs, "starts_at", "pk"), most)
    leading = Facilitation.objects.filter(work_group__in={one.work_group_id for one in rows})
    leads: dict[int, list[str]] = {}
    for part in leading.on(timezone.localdate(now)).select_related("person"):
        leads.setdefault(part.work_group_id, []).append(part.person.name)
    return Found(
        [
            ToDo(
                "Two phones differ" if one.to_decide else "Register not signed",
                f"{one.work_group.title}, session {one.number}",
                reverse("session_register", args=[one.pk]),
                f"{number_word(one.to_decide)} to decide"
                if one.to_decide
                else "; ".join(
                    part for part in (day(one.starts_at), ", ".join(leads.get(one.work_group_id, ()))) if part
                ),
                one.ends_at,
            )
            for one in rows
        ],
        total,
    )


def visitors(now: datetime, most: int) -> Found:
    """Who came and was on no list: one line for all of them, since one page sorts them out."""
    came = Attendance.objects.to_sort_out().filter(session__starts_at__lte=now)
    counted = came.aggregate(people=Count("pk"), first=Min("session__starts_at"))
    people = counted["people"]
    if not people:
        return Found([], 0)
    words = f"{people} {'person' if people == 1 else 'people'} to sort out"
    url, first = reverse("office_visitors"), counted["first"]
    return Found([ToDo("Not on the list", words, url, "they came, and had no place", first)], 1)


def clashes(now: datetime, most: int) -> Found:
    """Rooms and people promised twice in the weeks to come, and rooms with too few chairs: the next first."""
    called = {"room": "Room taken twice", "lead": "In two places", "chairs": "Too few chairs"}
    found, total = clashes_ahead(now, most=most)
    return Found(
        [
            ToDo(called[one.kind], one.words, reverse("office_session", args=[one.session.pk]), since=None)
            for one in found
        ],
        total,
    )


def slipping(now: datetime, most: int) -> Found:
    """Who missed something lately, or will, and may not finish or can no longer: the longest ago first.

    Looked for among those who missed something only: nobody else slips, and a hub has thousands who do not.
    """
    today = timezone.localdate(now)
    groups = WorkGroup.objects.published().of_year(school_year_of(today)).exclude(unit=WorkGroup.Unit.SESSION)
    missed = Attendance.objects.filter(
        session__starts_at__gt=now - MISSED_WITHIN,
        session__work_group__in=groups,
        session__status=Session.Status.PLANNED,
        standing_mark__isnull=False,
        standing_mark__what__in=[Mark.What.ABSENT, Mark.What.APOLOGIES],
        place__person=F("person"),
        place__booking__status=Status.CONFIRMED,
    )
    ordered = missed.order_by("session__starts_at", "pk")
    whole = Attendance.objects.select_related("session__work_group", "person", "school")
    looked_at = min(LOOKED_AT * most, MOST_LOOKED_AT)
    for start in range(0, MOST_LOOKED_AT, looked_at):
        # First which, then what: whole rows of thousands are sorted much longer than their keys.
        some = ordered.values("pk")[start : start + looked_at + 1]
        rows = list(whole.filter(pk__in=some).order_by("session__starts_at", "pk"))
        slips = _slipping(rows[:looked_at], now)
        is_more = len(rows) > looked_at
        if slips or not is_more:
            break
    return Found([_slips(row, standing) for row, standing in slips[:most]], len(slips), is_more=is_more)


def _slipping(missed: Sequence[Attendance], now: datetime) -> list[tuple[Attendance, Standing]]:
    """Of those who missed something, each who slips, with what they missed first."""
    first: dict[tuple[int, int], Attendance] = {}
    for row in missed:
        first.setdefault((row.session.work_group_id, row.person_id), row)
    found = standings({row.session.work_group for row in first.values()}, {person for _, person in first}, now=now)
    return [
        (row, found[pair])
        for pair, row in first.items()
        if pair in found and found[pair].has_place and is_slipping(found[pair])
    ]


def _slips(row: Attendance, standing: Standing) -> ToDo:
    shown = Shown(standing, row.person, row.school)
    return ToDo(
        shown.state,
        f"{row.person}, {row.school}: {row.session.work_group}"
        if row.school
        else f"{row.person}: {row.session.work_group}",
        reverse("place_missed", args=[row.place_id, row.session_id]),
        f"missed session {row.session.number} on {day(row.session.starts_at)}. {shown.sentence}",
        row.session.starts_at,
    )
