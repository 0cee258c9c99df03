"""What the office sees of a venue: what is to come there, and what cannot be."""

from datetime import datetime

from booking.diary import Clash, clashes_ahead
from booking.models import Attendance, Session, Venue, WorkGroup

# So many sessions to come stand on a venue's page.
MOST = 30


def coming_at(venue: Venue, now: datetime) -> list[Session]:
    """The next sessions there, drafts included, each with how many are `expected`."""
    sessions = Session.objects.coming(now).filter(venue=venue).exclude(mode=Session.Mode.ONLINE)
    sessions = sessions.filter(work_group__status__in=[WorkGroup.Status.DRAFT, WorkGroup.Status.PUBLISHED])
    expected = Attendance.objects.expected().per_session()
    return list(sessions.select_related("work_group").annotate(expected=expected).order_by("starts_at", "pk")[:MOST])


def clashes_at(venue: Venue, now: datetime) -> list[Clash]:
    """In the weeks to come: two sessions there at once, or more people than chairs."""
    found, _ = clashes_ahead(now, venue=venue.pk, most=MOST)
    return found
