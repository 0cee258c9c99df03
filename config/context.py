"""What every page knows: the hub's name, and where this person can go."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from accounts.access import membership_in_use, memberships_of
from accounts.models import Membership, School, User
from booking.access import leads_groups
from config.logo import logo
from config.secondstep import SecondStepMiddleware


@dataclass(frozen=True)
class Hub:
    name: str
    short_name: str
    lead_school: str
    contact_email: str
    telephone: str
    demo: bool

    @property
    def logo(self) -> str:
        """By what its address is known to have changed; empty where the hub has none of its own."""
        found = logo()
        return found.version if found else ""


# Its label, its address, and whether we are in it.
Room = tuple[str, str, bool]
# Who is named as one who books, and has not said yes, does not book yet.
BOOKS = (Membership.State.ACTIVE, Membership.State.REQUESTED)
# The rooms of the office: those asked for every day, and the others behind "More".
OFFICE = [
    ("Today", "office_home"),
    ("Work groups", "office_work_group_list"),
    ("Schools", "office_school_list"),
    ("People", "office_person_list"),
    ("Mail", "office_notice_list"),
    ("Figures", "office_figures"),
]
OFFICE_MORE = {
    "This year": [
        ("Bookings", "office_booking_list"),
        ("Sessions", "office_session_list"),
        ("Who completes what", "office_standing"),
        ("What people say", "office_evaluations"),
        ("Places given up", "office_withdrawals"),
        ("Contributions", "office_contributions"),
    ],
    "Schools": [
        ("The area", "office_area"),
        ("No contact yet", "office_no_contact"),
        ("Register of schools", "office_register"),
    ],
    "Set up": [
        ("Projects", "office_project_list"),
        ("Venues", "office_venue_list"),
        ("Term dates", "office_term_dates"),
        ("Dates to avoid", "office_phase_dates"),
    ],
    "In and out": [
        ("Take a list in", "office_handed_lists"),
        ("Take a list away", "office_lists"),
        ("What was passed on", "office_disclosures"),
        ("Keys for other systems", "office_keys"),
        ("Webhooks", "office_webhook_list"),
    ],
    "The hub": [
        ("Newsletter", "office_issue_list"),
        ("Pages and news", "office_pages"),
        ("Status", "office_status"),
        ("Style", "office_style"),
    ],
}
ABOUT_ME = ("/my/account/", "/my/name/", "/my/data/", "/my/away/")
HUB = Hub(
    settings.HUB_NAME,
    settings.HUB_SHORT_NAME,
    settings.HUB_LEAD_SCHOOL,
    settings.HUB_EMAIL,
    settings.HUB_TELEPHONE,
    settings.DEMO,
)


def hub(request: HttpRequest) -> dict[str, Any]:
    """The hub, and the navigation for who is looking; visitors cost no query."""
    user = getattr(request, "user", None)
    places = [("Work groups", "work_group_list")]
    acting = ""
    others: list[School] = []
    if isinstance(user, User) and user.is_authenticated:
        membership = membership_in_use(request)
        known = memberships_of(request)
        acting = membership.school.name if membership else known[0].school.name if known else ""
        if membership:
            places.append(("Our bookings", "booking_list"))
            leading = [one.school for one in known if one.role == Membership.Role.LEAD and one.state in BOOKS]
            others = [school for school in leading if school != membership.school]
        places.append(("My sessions", "my_sessions"))
        if leads_groups(request):
            places.append(("Registers", "register_list"))
        places.append(("Calendar", "calendar_links"))
        if user.is_hub_staff:
            places.append(("Office", "office_home"))
        elif user.reads_reports:
            places.append(("Figures", "office_figures"))
    nav = []
    for label, name in places:
        url = reverse(name)
        # One's account and data stand below /my/ too, and are not one's sessions.
        is_here = request.path.startswith(url) and (name != "my_sessions" or request.path not in ABOUT_ME)
        nav.append((label, url, is_here))
    office: list[Room] = []
    more: dict[str, list[Room]] = {}
    if isinstance(user, User) and user.reads_reports and request.path.startswith(reverse("office_home")):
        office = _rooms(request, OFFICE)
        found = iter(_rooms(request, [room for rooms in OFFICE_MORE.values() for room in rooms]))
        more = {title: [next(found) for _ in rooms] for title, rooms in OFFICE_MORE.items()}
    due = bool(acting or places[1:]) and request.session.get(SecondStepMiddleware.KEY) == SecondStepMiddleware.GRACE
    return {
        "hub": HUB,
        "nav": nav,
        "office_nav": office,
        "office_more": more.items(),
        "acting_for": acting,
        "other_schools": others,
        "second_step_due": due,
    }


def _rooms(request: HttpRequest, rooms: list[tuple[str, str]]) -> list[Room]:
    """(label, address, are we in it?) of each; the office's first page is no room that holds the others."""
    found = [(label, reverse(name), name == "office_home") for label, name in rooms]
    longest = max((url for _, url, exact in found if request.path.startswith(url) and not exact), key=len, default="")
    return [(label, url, request.path == url if exact else url == longest) for label, url, exact in found]
