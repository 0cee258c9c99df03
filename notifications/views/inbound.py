"""Mail that came to the hub, for hub staff: what waits for a person, and addresses that mail comes back from."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from accounts.access import PersonRequest, hub_staff_required
from accounts.actions import addresses
from accounts.models import BouncedAddress
from accounts.typed import page_in
from notifications.actions import inbound
from notifications.models import Inbound

PAGE = 50


@hub_staff_required
def office_inbound_list(request: PersonRequest) -> HttpResponse:
    """What waits, oldest first; or all that came, newest first."""
    shows_all = request.GET.get("show") == "all"
    mails = Inbound.objects.select_related("person").defer("text")
    mails = mails if shows_all else mails.waiting().order_by("pk")
    number = request.GET.get("page", "1")
    page = Paginator(mails, PAGE).get_page(page_in(number))
    return render(request, "notifications/office_inbound_list.html", {"page": page, "shows_all": shows_all})


@hub_staff_required
def office_inbound(request: PersonRequest, pk: int) -> HttpResponse:
    """One mail, and what to do with it."""
    related = ("person", "entry__person", "entry__session__work_group", "notice", "done_by")
    mail = get_object_or_404(Inbound.objects.select_related(*related), pk=pk)
    act = next((one for one in ("take", "ignore", "done") if one in request.POST), "")
    if request.method == "POST":
        try:
            if act == "take":
                inbound.take(inbound=mail, by=request.user)
                messages.success(request, "Taken as it says.")
            elif act:
                inbound.close(inbound=mail, by=request.user, ignore=act == "ignore")
                messages.success(request, "Done: it does not wait any more.")
        except ValidationError as refusal:
            messages.error(request, " ".join(refusal.messages))
            return redirect("office_inbound", pk=pk)
        return redirect("office_inbound_list")
    return render(request, "notifications/office_inbound.html", {"mail": mail})


@require_POST
@hub_staff_required
def office_address_again(request: PersonRequest, pk: int) -> HttpResponse:
    """Somebody knows that an address works: mail goes there again."""
    addresses.try_again(bounced=get_object_or_404(BouncedAddress, pk=pk), by=request.user)
    messages.success(request, "Mail goes there again. Coming sessions are told anew within a few minutes.")
    back = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(back, allowed_hosts=None)
    return redirect(back if safe else "office_home")
