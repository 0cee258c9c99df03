"""What hub staff put right about a person: name, address, part in the hub, and whether they may come in."""

from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone

from accounts import history
from accounts.colleagues import by_address, end_web_sessions
from accounts.letters import write
from accounts.models import User
from accounts.names import clean_name


@transaction.atomic(durable=True)
def edit_person(*, person: User, name: str, email: str, job: str, by: User) -> User:
    """Correct somebody's name, address or job. A new address replaces the old one, which opens nothing more."""
    now = timezone.now()
    person = _get_locked(person)
    before, name_before = person.email, person.name
    person.name, person.job = clean_name(name), job.strip()[:60]
    person.email = email.strip().lower() or None
    person.full_clean(exclude=["password"])
    if person.email and EmailAddress.objects.filter(email__iexact=person.email).exclude(user=person).exists():
        raise ValidationError({"email": "Somebody else already uses this e-mail address."})
    person.leave_behind(name_before if person.name != name_before else None, before if person.email != before else None)
    person.save(update_fields=["name", "email", "job", "former"])
    if person.email != before:
        # Whoever reads the old address is not to come in by it; the new one is proved by the next log-in code.
        EmailAddress.objects.filter(user=person).delete()
        SocialAccount.objects.filter(user=person).delete()
        words = {"name": person.name, "address": person.email or ""}
        write("address_replaced", before or "", words, reason="The hub has changed the address you had here.")
        if person.email:
            EmailAddress.objects.create(user=person, email=person.email, primary=True, verified=False)
        end_web_sessions(person)
    schools = [membership.school for membership in person.memberships.current().select_related("school")]
    history.write(
        "person_edited",
        about=[person, *schools],
        by=by,
        at=now,
        details={"address_changed": person.email != before},
        tells=False,
    )
    return person


@transaction.atomic(durable=True)
def set_hub_role(*, person: User, role: str, by: User) -> User:
    """Make somebody hub staff, a reader of reports, or neither. Somebody must be left who runs the hub."""
    person = _get_locked(person)
    _give_part(person, role, by=by)
    return person


@transaction.atomic(durable=True)
def make_staff(*, email: str, name: str = "") -> User:
    """Make whoever has this address hub staff, from the machine the hub runs on; with a name, somebody new too.

    Nobody gets a password: the first log-in is by a code, which proves the address.
    """
    email = email.strip().lower()
    validate_email(email)
    person = by_address(email)
    if person is None:
        if not name.strip():
            raise ValidationError(f"Nobody here has the address {email}. Give a name too, as in --name 'Olive Office'.")
        person = User.objects.create_user(email=email, name=clean_name(name))
        EmailAddress.objects.create(user=person, email=email, primary=True, verified=False)
    person = _get_locked(person)
    if person.is_hub_staff:
        raise ValidationError(f"{person} is hub staff already.")
    _give_part(person, User.HubRole.STAFF, by=None)
    return person


def _give_part(person: User, role: str, *, by: User | None) -> None:
    """Give somebody, locked by the caller, a part in the hub, or take it."""
    others = User.objects.hub_staff().select_for_update(no_key=True).exclude(pk=person.pk)
    if role != User.HubRole.STAFF and person.is_hub_staff and not others.exists():
        raise ValidationError("Nobody else is hub staff. Give somebody else the part first.")
    if role and not (person.email and person.is_active):
        raise ValidationError("Only somebody with an e-mail address of their own can be part of the hub.")
    person.hub_role = User.HubRole(role)
    person.save(update_fields=["hub_role"])
    end_web_sessions(person)  # whether a second step is needed is settled at log-in
    details = {"role": person.hub_role}
    history.write("hub_role_changed", about=[person], by=by, at=timezone.now(), details=details, tells=False)


@transaction.atomic(durable=True)
def set_active(*, person: User, active: bool, by: User, reason: str = "") -> User:
    """Close the door to somebody, or open it again. Their places and record stay as they are."""
    now = timezone.now()
    person = _get_locked(person)
    if person.pk == by.pk:
        raise ValidationError("You cannot close the door on yourself.")
    if person.merged_into_id:
        raise ValidationError("This account was merged into another; open that one.")
    person.is_active = active
    person.save(update_fields=["is_active"])
    if not active:
        end_web_sessions(person)
    verb = "door_opened" if active else "door_closed"
    history.write(verb, about=[person], by=by, at=now, reason=reason, tells=False)
    return person


def _get_locked(person: User) -> User:
    return User.objects.select_for_update(no_key=True).get(pk=person.pk)
