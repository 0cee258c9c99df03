"""Calendar links: the page on which a person makes them, and the files that calendars read."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.http import http_date, parse_http_date_safe, quote_etag
from django.views.decorators.http import require_safe

from accounts.access import PersonRequest, by_link, person_required
from accounts.models import School, User
from accounts.sealing import seal, unseal
from accounts.typed import number_in
from booking import feeds, ical
from booking.actions import feeds as actions
from booking.links import absolute, person_of
from booking.models import CalendarEntry, CalendarFeed, WorkGroup

# Under this a fresh link waits in the web session, sealed, to be shown once, and not for long.
FRESH, SHOWN_WITHIN = "fresh_calendar_link", 600

Kind = CalendarFeed.Kind


@dataclass(frozen=True)
class FreshLink:
    """The addresses of a link that has just been made: shown once, for only the token's digest is kept."""

    https: str
    webcal: str
    google: str

    @classmethod
    def of(cls, token: str) -> "FreshLink":
        https = absolute(reverse("calendar_feed", args=[token]))
        webcal = f"webcal://{https.partition('://')[2]}"
        return cls(https, webcal, f"https://calendar.google.com/calendar/r?cid={quote(webcal, safe='')}")


@dataclass(frozen=True)
class Link:
    """One of a person's calendar links on the page, made or yet to be made."""

    kind: str
    title: str
    words: str
    school: School | None
    feed: CalendarFeed | None
    fresh: FreshLink | None

    @property
    def fetched_by(self) -> str:
        return feeds.client_name(self.feed.fetched_by) if self.feed else ""


@person_required
def calendar_links(request: PersonRequest) -> HttpResponse:
    """Make, see, make anew and stop my calendar links; choose how sessions reach my calendar."""
    if request.method == "POST":
        try:
            _act(request, request.POST.get("do", ""))
        except ValidationError as refusal:
            messages.error(request, " ".join(refusal.messages))
        return redirect("calendar_links")
    fresh: dict[str, str] = request.session.pop(FRESH, {})
    context = {"links": _links(request.user, fresh), "choices": User.Invites.choices, "chosen": request.user.invites}
    return render(request, "booking/calendar_links.html", context)


@require_safe
@login_not_required
def calendar_feed(request: HttpRequest, token: str) -> HttpResponse:
    """A person's calendar link, read by a program: whoever holds the address reads it."""
    now = timezone.now()
    feed = feeds.read(token)
    if feed is None:
        raise Http404
    if feeds.is_fetch_due(feed, now=now):
        actions.note_fetch(feed=feed, client=request.headers.get("User-Agent", ""))
    state = feeds.state(feed, now=now)
    return _calendar(request, "sessions", state, lambda: feeds.kept_body(feed, state, now=now))


@require_safe
@login_not_required
def work_group_sessions_ics(request: HttpRequest, slug: str) -> HttpResponse:
    """All dates of a work group, for anybody's calendar."""
    now = timezone.now()
    work_group = get_object_or_404(WorkGroup.objects.published(), slug=slug)

    def body() -> bytes:
        sessions = feeds.public_sessions(work_group, now=now).select_related("work_group", "venue")
        return ical.public_file(sessions, name=work_group.title)

    return _calendar(request, slug, feeds.public_state(work_group, now=now), body)


@require_safe
@login_not_required
def hub_sessions_ics(request: HttpRequest) -> HttpResponse:
    """All dates of the hub's work groups, for anybody's calendar."""
    now = timezone.now()
    return _calendar(request, "work-groups", feeds.hub_state(now=now), lambda: feeds.hub_body(now=now))


@require_safe
@person_required
def my_session_ics(request: PersonRequest, pk: int) -> HttpResponse:
    """One of my sessions, to put into my calendar by hand."""
    return _own_session(request.user, pk)


@require_safe
@by_link
def person_session_ics(request: HttpRequest, token: str, pk: int) -> HttpResponse:
    """The same by the signed link in a mail."""
    person = person_of(token)
    if person is None:
        raise Http404
    return _own_session(person, pk)


