"""What a booking asks of a school, on one page for its head teacher."""

from dataclasses import dataclass
from datetime import datetime

from accounts.colleagues import show_as_typed
from accounts.models import User
from accounts.places_near import Point
from booking.models import Booking, Session
from booking.reports.programme import half_days_words, metres_to


@dataclass
class Asked:
    """Who comes, when, how far, and to which sessions the head comes too."""

    people: list[User]
    to_name: int
    sessions: list[tuple[Session, int | None]]  # with the metres from the school
    half_days: str
    for_head: list[Session]


def of_school(booking: Booking, now: datetime) -> Asked:
    places = list(booking.places.live().select_related("person"))
    people = [place.person for place in places if place.person]
    show_as_typed(booking.school_id, people)
    sessions = Session.objects.planned().filter(work_group=booking.work_group_id).select_related("venue")
    if booking.session_id:
        sessions = sessions.filter(pk=booking.session_id)
    coming = [one for one in sessions if one.starts_at is None or one.starts_at > now] or list(sessions)
    home = Point.of(booking.school)
    return Asked(
        people,
        len(places) - len(people),
        [(one, metres_to(one, home)) for one in coming],
        half_days_words(coming),
        [one for one in coming if one.for_heads],
    )
