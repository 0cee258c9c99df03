"""Lists to take away: in the columns that are wanted, and where names are in them only with to whom and why."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.access import PersonRequest, hub_staff_required
from accounts.schoolyear import school_year_of, year_choices
from accounts.typed import number_in
from booking.actions import disclosures
from booking.disclosing import Taken
from booking.forms.disclosures import FILES, ProfileForm, TakeAwayForm, column_forms, wanted_columns
from booking.models import ListProfile, Project
from booking.models.disclosures import Why
from booking.reports.keyset import Spot
from booking.reports.lists import disclosures as disclosure_list
from booking.reports.tables import every_list
from booking.reports.tables.listing import Asked, Chosen, Listing
from booking.tables import written
from booking.views.office.lists import Column as PageColumn
from booking.views.office.lists import listing as page_listing
from booking.views.tables import table_response, written_response

DISCLOSURES: list[PageColumn] = [disclosure_list.WHEN, disclosure_list.WHAT, disclosure_list.TO, "Why", "By whom"]
# To whom and why is remembered so long; the next list asks with the same words filled in.
REMEMBERED = timedelta(hours=1)
KEY = "passed_on"
# What the choice between the ways to narrow a list is called.
CALLED = {"status": "Only", "state": "Only", "part": "Who", "phase": "Teaching", "la": "Authority", "kind": "Kind"}
CALLED |= {"via": "How it came", "mode": "How", "notice": "Notice"}


@hub_staff_required
def office_lists(request: PersonRequest) -> HttpResponse:
    """Every list that can be taken away, and the columns that were kept for each."""
    kept: dict[str, list[ListProfile]] = {}
    for profile in ListProfile.objects.all():
        kept.setdefault(profile.list_code, []).append(profile)
    found = [make(Asked()) for make in every_list().values()]
    rows = [(one, _is_personal(one.defaults), kept.get(one.code, [])) for one in found]
    return render(request, "booking/office_lists.html", {"lists": rows})


@hub_staff_required
def office_list(request: PersonRequest, code: str) -> HttpResponseBase:
    """One list: what it is narrowed to, its columns, and the file; with names in it, to whom and why comes first."""
    listing = _listing(code, request)
    profile = _profile(code, request)
    chosen = listing.chosen(profile)
    personal = _is_personal(chosen)
    asked_for = request.GET.get("as", "")
    if not personal and asked_for in dict(FILES) and request.method == "GET":
        return table_response(request, listing.table(chosen))
    form = TakeAwayForm(request.POST if request.method == "POST" else None, initial=_remembered(request))
    if personal and form.is_valid():
        try:
            return _leave(request, listing, chosen, form)
        except ValidationError as refusal:
            form.add_error(None, refusal)
    narrowed, selects = listing.asked.address, _selects(listing)
    shown = {"q", *(name for name, *_ in selects)}
    context = {
        "listing": listing,
        "chosen": chosen,
        "personal": personal,
        "form": form,
        "profile": profile,
        "profiles": ListProfile.objects.filter(list_code=code),
        "count": listing.count() if listing.is_counted else None,
        "query": urlencode(narrowed | ({"profile": str(profile.pk)} if profile else {})),
        "narrowed": urlencode(narrowed),
        "file": asked_for if asked_for in dict(FILES) else "xlsx",
        "files": FILES,
        "selects": selects,
        "fixed": [(name, value) for name, value in narrowed.items() if name not in shown],
    }
    return render(request, "booking/office_list.html", context)


@hub_staff_required
def office_list_columns(request: PersonRequest, code: str, pk: int | None = None) -> HttpResponse:
    """Choose, order and rename the columns of a list, and keep them under a name."""
    listing = _listing(code, request)
    profile = get_object_or_404(ListProfile, pk=pk, list_code=code) if pk else None
    form = ProfileForm(request.POST or None, initial={"name": profile.name if profile else ""})
    narrowed = urlencode(listing.asked.address)
    columns = column_forms(listing.columns, listing.chosen(profile), request.POST or None)
    if request.method == "POST" and all([form.is_valid(), *(one.is_valid() for one in columns)]):
        try:
            saved = disclosures.save_profile(
                profile=profile,
                list_code=code,
                name=form.cleaned_data["name"],
                columns=wanted_columns(columns),
                by=request.user,
            )
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, f"Kept: {saved}.")
            return redirect(f"{saved.get_absolute_url()}&{narrowed}")
    context = {"listing": listing, "form": form, "columns": columns, "profile": profile, "narrowed": narrowed}
    return render(request, "booking/office_list_columns.html", context)


@require_POST
@hub_staff_required
def office_list_columns_remove(request: PersonRequest, code: str, pk: int) -> HttpResponse:
    profile = get_object_or_404(ListProfile, pk=pk, list_code=code)
    disclosures.remove_profile(profile=profile, by=request.user)
    messages.success(request, "Those columns are gone. What was taken away by them stays written down.")
    return redirect(f"{reverse('office_list', args=[code])}?{urlencode(_listing(code, request).asked.address)}")


@hub_staff_required
def office_disclosures(request: PersonRequest) -> HttpResponse:
    """What was passed on: when, by whom, to whom, why."""
    wanted, spot = disclosure_list.Wanted.asked(request.GET), Spot.asked(request.GET, disclosure_list.ORDERS)
    context = {
        "listing": page_listing(request, disclosure_list.page(wanted, spot), spot, DISCLOSURES),
        "wanted": wanted,
        "whys": Why.choices,
    }
    return render(request, "booking/office_disclosures.html", context)


def _listing(code: str, request: HttpRequest) -> Listing:
    make = every_list().get(code)
    if make is None:
        raise Http404
    return make(Asked.of(request.GET.dict()))


def _profile(code: str, request: HttpRequest) -> ListProfile | None:
    pk = number_in(request.GET.get("profile", ""))
    return get_object_or_404(ListProfile, pk=pk, list_code=code) if pk else None


def _is_personal(chosen: list[Chosen]) -> bool:
    return any(one.column.personal for one in chosen)


def _leave(request: PersonRequest, listing: Listing, chosen: list[Chosen], form: TakeAwayForm) -> HttpResponseBase:
    """Write down what leaves, then let it leave; rows that are worked out are counted on their way to the disk."""
    file = request.POST.get("as", "")
    file = file if file in dict(FILES) else "csv"
    asked, table = listing.asked, listing.table(chosen)
    whole, rows = (None, listing.count()) if listing.is_counted else written(table, file)
    taken = Taken(
        list_code=listing.code,
        title=listing.name,
        filters=listing.words,
        columns=[one.head for one in chosen],
        rows=rows,
        file=file,
        work_groups=[asked.group] if asked.group else [],
        schools=[asked.school] if asked.school else [],
        year=asked.year or None,
    )
    try:
        disclosures.pass_on(taken=taken, by=request.user, **form.cleaned_data)
    except ValidationError:
        if whole:
            whole.close()
        raise
    until = timezone.now() + REMEMBERED
    request.session[KEY] = form.cleaned_data | {"until": until.timestamp()}
    return written_response(table.name, file, whole) if whole else table_response(request, table, file=file)


def _remembered(request: HttpRequest) -> dict[str, Any]:
    kept = request.session.get(KEY, {})
    return kept if kept.get("until", 0) > timezone.now().timestamp() else {}


def _selects(listing: Listing) -> list[tuple[str, str, list[tuple[Any, str]], Any]]:
    """The choices of the list's form: name, label, between what, and the one that is made.

    Of groups, sessions and schools its own page says which.
    """
    this_year = school_year_of(timezone.localdate())
    choices: dict[str, tuple[str, list[tuple[Any, str]]]] = {}
    if "year" in listing.takes:
        years = range(this_year + 1, this_year - 9, -1)
        choices["year"] = "School year", [*year_choices(years, listing.asked.year)]
    if "project" in listing.takes:
        choices["project"] = "Project", [(one.pk, str(one)) for one in Project.objects.all()]
    choices |= {name: (CALLED[name], [*some]) for name, some in listing.choices.items()}
    return [(name, label, some, getattr(listing.asked, name)) for name, (label, some) in choices.items()]
