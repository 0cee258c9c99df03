"""Public pages: the front door, the catalogue, and a work group."""

from dataclasses import replace
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from accounts.access import PersonRequest, membership_in_use, memberships_of
from accounts.models import HistoryLine, Membership, PeopleCheck, School
from accounts.places_near import Point, locate, not_located
from accounts.said import said
from accounts.schoolyear import school_year_of, year_choices
from accounts.typed import page_in, year_in
from booking.access import leads_groups
from booking.belonging import is_open_to
from booking.eligibility import blocks_school
from booking.models import Booking, Place, Project, Session, WorkGroup
from booking.models.programme import PHASES
from booking.reports import people, programme, registers, today
from booking.reports.placing import whereabouts
from booking.reports.programme import Wish
from booking.views.kept import FILTERS, is_visitor, kept, kept_for_person

PHASE_CHOICES = [
    ("early-years", "Early years"),
    ("primary", "Primary"),
    ("secondary", "Secondary"),
    ("post-16", "Post-16"),
    ("special", "Special and alternative"),
]


@login_not_required
def home(request: HttpRequest) -> HttpResponse:
    if is_visitor(request):
        return kept(request, programme.catalogue_version(), lambda: _front_door(request))
    if not request.user.is_authenticated:
        return _front_door(request)
    return _own_home(request)  # type: ignore[arg-type]  # is_authenticated has just said so


def _front_door(request: HttpRequest) -> HttpResponse:
    year = school_year_of(timezone.localdate())
    page, rows = programme.catalogue(Wish(places=True), year=year, page=1)
    return render(
        request,
        "booking/home.html",
        {"rows": rows[:4], "count": page.paginator.count, "phases": PHASE_CHOICES},
    )


def _own_home(request: PersonRequest) -> HttpResponse:
    """What is next for this person, in each part they play."""
    person = request.user
    known = memberships_of(request)
    context: dict[str, Any] = {"invitations": [one for one in known if one.state == Membership.State.INVITED]}
    if person.is_hub_staff:
        context["office"] = today.today()
    if leads_groups(request):
        coming, past = registers.led_sessions(person)
        context |= {"leading": coming[:3], "to_take": [one for one in past if one.state == "Register to take"][:3]}
    membership = membership_in_use(request)
    if membership is not None:
        ours = people.school_year(membership)
        context |= {
            "membership": membership,
            "dates": ours.dates[:5],
            "offers": ours.offers,
            "proposals": ours.proposals,
        }
        if membership.state == Membership.State.ACTIVE:
            context["check"] = PeopleCheck.objects.open().filter(school=membership.school).first()
            context["asking"] = membership.school.memberships.requested().count()
    context["year"] = people.my_year(person, with_called_off=False)
    return render(request, "booking/home_own.html", context)


@login_not_required
def work_group_list(request: HttpRequest) -> HttpResponse:
    if is_visitor(request):
        return kept(request, programme.catalogue_version(), lambda: _catalogue(request, None))
    membership = membership_in_use(request) if request.user.is_authenticated else None
    return _catalogue(request, membership.school if membership else None)


def _catalogue(request: HttpRequest, school: School | None) -> HttpResponse:
    this_year = school_year_of(timezone.localdate())
    wish, near_words, near_error = _wish(request.GET, school)
    years = _years(this_year)
    page, rows = programme.catalogue(wish, year=this_year, page=page_in(request.GET.get("page", "")), ours=school)
    query = QueryDict(mutable=True)
    query.update({name: request.GET[name] for name in FILTERS if request.GET.get(name) and name != "page"})
    context = {
        "rows": rows,
        "page": page,
        "wish": wish,
        "near_words": near_words,
        "near_error": near_error,
        "near": request.GET.get("near", ""),
        "query": query.urlencode(),
        "year": wish.year or this_year,
        "years": years,
        "phases": PHASE_CHOICES,
        "kinds": [*Project.Kind.choices, ("network", said("network meeting", many=True, first=True))],
        "authorities": settings.HUB_AUTHORITIES.items(),
        "modes": Session.Mode.choices,
    }
    # Filters changed by script want the list alone; the page around it stays as it is.
    fragment = request.headers.get("HX-Request") and request.headers.get("HX-Target") == "results"
    return render(request, "booking/_work_group_rows.html" if fragment else "booking/work_group_list.html", context)


