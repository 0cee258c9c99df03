"""The office's pages about schools: who asks to book for one, its people and bookings, and what the register lacks."""

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.access import PersonRequest, hub_staff_required
from accounts.actions import notes, schools
from accounts.acts import acts_about
from accounts.models import Membership, School, SchoolNote
from accounts.schoolyear import school_year_of
from booking import contact
from booking.actions import memberships
from booking.forms.no_contact import InviteForm
from booking.forms.schools import ContactForm, DomainForm, NoteForm, SettingForm
from booking.models import Booking, WorkGroup
from booking.reports.contacts import contacts_of
from booking.reports.keyset import Spot
from booking.reports.lists import schools as lists
from booking.reports.no_contact import invitation_groups
from booking.views.catalogue import PHASE_CHOICES
from booking.views.office.invitations import invite_ticked
from booking.views.office.lists import listing

# Why a school is on a group's list, where nobody said.
CHOSEN = "Chosen in the list of schools"


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
    """Find a school, open or closed; or those that teach a phase, special schools by their ages among them.

    Those ticked are put on the list of a group for invited schools, and told.
    """
    wanted = lists.Wanted.asked(request.GET)
    spot = Spot.asked(request.GET, wanted.orders)
    page = lists.page(wanted, spot)
    groups = invitation_groups(school_year_of(timezone.localdate()))
    listed = [school.pk for school in page.rows if school.is_open]
    form = InviteForm(request.POST or None, groups=groups, listed=listed)
    if invite_ticked(request, form, otherwise=CHOSEN):
        return redirect(f"{reverse('office_school_list')}?{request.GET.urlencode()}")
    context = {
        "form": form,
        "can_invite": bool(groups and listed),
        "ticked": request.POST.getlist("schools"),
        "listing": listing(request, page, spot, [lists.NAME, lists.TOWN, "Phase", "URN", "Status"]),
        "wanted": wanted,
        "phases": PHASE_CHOICES,
        "authorities": settings.HUB_AUTHORITIES.items(),
    }
    return render(request, "booking/office_school_list.html", context)


@hub_staff_required
def office_school(request: PersonRequest, pk: int) -> HttpResponse:
    """A school: who belongs to it, what it has booked, under which URNs it was known."""
    school = get_object_or_404(School.objects.select_related("merged_into").prefetch_related("urns"), pk=pk)
    first = contact.first_year()
    context = {
        "school": school,
        "contacts": contacts_of(school),
        "held": contact.of_school(school),
        "never": contact.never_words(first),
        "not_held": contact.not_held_words(first),
        "bookings": school.bookings.select_related("work_group", "session").prefetch_related("places__person"),
        "history": acts_about(school, WorkGroup),
    }
    return render(request, "booking/office_school.html", context)


@hub_staff_required
def office_school_edit(request: PersonRequest, pk: int | None = None) -> HttpResponse:
    """Add or change a setting that is not on the national register."""
    school = get_object_or_404(School, pk=pk, on_register=False) if pk else School(on_register=False)
    form = SettingForm(request.POST or None, instance=school)
    if form.is_valid():
        try:
            schools.save_setting(school=school, by=request.user)
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, "Kept.")
            return redirect("office_school", pk=school.pk)
    return render(request, "booking/office_school_edit.html", {"form": form, "school": school})


@hub_staff_required
def office_school_contact(request: PersonRequest, pk: int) -> HttpResponse:
    """Note an address that is read at the school."""
    school = get_object_or_404(School, pk=pk)
    form = ContactForm(request.POST or None, initial={"email": school.contact_email})
    if form.is_valid():
        schools.set_contact(school=school, email=form.cleaned_data["email"], by=request.user)
        messages.success(request, "Noted.")
        return redirect("office_school", pk=pk)
    return render(request, "booking/office_school_contact.html", {"form": form, "school": school})


@hub_staff_required
def office_school_note(request: PersonRequest, pk: int) -> HttpResponse:
    """Note what was said with the school, and when."""
    school = get_object_or_404(School, pk=pk)
    form = NoteForm(request.POST or None, school=school)
    if form.is_valid():
        try:
            notes.add_note(school=school, by=request.user, **form.cleaned_data)
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, "Noted.")
            return redirect("office_school", pk=pk)
    return render(request, "booking/office_school_note.html", {"form": form, "school": school})


@require_POST
@hub_staff_required
def office_school_note_remove(request: PersonRequest, pk: int) -> HttpResponse:
    note = get_object_or_404(SchoolNote.objects.select_related("school"), pk=pk)
    try:
        notes.remove_note(note=note, by=request.user)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    else:
        messages.success(request, "Erased.")
    return redirect("office_school", pk=note.school_id)


@hub_staff_required
def office_school_addresses(request: PersonRequest, pk: int) -> HttpResponse:
    """The school's mail has moved: everybody's old and new address first, then each is asked to confirm."""
    school = get_object_or_404(School, pk=pk)
    form = DomainForm(request.POST or None)
    preview = None
    if form.is_valid():
        domains = form.cleaned_data
        try:
            preview = schools.new_addresses(school, domains["old_domain"], domains["new_domain"])
            if "ask" in request.POST:
                asked = schools.propose_addresses(school=school, by=request.user, **domains)
                messages.success(request, f"{len(asked)} asked to confirm their new address.")
                return redirect("office_school", pk=pk)
        except ValidationError as refusal:
            form.add_error(None, refusal)
    return render(request, "booking/office_school_addresses.html", {"form": form, "school": school, "preview": preview})
