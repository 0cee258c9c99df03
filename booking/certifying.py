"""Who has earned a certificate, and what it says: plain functions on what stands."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from accounts.models import User
from accounts.schoolyear import school_year_of
from booking.completion import Pair, Standing
from booking.evaluation import EVALUATION, answered_in
from booking.models import Certificate, Session, WorkGroup


def why_not_yet(work_group: WorkGroup, now: datetime) -> str:
    """Why certificates of a group cannot be issued yet; empty: they can."""
    if not work_group.uses_certificates or work_group.is_network:
        return "This group gives no certificates."
    sessions = Session.objects.planned().filter(work_group=work_group)
    if not sessions.exists():
        return "No session has been held."
    if sessions.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=now)).exists():
        return "Certificates are issued once the last session is over."
    if (left := Session.objects.unsigned().filter(work_group=work_group).count()) > 0:
        return f"{left} {'register is' if left == 1 else 'registers are'} still to sign."
    return ""


def check_ready(work_group: WorkGroup, now: datetime) -> None:
    if words := why_not_yet(work_group, now):
        raise ValidationError(words)


def ready(now: datetime) -> list[WorkGroup]:
    """Groups of this school year and the last that give certificates and are over, with all registers signed."""
    still = Session.objects.planned().filter(Q(ends_at__isnull=True) | Q(ends_at__gt=now), work_group=OuterRef("pk"))
    groups = WorkGroup.objects.exclude(status=WorkGroup.Status.DRAFT).filter(
        ~Exists(still),
        ~Exists(Session.objects.unsigned().filter(work_group=OuterRef("pk"))),
        Exists(Session.objects.planned().filter(work_group=OuterRef("pk"), signed_at__isnull=False)),
        year__gte=school_year_of(timezone.localdate(now)) - 1,
        uses_certificates=True,
        unit=WorkGroup.Unit.SERIES,
    )
    return list(groups.order_by("-year", "title", "pk"))


def may_have_one(work_group: WorkGroup, found: dict[tuple[int, int], Standing]) -> dict[int, Standing]:
    """Of where people stand in a group, by person: who has completed it and has answered what is asked before."""
    complete = {person: one for (group, person), one in found.items() if group == work_group.pk and one.is_complete}
    may = may_have([work_group], {(work_group.pk, person) for person in complete})
    return {person: complete[person] for _, person in may}


def may_have(groups: Collection[WorkGroup], complete: Collection[Pair]) -> set[Pair]:
    """The same of many groups at once: of (group, person) of whoever has completed them. One query."""
    wait = {one.pk for one in groups if one.certificate_waits_for_evaluation and one.uses_evaluation}
    answered = {(group, person) for kind, group, person in answered_in(wait) if kind == EVALUATION} if wait else set()
    return {pair for pair in complete if pair[0] not in wait or pair in answered}


def counted(standing: Standing) -> dict[str, Any]:
    """What a certificate says of what was attended."""
    parts = {"attended": 0, "caught_up": 0, "missed": 0}
    for one in standing.counted:
        if one.how in parts:
            parts[one.how] += one.minutes
        parts["missed"] += one.whole - one.minutes
    return {
        "sessions": standing.attended,
        "of_sessions": len(standing.counted),
        "minutes": standing.minutes,
        "parts": {how: minutes for how, minutes in parts.items() if minutes},
        "hours_for": [[school, minutes] for school, minutes in standing.minutes_for.items() if school is not None],
        "tried": standing.tried,
    }


def is_as_counted(certificate: Certificate, person: User, standing: Standing) -> bool:
    """Does somebody's certificate say what the registers now do? A name that was forgotten is not looked at."""
    return counted(standing) == certificate.counted and certificate.name in ("", person.name)


def days(standing: Standing) -> dict[str, Any]:
    """The first and the last day on which they came."""
    came = [timezone.localdate(one.session.starts_at) for one in standing.came if one.session.starts_at]
    return {"first_on": min(came), "last_on": max(came)} if came else {}


def certificate_of(person: User, standing: Standing, by: User, now: datetime) -> Certificate:
    """A certificate as it is issued now, not kept yet."""
    return Certificate(
        person=person,
        work_group=standing.work_group,
        school_id=standing.school,
        name=person.name,
        issued_at=now,
        issued_by=by,
        **counted(standing),
        **days(standing),
    )
