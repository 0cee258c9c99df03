"""What needs a person now; schools to confirm; every mail and its state; the style page."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from accounts.access import PersonRequest, hub_staff_required
from accounts.models import Membership, School, User
from booking.actions import memberships
from booking.forms.registers import TAPS
from booking.models import Booking
from booking.reports import examples, office


@hub_staff_required
def office_home(request: PersonRequest) -> HttpResponse:
    return render(request, "booking/office_home.html", {"today": office.today()})


@hub_staff_required
def office_lead(request: PersonRequest, pk: int) -> HttpResponse:
    """Somebody asks to book for a school: who, which school, what is held for them; confirm or refuse."""
    membership = get_object_or_404(Membership.objects.select_related("school", "person"), pk=pk)
    if request.method == "POST":
        try:
            if request.POST.get("answer") == "confirm":
                confirmed = memberships.confirm(membership=membership, by=request.user)
                held = f" {len(confirmed)} held booking{'s are' if len(confirmed) != 1 else ' is'} now confirmed."
                messages.success(
                    request, f"{membership.person} books for {membership.school}.{held if confirmed else ''}"
                )
            else:
                memberships.refuse(membership=membership, by=request.user, reason=request.POST.get("reason", "")[:300])
                messages.success(request, f"{membership.person} has been told. What was held is free again.")
        except ValidationError as refusal:
            messages.error(request, " ".join(refusal.messages))
        return redirect("office_home")
    context = {
        "membership": membership,
        "bookings": Booking.objects.live()
        .filter(school=membership.school, made_by=membership.person)
        .select_related("work_group")
        .prefetch_related("places__person"),
        "others": Membership.objects.of_school(membership.school).active().select_related("person"),
    }
    return render(request, "booking/office_lead.html", context)


@hub_staff_required
def office_school_list(request: PersonRequest) -> HttpResponse:
    q = request.GET.get("q", "")[:80]
    schools = School.objects.matching(q).prefetch_related("urns")[:50] if q else School.objects.none()
    return render(request, "booking/office_school_list.html", {"q": q, "schools": schools})


@hub_staff_required
def office_school(request: PersonRequest, pk: int) -> HttpResponse:
    """A school: who belongs to it, what it has booked, under which URNs it was known."""
    school = get_object_or_404(School.objects.prefetch_related("urns"), pk=pk)
    context = {
        "school": school,
        "memberships": school.memberships.current().select_related("person"),
        "bookings": school.bookings.select_related("work_group", "session").prefetch_related("places__person"),
        "people": User.objects.of_school(school),
    }
    return render(request, "booking/office_school.html", context)


@hub_staff_required
def office_style(request: PersonRequest) -> HttpResponse:
    """Every component on one page, with what it means."""
    context = {"pictures": examples.pictures(), "taps": TAPS, "now": timezone.now()}
    return render(request, "booking/office_style.html", context)
