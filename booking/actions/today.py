"""On the day: sessions called off or moved online within hours, by who leads them or by the hub; and ringing round."""

from collections.abc import Collection, Mapping
from dataclasses import replace

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import transaction
from django.utils import timezone

from accounts import history
from accounts.models import User
from booking.changing import SessionPlan, call_off, change
from booking.expectations import is_near
from booking.models import Attendance, Call, Mobile, Session, WorkGroup


@transaction.atomic(durable=True)
def cancel_today(*, sessions: Collection[int], reason: str, by: User) -> list[Session]:
    """Call sessions of today off, all or none. Nothing is held back: everybody is told at once."""
    now = timezone.now()
    if not reason.strip():
        raise ValidationError("Say why in a few words: everyone who was coming reads it.")
    found = _lock(sessions, by)
    for session in found:
        call_off(WorkGroup.objects.get(pk=session.work_group_id), session, reason=reason.strip(), by=by, now=now)
    return found


@transaction.atomic(durable=True)
def move_online_today(*, links: Mapping[int, str], reason: str, by: User) -> list[Session]:
    """Hold sessions of today online, each at its own link, all or none."""
    now = timezone.now()
    for link in links.values():
        URLValidator(schemes=["https", "http"], message="Give the joining link, beginning with https://.")(link)
    found = _lock(links, by)
    for session in found:
        plan = replace(SessionPlan.of(session), mode=Session.Mode.ONLINE, venue=None, link=links[session.pk])
        work_group = WorkGroup.objects.get(pk=session.work_group_id)
        change(work_group, session, plan, by=by, now=now, reason=reason.strip())
    return found


@transaction.atomic(durable=True)
def note_call(*, session: Session, person: User, by: User) -> Call:
    """Somebody has been told by telephone."""
    now = timezone.now()
    call, is_new = Call.objects.get_or_create(session=session, person=person, defaults={"by": by, "at": now})
    if is_new:
        about, details = [session, session.work_group], {"session": session.pk}
        history.write("told_by_telephone", about=about, people=[person.pk], by=by, at=now, details=details, tells=False)
    return call


@transaction.atomic(durable=True)
def give_mobile(*, person: User, work_group: WorkGroup, number: str) -> Mobile | None:
    """Give a number for one group, or with an empty one take it back. Only who comes to it may."""
    now = timezone.now()
    coming = Attendance.objects.filter(person=person, session__in=Session.objects.coming(now))
    if not number.strip():
        Mobile.objects.filter(person=person, work_group=work_group).delete()
        history.write("mobile_taken_back", about=[person], by=person, at=now, tells=False)
        return None
    if not coming.filter(session__work_group=work_group).exists():
        raise ValidationError("You have no coming session in this group.")
    mobile = Mobile.objects.filter(person=person, work_group=work_group).first()
    mobile = mobile or Mobile(person=person, work_group=work_group)
    mobile.number, mobile.given_at = " ".join(number.split()), now
    mobile.full_clean()
    mobile.save()
    history.write("mobile_given", about=[person], by=person, at=now, tells=False)
    return mobile


def _lock(sessions: Collection[int], by: User) -> list[Session]:
    """These sessions, locked after their groups; refused unless all are near, planned, and this person's to change."""
    if not sessions:
        raise ValidationError("Choose at least one session.")
    now = timezone.now()
    asked = Session.objects.filter(pk__in=sessions)
    for pk in sorted(set(asked.values_list("work_group_id", flat=True))):
        work_group = WorkGroup.objects.get_locked(pk)
        if not by.is_hub_staff and not work_group.is_led_by(by):
            raise ValidationError("You do not lead this group today. Please ring the hub.")
    found = list(asked.select_related("work_group").select_for_update(no_key=True, of=("self",)).order_by("pk"))
    if len(found) < len(set(sessions)):
        raise ValidationError("One of these sessions is no longer there. Look again.")
    for session in found:
        if not session.is_planned:
            raise ValidationError(f"{session} has been cancelled already.")
        if not is_near(session, now):
            raise ValidationError(f"{session} does not begin within a day, or has begun. Change it in the office.")
    return found
