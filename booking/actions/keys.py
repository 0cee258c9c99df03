"""Keys of other systems: made and taken back by hub staff; and what was read with them is written down."""

import secrets
from dataclasses import dataclass
from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts import history
from accounts.models import User
from accounts.schoolyear import day_begins
from booking.disclosing import Taken, write_disclosure
from booking.links import token_digest
from booking.models import ApiKey, Disclosure

# By this a leaked key is known for what it is, by people and by programs that look for such.
PREFIX = "hub_"
TOKEN_BYTES = 32
LONGEST = timedelta(days=2 * 366)
# A use is noted at most this often, so that a system that asks every minute does not write every minute.
NOTED_EVERY = timedelta(hours=1)


@dataclass(frozen=True)
class Scopes:
    bookings: bool
    attendance: bool
    people: bool


@transaction.atomic(durable=True)
def make_key(
    *, name: str, to: str, why: str, words: str, scopes: Scopes, ends_on: date, by: User
) -> tuple[ApiKey, str]:
    """Make a key. Returns it with its token, which is known here and never again."""
    now = timezone.now()
    today = timezone.localdate(now)
    if not today <= ends_on <= today + LONGEST:
        raise ValidationError({"ends_on": "A key lasts two years at most, and at least until today."})
    token = PREFIX + secrets.token_urlsafe(TOKEN_BYTES)
    key = ApiKey(
        name=" ".join(name.split()),
        to=" ".join(to.split()),
        why=why,
        words=" ".join(words.split()),
        reads_bookings=scopes.bookings,
        reads_attendance=scopes.attendance,
        reads_people=scopes.people,
        digest=token_digest(token),
        begins=token[:8],
        made_at=now,
        made_by=by,
        ends_on=ends_on,
    )
    key.full_clean()
    key.save()
    history.write("api_key_made", about=[key], by=by, at=now, details={"key": key.pk}, tells=False)
    return key, token


@transaction.atomic(durable=True)
def end_key(*, key: ApiKey, by: User) -> ApiKey:
    """Take a key back: from now on it opens nothing."""
    now = timezone.now()
    key = ApiKey.objects.select_for_update().get(pk=key.pk)
    if key.ended_at is not None:
        raise ValidationError("This key has been taken back already.")
    key.ended_at = now
    key.save(update_fields=["ended_at"])
    history.write("api_key_ended", about=[key], by=by, at=now, details={"key": key.pk}, tells=False)
    return key


@transaction.atomic(durable=True)
def note_use(*, key: ApiKey) -> None:
    """Remember when a key was last used."""
    ApiKey.objects.filter(pk=key.pk).update(used_at=timezone.now())


@transaction.atomic(durable=True)
def note_names(*, key: ApiKey, taken: Taken) -> Disclosure:
    """Write down that names left by a key: one line for each day, list and narrowing, with all the rows of that day."""
    now = timezone.now()
    ApiKey.objects.select_for_update().get(pk=key.pk)  # two answers at once are one line
    today = Disclosure.objects.filter(
        key=key, list_code=taken.list_code, year=taken.year, at__gte=day_begins(timezone.localdate(now))
    )
    for line in today.prefetch_related("work_groups", "schools"):
        # By what it is about, and not by its words: two groups may bear one title.
        about = {one.pk for one in line.work_groups.all()}, {one.pk for one in line.schools.all()}
        if about == (set(taken.work_groups), set(taken.schools)):
            line.rows, line.at = line.rows + taken.rows, now
            line.save(update_fields=["rows", "at"])
            return line
    return write_disclosure(taken, to=key.to, why=key.why, words=key.words, by=key.made_by, at=now, key=key)
