"""Calendar links: made, made anew and revoked by their owner; and how a person wants to be told of sessions."""

import secrets
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts import history
from accounts.models import School, User
from booking.feeds import NOTED_EVERY
from booking.links import token_digest
from booking.models import CalendarFeed

Kind = CalendarFeed.Kind

TOKEN_BYTES = 32


@transaction.atomic(durable=True)
def make_feed(
    *, owner: User, kind: str, school: School | None = None, shows_names: bool = False
) -> tuple[CalendarFeed, str]:
    """Make a calendar link. Returns it with its token, which is known here and never again."""
    now = timezone.now()
    owner = _get_locked(owner)
    _check_may_have(owner, kind, school)
    feed, token = _make(owner, kind, school, shows_names, now)
    history.write("calendar_link_made", about=[owner], by=owner, at=now, details={"feed": feed.pk}, tells=False)
    return feed, token


@transaction.atomic(durable=True)
def renew_feed(*, feed: CalendarFeed, by: User) -> tuple[CalendarFeed, str]:
    """Make a calendar link anew: the old address stops, and whoever was given it loses it."""
    now = timezone.now()
    owner = _get_locked(feed.owner)
    feed = _get_live(feed, by)
    _check_may_have(owner, feed.kind, feed.school)
    feed.revoked_at = now
    feed.save(update_fields=["revoked_at"])
    fresh, token = _make(owner, feed.kind, feed.school, feed.shows_names, now)
    details = {"feed": fresh.pk, "instead_of": feed.pk}
    history.write("calendar_link_renewed", about=[owner], by=by, at=now, details=details, tells=False)
    return fresh, token


@transaction.atomic(durable=True)
def revoke_feed(*, feed: CalendarFeed, by: User) -> CalendarFeed:
    """Stop a calendar link. Who had no other way of hearing of sessions is mailed again, so that none is missed."""
    now = timezone.now()
    owner = _get_locked(feed.owner)
    feed = _get_live(feed, by)
    feed.revoked_at = now
    feed.save(update_fields=["revoked_at"])
    if feed.kind == Kind.MINE and owner.invites == User.Invites.FEED:
        owner.invites = User.Invites.MAIL
        owner.save(update_fields=["invites"])
    history.write("calendar_link_revoked", about=[owner], by=by, at=now, details={"feed": feed.pk}, tells=False)
    return feed


@transaction.atomic(durable=True)
def choose_names(*, feed: CalendarFeed, shows_names: bool, by: User) -> CalendarFeed:
    """Say whether a school's calendar link names the colleagues who are expected."""
    feed = _get_live(feed, by)
    if feed.kind != Kind.SCHOOL:
        raise ValidationError("Only a school's calendar link can name colleagues.")
    feed.shows_names = shows_names
    feed.save(update_fields=["shows_names"])
    return feed


@transaction.atomic(durable=True)
def choose_invites(*, person: User, choice: str) -> User:
    """Choose how sessions reach my calendar: by mail, by my calendar link, or not at all."""
    now = timezone.now()
    person = _get_locked(person)
    if choice not in User.Invites.values:
        raise ValidationError("Please choose one of the three ways.")
    mine = CalendarFeed.objects.filter(owner=person, kind=Kind.MINE, revoked_at__isnull=True)
    if choice == User.Invites.FEED and not mine.exists():
        raise ValidationError("Make your calendar link first, or no session would reach your calendar.")
    if person.invites != choice:
        person.invites = choice
        person.save(update_fields=["invites"])
        history.write("invites_chosen", about=[person], by=person, at=now, details={"invites": choice}, tells=False)
    return person


@transaction.atomic(durable=True)
def note_fetch(*, feed: CalendarFeed, client: str) -> bool:
    """Note when a calendar link was last fetched and by which program, at most hourly. Returns whether it was noted.

    A conditional UPDATE: of many calendars that ask at once, one is noted.
    """
    now = timezone.now()
    due = Q(fetched_at__isnull=True) | Q(fetched_at__lte=now - NOTED_EVERY)
    visible = "".join(character for character in client if character.isprintable())
    return bool(CalendarFeed.objects.filter(due, pk=feed.pk).update(fetched_at=now, fetched_by=visible[:120]))


def _get_locked(person: User) -> User:
    """The row that two tabs of one person wait for."""
    return User.objects.select_for_update(no_key=True).get(pk=person.pk)


def _get_live(feed: CalendarFeed, by: User) -> CalendarFeed:
    live = CalendarFeed.objects.select_for_update(no_key=True, of=("self",)).select_related("school")
    found = live.filter(pk=feed.pk, owner=by, revoked_at__isnull=True).first()
    if found is None:
        raise ValidationError("This calendar link has been stopped already.")
    return found


def _check_may_have(owner: User, kind: str, school: School | None) -> None:
    if kind == Kind.SCHOOL and not owner.memberships.active().leads().filter(school=school).exists():
        raise ValidationError("A school's calendar link is for those who book for the school.")
    if kind == Kind.LED and not owner.facilitations.exists():
        raise ValidationError("This calendar link is for those who lead a work group.")


def _make(owner: User, kind: str, school: School | None, shows_names: bool, now: datetime) -> tuple[CalendarFeed, str]:
    token = secrets.token_urlsafe(TOKEN_BYTES)
    feed = CalendarFeed(
        owner=owner, kind=kind, school=school, digest=token_digest(token), shows_names=shows_names, made_at=now
    )
    feed.full_clean()
    feed.save(force_insert=True)
    return feed, token
