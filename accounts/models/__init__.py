"""WHO: people, the schools they belong to, and the history of every act."""

from accounts.models.addresses import AddressProposal, BouncedAddress
from accounts.models.checks import PeopleCheck
from accounts.models.codes import SchoolCode
from accounts.models.history import HistoryLine, HistoryLink
from accounts.models.imports import RegisterImport
from accounts.models.news import NewsItem
from accounts.models.notes import SchoolNote
from accounts.models.people import Membership, User
from accounts.models.rights import Complaint, Erasure, Page, Subscription, Suppression
from accounts.models.schools import Phase, School, SchoolURN
from accounts.models.signs import SignOfLife

__all__ = [
    "AddressProposal",
    "BouncedAddress",
    "Complaint",
    "Erasure",
    "HistoryLine",
    "HistoryLink",
    "Membership",
    "NewsItem",
    "Page",
    "PeopleCheck",
    "Phase",
    "RegisterImport",
    "School",
    "SchoolCode",
    "SchoolNote",
    "SchoolURN",
    "SignOfLife",
    "Subscription",
    "Suppression",
    "User",
]
