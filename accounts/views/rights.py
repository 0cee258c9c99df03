"""What the law gives people: to see, correct and download their data, to be forgotten, to complain, to say no."""

import json

from allauth.core import ratelimit
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from accounts.access import PersonRequest, asks_again, by_link, hub_staff_required, person_required
from accounts.actions import rights
from accounts.acts import acts_about
from accounts.forms import AnswerForm, ComplaintForm, MeForm, NewsletterForm, TopicsForm
from accounts.models import Complaint, Erasure, Subscription, User
from accounts.newsletter import WORDING, subscription_of, topics_url, unsubscribe_url
from accounts.pages import words_of
from accounts.personal import everything_about, published_words_about, retention_rules
from accounts.traces import Traces


@person_required
def my_name(request: PersonRequest) -> HttpResponse:
    """Correct my name and role."""
    form = MeForm(request.POST or None, initial={"name": request.user.name, "job": request.user.job})
    if form.is_valid():
        rights.edit_me(person=request.user, **form.cleaned_data)
        messages.success(request, "Put right.")
        return redirect("my_account")
    return render(request, "accounts/my_name.html", {"form": form})


@person_required
@asks_again
def my_data(request: PersonRequest) -> HttpResponse:
    """Everything the hub holds about me, to read."""
    erasure = Erasure.objects.filter(person=request.user).first()
    context = {"held": everything_about(request.user), "erasure": erasure}
    return render(request, "accounts/my_data.html", context)


@person_required
@asks_again
def my_data_file(request: PersonRequest) -> HttpResponse:
    """The same as a file that other programs can read."""
    return _file(request.user, "my-data.json")


def _file(person: User, name: str) -> HttpResponse:
    held = {"made_at": timezone.now()} | everything_about(person)
    body = json.dumps(held, cls=DjangoJSONEncoder, indent=2, ensure_ascii=False)
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(body, content_type="application/json; charset=utf-8", headers=headers)


@require_POST
@person_required
def my_erasure(request: PersonRequest) -> HttpResponse:
    """Ask to be forgotten."""
    try:
        rights.ask_erasure(person=request.user)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    else:
        messages.success(request, "The hub has your wish, and answers within thirty days.")
    return redirect("my_account")


@require_POST
@person_required
def my_newsletter(request: PersonRequest) -> HttpResponse:
    """Want the newsletter, or not any more."""
    if request.POST.get("want") == "yes" and request.user.email:
        rights.subscribe(email=request.user.email, source="my account", by=request.user)
        messages.success(request, "The newsletter comes to you from now on.")
    else:
        subscription = Subscription.objects.filter(email=request.user.email).first()
        if subscription is not None:
            rights.unsubscribe(subscription=subscription)
        messages.success(request, "You get no newsletter. Mails about your sessions come as before.")
    return redirect("my_account")


