"""Addresses that mail came back from: plain functions in the caller's transaction."""

from datetime import datetime

from accounts import history
from accounts.models import BouncedAddress, School, User
from accounts.models.history import Thing


def came_back(address: str, *, code: str, words: str, at: datetime) -> BouncedAddress | None:
    """Note that an address takes no mail. Returns None where that was known."""
    row, is_new = BouncedAddress.objects.get_or_create(
        address=address.lower(), defaults={"code": code, "words": words[:300], "at": at}
    )
    if not is_new and row.cleared_at is None:
        return None
    row.code, row.words, row.at, row.cleared_at = code, words[:300], at, None
    row.save()
    _write("mail_came_back", row, by=None, at=at)
    return row


def works_again(address: str, *, by: User, at: datetime) -> bool:
    """Mail goes to this address again. Returns whether it had not."""
    row = BouncedAddress.objects.of(address).select_for_update(no_key=True).first()
    if row is None:
        return False
    row.cleared_at = at
    row.save(update_fields=["cleared_at"])
    _write("address_works_again", row, by=by, at=at)
    return True


def _write(verb: str, row: BouncedAddress, *, by: User | None, at: datetime) -> None:
    people = list(User.objects.filter(email=row.address))
    about: list[Thing] = list(School.objects.filter(contact_email__iexact=row.address))
    for person in people:
        about += [one.school for one in person.memberships.current().select_related("school")]
    history.write(verb, about=about, people=[one.pk for one in people], by=by, at=at, tells=False)
