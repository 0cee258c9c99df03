"""The head teacher's page, by a signed link, and the school's own page about the answer."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from accounts.access import PersonRequest, by_link, person_required
from booking.actions import agreements
from booking.forms.agreements import AskHeadForm, HeadForm, PaperForm
from booking.links import agreement_of, head_url
from booking.models import Booking
from booking.reports import asked


@by_link
def head_answer(request: HttpRequest, token: str) -> HttpResponse:
    """What is asked of the school, and three answers. Opening it changes nothing: mail scanners open links."""
    agreement = agreement_of(token)
    if agreement is None:
        raise Http404
    booking = agreement.booking
    said = {"answer": agreement.answer, "name": agreement.name, "words": agreement.words}
    if agreement.role:
        said["role"] = agreement.role
    form = HeadForm(request.POST or None, initial=said)
    if form.is_valid():
        try:
            agreements.answer(booking=booking, **form.cleaned_data)
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            return redirect(f"{request.path}?thanks=1")
    context = {
        "agreement": agreement,
        "booking": booking,
        "form": form,
        "asked": asked.of_school(booking, timezone.now()),
        "thanks": request.GET.get("thanks") == "1" and agreement.answer,
    }
    return render(request, "booking/head_answer.html", context)


@person_required
def booking_head(request: PersonRequest, pk: int) -> HttpResponse:
    """The head's answer to a booking: ask again, hand the link over, or enter what came on paper."""
    mine = Booking.objects.visible_to(request.user).live().exclude(work_group__head_agreement="")
    booking = get_object_or_404(mine.select_related("work_group", "school", "agreement"), pk=pk)
    agreement, act = getattr(booking, "agreement", None), request.POST.get("act", "")
    if agreement is None or agreement.asked_at is None:
        raise Http404  # booked before the group asked for it, or it is not asked yet
    acts_for = not request.user.books_for(booking.school)
    ask = AskHeadForm(request.POST if act == "ask" else None, initial={"email": agreement.email})
    paper = PaperForm(request.POST if act == "paper" else None, prefix="paper") if acts_for else None
    form = {"ask": ask, "paper": paper}.get(act)
    if form is not None and form.is_valid():
        try:
            if form is paper:
                agreements.answer(booking=booking, by=request.user, **form.cleaned_data)
                messages.success(request, "The answer has been entered.")
            else:
                agreements.ask_again(booking=booking, by=request.user, **form.cleaned_data)
                asked_by_mail = bool(ask.cleaned_data["email"])
                messages.success(request, "Your head has been asked." if asked_by_mail else "Here is the link.")
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            return redirect("booking_head" if act == "ask" else "booking_detail", pk=pk)
    context = {
        "booking": booking,
        "work_group": booking.work_group,
        "agreement": agreement,
        "link": head_url(agreement),
        "form": form,
        "ask": ask,
        "paper": paper,
    }
    return render(request, "booking/booking_head.html", context)