@login_not_required
def privacy(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/privacy.html", {"words": words_of("privacy")})


@login_not_required
def accessibility(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/accessibility.html", {"words": words_of("accessibility")})


@login_not_required
def retention(request: HttpRequest) -> HttpResponse:
    """How long each thing is kept, and why: the very table the machine works by."""
    return render(request, "accounts/retention.html", {"rules": retention_rules()})


@login_not_required
def complaint_make(request: HttpRequest) -> HttpResponse:
    """Complain about how personal data is handled; an account is not needed."""
    form = ComplaintForm(request.POST or None)
    if form.is_valid():
        if not ratelimit.consume(request, action="complaint"):
            return ratelimit.respond_429(request)
        data = form.cleaned_data
        if not data.pop("website"):
            rights.complain(**data)
        messages.success(request, "We have your complaint, and a mail with its number is on its way to you.")
        return redirect("privacy")
    return render(request, "accounts/complaint_make.html", {"form": form})


@login_not_required
def newsletter(request: HttpRequest) -> HttpResponse:
    """Ask for the newsletter; a mail asks back, so that nobody signs up another."""
    form = NewsletterForm(request.POST or None)
    if form.is_valid():
        if not ratelimit.consume(request, action="newsletter"):
            return ratelimit.respond_429(request)
        rights.subscribe(source="newsletter page", **form.cleaned_data)
        messages.success(
            request,
            "Look into your mailbox: a mail asks whether you want it. If none has come in an hour, write to us.",
        )
        return redirect("newsletter")
    return render(request, "accounts/newsletter.html", {"form": form, "wording": WORDING})


@never_cache
@login_not_required
def newsletter_confirm(request: HttpRequest, token: str) -> HttpResponse:
    subscription = _subscription(token)
    if request.method == "POST":
        rights.confirm_subscription(subscription=subscription)
        messages.success(request, "Thank you. The next newsletter comes to you.")
        return redirect("home")
    return render(request, "accounts/newsletter_confirm.html", {"subscription": subscription})


@by_link
def newsletter_topics(request: HttpRequest, token: str) -> HttpResponse:
    """Change what I read about, by the link in each newsletter."""
    subscription = _subscription(token)
    chosen = {"phases": subscription.phases, "authorities": subscription.authorities}
    # Nothing ticked is an answer too, and an empty one.
    form = TopicsForm(request.POST if request.method == "POST" else None, initial=chosen)
    if form.is_valid():
        rights.choose_topics(subscription=subscription, **form.cleaned_data)
        messages.success(request, "Kept. The next newsletter is about what you chose.")
        return redirect("newsletter_topics", token=token)
    context = {"form": form, "subscription": subscription, "stop": unsubscribe_url(subscription)}
    return render(request, "accounts/newsletter_topics.html", context)


@csrf_exempt  # a mail program presses for its owner, with no cookie to forge (RFC 8058, 3.1)
@never_cache
@login_not_required
def newsletter_unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """One click ends it; opening the page changes nothing, since mail scanners open every link."""
    subscription = _subscription(token)
    if request.method == "POST":
        subscription = rights.unsubscribe(subscription=subscription)
    context = {"subscription": subscription, "topics": topics_url(subscription)}
    return render(request, "accounts/newsletter_unsubscribe.html", context)


def _subscription(token: str) -> Subscription:
    subscription = subscription_of(token)
    if subscription is None:
        raise Http404
    return subscription


@hub_staff_required
def office_complaint_list(request: PersonRequest) -> HttpResponse:
    """Complaints with their clock, the oldest open one first."""
    closed = Complaint.objects.filter(closed_at__isnull=False).order_by("-closed_at")[:50]
    return render(request, "accounts/office_complaint_list.html", {"open": Complaint.objects.open(), "closed": closed})


@hub_staff_required
def office_complaint(request: PersonRequest, pk: int) -> HttpResponse:
    complaint = get_object_or_404(Complaint, pk=pk)
    form = AnswerForm(request.POST or None, initial={"notes": complaint.notes, "outcome": complaint.outcome})
    if form.is_valid():
        close = "close" in request.POST
        try:
            rights.note_complaint(complaint=complaint, close=close, by=request.user, **form.cleaned_data)
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, "Closed, and the outcome is on its way." if close else "Noted.")
            return redirect("office_complaint_list")
    context = {"complaint": complaint, "form": form, "history": acts_about(complaint)}
    return render(request, "accounts/office_complaint.html", context)


@hub_staff_required
@asks_again
def office_person_data(request: PersonRequest, pk: int) -> HttpResponse:
    """All that is held about somebody as a file, for who asks the hub and has no account. That it was taken is kept."""
    person = get_object_or_404(User, pk=pk, merged_into__isnull=True)
    rights.note_seen(person=person, by=request.user)
    return _file(person, f"person-{person.pk}.json")


@hub_staff_required
@asks_again
def office_person_erase(request: PersonRequest, pk: int) -> HttpResponse:
    """Forget a person: what goes and what stays is shown first; or say no to their wish, and why."""
    person = get_object_or_404(User, pk=pk, merged_into__isnull=True)
    erasure = Erasure.objects.filter(person=person).first()
    if request.method == "POST":
        try:
            if "refuse" in request.POST and erasure is not None:
                rights.refuse_erasure(erasure=erasure, reason=request.POST.get("reason", ""), by=request.user)
                messages.success(request, "They are told, and why.")
            else:
                rights.erase(person=person, by=request.user)
                messages.success(request, "Erased. The record counts on, without a name.")
        except ValidationError as refusal:
            messages.error(request, " ".join(refusal.messages))
            return redirect("office_person_erase", pk=pk)
        return redirect("office_person", pk=pk)
    rights.note_seen(person=person, by=request.user)
    traces = Traces.of(person)
    context = {
        "person": person,
        "erasure": erasure,
        "held": everything_about(person),
        "published": published_words_about(person),
        "shared": sorted(traces.shared),
        "complaints": Complaint.objects.open().filter(traces.at("email")),
    }
    return render(request, "accounts/office_person_erase.html", context)
