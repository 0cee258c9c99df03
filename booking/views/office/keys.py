"""Keys for other systems: made for one use, shown once, taken back."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.access import PersonRequest, hub_staff_required
from accounts.sealing import seal, unseal
from booking.actions import keys
from booking.forms.keys import KeyForm
from booking.models import ApiKey

# Under this a fresh token waits in the web session, sealed, to be shown once, and not for long.
FRESH, SHOWN_WITHIN = "fresh_key", 600


@hub_staff_required
def office_keys(request: PersonRequest) -> HttpResponse:
    """Which systems read what, until when, and when they last did."""
    today = timezone.localdate()
    every = list(ApiKey.objects.select_related("made_by"))
    context = {
        "fresh": unseal(request.session.pop(FRESH, ""), use=FRESH, seconds=SHOWN_WITHIN) or "",
        "in_force": [key for key in every if key.is_in_force(today)],
        "over": [key for key in every if not key.is_in_force(today)],
    }
    return render(request, "booking/office_keys.html", context)


@hub_staff_required
def office_key_create(request: PersonRequest) -> HttpResponse:
    form = KeyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        scopes = keys.Scopes(said["reads_bookings"], said["reads_attendance"], said["reads_people"])
        given = {field: said[field] for field in ("name", "to", "why", "words", "ends_on")}
        try:
            _, token = keys.make_key(**given, scopes=scopes, by=request.user)
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            request.session[FRESH] = seal(token, use=FRESH)
            return redirect("office_keys")
    return render(request, "booking/office_key_create.html", {"form": form})


@require_POST
@hub_staff_required
def office_key_end(request: PersonRequest, pk: int) -> HttpResponse:
    key = get_object_or_404(ApiKey, pk=pk)
    try:
        keys.end_key(key=key, by=request.user)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    else:
        messages.success(request, f"The key for {key} is taken back, and opens nothing any more.")
    return redirect("office_keys")
