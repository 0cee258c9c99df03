"""The day itself: cancel, or move online, in two taps; and a number on which to be reached."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from accounts.access import PersonRequest, hub_staff_required, person_required
from booking.access import session_lead_required
from booking.actions import today
from booking.expectations import NEAR, is_near
from booking.forms.today import CancelTodayForm, ManyTodayForm, MobileForm, OnlineTodayForm
from booking.models import Attendance, Mobile, Session, WorkGroup
from booking.models.calls import KEPT_FOR
from booking.reports.ringing import changed_on_the_day, is_changed_on_the_day, to_ring


@session_lead_required
def session_today(request: PersonRequest, session: Session) -> HttpResponse:
    """Cancel today, or move online now: told at once, before all other mail."""
    act = request.POST.get("act", "")
    cancel = CancelTodayForm(request.POST if act == "cancel" else None)
    online = OnlineTodayForm(request.POST if act == "online" else None, initial={"link": session.link})
    form = {"cancel": cancel, "online": online}.get(act)
    if form is not None and form.is_valid():
        try:
            if act == "cancel":
                today.cancel_today(sessions=[session.pk], reason=cancel.cleaned_data["reason"], by=request.user)
            else:
                link, why = online.cleaned_data["link"], online.cleaned_data["why"]
                today.move_online_today(links={session.pk: link}, reason=why, by=request.user)
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, "Everybody is being told. Ring those who may not read it in time.")
            return redirect("session_calls", pk=session.pk)
    context = {
        "session": session,
        "form": form,
        "cancel": cancel,
        "online": online,
        "may": session.is_planned and is_near(session, timezone.now()),
        "to_ring": is_changed_on_the_day(session, timezone.now()),
    }
    return render(request, "booking/session_today.html", context)


@hub_staff_required
def office_today(request: PersonRequest) -> HttpResponse:
    """Snow: every session of the coming day at once."""
    now = timezone.now()
    near = Session.objects.coming(now).filter(starts_at__lte=now + NEAR, work_group__status=WorkGroup.Status.PUBLISHED)
    sessions = list(near.select_related("work_group", "venue").order_by("starts_at", "pk"))
    form = ManyTodayForm(request.POST or None, sessions=sessions)
    if form.is_valid():
        data = form.cleaned_data
        try:
            if request.POST.get("act") == "online":
                done = today.move_online_today(links=form.links(), reason=data["reason"], by=request.user)
            else:
                done = today.cancel_today(sessions=data["sessions"], reason=data["reason"], by=request.user)
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, f"Everybody of {len(done)} session{'s' if len(done) > 1 else ''} is being told.")
            return redirect("session_calls", pk=done[0].pk) if len(done) == 1 else redirect("office_today")
    context = {"form": form, "sessions": sessions, "to_ring": to_ring(changed_on_the_day(now))}
    return render(request, "booking/office_today.html", context)


@person_required
def my_mobile(request: PersonRequest, pk: int) -> HttpResponse:
    """A number on which who leads this group can reach me on the day; for this group only."""
    coming = Attendance.objects.of_person(request.user).filter(session__in=Session.objects.coming(timezone.now()))
    work_group = get_object_or_404(WorkGroup.objects.filter(pk__in=coming.values("session__work_group")), pk=pk)
    mobile = Mobile.objects.filter(person=request.user, work_group=work_group).first()
    form = MobileForm(request.POST or None, initial={"number": mobile.number if mobile else ""})
    if form.is_valid():
        try:
            kept = today.give_mobile(person=request.user, work_group=work_group, number=form.cleaned_data["number"])
        except ValidationError as refusal:
            form.add_error("number", refusal.messages)
        else:
            messages.success(request, "Kept, for this group only." if kept else "Deleted.")
            return redirect("my_sessions")
    context = {"form": form, "work_group": work_group, "mobile": mobile, "kept_for": KEPT_FOR.days}
    return render(request, "booking/my_mobile.html", context)
