"""What the office sees of a venue: what is to come there, and what cannot be."""

from datetime import datetime

from django.db.models import QuerySet

from booking.diary import Clash, clashes_ahead
from booking.models import Attendance, Session, Venue, WorkGroup

# So many sessions to come stand on a venue's page.
MOST = 30


def to_come(now: datetime) -> QuerySet[Session]:
    """Sessions for which a venue is wanted, drafts included."""
    sessions = Session.objects.coming(now).exclude(mode=Session.Mode.ONLINE)
    return sessions.filter(work_group__status__in=[WorkGroup.Status.DRAFT, WorkGroup.Status.PUBLISHED])


def coming_at(venue: Venue, now: datetime) -> list[Session]:
    """The next sessions there, each with how many are `expected`."""
    sessions, expected = to_come(now).filter(venue=venue), Attendance.objects.expected().per_session()
    return list(sessions.select_related("work_group").annotate(expected=expected).order_by("starts_at", "pk")[:MOST])


def clashes_at(venue: Venue, now: datetime) -> list[Clash]:
    """In the weeks to come: two sessions there at once, or more people than chairs."""
    found, _ = clashes_ahead(now, venue=venue.pk, most=MOST)
    return found
