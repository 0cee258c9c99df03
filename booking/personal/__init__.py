"""What booking holds about a person: places, sessions, reflections, needs and calendar links."""

from booking.personal.erasing import ABOUT_PEOPLE, PUBLISHED, erase, finish
from booking.personal.exporting import export
from booking.personal.retention import RETENTION

__all__ = ["ABOUT_PEOPLE", "PUBLISHED", "RETENTION", "erase", "export", "finish"]
