"""WHAT: the programme, the places in it, who came, and what was tried in between."""

from booking.models.agreements import Agreement
from booking.models.attendance import Arrival, Attendance, Mark, RegisterLink
from booking.models.calendars import CalendarEntry, CalendarFeed
from booking.models.calls import Call, Mobile
from booking.models.carrying import Proposal, ProposedPerson
from booking.models.certificates import Certificate, CertificateBundle
from booking.models.contributions import Contribution, PassedOn
from booking.models.days import OwnDays, PhaseDates
from booking.models.disclosures import Disclosure, ListProfile
from booking.models.eligibility import EligibilityRule, SchoolRule
from booking.models.evaluation import Answered, EvaluationQuestion, GroupReport, Remark, Round
from booking.models.facilitations import Facilitation
from booking.models.files import Attachment
from booking.models.frozen import FrozenYear
from booking.models.handed import HandedList, KnownHeading
from booking.models.keys import ApiKey
from booking.models.lessons import LessonRole, LessonStudy
from booking.models.needs import Need
from booking.models.parts import Part
from booking.models.past import PastEngagement
from booking.models.places import Booking, Place
from booking.models.programme import WorkGroup
from booking.models.projects import Project
from booking.models.questions import Answer, Question
from booking.models.quotations import Quotation
from booking.models.research import Comment, Reflection, ResearchTask
from booking.models.sessions import SchoolHoliday, Session, Venue, Visit

__all__ = [
    "Agreement",
    "Answer",
    "Answered",
    "ApiKey",
    "Arrival",
    "Attachment",
    "Attendance",
    "Booking",
    "CalendarEntry",
    "CalendarFeed",
    "Call",
    "Certificate",
    "CertificateBundle",
    "Comment",
    "Contribution",
    "Disclosure",
    "EligibilityRule",
    "EvaluationQuestion",
    "Facilitation",
    "FrozenYear",
    "GroupReport",
    "HandedList",
    "KnownHeading",
    "LessonRole",
    "LessonStudy",
    "ListProfile",
    "Mark",
    "Mobile",
    "Need",
    "OwnDays",
    "Part",
    "PassedOn",
    "PastEngagement",
    "PhaseDates",
    "Place",
    "Project",
    "Proposal",
    "ProposedPerson",
    "Question",
    "Quotation",
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
