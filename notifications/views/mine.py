"""Mail as its readers see it: one's own, a school's, and which mails one wants."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from accounts.access import PersonRequest, SchoolRequest, confirmed_lead_required, person_required
from accounts.typed import page_in
from booking.reports.paging import page_of
from notifications import ledger
from notifications.actions.choices import choose
from notifications.forms import ChoicesForm

PAGE = 20


@person_required
def my_mail(request: PersonRequest) -> HttpResponse:
    """What was sent to me and why, what is still to come, and what would stop it."""
    mails = ledger.of_person(request.user).select_related("school", "work_group").defer("raw")
    page = page_of(mails, page_in(request.GET.get("page", "1")), PAGE)
    context = {"page": page, "rows": ledger.explain(page.rows)}
    if page.number == 1:
        context["to_come"] = ledger.to_come(request.user, timezone.now())
    return render(request, "notifications/my_mail.html", context)


@person_required
def my_mail_choices(request: PersonRequest) -> HttpResponse:
    """Reminders, changes, letters: each as it comes, once a week, or not at all."""
    chosen = dict(request.user.mail_choices.values_list("family", "how"))
    form = ChoicesForm(request.POST or None, initial=chosen)
    if form.is_valid():
        choose(by=request.user, chosen=form.cleaned_data)
        messages.success(request, "Kept. It holds from the next mail on.")
        return redirect("my_mail_choices")
    return render(request, "notifications/my_mail_choices.html", {"form": form})


@confirmed_lead_required
def school_mail(request: SchoolRequest) -> HttpResponse:
    """What went about the school's places and bookings, to whom, and what became of it; the words only of one's own."""
    mails = ledger.of_school(request.school).select_related("person", "work_group").defer("raw")
    page = page_of(mails, page_in(request.GET.get("page", "1")), PAGE)
    context = {"page": page, "rows": ledger.explain(page.rows), "school": request.school}
    return render(request, "notifications/school_mail.html", context)
