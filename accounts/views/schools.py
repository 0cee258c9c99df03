"""Finding a school and asking to join it; acting for another; the account's front page."""

from allauth.socialaccount.adapter import get_adapter as get_social_adapter
from allauth.usersessions.internal.flows.sessions import end_sessions
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from accounts.access import ACTING_FOR, PersonRequest, memberships_of, person_required
from accounts.actions import members
from accounts.adapter import has_second_step
from accounts.finding import Found, find
from accounts.forms import JoinForm, SchoolSearchForm
from accounts.models import Membership, School, Subscription
from accounts.newsletter import WORDING, topic_words, topics_url
from accounts.places_near import Point, locate_postcode
from accounts.typed import number_in

SHOWN = 12


def _next(request: HttpRequest) -> str:
    """Where this person was going, if that is a page of this site."""
    wanted = request.POST.get("next") or request.GET.get("next", "")
    return wanted if url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) else ""


@person_required
def school_find(request: PersonRequest) -> HttpResponse:
    """Find your school by name, town, postcode or URN; with script the list follows the typing."""
    form = SchoolSearchForm(request.GET if request.GET.get("q") else None)
    found: list[Found] = []
    more, near = False, None
    if form.is_valid():
        near = next((Point.of(membership.school) for membership in memberships_of(request)), None)
        near = locate_postcode(form.cleaned_data["q"]) or near
        found, more = find(form.cleaned_data["q"], limit=SHOWN, near=near)
    context = {
        "form": form,
        "found": found,
        "more": more,
        "near": near,
        "next": _next(request),
        "searched": form.is_bound,
    }
    fragment = request.headers.get("HX-Request")
    return render(request, "accounts/_school_results.html" if fragment else "accounts/school_find.html", context)


@person_required
def school_join(request: PersonRequest, pk: int) -> HttpResponse:
    """Ask to book for a school, or to take part for it."""
    school = get_object_or_404(School.objects.open().prefetch_related("urns"), pk=pk)
    form = JoinForm(request.POST or None)
    if form.is_valid():
        try:
            membership = members.ask_to_join(
                person=request.user, school=school, role=form.cleaned_data["role"], job=form.cleaned_data["job"]
            )
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            request.session[ACTING_FOR] = school.pk
            if membership.state == Membership.State.REQUESTED and membership.role == Membership.Role.LEAD:
                messages.success(
                    request,
                    f"You book for {school}. The hub checks new schools within two working days; you can book now.",
                )
            else:
                messages.success(request, f"Thank you. You take part for {school}.")
            return redirect(_next(request) or "home")
    return render(request, "accounts/school_join.html", {"form": form, "school": school, "next": _next(request)})


@require_POST
@person_required
def acting_for(request: PersonRequest) -> HttpResponse:
    """Act for another of my schools."""
    school = request.POST.get("school", "")
    mine = request.user.memberships.current().leads()
    membership = mine.filter(school_id=number_in(school)).first()
    if membership is not None:
        request.session[ACTING_FOR] = membership.school_id
    return redirect(_next(request) or "home")


@person_required
def my_account(request: PersonRequest) -> HttpResponse:
    """My name, schools and doors."""
    memberships = request.user.memberships.current().select_related("school")
    doors = [provider.name for provider in get_social_adapter().list_providers(request)]
    newsletter = Subscription.objects.filter(email=request.user.email).first() if request.user.email else None
    context = {
        "memberships": memberships,
        "other_doors": doors,
        "second_step": has_second_step(request.user),
        "newsletter": newsletter,
        "newsletter_about": topic_words(newsletter) if newsletter else "",
        "newsletter_topics": topics_url(newsletter) if newsletter else "",
        "newsletter_wording": WORDING,
    }
    return render(request, "accounts/my_account.html", context)


@require_POST
@person_required
def login_end(request: PersonRequest, pk: int) -> HttpResponse:
    """Log out in one place: the computer in the staff room, or here."""
    elsewhere = get_object_or_404(UserSession, user=request.user, pk=pk)
    here = elsewhere.is_current()
    end_sessions(request, [elsewhere])
    if here:
        return redirect("account_login")
    messages.success(request, "You are logged out there.")
    return redirect("usersessions_list")
