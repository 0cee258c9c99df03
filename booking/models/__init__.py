"""WHAT: the programme, the places in it, who came, and what was tried in between."""

from booking.models.agreements import Agreement
from booking.models.attendance import Attendance, Mark, RegisterLink
from booking.models.calendars import CalendarEntry, CalendarFeed
from booking.models.calls import Call, Mobile
from booking.models.eligibility import EligibilityRule, SchoolRule
from booking.models.evaluation import Answered, EvaluationQuestion, GroupReport, Remark, Round
from booking.models.facilitations import Facilitation
from booking.models.needs import Need
from booking.models.parts import Part
from booking.models.places import Booking, Place
from booking.models.programme import Project, WorkGroup
from booking.models.questions import Answer, Question
from booking.models.research import Reflection, ResearchTask
from booking.models.sessions import SchoolHoliday, Session, Venue, Visit

__all__ = [
    "Agreement",
    "Answer",
    "Answered",
    "Attendance",
    "Booking",
    "CalendarEntry",
    "CalendarFeed",
    "Call",
    "EligibilityRule",
    "EvaluationQuestion",
    "Facilitation",
    "GroupReport",
    "Mark",
    "Mobile",
    "Need",
    "Part",
    "Place",
    "Project",
    "Question",
    "Reflection",
    "RegisterLink",
    "Remark",
    "ResearchTask",
    "Round",
    "SchoolHoliday",
    "SchoolRule",
    "Session",
    "Venue",
    "Visit",
    "WorkGroup",
]
