"""Keys of other systems: made and taken back by hub staff; and what was read with them is written down."""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts import history
from accounts.models import School, User
from booking.links import token_digest
from booking.models import ApiKey, Disclosure, WorkGroup

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


@dataclass(frozen=True)
class Answered:
    """Rows with names that left in one answer: of which list, how narrowed, and whose people are in it."""

    list_code: str
    title: str
    filters: str
    columns: Sequence[str]
    rows: int
    work_groups: Collection[int] = ()
    schools: Collection[int] = ()
    year: int | None = None


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
def note_names(*, key: ApiKey, answered: Answered) -> Disclosure:
    """Write down that names left by a key: one line for each day, list and narrowing, with all the rows of that day."""
    now = timezone.now()
    begins = now.astimezone(timezone.get_default_timezone()).replace(hour=0, minute=0, second=0, microsecond=0)
    ApiKey.objects.select_for_update().get(pk=key.pk)  # two answers at once are one line
    today = Disclosure.objects.filter(key=key, list_code=answered.list_code, year=answered.year, at__gte=begins)
    for line in today.prefetch_related("work_groups", "schools"):
        # By what it is about, and not by its words: two groups may bear one title.
        about = {one.pk for one in line.work_groups.all()}, {one.pk for one in line.schools.all()}
        if about == (set(answered.work_groups), set(answered.schools)):
            line.rows, line.at = line.rows + answered.rows, now
            line.save(update_fields=["rows", "at"])
            return line
    line = Disclosure(
        key=key,
        list_code=answered.list_code,
        title=answered.title[:120],
        filters=answered.filters[:300],
        columns=list(answered.columns),
        rows=answered.rows,
        file="json",
        at=now,
        by=key.made_by,
        to=key.to,
        why=key.why,
        words=key.words,
        year=answered.year,
    )
    line.full_clean()
    line.save()
    line.work_groups.set(WorkGroup.objects.filter(pk__in=answered.work_groups))
    line.schools.set(School.objects.filter(pk__in=answered.schools))
    details = {"disclosure": line.pk, "list": answered.list_code, "key": key.pk}
    history.write("list_passed_on", about=[line, key], by=None, at=now, details=details, tells=False)
    return line