def _own_session(person: User, pk: int) -> HttpResponse:
    entries = CalendarEntry.objects.wanted().filter(person=person, session__starts_at__isnull=False)
    entry = get_object_or_404(entries.select_related("session__work_group", "session__venue"), session=pk)
    response = HttpResponse(ical.own_file(entry), content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="session-{entry.session.number}.ics"'
    return response


def _calendar(request: HttpRequest, name: str, state: str, body: Callable[[], bytes]) -> HttpResponse:
    """Answer with a calendar file, or with 304 where the calendar has this state already (RFC 9110, 13)."""
    etag, modified = quote_etag(state), int(feeds.first_seen(state).timestamp())
    # "Not changed since" is believed of the very moment that we gave with this state, and of no later one: a state may
    # come back, and another process has met it at another time (RFC 9110, 13.1.3).
    since = parse_http_date_safe(request.headers.get("If-Modified-Since", ""))
    known = modified if since == modified else None
    response = get_conditional_response(request, etag=etag, last_modified=known)
    if response is None:
        response = HttpResponse(
            b"" if request.method == "HEAD" else body(), content_type="text/calendar; charset=utf-8"
        )
        response["Content-Disposition"] = f'inline; filename="{name}.ics"'
    response["ETag"] = etag
    response["Last-Modified"] = http_date(modified)
    response["Cache-Control"] = "private, max-age=0, must-revalidate"
    response["X-Robots-Tag"] = "noindex"
    return response


def _act(request: PersonRequest, do: str) -> None:
    """Do what a button of the page asks for."""
    person, sent = request.user, request.POST
    if do == "make":
        pk = number_in(sent.get("school", ""))
        school = get_object_or_404(School, pk=pk) if pk else None
        made, token = actions.make_feed(
            owner=person, kind=sent.get("kind", ""), school=school, shows_names=sent.get("names") == "on"
        )
        _keep_fresh(request, made, token)
    elif do == "renew":
        made, token = actions.renew_feed(feed=_own_feed(request), by=person)
        _keep_fresh(request, made, token)
    elif do == "revoke":
        actions.revoke_feed(feed=_own_feed(request), by=person)
        messages.success(request, "The link has stopped. Take the calendar out of your calendar program too.")
    elif do == "names":
        feed = actions.choose_names(feed=_own_feed(request), shows_names=sent.get("names") == "on", by=person)
        named = "names your colleagues" if feed.shows_names else "says how many are expected, without names"
        messages.success(request, f"The calendar now {named}.")
    elif do == "invites":
        actions.choose_invites(person=person, choice=sent.get("invites", ""))
        messages.success(request, "Your choice is kept.")
    else:
        raise Http404


def _own_feed(request: PersonRequest) -> CalendarFeed:
    pk = request.POST.get("feed", "")
    mine = request.user.calendar_feeds.filter(revoked_at__isnull=True).select_related("owner", "school")
    return get_object_or_404(mine, pk=number_in(pk))


def _keep_fresh(request: PersonRequest, feed: CalendarFeed, token: str) -> None:
    request.session[FRESH] = {"feed": str(feed.pk), "token": seal(token, use=FRESH)}


def _links(person: User, fresh: dict[str, str]) -> list[Link]:
    """The links this person has or may make, in the order of the page."""
    live = person.calendar_feeds.filter(revoked_at__isnull=True)
    made = {(feed.kind, feed.school_id): feed for feed in live}
    wanted: list[tuple[str, str, str, School | None]] = [
        (Kind.MINE, "My sessions", "Every session you are expected at or lead, with the joining link.", None)
    ]
    for membership in person.memberships.active().leads().select_related("school"):
        words = "Every session at which one of you is expected: for the school's calendar, or whoever plans cover."
        wanted.append((Kind.SCHOOL, membership.school.name, words, membership.school))
    if person.facilitations.exists():
        wanted.append((Kind.LED, "Work groups I lead", "The sessions of your groups, to share with nobody else.", None))
    links = []
    for kind, title, words, school in wanted:
        feed = made.get((kind, school.pk if school else None))
        is_fresh = feed is not None and fresh.get("feed") == str(feed.pk)
        token = unseal(fresh["token"], use=FRESH, seconds=SHOWN_WITHIN) if is_fresh else None
        links.append(Link(kind, title, words, school, feed, FreshLink.of(token) if token else None))
    return links
