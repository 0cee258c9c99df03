"""Other systems that are told what happens: connect one, test it, see what it took."""

import json
from dataclasses import dataclass
from datetime import timedelta

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache

from accounts.access import PersonRequest, hub_staff_required
from accounts.acts import acts_about
from accounts.models import HistoryLine
from accounts.sealing import seal, unseal
from accounts.typed import number_in, page_in
from booking.reports.paging import page_of
from notifications.actions import webhooks
from notifications.forms import WebhookForm
from notifications.models import Type, Webhook, WebhookDelivery

PAGE = 50
# Under this a fresh secret waits in the web session, sealed, to be shown once, and not for long.
FRESH, SHOWN_WITHIN = "fresh_webhook_secret", 600
# For so long what became of a test stands above the log.
SHOWN = timedelta(minutes=15)
# For so long the page asks by itself what became of a test.
WATCHED = timedelta(minutes=2)


@dataclass(frozen=True)
class Row:
    """A message in the log, with links to what it is about."""

    delivery: WebhookDelivery
    about: list[tuple[str, str]]


@hub_staff_required
def office_webhook_list(request: PersonRequest) -> HttpResponse:
    """Every system that is told, and those that were."""
    removed = HistoryLine.objects.filter(verb="webhook_removed").select_related("by").order_by("-pk")[:10]
    return render(
        request, "notifications/office_webhook_list.html", {"webhooks": Webhook.objects.all(), "removed": removed}
    )


@hub_staff_required
def office_webhook_create(request: PersonRequest) -> HttpResponse:
    return _edit(request, None)


@hub_staff_required
def office_webhook_edit(request: PersonRequest, pk: int) -> HttpResponse:
    return _edit(request, get_object_or_404(Webhook, pk=pk))


def _edit(request: PersonRequest, webhook: Webhook | None) -> HttpResponse:
    initial = {"name": webhook.name, "url": webhook.url, "types": webhook.types} if webhook else {}
    form = WebhookForm(request.POST or None, initial=initial)
    if form.is_valid():
        try:
            if webhook is None:
                webhook, secret = webhooks.make(by=request.user, **form.cleaned_data)
                request.session[FRESH] = {"webhook": webhook.pk, "secret": seal(secret, use=FRESH)}
            else:
                webhooks.change(webhook=webhook, by=request.user, **form.cleaned_data)
        except ValidationError as refusal:
            form.add_error(None, " ".join(refusal.messages))
        else:
            return redirect("office_webhook", pk=webhook.pk)
    return render(request, "notifications/office_webhook_edit.html", {"form": form, "webhook": webhook})


@never_cache
@hub_staff_required
def office_webhook(request: PersonRequest, pk: int) -> HttpResponse:
    """One system: what it is told, its secret while it is fresh, a test, and the log of what it took."""
    webhook = get_object_or_404(Webhook.objects.select_related("made_by"), pk=pk)
    if request.method == "POST":
        try:
            messages.success(request, _act(request, webhook))
        except ValidationError as refusal:
            messages.error(request, " ".join(refusal.messages))
        gone = not Webhook.objects.filter(pk=pk).exists()
        return redirect("office_webhook_list") if gone else redirect(request.get_full_path())
    page = page_of(webhook.deliveries.all(), page_in(request.GET.get("page", "1")), PAGE)
    now = timezone.now()
    tests = webhook.deliveries.filter(type=Type.TEST, made_at__gt=now - SHOWN)
    test = tests.order_by("-pk").first()
    context = {
        "webhook": webhook,
        "page": page,
        "rows": [Row(delivery, _about(delivery)) for delivery in page.rows],
        "test": test,
        "is_watched": bool(test and test.state == WebhookDelivery.State.QUEUED and now - test.made_at < WATCHED),
        "now": now,
    }
    if request.headers.get("HX-Request"):
        return render(request, "notifications/_webhook_again.html", context)
    fresh = request.session.get(FRESH) or {}
    if fresh.get("webhook") == webhook.pk:
        context["secret"] = unseal(request.session.pop(FRESH)["secret"], use=FRESH, seconds=SHOWN_WITHIN)
    context["history"] = acts_about(webhook)
    return render(request, "notifications/office_webhook.html", context)


def _act(request: PersonRequest, webhook: Webhook) -> str:
    """Do what was pressed, and say in one sentence what happened."""
    match request.POST.get("act"):
        case "test":
            webhooks.try_webhook(webhook=webhook, by=request.user)
            return "A test is on its way. This page shows what becomes of it."
        case "on":
            webhooks.turn_on(webhook=webhook, by=request.user)
            return "Turned on. It is told what happens from now on."
        case "off":
            webhooks.turn_off(webhook=webhook, by=request.user)
            return "Turned off. It is told nothing any more."
        case "secret":
            secret = webhooks.renew_secret(webhook=webhook, by=request.user)
            request.session[FRESH] = {"webhook": webhook.pk, "secret": seal(secret, use=FRESH)}
            return "Here is the new secret. For 24 hours the former one signs beside it."
        case "remove":
            webhooks.remove(webhook=webhook, by=request.user)
            return f"“{webhook}” is removed."
        case "again":
            number = number_in(request.POST.get("delivery", ""))
            delivery = get_object_or_404(webhook.deliveries.select_related("webhook"), pk=number)
            webhooks.send_again(delivery=delivery, by=request.user)
            return "It goes again, under the same id."
    raise ValidationError("Choose what is to be done.")


def _about(delivery: WebhookDelivery) -> list[tuple[str, str]]:
    """(words, address) of each thing that a message names."""
    data = json.loads(bytes(delivery.body))["data"]
    bookings = [data["booking"]] if "booking" in data else data.get("bookings", [])
    found = [(f"Booking {pk}", reverse("booking_detail", args=[pk])) for pk in bookings]
    if "session" in data:
        found.append((f"Session {data['session']}", reverse("office_session", args=[data["session"]])))
    if not found and "work_group" in data:
        found.append((data["work_group"], reverse("work_group_detail", args=[data["work_group"]])))
    return found
