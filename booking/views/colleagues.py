"""A school's people: who belongs to it, who books for it, who asks to join, who is away, and who has left."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Count, Exists, OuterRef, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.access import PersonRequest, SchoolRequest, confirmed_lead_required, person_required
from accounts.actions import members
from accounts.acts import acts_about
from accounts.colleagues import show_as_typed
from accounts.models import BouncedAddress, Membership, PeopleCheck
from accounts.typed import number_in
from booking.actions import colleagues, memberships
from booking.forms.colleagues import CodeForm, InviteForm, TakeOverForm
from booking.forms.swaps import AwayForm, MeanwhileForm
from booking.models import WorkGroup
from booking.reports.colleagues import colleagues_of

State = Membership.State


@confirmed_lead_required
def school_people(request: SchoolRequest) -> HttpResponse:
    """The people of the school I book for, those who ask to join first."""
    live = Count("person__places", filter=Q(person__places__live=True, person__places__booking__school=request.school))
    back = Exists(BouncedAddress.objects.standing().filter(address=OuterRef("person__email")))
    people = sorted(
        request.school.memberships.current().select_related("person", "school").annotate(places=live, comes_back=back),
        key=lambda membership: membership.known_name,
    )
    acts = acts_about(request.school, WorkGroup, limit=20)
    show_as_typed(request.school.pk, [act.line.by for act in acts])
    context = {
        "school": request.school,
        "asking": [one for one in people if one.state == State.REQUESTED],
        "memberships": [one for one in people if one.state != State.REQUESTED],
        "check": PeopleCheck.objects.open().filter(school=request.school).first(),
        "history": acts,
        "today": timezone.localdate(),
    }
    return render(request, "booking/school_people.html", context)


@confirmed_lead_required
def colleague_invite(request: SchoolRequest) -> HttpResponse:
    """Invite colleagues by mail, several at once."""
    form = InviteForm(request.POST or None)
    if form.is_valid():
        asked = form.cleaned_data["colleagues"]
        try:
            fresh = members.invite(
                school=request.school, colleagues=asked, role=form.cleaned_data["role"], by=request.user
            )
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            already = f" {len(asked) - len(fresh)} belonged to your school already." if len(fresh) < len(asked) else ""
            messages.success(request, f"{len(fresh)} invited by mail.{already}")
            return redirect("school_people")
    return render(request, "booking/colleague_invite.html", {"form": form, "school": request.school})


@confirmed_lead_required
def colleague_detail(request: SchoolRequest, pk: int) -> HttpResponse:
    """One colleague: their part in the school, their coming places, and when they are away."""
    membership = _colleague(request, pk)
    others = request.school.memberships.active().leads().exclude(pk=pk)
    context = {
        "membership": membership,
        "places": colleagues.places_to_hand_over(request.school, membership.person, timezone.now()),
        "is_me": membership.person_id == request.user.pk,
        "is_only_lead": membership.role == Membership.Role.LEAD and not others.exists(),
    }
    return render(request, "booking/colleague_detail.html", context)


@require_POST
@confirmed_lead_required
def colleague_role(request: SchoolRequest, pk: int) -> HttpResponse:
    """Let a colleague book for the school, no longer, or in my place."""
    membership = _colleague(request, pk)
    role = request.POST.get("role", "")
    try:
        if role == "instead":
            members.hand_over(membership=request.membership, to=membership, by=request.user)
        else:
            members.change_role(membership=membership, role=role, by=request.user)
    except (ValidationError, ValueError) as refusal:
        messages.error(request, _words(refusal))
        return redirect("colleague_detail", pk=pk)
    books = role in ("instead", Membership.Role.LEAD)
    messages.success(request, f"{membership.known_name} {'now' if books else 'no longer'} books for {request.school}.")
    return redirect("home" if role == "instead" else "school_people")


@confirmed_lead_required
def colleague_away(request: SchoolRequest, pk: int) -> HttpResponse:
    """A colleague is on leave; who takes their places meanwhile."""
    membership = _colleague(request, pk, states=(State.ACTIVE,))
    person = membership.person
    places = list(colleagues.places_to_hand_over(request.school, person, timezone.now()))
    others = [one for one in colleagues_of(request.school, request.membership) if one.pk != person.pk]
    form = AwayForm(request.POST or None, initial={"first": person.away_from, "last": person.away_to})
    meanwhile = MeanwhileForm(request.POST or None, places=places, colleagues=others)
    if "back" in request.POST:
        colleagues.set_away(person=person, first=None, last=None, by=request.user, school=request.school)
        messages.success(request, f"{membership.known_name} is back.")
        return redirect("colleague_detail", pk=pk)
    if form.is_valid() and meanwhile.is_valid():
        first, last = form.cleaned_data["first"], form.cleaned_data["last"]
        try:
            colleagues.set_away(
                person=person,
                first=first,
                last=last,
                by=request.user,
                school=request.school,
                meanwhile=meanwhile.meanwhile,
            )
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, f"{membership.known_name} hears nothing from us while away. Nobody asks why.")
            return redirect("colleague_detail", pk=pk)
    context = {"membership": membership, "form": form, "meanwhile": meanwhile}
    return render(request, "booking/colleague_away.html", context)


@confirmed_lead_required
def colleague_leave(request: SchoolRequest, pk: int) -> HttpResponse:
    """A colleague has left the school: who takes over, place by place."""
    membership = _colleague(request, pk)
    places = list(colleagues.places_to_hand_over(request.school, membership.person, timezone.now()))
    others = [one for one in colleagues_of(request.school, request.membership) if one.pk != membership.person_id]
    form = TakeOverForm(request.POST if request.method == "POST" else None, places=places, colleagues=others)
    if form.is_valid():
        try:
            colleagues.leave(membership=membership, by=request.user, takes_over=form.takes_over)
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, f"{membership.known_name} no longer belongs to {request.school}.")
            return redirect("home" if membership.person_id == request.user.pk else "school_people")
    leads = request.school.memberships.active().leads().exclude(pk=pk)
    context = {"membership": membership, "form": form, "places": places, "leaves_no_lead": not leads.exists()}
    return render(request, "booking/colleague_leave.html", context)


@require_POST
@confirmed_lead_required
def colleague_answer(request: SchoolRequest, pk: int) -> HttpResponse:
    """Somebody asks to belong to our school: yes or no."""
    membership = _colleague(request, pk, states=(State.REQUESTED,))
    try:
        if request.POST.get("answer") == "yes":
            memberships.confirm(membership=membership, by=request.user)
            messages.success(request, f"{membership.person} belongs to {request.school}.")
        else:
            memberships.refuse(membership=membership, by=request.user)
            messages.success(request, f"{membership.person} has been told.")
    except ValidationError as refusal:
        messages.error(request, _words(refusal))
    return redirect("school_people")


@confirmed_lead_required
def people_check(request: SchoolRequest) -> HttpResponse:
    """September's page: still these people?"""
    check = PeopleCheck.objects.filter(school=request.school).order_by("-year").first()
    people = sorted(
        request.school.memberships.filter(state__in=[State.ACTIVE, State.INVITED]).select_related("person", "school"),
        key=lambda membership: (membership.role != Membership.Role.LEAD, membership.known_name),
    )
    if request.method == "POST" and check is not None and check.answered_at is None:
        left = [pk for typed in request.POST.getlist("left") if (pk := number_in(typed))]
        try:
            colleagues.still_these(check=check, leavers=left, by=request.user)
        except ValidationError as refusal:
            messages.error(request, _words(refusal))
            return redirect("people_check")
        messages.success(request, "Thank you. That is all until next September.")
        return redirect("school_people")
    context = {"school": request.school, "check": check, "memberships": people}
    return render(request, "booking/people_check.html", context)


