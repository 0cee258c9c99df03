"""The office's pages about people: find, put right, merge, and who belongs to the hub."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from accounts.access import PersonRequest, hub_staff_required
from accounts.actions import people as accounts_people
from accounts.models import User
from accounts.typed import number_in
from booking.actions import people
from booking.forms.people import MergeForm, PersonForm
from booking.reports import addresses, persons
from booking.reports.keyset import Spot
from booking.reports.lists import people as lists
from booking.views.office.lists import Column, listing

# So many can be chosen at once: as many as a page of a list holds.
MOST_CHOSEN = 50


@hub_staff_required
def office_person_list(request: PersonRequest) -> HttpResponse:
    """Find somebody by name, address or school, or all who play a part."""
    wanted = lists.Wanted.asked(request.GET)
    spot = Spot.asked(request.GET, lists.ORDERS)
    columns: list[Column] = [lists.NAME, "E-mail", "School", lists.JOINED]
    context = {
        "listing": listing(request, lists.page(wanted, spot), spot, columns),
        "wanted": wanted,
        "parts": lists.PARTS.items(),
        "team": User.objects.exclude(hub_role="").filter(is_active=True),
    }
    return render(request, "booking/office_person_list.html", context)


@hub_staff_required
def office_addresses(request: PersonRequest) -> HttpResponse:
    """The addresses of people who were chosen in a list, to be written to from one's own mail program."""
    people, bookings, sessions = (
        [number_in(one) for one in request.GET.getlist(name)[:MOST_CHOSEN]] for name in ("person", "booking", "session")
    )
    chosen = addresses.of(people=people, bookings=bookings, sessions=sessions)
    return render(request, "booking/office_addresses.html", {"chosen": chosen})


@hub_staff_required
def office_person(request: PersonRequest, pk: int) -> HttpResponse:
    """Everything the office knows of one person."""
    person = get_object_or_404(User, pk=pk)
    if person.merged_into_id:
        return redirect("office_person", pk=person.merged_into_id)
    file = persons.file_of(person)
    context = {"file": file, "person": person, "history": file.history}
    return render(request, "booking/office_person.html", context)


@hub_staff_required
def office_person_edit(request: PersonRequest, pk: int) -> HttpResponse:
    person = get_object_or_404(User, pk=pk, merged_into__isnull=True)
    known = {"name": person.name, "email": person.email or "", "job": person.job}
    form = PersonForm(request.POST or None, initial=known)
    if form.is_valid():
        try:
            accounts_people.edit_person(person=person, by=request.user, **form.cleaned_data)
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, "Put right.")
            return redirect("office_person", pk=pk)
    return render(request, "booking/office_person_edit.html", {"form": form, "person": person})


@require_POST
@hub_staff_required
def office_person_role(request: PersonRequest, pk: int) -> HttpResponse:
    """Hub staff, reader of reports, or neither; or the door closed and opened."""
    person = get_object_or_404(User, pk=pk, merged_into__isnull=True)
    role, door = request.POST.get("role"), request.POST.get("door")
    try:
        if door in ("open", "close"):
            accounts_people.set_active(person=person, active=door == "open", by=request.user)
        elif role in User.HubRole.values:
            accounts_people.set_hub_role(person=person, role=role, by=request.user)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    else:
        messages.success(request, "Changed.")
    return redirect("office_person", pk=pk)


@hub_staff_required
def office_person_merge(request: PersonRequest, pk: int) -> HttpResponse:
    """Two accounts of one person: choose, see what becomes of each thing, then do it."""
    keep = get_object_or_404(User, pk=pk, merged_into__isnull=True)
    form = MergeForm(request.POST or None, keep=keep)
    gone, preview = None, None
    if form.is_valid():
        gone = form.cleaned_data["other"]
        if "merge" in request.POST:
            try:
                people.merge(keep=keep, gone=gone, by=request.user)
            except ValidationError as refusal:
                form.add_error(None, refusal)
            else:
                messages.success(request, "The two accounts are one.")
                return redirect("office_person", pk=pk)
        preview = persons.merging(keep, gone)
    context = {"form": form, "person": keep, "gone": gone, "preview": preview}
    return render(request, "booking/office_person_merge.html", context)
