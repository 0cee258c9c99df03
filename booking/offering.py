"""Offering free places to whoever waits: plain functions on a group (or meeting) whose row the caller has locked."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db.models import F, Model, Q

from accounts import history
from accounts.models import User
from booking.allocation import has_room, take
from booking.eligibility import findings, named_by
from booking.models import Booking, Session, WorkGroup
from booking.models.places import Status
from booking.schooldays import after_working_hours

TOO_NEAR = "The start is too near for an offer to be answered in time; the hub decides."


def offer_what_is_free(
    work_group: WorkGroup, session: Session | None, now: datetime, *, by: User | None = None
) -> list[Booking]:
    """Offer free places to whoever waited longest, all places of a booking together. Returns the bookings offered.

    The first that does not fit stops the line, unless the hub lets a smaller booking pass a bigger one. Everything is
    asked again: whom a rule stands against now, or whom the hub holds back, is left waiting for the hub to decide.
    """
    if not (session or work_group).waiting or not has_room(work_group, session, 1):
        return []
    if why_staff_decide(work_group, session, now):
        return []
    offered = []
    waiting = work_group.bookings.waiting().filter(session=session).select_related("school", "made_by")
    for booking in waiting.prefetch_related("places"):
        if booking.held_back_by_id:
            continue
        people = sum(place.live for place in booking.places.all())
        if not has_room(work_group, session, people):
            if work_group.smaller_may_pass and has_room(work_group, session, 1):
                continue
            break
        ends = offer_ends(booking, work_group, now)
        why = _in_the_way(booking, work_group) or (TOO_NEAR if _begins_before(ends, work_group, session, now) else "")
        if why != booking.held_back:
            booking.held_back = why[:300]
            booking.save(update_fields=["held_back"])
        if not why:
            make_offer(booking, work_group, session, ends=ends, now=now, by=by)
            offered.append(booking)
    return offered


def lines_with_room() -> list[tuple[WorkGroup, Session | None]]:
    """The series and the meetings for which somebody waits while a place is free, without any lock."""
    free = [
        Q(**{f"{of}capacity": None}) | Q(**{f"{of}taken__lt": F(f"{of}capacity")})
        for of in ("work_group__", "session__")
    ]
    waiting = Booking.objects.filter(status=Status.WAITING, work_group__status=WorkGroup.Status.PUBLISHED)
    waiting = waiting.filter(Q(free[0], session=None) | Q(free[1], session__status=Session.Status.PLANNED))
    keys = list(waiting.values_list("work_group", "session").order_by("work_group", "session").distinct())
    groups = WorkGroup.objects.in_bulk([group for group, _ in keys]) if keys else {}
    meetings = Session.objects.in_bulk([one for _, one in keys if one]) if keys else {}
    return [(groups[group], meetings.get(meeting)) for group, meeting in keys]


def make_offer(
    booking: Booking,
    work_group: WorkGroup,
    session: Session | None,
    *,
    ends: datetime,
    now: datetime,
    by: User | None,
    reason: str = "",
) -> None:
    """Offer its places to a booking that waits and fits."""
    take(work_group, session, booking.places.live().count(), waiting=-1)
    booking.status, booking.offered_at, booking.offer_ends_at = Status.OFFERED, now, ends
    booking.held_back, booking.held_back_by = "", None
    booking.save(update_fields=["status", "offered_at", "offer_ends_at", "held_back", "held_back_by"])
    about: list[Model] = [booking, work_group, booking.school]
    history.write("offered", about=about, by=by, at=now, reason=reason, details={"booking": booking.pk})


def offer_ends(booking: Booking, work_group: WorkGroup, now: datetime, hours: int | None = None) -> datetime:
    """Until when this school would have to answer."""
    school = booking.school
    return after_working_hours(now, hours or work_group.offer_hours, la_code=school.la_code, school=school.pk)


def why_staff_decide(work_group: WorkGroup, session: Session | None, now: datetime) -> str:
    """Why free places are not offered by themselves, in words; empty where they are.

    Where no school could answer before the start, or less than half of a series is left, the hub knows best.
    """
    if work_group.status != WorkGroup.Status.PUBLISHED:
        return "The group is not open."
    planned = starts(work_group, session)
    left = [start for start in planned if start is None or start > now]
    if planned and not left:
        return "All sessions are over."
    if len(left) * 2 < len(planned):
        return f"Only {len(left)} of {len(planned)} sessions are left; the hub decides."
    soonest = after_working_hours(now, work_group.offer_hours, la_code="")
    return TOO_NEAR if _begins_before(soonest, work_group, session, now) else ""


def _begins_before(ends: datetime, work_group: WorkGroup, session: Session | None, now: datetime) -> bool:
    """Does what nobody has been to yet begin before the offer has run out? A series under way has begun."""
    first = min((start for start in starts(work_group, session) if start), default=None)
    return first is not None and now < first < ends


def starts(work_group: WorkGroup, session: Session | None) -> list[datetime | None]:
    """When the planned sessions of the group begin, or the one meeting; None for those without a date."""
    if session is not None:
        return [session.starts_at] if session.is_planned else []
    return list(Session.objects.planned().filter(work_group=work_group).values_list("starts_at", flat=True))


def _in_the_way(booking: Booking, work_group: WorkGroup) -> str:
    """What has come to stand against a booking since it was made; not against what the hub itself booked."""
    if booking.made_by.is_hub_staff:
        return ""
    live = [place for place in booking.places.all() if place.live]
    if len(live) > work_group.people_to:
        return f"The group takes at most {work_group.people_to} people from a school now."
    if work_group.lists_schools or work_group.recruitment == WorkGroup.Recruitment.INVITATION:
        try:
            work_group.check_is_for(booking.school_id)
        except ValidationError as refusal:
            return " ".join(refusal.messages)
    if not work_group.has_rules:
        return ""
    people = named_by(booking.school, [place.person_id for place in live if place.person_id])
    return " ".join(one.words for one in findings(work_group, booking.school, people) if one.blocks)
