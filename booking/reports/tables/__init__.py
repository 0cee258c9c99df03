"""Every list of the office that can be taken away, by the code in its address.

An app above this one adds its own by a module `lists` with `LISTS`.
"""

from collections.abc import Callable

from accounts.registry import parts
from booking.reports.tables import attendance, passed_on, people, places, planning, programme
from booking.reports.tables.listing import Asked, Listing

Make = Callable[[Asked], Listing]

LISTS: dict[str, Make] = {
    "groups": programme.groups,
    "sessions": programme.sessions,
    "schools": people.schools,
    "people": people.people,
    "bookings": places.bookings,
    "waiting": places.waiting,
    "applications": places.applications,
    "withdrawals": places.withdrawals,
    "attendance": attendance.attendance,
    "visitors": attendance.visitors,
    "standing": attendance.standing,
    "certificates": attendance.certificates,
    "past-years": people.past_years,
    "venues": programme.venues,
    "term-dates": programme.term_dates,
    "projects": planning.projects,
    "dates-to-avoid": planning.dates_to_avoid,
    "passed-on": passed_on.disclosures,
}


def every_list() -> dict[str, Make]:
    """Ours, and those of the apps above."""
    return LISTS | {code: make for part in parts("lists") for code, make in part.LISTS.items()}
