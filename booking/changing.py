"""Changing what is planned: plain functions on a group and a session that the caller has locked."""

from dataclasses import dataclass, fields
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db.models import F

from accounts import history
from accounts.models import User
from booking.expectations import expect, expect_leads, session_called_off, session_changed
from booking.models import Place, Session, Venue, WorkGroup
from booking.models.places import Status
from booking.offering import offer_what_is_free


@dataclass(frozen=True)
class SessionPlan:
    """Everything about a session that the office decides."""

    title: str = ""
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    when_words: str = ""
    mode: str = Session.Mode.IN_PERSON
    venue: Venue | None = None
    link: str = ""
    joining_notes: str = ""
    bring: str = ""
    notice: str = ""
    capacity: int | None = None
    for_heads: bool = False
    replaces: Session | None = None

    @classmethod
    def of(cls, session: Session) -> "SessionPlan":
        return cls(**{field.name: getattr(session, field.name) for field in fields(cls)})

    def write_on(self, session: Session) -> set[str]:
        """Put the plan on a session. Returns the names of the fields that changed."""
        before = self.replaces
        if before is not None and (before.is_planned or before.work_group_id != session.work_group_id):
            raise ValidationError({"replaces": "Only a cancelled session of the same group can be replaced."})
        changed = {field.name for field in fields(self) if getattr(session, field.name) != getattr(self, field.name)}
        for name in changed:
            setattr(session, name, getattr(self, name))
        return changed


# What people carry in their calendars: a change of these is told.
TOLD = {"title", "starts_at", "ends_at", "mode", "venue", "link", "joining_notes", "bring"}


def change(
    work_group: WorkGroup, session: Session, plan: SessionPlan, *, by: User, now: datetime, reason: str = ""
) -> set[str]:
    """Put a plan on a session; registers, calendars and mails follow. Returns the names of the fields that changed."""
    if not session.is_planned:
        raise ValidationError("This session has been cancelled.")
    if session.signed_at:
        raise ValidationError("The register of this session has been signed, so its date stands.")
    was = session.starts_at
    venue_before = session.venue_id
    was_over = was is not None and was <= now
    changed = plan.write_on(session)
    if not changed:
        return changed
    if session.capacity is not None and session.capacity < session.taken:
        raise ValidationError({"capacity": f"{session.taken} places at this meeting are taken."})
    if "starts_at" in changed and session.starts_at and session.starts_at <= now and not was_over:
        raise ValidationError("That moment is over. Choose one that is still to come.")
    session.revision += 1
    session.changed_at = now
    session.full_clean()
    session.save()
    if changed & TOLD:
        session.calls.all().delete()  # who was rung about what was said before is to be rung again
        session_changed(session, now=now)
    settle(work_group, now)
    offer_what_is_free(work_group, session if work_group.is_network else None, now, by=by)
    if changed & TOLD:
        details = {"session": session.pk, "changed": sorted(changed & TOLD)}
        if was:
            details["was"] = was.isoformat()
        if "venue" in changed and venue_before:
            details["venue_before"] = venue_before
        about = [session, work_group]
        history.write("session_moved", about=about, by=by, at=now, reason=reason, details=details)
    return changed


def call_off(work_group: WorkGroup, session: Session, *, reason: str, by: User, now: datetime) -> None:
    """Take a coming session out of every calendar, and say so."""
    if not session.is_planned:
        raise ValidationError("This session has been cancelled already.")
    if session.starts_at and session.starts_at <= now:
        raise ValidationError("This session has begun; mark its register instead.")
    session.status, session.status_reason = Session.Status.CANCELLED, reason
    session.revision += 1
    session.changed_at = now
    session.save(update_fields=["status", "status_reason", "revision", "changed_at"])
    session.calls.all().delete()
    session_called_off(session, now=now)
    work_group.revision += 1
    work_group.save(update_fields=["revision"])
    details, about = {"session": session.pk}, [session, work_group]
    history.write("session_cancelled", about=about, by=by, at=now, reason=reason, details=details)


def task_changed(session: Session, now: datetime) -> None:
    """What is to be tried after a session stands in the calendar entry of the next one, without a mail of its own."""
    later = Session.objects.planned().filter(work_group=session.work_group_id, number__gt=session.number)
    following = later.order_by("number").first()
    if following is not None:
        Session.objects.filter(pk=following.pk).update(revision=F("revision") + 1, changed_at=now)


def settle(work_group: WorkGroup, now: datetime) -> None:
    """After sessions came or moved: numbers in the order of dates, everybody expected, kept pages void."""
    sessions = list(work_group.sessions.all())
    sessions.sort(key=lambda one: (one.starts_at is None, one.starts_at or now, one.pk))
    for number, session in enumerate(sessions, start=1):
        if session.number != number:  # its number stands in calendars
            Session.objects.filter(pk=session.pk).update(number=number, revision=F("revision") + 1, changed_at=now)
    places = Place.objects.live().filter(work_group=work_group, booking__status=Status.CONFIRMED)
    expect(list(places.select_related("booking")), now=now, held=True)
    expect_leads(work_group, now=now, held=True)
    work_group.revision += 1
    work_group.save(update_fields=["revision"])
