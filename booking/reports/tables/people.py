"""Schools and the people who belong to them, to take away."""

from django.conf import settings
from django.db.models import Count, FilteredRelation, Q

from accounts.models import Membership, Phase, School, User
from booking.models import PastEngagement
from booking.reports.lists import people as people_list
from booking.reports.lists import schools as school_list
from booking.reports.programme import PHASES
from booking.reports.tables.listing import Asked, Column, Listing, label_of, or_empty, urn_of, years

ROLES, STATES = Membership.Role.choices, Membership.State.choices


def schools(asked: Asked) -> Listing:
    """As on the page: those that were looked for; all that are open, where nobody looked for any."""
    rows = school_list.rows(school_list.Wanted.asked(asked.address))
    belong = Count("memberships", filter=Q(memberships__state="active"), distinct=True)
    books = Count("memberships", filter=Q(memberships__state="active", memberships__role="lead"), distinct=True)
    columns = [
        Column("urn", "URN", "bears"),
        Column("name", "School"),
        Column("town", "Town"),
        Column("postcode", "Postcode"),
        Column("authority_code", "Authority code", "la_code"),
        Column("authority", "Authority", "la_name"),
        Column("phase", "Phase", says=label_of(Phase.choices)),
        Column("kind", "Type"),
        Column("status", "Status", says=label_of(School.Status.choices)),
        Column("state_funded", "State-funded"),
        Column("pupils", "Pupils"),
        Column("fsm", "Free school meals, per cent", "fsm_percent"),
        Column("trust", "Trust"),
        Column("people", "People here", "belong"),
        Column("books", "People who book", "books"),
        Column("easting", "Easting", default=False),
        Column("northing", "Northing", default=False),
        Column("contact", "Address read at the school", "contact_email", personal=True, default=False),
    ]
    takes = ("q", "phase", "la")
    choices = {"phase": [(one, one) for one in PHASES], "la": [*settings.HUB_AUTHORITIES.items()]}
    rows = rows.annotate(bears=urn_of(), belong=belong, books=books)
    return Listing("schools", "Schools", columns, rows.order_by("name", "town", "pk"), asked, takes, choices)


def people(asked: Asked) -> Listing:
    """A row for each person and school; who belongs to none stands here once."""
    current = FilteredRelation("memberships", condition=Q(memberships__ended_at__isnull=True))
    rows = people_list.rows(people_list.Wanted.asked(asked.address)).annotate(here=current)
    if asked.school:
        rows = rows.filter(here__school=asked.school)
    rows = rows.annotate(urn=urn_of("here__school"))
    columns = [
        Column("name", "Name", personal=True),
        Column("email", "E-mail", says=or_empty, personal=True),
        Column("job", "Role in school", personal=True),
        Column("school", "School", "here__school__name", or_empty, personal=True),
        Column("urn", "URN", says=or_empty, personal=True),
        Column("part", "Part in it", "here__role", label_of(ROLES), personal=True),
        Column("state", "State", "here__state", label_of(STATES), personal=True),
        Column("hub", "Part in the hub", "hub_role", label_of(User.HubRole.choices[1:]), personal=True),
        Column("since", "Known since", "joined_at", personal=True, default=False),
        Column("number", "Our number", "pk", personal=True, default=False),
    ]
    choices = {"part": [*people_list.PARTS.items()]}
    return Listing("people", "People", columns, rows.order_by("name", "pk"), asked, ("school", "part", "q"), choices)


def past_years(asked: Asked) -> Listing:
    """What schools did before the hub kept its groups here."""
    rows = PastEngagement.objects.annotate(urn=urn_of("school"))
    for name, value in (("year", asked.year), ("school", asked.school), ("project", asked.project)):
        if value:
            rows = rows.filter(**{name: value})
    columns = [
        Column("urn", "URN"),
        Column("school", "School", "school__name"),
        Column("project", "Project", "title"),
        Column("year", "School year", says=years),
        Column("started", "Started"),
        Column("outcome", "What came of it", says=label_of(PastEngagement.Outcome.choices)),
        Column("source", "Where this is from"),
    ]
    return Listing(
        "past-years",
        "Past years",
        columns,
        rows.order_by("year", "school__name", "pk"),
        asked,
        ("year", "project", "school"),
    )