@require_POST
@person_required
def membership_answer(request: PersonRequest, pk: int) -> HttpResponse:
    """A colleague named me at a school: yes I work there, or no. Or: I take back what I asked."""
    membership = get_object_or_404(request.user.memberships.current().select_related("school", "person"), pk=pk)
    try:
        if request.POST.get("answer") == "yes":
            members.accept(membership=membership, by=request.user)
            messages.success(request, f"You belong to {membership.school}.")
        elif membership.state == State.REQUESTED:
            memberships.refuse(membership=membership, by=request.user)
            messages.success(request, "Taken back. What was held for you is free again.")
        else:
            colleagues.leave(membership=membership, by=request.user)
            messages.success(request, f"You do not belong to {membership.school}. Whoever named you is told.")
    except ValidationError as refusal:
        messages.error(request, _words(refusal))
    return redirect("my_account")


@person_required
def membership_leave(request: PersonRequest, pk: int) -> HttpResponse:
    """I no longer work at this school. Those who book for it name who takes over."""
    membership = get_object_or_404(
        request.user.memberships.filter(state=State.ACTIVE).select_related("school", "person"), pk=pk
    )
    if request.method == "POST":
        try:
            colleagues.leave(membership=membership, by=request.user)
        except ValidationError as refusal:
            messages.error(request, _words(refusal))
        else:
            messages.success(request, f"You no longer belong to {membership.school}. What you attended stays yours.")
        return redirect("my_account")
    places = colleagues.places_to_hand_over(membership.school, request.user, timezone.now())
    return render(request, "booking/membership_leave.html", {"membership": membership, "places": places})


