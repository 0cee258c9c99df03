"""A named colleague takes one session's register on its day: given, opened by link, and ended."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.access import PersonRequest, by_link
from accounts.colleagues import NewColleague
from accounts.said import said
from accounts.typed import number_in
from booking.access import session_lead_required
from booking.actions import register_links, registers, visitors
from booking.forms.register_links import RegisterLinkForm
from booking.forms.registers import RegisterForm, WalkInForm
from booking.links import register_link_of, register_url
from booking.models import RegisterLink, Session
from booking.reports import registers as reports
from booking.views.registers import register_context


@session_lead_required
def session_links(request: PersonRequest, session: Session) -> HttpResponse:
    """Who has a link to this register, and a form to give one; the link itself is shown once, to copy."""
    form = RegisterLinkForm(request.POST if request.POST.get("act") == "give" else None)
    if request.POST.get("act") == "end":
        chosen = request.POST.get("link", "")
        link = get_object_or_404(session.register_links, pk=number_in(chosen))
        try:
            register_links.end(link=link, by=request.user)
        except ValidationError as refusal:
            messages.error(request, " ".join(refusal.messages))
        else:
            messages.success(request, f"The link of {link.name} is ended.")
        return redirect("session_links", pk=session.pk)
    if form.is_valid():
        try:
            link = register_links.give(session=session, by=request.user, **form.cleaned_data)
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            request.session["register_link"] = link.pk
            messages.success(request, f"The link is on its way to {link.name} by mail.")
            return redirect("session_links", pk=session.pk)
    given = session.register_links.filter(pk=request.session.pop("register_link", 0)).first()
    context = {
        "session": session,
        "work_group": session.work_group,
        "form": form,
        "links": session.register_links.select_related("made_by"),
        "given": register_url(given) if given else "",
    }
    return render(request, "booking/session_links.html", context)


@by_link
def register_by_link(request: HttpRequest, token: str) -> HttpResponse:
    """The same register, without what people need or wrote: marks say that this colleague made them."""
    link = _link(token)
    session = link.session
    if request.POST.get("then") == "done":
        return _done(request, link, token)
    register = reports.register_for(link)
    form = RegisterForm(request.POST or None, register=register)
    if form.is_valid():
        try:
            rest = request.POST.get("then") == "rest"
            made = registers.mark(session=session, taps=form.taps, by=None, link=link, rest=rest)
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, f"Saved at {timezone.localtime():%H:%M}." if made else "Nothing had changed.")
            return redirect("register_by_link", token=token)
    context = register_context(session, register, form, WalkInForm(), link=link, token=token)
    return render(request, "booking/register_by_link.html", context, status=422 if form.errors else 200)


@require_POST
@by_link
def register_link_add(request: HttpRequest, token: str) -> HttpResponse:
    """Add somebody who is not on the list; nobody is looked up for who has no account."""
    link = _link(token)
    walk_in = WalkInForm(request.POST)
    if walk_in.is_valid():
        data = walk_in.cleaned_data
        person = NewColleague(data["name"], data["email"])
        try:
            visitors.add(session=link.session, person=person, school=data["school"], by=None, link=link)
        except ValidationError as refusal:
            walk_in.add_error(None, refusal)
        else:
            messages.success(request, f"{data['name']} is on the register.")
            return redirect("register_by_link", token=token)
    register = reports.register_for(link)
    form = RegisterForm(register=register)
    context = register_context(link.session, register, form, walk_in, link=link, token=token)
    return render(request, "booking/register_by_link.html", context, status=422)


def _done(request: HttpRequest, link: RegisterLink, token: str) -> HttpResponse:
    try:
        register_links.say_done(link=link)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    else:
        messages.success(
            request, f"Thank you. The {said('work group lead')} has been told, looks through it and signs it."
        )
    return redirect("register_by_link", token=token)


def _link(token: str) -> RegisterLink:
    link = register_link_of(token, timezone.now())
    if link is None:
        raise Http404
    return link
