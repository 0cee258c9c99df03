"""Issuing certificates, issuing one anew, and revoking one."""

from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts import history
from accounts.models import User
from booking.certifying import certificate_of, check_ready, is_as_counted, may_have_one
from booking.completion import standings
from booking.models import Certificate, CertificateBundle, WorkGroup

ANEW = "Issued anew: the register was amended."
# So long one worker has a file for itself, and so long a file is kept.
LEASE, KEPT = timedelta(minutes=5), timedelta(days=1)


@transaction.atomic(durable=True)
def issue(*, work_group: WorkGroup, by: User, person: int | None = None) -> list[Certificate]:
    """Issue a certificate to everybody who has completed the group and never had one; pressed twice, it is done once.

    `person`: to them alone, also after theirs was revoked.
    """
    now = timezone.now()
    work_group = WorkGroup.objects.get_locked(work_group.pk)
    check_ready(work_group, now)
    earned = may_have_one(work_group, standings([work_group], now=now))
    given = Certificate.objects.filter(work_group=work_group)
    # Whose was revoked gets none with everybody's: somebody decided that.
    had = set((given if person is None else given.in_force()).values_list("person", flat=True))
    wanted = [pk for pk in earned if pk not in had and person in (None, pk)]
    people = User.objects.filter(is_active=True).in_bulk(wanted)
    order = sorted(people, key=lambda pk: (people[pk].name, pk))
    made = Certificate.objects.bulk_create(certificate_of(people[pk], earned[pk], by, now) for pk in order)
    if not made:
        raise ValidationError("Everybody who has completed the group has a certificate already.")
    history.write(
        "certificates_issued",
        about=[work_group, *{one.school for one in made if one.school}],
        people=[one.person_id for one in made],
        by=by,
        at=now,
        details={"work_group": work_group.pk, "certificates": [one.pk for one in made]},
    )
    return made


@transaction.atomic(durable=True)
def issue_anew(*, certificate: Certificate, by: User) -> Certificate:
    """Revoke a certificate that says something else than the registers now do, and issue one that says it."""
    now = timezone.now()
    work_group = WorkGroup.objects.get_locked(certificate.work_group_id)
    certificate = _in_force(certificate.pk)
    check_ready(work_group, now)
    person = certificate.person
    standing = standings([work_group], [person.pk], now=now).get((work_group.pk, person.pk))
    if standing is None or not standing.is_complete:
        raise ValidationError(f"By the registers {person.name} has not completed the group. Revoke it instead.")
    if not certificate.name:
        raise ValidationError("Its holder asked to be forgotten, so it is not issued anew. Revoke it, if need be.")
    if is_as_counted(certificate, person, standing):
        raise ValidationError("It says what the registers say.")
    _revoke(certificate, ANEW, by, now)
    fresh = certificate_of(person, standing, by, now)
    fresh.follows = certificate
    fresh.save(force_insert=True)
    history.write(
        "certificate_issued_anew",
        about=[work_group, *([fresh.school] if fresh.school else [])],
        people=[person.pk],
        by=by,
        at=now,
        details={"work_group": work_group.pk, "certificates": [fresh.pk], "before": certificate.pk},
    )
    return fresh


@transaction.atomic(durable=True)
def revoke(*, certificate: Certificate, reason: str, by: User) -> Certificate:
    """It holds no more: its address says so to whoever looks, and never why."""
    now = timezone.now()
    work_group = WorkGroup.objects.get_locked(certificate.work_group_id)
    certificate = _in_force(certificate.pk)
    if not reason.strip():
        raise ValidationError("Say why: the hub and who leads the group read it.")
    _revoke(certificate, reason.strip()[:200], by, now)
    history.write(
        "certificate_revoked",
        about=[work_group, *([certificate.school] if certificate.school else [])],
        people=[certificate.person_id],
        by=by,
        at=now,
        reason=certificate.reason,
        details={"work_group": work_group.pk, "certificates": [certificate.pk]},
        tells=False,
    )
    return certificate


@transaction.atomic(durable=True)
def ask_for_bundle(*, work_group: WorkGroup, by: User) -> CertificateBundle:
    """Ask for all certificates of a group in one file; a worker makes it. Asked again meanwhile, it is the same."""
    work_group = WorkGroup.objects.get_locked(work_group.pk)
    open_one = work_group.certificate_bundles.filter(ready_at__isnull=True).first()
    if open_one is not None:
        return open_one
    count = Certificate.objects.in_force().filter(work_group=work_group).count()
    if not count:
        raise ValidationError("No certificate of this group is in force.")
    bundle = CertificateBundle.objects.create(work_group=work_group, asked_by=by, of=count)
    about, details = [work_group], {"work_group": work_group.pk, "certificates": count}
    history.write("certificates_bundled", about=about, by=by, at=bundle.asked_at, details=details, tells=False)
    return bundle


@transaction.atomic(durable=True)
def claim_bundle(*, now: datetime) -> CertificateBundle | None:
    """Take the next file to make, for this worker alone."""
    waiting = CertificateBundle.objects.filter(
        Q(claimed_until__isnull=True) | Q(claimed_until__lte=now), ready_at__isnull=True
    )
    bundle = waiting.select_for_update(no_key=True).order_by("pk").first()
    if bundle is not None:
        bundle.claimed_until = now + LEASE
        bundle.save(update_fields=["claimed_until"])
    return bundle


def drop_bundles(*, now: datetime) -> int:
    """Files that are a day old go, and what was never made with them. Returns how many."""
    old = list(CertificateBundle.objects.filter(asked_at__lt=now - KEPT))
    for bundle in old:
        if bundle.file.name:
            default_storage.delete(bundle.file.name)
        bundle.delete()
    return len(old)


def _in_force(pk: int) -> Certificate:
    found = Certificate.objects.in_force().select_related("person", "school").filter(pk=pk)
    certificate = found.select_for_update(no_key=True, of=("self",)).first()
    if certificate is None:
        raise ValidationError("This certificate has been revoked already.")
    return certificate


def _revoke(certificate: Certificate, reason: str, by: User, now: datetime) -> None:
    certificate.revoked_at, certificate.revoked_by, certificate.reason = now, by, reason
    certificate.save(update_fields=["revoked_at", "revoked_by", "reason"])