def _years(this_year: int) -> list[tuple[int, str]]:
    """School years anyone may look at, newest first."""
    years = WorkGroup.objects.seen_by_anyone().order_by("-year").values_list("year", flat=True).distinct()
    return year_choices(sorted({*years, this_year}, reverse=True))


def _wish(asked: QueryDict, school: School | None) -> tuple[Wish, str, str]:
    """(what is looked for, where from in words, why the place was not found)."""
    wish = Wish(
        q=asked.get("q", "")[:80],
        phase=asked.get("phase", "") if asked.get("phase") in PHASES else "",
        kind=asked.get("kind", "")[:10],
        la=asked.get("la", "")[:3],
        mode=asked.get("mode", "")[:10],
        places=asked.get("places") == "1",
        year=year_in(asked.get("year", ""), 0) or None,
    )
    near = asked.get("near", "").strip()[:80]
    if near:
        point = locate(near)
        if point is None:
            return wish, "", not_located(near)
        return replace(wish, near=point), point.words, ""
    return wish, "", ""


@login_not_required
def work_group_detail(request: HttpRequest, slug: str) -> HttpResponse:
    if is_visitor(request):
        revision = WorkGroup.objects.seen_by_anyone().filter(slug=slug).values_list("revision", flat=True).first()
        if revision is None:
            raise Http404
        return kept(request, (revision,), lambda: _detail(request, _group(request, slug), None))
    work_group = _group(request, slug)
    if not request.user.is_authenticated:
        return _detail(request, work_group, None)
    membership = membership_in_use(request)
    if membership is not None and work_group.has_rules:
        # What its rules find hangs on more than acts about the group and the school, so this page is never kept.
        return _detail(request, work_group, membership)
    about = [request.user, (School, membership.school_id)] if membership else [request.user]
    version = (work_group.revision, HistoryLine.objects.count_about(*about))
    return kept_for_person(request, version, lambda: _detail(request, work_group, membership))  # type: ignore[arg-type]  # is_authenticated has just said so


def _group(request: HttpRequest, slug: str) -> WorkGroup:
    """A group that this person may see: drafts are for hub staff."""
    staff = request.user.is_authenticated and request.user.is_hub_staff
    groups = WorkGroup.objects.all() if staff else WorkGroup.objects.seen_by_anyone()
    if request.user.is_authenticated:
        groups = groups.annotate(is_mine=is_open_to(request.user))
    return get_object_or_404(groups.select_related("project"), slug=slug)


def _detail(request: HttpRequest, work_group: WorkGroup, membership: Membership | None) -> HttpResponse:
    school = membership.school if membership else None
    near, near_error = Point.of(school) if school else None, ""
    asked = request.GET.get("near", "").strip()[:80]
    if asked:
        near = locate(asked)
        near_error = "" if near else not_located(asked)
    ours: list[Booking] = []
    if membership is not None:
        bookings = Booking.objects.live().of_member(membership).filter(work_group=work_group)
        named = Prefetch("places", Place.objects.select_related("person"))
        ours = list(bookings.select_related("session").prefetch_related(named))
    page = programme.group_page(work_group, near=near, school=school, ours=ours)
    context: dict[str, Any] = {
        "page": page,
        "venues": page.venues,
        "where": whereabouts(page.venues, home=near),
        "work_group": work_group,
        "booking_state": work_group.booking_state(),
        "near": asked,
        "near_error": near_error,
        "school": school,
        "ours": ours,
        "is_mine": getattr(work_group, "is_mine", False),
        "is_for_us": school is None or _is_for(work_group, school),
        "against_us": blocks_school(work_group, school) if school else [],
    }
    return render(request, "booking/work_group_detail.html", context)


def _is_for(work_group: WorkGroup, school: School) -> bool:
    """Could this school book the group, by the lists of schools that the hub keeps?"""
    if not work_group.lists_schools and work_group.recruitment != WorkGroup.Recruitment.INVITATION:
        return True
    try:
        work_group.check_is_for(school.pk)
    except ValidationError:
        return False
    return True
