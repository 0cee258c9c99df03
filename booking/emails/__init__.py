"""Every mail of the hub: one function for each, from things to words. Nothing here is sent or stored.

A mail is a letter: a heading, a few sentences, perhaps dates and one button. Its text and its HTML are drawn from the
same letter, so they cannot say different things.
"""

from booking.emails.letter import Mail
from booking.emails.places import (
    booking_applied,
    booking_ended,
    booking_held,
    booking_summary,
    booking_waiting,
    booking_withdrawn,
    cover_dates,
    place_confirmed,
    places_offered,
)
from booking.emails.schools import school_confirmed, school_refused, school_to_confirm
from booking.emails.sessions import invite, session_changed

__all__ = [
    "Mail",
    "booking_applied",
    "booking_ended",
    "booking_held",
    "booking_summary",
    "booking_waiting",
    "booking_withdrawn",
    "cover_dates",
    "invite",
    "place_confirmed",
    "places_offered",
    "school_confirmed",
    "school_refused",
    "school_to_confirm",
    "session_changed",
]
