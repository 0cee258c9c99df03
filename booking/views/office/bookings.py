"""Booking for a school that asked by telephone, on paper or in person: by the hub, or by who leads the group."""

import uuid

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from accounts.access import PersonRequest, hub_staff_required
from accounts.models import School, User
from accounts.schoolyear import school_year_of, year_choices
from accounts.typed import number_in
from booking.access import work_group_lead_required
from booking.actions import places
from booking.eligibility import findings
from booking.emails import written_to
from booking.forms.places import SAY_WHY, OfficeBookingForm, WhoForm
from booking.models import Booking, WorkGroup
from booking.models.places import Status
from booking.reports.keyset import Spot
from booking.reports.lists import bookings as lists
from booking.reports.waiting import room_words
from booking.views.looks import against_people, booking_in_the_way, must_say_why, second_look
from booking.views.office.lists import Head, listing

LIST = (lists.MADE, lists.SCHOOL, lists.GROUP, Head("People", is_number=True), "Where it stands")
# The hub may give a school more places than the group takes from others: so many in all.
MOST = 9


@hub_staff_required
def office_booking_list(request: PersonRequest) -> HttpResponse:
    """All bookings of a school year, the newest first."""
    wanted = lists.Wanted.asked(request.GET)
    spot = Spot.asked(request.GET, lists.ORDERS)
    this_year = school_year_of(timezone.localdate())
    context = {
        "listing": listing(request, lists.page(wanted, spot), spot, LIST),
        "wanted": wanted,
        "years": year_choices(range(this_year - 1, this_year + 2), wanted.year),
        "states": [*lists.STATES.items(), *Status.choices],
        "vias": Booking.Via.choices,
    }
    return render(request, "booking/office_booking_list.html", context)


@work_group_lead_required
def office_booking_create(request: PersonRequest, work_group: WorkGroup) -> HttpResponse:
    """Book for a school that telephoned: find it, say who comes, done."""
    if work_group.status != WorkGroup.Status.PUBLISHED:
        raise Http404
    q = request.GET.get("q", "")[:80]
    chosen = request.POST.get("school") or request.GET.get("school", "")
    school = School.objects.open().filter(pk=pk).first() if (pk := number_in(chosen)) else None
    if school is None:
        schools = School.objects.open().matching(q).prefetch_related("urns")[:20] if q else []
        context = {"work_group": work_group, "q": q, "schools": schools}
        return render(request, "booking/office_booking_create.html", context)
    colleagues = list(User.objects.of_school(school).filter(is_active=True))
    may_exceed = request.user.is_hub_staff and not work_group.has_parts
    asked = request.POST.get("places") or request.GET.get("places", "")
    wanted = number_in(asked, digits=2) if may_exceed else 0
    more = max(0, min(wanted, MOST) - work_group.people_to)
    form = WhoForm(request.POST or None, work_group=work_group, colleagues=colleagues, more=more)
    found = findings(work_group, school, []) if work_group.has_rules else []
    how = OfficeBookingForm(
        request.POST or None,
        initial={"school": school.pk, "via": OfficeBookingForm.base_fields["via"].initial},
        overrides=request.user.is_hub_staff and (work_group.has_rules or more > 0),
        must="Say why you book more all the same." if more else SAY_WHY if any(one.blocks for one in found) else "",
    )
    look, waits = None, False
    if request.method == "POST" and form.is_valid() and how.is_valid():
        against = against_people(work_group, school, form.who, form.cleaned_data.get("session"), at_booking=True)
        look = second_look(request, against)
        waits = must_say_why(how, form, work_group, school, form.who, at_booking=True)
    if look is None and not waits and request.method == "POST" and form.is_valid() and how.is_valid():
        try:
            booking = places.book(
                work_group=work_group.pk,
                school=school.pk,
                people=form.who,
                by=request.user,
                key=uuid.UUID(request.POST.get("key", "")),
                session=meeting.pk if (meeting := form.cleaned_data.get("session")) else None,
                cover_email=form.cleaned_data["cover_email"],
                via=how.cleaned_data["via"],
                note=how.cleaned_data["note"],
                parts=form.parts,
                all_the_same=how.why,
                head_email=form.cleaned_data.get("head_email", ""),
            )
        except ValidationError as refusal:
            if there := booking_in_the_way(refusal, request.user):
                messages.error(request, f"{school} has booked this already. This is that booking: change it here.")
                return redirect(there)
            form.add_error(None, refusal)
        except ValueError:
            form.add_error(None, "This page is too old. Load it again.")
        else:
            _say_who_is_told(request, booking, school)
            return redirect(booking)
    context = {
        "work_group": work_group,
        "school": school,
        "findings": found,
        "room": room_words(work_group),
        "form": form,
        "how": how,
        "look": look,
        "key": request.POST.get("key") or uuid.uuid4(),
        "more": more,
        "places": work_group.people_to + more,
        "choices": range(work_group.people_to, MOST + 1) if may_exceed and work_group.people_to < MOST else [],
    }
    return render(request, "booking/office_booking_create.html", context)


def _say_who_is_told(request: PersonRequest, booking: Booking, school: School) -> None:
    """Where no mail can leave, whoever took the call hears it while the telephone is still at hand."""
    told = written_to(booking)
    if not told:
        words = f"{booking.status_words}. Nobody at {school} can be written to yet; please ring."
        messages.warning(request, words)
    elif told[0][1] is None:
        messages.success(request, f"{booking.status_words}: the mail goes to the address of {school} itself.")
    else:
        messages.success(request, f"{booking.status_words}: {school} has been told.")
