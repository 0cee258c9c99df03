"""The list of a year's sessions: by week, lead, venue, how people meet, and what is still to do about them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, QuerySet
from django.utils import timezone

from accounts.schoolyear import day_begins, school_year_of
from accounts.typed import day_in, number_in, words_in, year_in
from booking.models import Attendance, Facilitation, Session
from booking.reports.keyset import PK, Key, Order, Page, Spot, page_of

SIZE = 50
WHEN = Order("when", "When", (Key("starts_at", datetime), PK))
GROUP = Order("group", "Work group", (Key("work_group__title"), Key("number", int), PK))
ORDERS = [WHEN, GROUP]
# What has a date and is not cancelled is shown where nothing else is asked for; in a file also everything can stand.
DATED, PLANNED, EVERY = "dated", "planned", "every"
STATES = {
    "coming": "to come",
    "over": "over",
    "unsigned": "register not signed",
    "undated": "date to be confirmed",
    "cancelled": "cancelled",
}


@dataclass(frozen=True)
class Wanted:
    year: int  # 0: all
    state: str = ""
    week: date | None = None  # any day of it
    lead: int = 0
    venue: int = 0
    mode: str = ""
    q: str = ""

    @classmethod
    def asked(cls, address: Mapping[str, str]) -> "Wanted":
        # Who opens the list wants what comes next; who asks for a week wants all of it.
        state, mode = address.get("state", "" if address.get("week") else "coming"), address.get("mode", "")
        return cls(
            year_in(address.get("year", ""), school_year_of(timezone.localdate())),
            state if state in STATES else "",
            day_in(address.get("week", "")),
            number_in(address.get("lead", ""), digits=12),
            number_in(address.get("venue", ""), digits=12),
            mode if mode in Session.Mode.values else "",
            address.get("q", "")[:80],
        )

    @property
    def orders(self) -> list[Order]:
        """What has no date cannot be sorted by it."""
        return [GROUP] if self.state == "undated" else ORDERS

    @property
    def monday(self) -> date | None:
        return self.week - timedelta(days=self.week.weekday()) if self.week else None


def rows(wanted: Wanted) -> QuerySet[Session]:
    """Planned sessions with a date, unless others are asked for."""
    now = timezone.now()
    sessions = Session.objects.all()
    # A week says by itself which sessions are meant, whatever the year; what has no date is in none.
    if wanted.monday and wanted.state != "undated":
        sessions = sessions.between(*map(day_begins, (wanted.monday, wanted.monday + timedelta(days=7))))
    elif wanted.year:
        sessions = sessions.filter(work_group__year=wanted.year)
    match wanted.state:
        case "every":
            pass
        case "planned":
            sessions = sessions.planned()
        case "cancelled":
            sessions = sessions.dated().filter(status=Session.Status.CANCELLED)
        case "undated":
            sessions = sessions.planned().filter(starts_at__isnull=True)
        case "coming":
            sessions = sessions.coming(now)
        case "over":
            sessions = sessions.planned().filter(ends_at__lt=now)
        case "unsigned":
            sessions = sessions.unsigned().filter(ends_at__lt=now)
        case _:
            sessions = sessions.planned().dated()
    if wanted.lead:
        led = Facilitation.objects.on(timezone.localdate()).filter(person=wanted.lead)
        sessions = sessions.filter(work_group__in=led.values("work_group"))
    if wanted.venue:
        sessions = sessions.filter(venue=wanted.venue)
    if wanted.mode:
        sessions = sessions.filter(mode=wanted.mode)
    sessions = sessions.filter(words_in(wanted.q, "work_group__title", "venue__name"))
    return sessions.select_related("work_group", "venue")


def page(wanted: Wanted, spot: Spot) -> Page[Session]:
    """Who is expected is counted for the rows of the page only."""
    found = page_of(rows(wanted), spot, SIZE)
    coming = Attendance.objects.expected().filter(session__in=[one.pk for one in found.rows]).order_by()
    expected = dict(coming.values_list("session").annotate(Count("pk")))
    for one in found.rows:
        one.expected = expected.get(one.pk, 0)  # type: ignore[attr-defined]  # for its row
    return found
