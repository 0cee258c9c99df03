"""Schools without contact, each with the nearest open group; those chosen are invited."""

from dataclasses import replace
from typing import Any

from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from accounts.access import PersonRequest, hub_staff_required
from accounts.schoolyear import school_year_of
from accounts.typed import number_in
from booking import contact
from booking.forms.no_contact import InviteForm
from booking.models import WorkGroup
from booking.reports import no_contact
from booking.views.office.area import choices, query_of, wish_in
from booking.views.office.invitations import invite_ticked
from booking.views.tables import table_response

# So many groups are offered to choose from, those that meet next first.
MOST_GROUPS = 200
FILTERS = ("project", "phase", "la", "pupils", "meals", "group")


@hub_staff_required
def office_no_contact(request: PersonRequest) -> HttpResponseBase:
    """Whom to invite, and where to: the nearest first."""
    now, this_year = timezone.now(), school_year_of(timezone.localdate())
    meals, group = number_in(request.GET.get("meals", ""), digits=2), number_in(request.GET.get("group", ""))
    wish = replace(wish_in(request, this_year), year=this_year, pupils=request.GET.get("pupils", "")[:4], meals=meals)
    found = no_contact.without_contact(wish, now, group=group)
    first = contact.first_year()
    never = contact.never_words(first)
    if request.GET.get("as") in ("csv", "xlsx"):
        return table_response(request, no_contact.table_of(found, name=never))
    here = request.GET.get("after", "")[:30]
    page = found.page(here)
    listed, lists = [row.school.pk for row in page.rows], no_contact.invitation_groups(this_year)
    form = InviteForm(request.POST or None, groups=lists, listed=listed, initial={"group": group})
    if invite_ticked(request, form, otherwise=never):
        return redirect(f"{reverse('office_no_contact')}?{request.GET.urlencode()}")
    every = request.GET.get("all") == "1"
    context: dict[str, Any] = {
        "never": never,
        "not_held": contact.not_held_words(first),
        "rows": no_contact.shown(page.rows, lists),
        "count": len(found.rows),
        "form": form,
        "can_invite": bool(lists),
        "page": page,
        "here": here,
        "every": every,
        "ticked": [str(pk) for pk in listed] if every else request.POST.getlist("schools"),
        "wish": wish,
        "group": group,
        "groups": WorkGroup.objects.filter(pk__in=found.groups[:MOST_GROUPS]).values_list("pk", "title"),
        "pupil_choices": no_contact.PUPIL_WORDS,
        "meals_choices": no_contact.MEALS,
        "query": query_of(request, FILTERS),
        **choices(),
    }
    return render(request, "booking/office_no_contact.html", context)
