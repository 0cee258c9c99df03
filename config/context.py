"""What every page knows: the hub's name, and where this person can go."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from accounts.access import membership_in_use, memberships_of
from accounts.models import Membership, School, User
from booking.access import leads_groups
from config.secondstep import SecondStepMiddleware


@dataclass(frozen=True)
class Hub:
    name: str
    short_name: str
    lead_school: str
    contact_email: str
    telephone: str
    demo: bool


# Who is named as one who books, and has not said yes, does not book yet.
BOOKS = (Membership.State.ACTIVE, Membership.State.REQUESTED)
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
    due = bool(acting or places[1:]) and request.session.get(SecondStepMiddleware.KEY) == SecondStepMiddleware.GRACE
    return {"hub": HUB, "nav": nav, "acting_for": acting, "other_schools": others, "second_step_due": due}
