"""A page: session, user, one query, a small template. A booking: lock, insert, outbox row. An insert and no more."""

import json

from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import include, path

from benchmarks.bare.models import Booking, Outbox, Thing


@login_not_required
def page(request: HttpRequest) -> HttpResponse:
    things = Thing.objects.order_by("pk")[:20]
    return render(request, "page.html", {"things": things, "name": request.user.get_username()})


@login_not_required
def empty(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


def book(request: HttpRequest, pk: int) -> HttpResponse:
    with transaction.atomic():
        thing = Thing.objects.select_for_update(no_key=True).get(pk=pk)
        thing.taken += 1
        thing.save(update_fields=["taken"])
        booking = Booking.objects.create(thing=thing, user=request.user)
        Outbox.objects.create(booking=booking, text="You are booked.")
    return redirect("page")


def insert(request: HttpRequest) -> HttpResponse:
    thing = Thing.objects.create(title=str(json.loads(request.body)["title"]))
    return JsonResponse({"thing": thing.pk, "by": request.user.pk})


urlpatterns = [
    path("", page, name="page"),
    path("empty/", empty),
    path("insert/", insert),
    path("book/<int:pk>/", book),
    path("accounts/", include("allauth.urls")),
]
