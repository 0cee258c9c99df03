"""What hub staff know of a school beside the national register, and settings that are not on it."""

from dataclasses import dataclass

from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone

from accounts import history
from accounts.models import Membership, School, User


@transaction.atomic(durable=True)
def save_setting(*, school: School, by: User) -> School:
    """Add a nursery, a trust's team or another setting that the register does not have; or change one."""
    now = timezone.now()
    if school.pk and School.objects.get_locked(school.pk).on_register:
        raise ValidationError("This school is on the national register, which decides what stands here.")
    verb = "setting_edited" if school.pk else "setting_added"
    school.on_register = False
    school.set_search()
    school.full_clean()
    school.save()
    history.write(verb, about=[school], by=by, at=now, tells=False)
    return school


@transaction.atomic(durable=True)
def set_contact(*, school: School, email: str, by: User) -> School:
    """Note the address that is read at the school itself: a code sent there says who may book for it."""
    now = timezone.now()
    school = School.objects.get_locked(school.pk)
    school.contact_email = email.strip().lower()
    school.full_clean()
    school.save(update_fields=["contact_email"])
    history.write("school_contact_noted", about=[school], by=by, at=now, tells=False)
    return school


@dataclass(frozen=True)
class NewAddress:
    """Somebody whose mail has moved with the school: from which address to which, and what is in the way."""

    person: User
    old: str
    new: str
    in_the_way: str = ""


def new_addresses(school: School, old_domain: str, new_domain: str) -> list[NewAddress]:
    """Everybody of the school with an address in the old domain, and the same in the new."""
    old_domain, new_domain = (domain.strip().lower().removeprefix("@") for domain in (old_domain, new_domain))
    if not old_domain or old_domain == new_domain:
        raise ValidationError("Give the domain before and the domain after, such as oakfield.leics.sch.uk.")
    found = []
    belong = Membership.objects.of_school(school).current().filter(person__email__iendswith=f"@{old_domain}")
    for membership in belong.select_related("person").order_by("person__name"):
        person = membership.person
        old = person.email or ""
        new = f"{old.rpartition('@')[0]}@{new_domain}"
        validate_email(new)
        taken = User.objects.filter(email=new).exclude(pk=person.pk).exists()
        taken = taken or EmailAddress.objects.filter(email__iexact=new).exclude(user=person).exists()
        found.append(NewAddress(person, old, new, "Somebody else uses this address." if taken else ""))
    return found


@transaction.atomic(durable=True)
def propose_addresses(*, school: School, old_domain: str, new_domain: str, by: User) -> list[NewAddress]:
    """The school's mail has moved: ask each person, at the new address, to confirm it. The old one works until then."""
    now = timezone.now()
    school = School.objects.get_locked(school.pk)
    proposed = [one for one in new_addresses(school, old_domain, new_domain) if not one.in_the_way]
    for one in proposed:
        address, _ = EmailAddress.objects.get_or_create(
            user=one.person, email=one.new, defaults={"primary": False, "verified": False}
        )
        details = {"address": address.pk, "school": school.pk}
        history.write("address_proposed", about=[school], people=[one.person.pk], by=by, at=now, details=details)
    return proposed


@transaction.atomic(durable=True)
def confirm_address(*, address: EmailAddress) -> User:
    """Somebody has opened the mail at the new address: it is theirs now, and the old one opens nothing any more."""
    now = timezone.now()
    address = EmailAddress.objects.select_for_update().get(pk=address.pk)
    person = User.objects.select_for_update(no_key=True).get(pk=address.user_id)
    if not person.is_active:
        raise ValidationError("This address can no longer be confirmed. Please ask the hub.")
    if person.email != address.email:
        EmailAddress.objects.filter(user=person, email=person.email).delete()
        EmailAddress.objects.filter(user=person, primary=True).update(primary=False)
        person.email = address.email
        person.full_clean(exclude=["password"])
        person.save(update_fields=["email"])
    address.primary = address.verified = True
    address.save(update_fields=["primary", "verified"])
    history.write("address_confirmed", about=[person], by=person, at=now, tells=False)
    return person
