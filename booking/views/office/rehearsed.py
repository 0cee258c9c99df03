"""Look before you leap: what an act would do stands on a page, and one button does it."""

from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from booking.models import Venue, WorkGroup
from booking.rehearsal import rehearse


class Everything:
    """Several forms as one: their fields, to be carried along unseen, and what is wrong in any of them."""

    def __init__(self, *parts: Any) -> None:
        self._parts = parts

    @property
    def errors(self) -> list[Any]:
        return [one.errors for one in self._parts if one.errors]

    @property
    def non_field_errors(self) -> list[Any]:
        return [error for one in self._parts for error in one.non_field_errors()]

    def __iter__(self) -> Iterator[Any]:
        return chain.from_iterable(self._parts)


def look_first(
    request: HttpRequest,
    form: forms.BaseForm | Everything,
    act: Callable[..., Any],
    *,
    of: WorkGroup | Venue,
    title: str,
    button: str,
    back: str,
    arguments: dict[str, Any],
    beware: Sequence[str] = (),
    sends_to: str = "",
) -> HttpResponse | None:
    """The page that says what the act would do; None once somebody has looked, and what it is of is as it was then.

    `beware`: what speaks against it, though it can be done; `sends_to`: where it is done, if not at `back`. Raises
    what the action refuses. The answers of the form come back as hidden fields, so that nothing is typed twice.
    """
    seen, stands = request.POST.get("seen"), as_it_stands(of)
    if seen == stands:
        return None
    url = "office_work_group" if isinstance(of, WorkGroup) else "office_venue_edit"
    context = {
        "rehearsal": rehearse(act, **arguments),
        "form": form,
        "beware": beware,
        "of": of,
        "of_url": reverse(url, args=[of.pk]),
        "stands": stands,
        "title": title,
        "button": button,
        "back": back,
        "sends_to": sends_to or back,
        "changed_meanwhile": seen is not None,
    }
    return render(request, "booking/office_rehearsal.html", context)


def as_it_stands(of: WorkGroup | Venue) -> str:
    """A word that changes whenever what the act is about does: a group's revision, or those of all that meet there."""
    if isinstance(of, WorkGroup):
        return str(of.revision)
    groups = WorkGroup.objects.filter(sessions__venue=of.pk).order_by("pk").distinct()
    return ",".join(f"{pk}.{revision}" for pk, revision in groups.values_list("pk", "revision"))
