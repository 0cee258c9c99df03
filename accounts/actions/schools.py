"""What hub staff know of a school beside the national register, and settings that are not on it."""

from dataclasses import dataclass

from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone

from accounts import history
from accounts.models import AddressProposal, Membership, School, User


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
    belong = Membership.objects.of_school(school).active().filter(person__email__iendswith=f"@{old_domain}")
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
    """The school's mail has moved: ask each person, at the new address, to confirm it. Until then it opens nothing."""
    now = timezone.now()
    school = School.objects.get_locked(school.pk)
    proposed = [one for one in new_addresses(school, old_domain, new_domain) if not one.in_the_way]
    for one in proposed:
        given = {"school": school, "email": one.new, "asked_at": now}
        proposal, _ = AddressProposal.objects.update_or_create(person=one.person, defaults=given)
        details = {"proposal": proposal.pk}
        history.write("address_proposed", about=[school], people=[one.person.pk], by=by, at=now, details=details)
    return proposed


@transaction.atomic(durable=True)
def confirm_address(*, proposal: AddressProposal, by: User) -> User:
    """Somebody, logged in, has opened the mail at the new address: it is theirs, and the old one opens nothing."""
    now = timezone.now()
    person = User.objects.select_for_update(no_key=True).get(pk=proposal.person_id)
    proposal = AddressProposal.objects.get(pk=proposal.pk)
    if by.pk != person.pk:
        raise ValidationError("Log in as yourself to confirm your address.")
    EmailAddress.objects.filter(user=person, email__iexact=person.email or "").delete()
    EmailAddress.objects.filter(user=person).update(primary=False)
    SocialAccount.objects.filter(user=person).delete()  # the old school's account elsewhere is not theirs any more
    person.leave_behind(person.email)
    person.email = proposal.email
    person.full_clean(exclude=["password"])
    person.save(update_fields=["email", "former"])
    EmailAddress.objects.update_or_create(
        user=person, email=proposal.email, defaults={"primary": True, "verified": True}
    )
    proposal.delete()
    schools = [membership.school for membership in person.memberships.current().select_related("school")]
    history.write("address_confirmed", about=[person, *schools], by=person, at=now, tells=False)
    return person
