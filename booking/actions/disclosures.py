"""Lists leave the hub: who took what, for whom and why is written down before the first row leaves."""

from collections.abc import Mapping, Sequence

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts import history
from accounts.models import User
from booking.disclosing import Taken, write_disclosure
from booking.models import Disclosure, ListProfile

MOST_CODES = 60


@transaction.atomic(durable=True)
def pass_on(*, taken: Taken, to: str, why: str, words: str, by: User) -> Disclosure:
    """Write down that a list with names leaves the hub: to whom, and why."""
    return write_disclosure(taken, to=to, why=why, words=words, by=by, at=timezone.now())


@transaction.atomic(durable=True)
def save_profile(
    *,
    profile: ListProfile | None,
    list_code: str,
    name: str,
    columns: Sequence[tuple[str, str, Mapping[str, str]]],
    by: User,
) -> ListProfile:
    """Keep which columns of a list somebody wants, in which order, called what: (key, heading, codes for values)."""
    now = timezone.now()
    if not columns:
        raise ValidationError("Choose at least one column.")
    keys = [key for key, _, _ in columns]
    if len(set(keys)) < len(keys):
        raise ValidationError("Each column stands there once.")
    if any(len(codes) > MOST_CODES for _, _, codes in columns):
        raise ValidationError(f"A column takes at most {MOST_CODES} codes.")
    saved = profile or ListProfile(list_code=list_code)
    saved.name, saved.saved_at, saved.saved_by = " ".join(name.split()), now, by
    saved.columns = [[key, head, dict(codes)] for key, head, codes in columns]
    saved.full_clean()
    saved.save()
    details = {"profile": saved.pk, "list": list_code, "columns": keys}
    history.write("columns_saved", about=[saved], by=by, at=now, details=details, tells=False)
    return saved


@transaction.atomic(durable=True)
def remove_profile(*, profile: ListProfile, by: User) -> None:
    """These columns are not wanted any more; what was taken away by them stays written down."""
    now = timezone.now()
    details = {"profile": profile.pk, "list": profile.list_code}
    history.write("columns_removed", about=[profile], by=by, at=now, details=details, tells=False)
    profile.delete()
