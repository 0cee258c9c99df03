"""The year in figures: who applied, was accepted, started, completed or withdrew, of how many schools there are.

By school and never by person: what strategic partners may see.
"""

from booking.reports.year.definitions import DEFINITIONS, VERSION
from booking.reports.year.report import Year, engagements, for_board, of_year

__all__ = ["DEFINITIONS", "VERSION", "Year", "engagements", "for_board", "of_year"]