@person_required
def my_away(request: PersonRequest) -> HttpResponse:
    """I am on leave: only security mail until I am back."""
    person = request.user
    form = AwayForm(request.POST or None, initial={"first": person.away_from, "last": person.away_to})
    if "back" in request.POST:
        colleagues.set_away(person=person, first=None, last=None, by=person)
        messages.success(request, "Welcome back. Your mails go on as before.")
        return redirect("my_account")
    if form.is_valid():
        try:
            first, last = form.cleaned_data["first"], form.cleaned_data["last"]
            colleagues.set_away(person=person, first=first, last=last, by=person)
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, "You hear nothing from us while you are away. Nobody asks why.")
            return redirect("my_account")
    return render(request, "booking/my_away.html", {"form": form})


@person_required
def school_code(request: PersonRequest, pk: int) -> HttpResponse:
    """Be confirmed at once: by a code that goes to the school's own address, where the hub holds one."""
    membership = get_object_or_404(
        request.user.memberships.requested().exclude(school__contact_email="").select_related("school", "person"), pk=pk
    )
    form = CodeForm(request.POST if "code" in request.POST else None)
    if "send" in request.POST:
        try:
            members.send_school_code(membership=membership, by=request.user)
        except ValidationError as refusal:
            messages.error(request, _words(refusal))
        else:
            messages.success(request, "The code is on its way to your school. Ask there for it.")
        return redirect("school_code", pk=pk)
    if form.is_valid():
        try:
            confirmed = memberships.confirm_by_code(
                membership=membership, code=form.cleaned_data["code"], by=request.user
            )
        except ValidationError as refusal:
            form.add_error("code", refusal)
        else:
            if confirmed is not None:
                messages.success(request, f"You book for {membership.school}.")
                return redirect("booking_list" if confirmed else "home")
            form.add_error("code", "This is not the code. Look at the mail again.")
    return render(request, "booking/school_code.html", {"form": form, "membership": membership})


def _colleague(
    request: SchoolRequest, pk: int, states: tuple[State, ...] = (State.ACTIVE, State.INVITED)
) -> Membership:
    """Somebody of the school I book for; another school's people are not there."""
    people = request.school.memberships.filter(state__in=states).select_related("person", "school")
    return get_object_or_404(people, pk=pk)


def _words(refusal: ValidationError | ValueError) -> str:
    return " ".join(refusal.messages) if isinstance(refusal, ValidationError) else "Choose what they shall do."
