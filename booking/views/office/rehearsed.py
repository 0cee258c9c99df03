"""Look before you leap: what an act would do stands on a page, and one button does it."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from booking.models import WorkGroup
from booking.rehearsal import rehearse


def look_first(
    request: HttpRequest,
    form: forms.BaseForm,
    act: Callable[..., Any],
    *,
    of: WorkGroup,
    title: str,
    button: str,
    back: str,
    arguments: dict[str, Any],
) -> HttpResponse | None:
    """The page that says what the act would do; None once somebody has looked, and the group is as it was then.

    Raises what the action refuses. The answers of the form come back as hidden fields, so that nothing is typed twice.
    """
    seen = request.POST.get("seen")
    if seen == str(of.revision):
        return None
    context = {
        "rehearsal": rehearse(act, **arguments),
        "form": form,
        "work_group": of,
        "title": title,
        "button": button,
        "back": back,
        "changed_meanwhile": seen is not None,
    }
    return render(request, "booking/office_rehearsal.html", context)
