"""Somebody else comes: for one session, from the next one on, or with another group; and one place given up."""

from collections.abc import Collection
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Model
from django.utils import timezone

from accounts import history
from accounts.colleagues import Named
from accounts.models import Membership, School, User
from booking.expectations import excuse, is_lent, stand_back
from booking.locking import lock_groups, lock_members
from booking.models import Attendance, Booking, Place, Session, WorkGroup
from booking.models.places import Reason, Status
from booking.passing import about_place, acts_for_schools, because, give, give_up, may_change, send_instead


@transaction.atomic(durable=True)
def take_over(
    *,
    place: Place,
    to: Named,
    by: User,
    first: Session | None = None,
    reached: str = "",
    all_the_same: str = "",
) -> Place:
    """Somebody else of the school has the place, or a name is to follow: from the next session on, or from `first` on.

    Whoever has it comes to the sessions before that.
    """
    now = timezone.now()
    place = _lock(place)
    _check_may_change(place, by)
    _check_standing(place)
    if place.person_id is None:
        raise ValidationError("Nobody has been named for this place yet. Name a colleague for it.")
    if to is not None:
        first = _first_open(place, first, by, now)
    return give(place, to, by, now, first=first, reached=reached, all_the_same=all_the_same, held=True)


@transaction.atomic(durable=True)
def send(
    *, place: Place, sessions: Collection[int], to: Named, by: User, reached: str = "", all_the_same: str = ""
) -> User:
    """Somebody else comes to some coming sessions in the stead of whoever has the place, which stays theirs.

    Whoever has the place sends a colleague who has said yes to the school; only who books names somebody new.
    """
    now = timezone.now()
    place = _lock(place)
    if by.pk != place.person_id or not _has_said_yes(to, place.booking.school):
        _check_may_change(place, by)
    _check_standing(place)
    rows = _coming_rows(place, sessions, by, now)
    if Attendance.objects.filter(person=place.person, credited_to__in=[row.session_id for row in rows]).exists():
        raise ValidationError("A chair with another group is kept for one of these sessions. Give that chair up first.")
    return send_instead(place, rows, to, by=by, now=now, reached=reached, all_the_same=all_the_same)


@transaction.atomic(durable=True)
def come_after_all(*, place: Place, session: Session, by: User) -> Place:
    """Whoever has the place comes themselves; nobody stands in for them at this session any more."""
    now = timezone.now()
    place = _lock(place)
    if by.pk != place.person_id:
        _check_may_change(place, by)
    (row,) = _coming_rows(place, [session.pk], by, now)
    if not is_lent(row):
        raise ValidationError("Nobody stands in for them at this session.")
    others = Attendance.objects.filter(place=place, session=session).exclude(pk=row.pk)
    people = [*others.values_list("person_id", flat=True), row.person_id]
    stand_back(row, by=by, now=now)
    WorkGroup.objects.filter(pk=place.work_group_id).touch()
    details = {"booking": place.booking_id, "place": place.pk, "sessions": [session.pk]}
    history.write("stand_in_ended", about=about_place(place), people=people, by=by, at=now, details=details)
    return place


@transaction.atomic(durable=True)
def withdraw_place(*, place: Place, reason: str, by: User, reached: str = "") -> Place:
    """Give one place of a booking up; the others stay. The last one is given up with its booking."""
    now = timezone.now()
    place = _lock(place)
    if not place.live:
        raise ValidationError("This place has been given up already.")
    give_up(place, Reason(reason), by=by, now=now, reached=reached)
    return place


@transaction.atomic(durable=True)
def nobody_comes(*, school: School, days: Collection[date], reason: str, by: User, reached: str = "") -> int:
    """Apologies for everybody of a school on some days, whatever the group. Returns how many were noted.

    Their places stay theirs. What has been marked already is left as it is. Who leads groups says it for these alone.
    """
    now = timezone.now()
    rows = coming_of_school(school, now, by)
    chosen = [row for row in rows if timezone.localdate(row.session.starts_at) in days]
    for pk in sorted({row.session_id for row in chosen}):
        Session.objects.get_locked(pk)
    unmarked = Attendance.objects.unmarked().filter(pk__in=[row.pk for row in chosen])
    left = list(unmarked.select_related("session").order_by("pk"))
    excuse(left, by=by, now=now, reason=Reason(reason).label)
    sessions: list[Model] = [*{row.session_id: row.session for row in left}.values()]
    bookings = Booking.objects.filter(places__in={row.place_id for row in left}).distinct()
    if left:
        history.write(
            "nobody_comes",
            about=[school, *sessions, *bookings],
            people=sorted({row.person_id for row in left}),
            by=by,
            at=now,
            reason=because(Reason(reason).label, reached),
            details={
                "school": school.pk,
                "sessions": sorted({row.session_id for row in left}),
                "apologies": [[row.person_id, row.session_id] for row in left],
            },
        )
    return len(left)


def _lock(place: Place) -> Place:
    """The place as it stands under the locks: the school's people first, then its group, then its meeting."""
    lock_members(place.booking.school)
    lock_groups([place])
    return Place.objects.select_related("booking__school", "work_group", "session", "person").get(pk=place.pk)


def _has_said_yes(to: Named, school: School) -> bool:
    """Is this a colleague who belongs to the school by their own word?"""
    return isinstance(to, int) and Membership.objects.of_school(school).active().filter(person=to).exists()


def _check_may_change(place: Place, by: User) -> None:
    if not may_change(place, by):
        raise ValidationError("You do not book for this school. Please ask the hub.")


def _check_standing(place: Place) -> None:
    if not place.live:
        raise ValidationError("This place is no longer yours. Open your booking to see what happened.")
    if place.booking.status not in (Status.CONFIRMED, Status.HELD, Status.APPLIED, Status.WAITING):
        raise ValidationError("First say whether you take the places that are on offer.")


def _first_open(place: Place, first: Session | None, by: User, now: datetime) -> Session | None:
    """From which session on somebody new comes: as asked, but the school changes none past the cut-off."""
    until = now if acts_for_schools(place, by) else now + place.work_group.cut_off
    coming = Session.objects.coming(now).filter(attendances__place=place, attendances__person=place.person_id)
    if until == now or not coming.filter(starts_at__lte=until).exists():
        return first
    open_ones = coming.filter(starts_at__gt=until).order_by("starts_at", "pk")
    wanted = open_ones.first() if first is None else open_ones.filter(pk=first.pk).first()
    if wanted is None:
        raise ValidationError("It is too late to change who comes to that session. Please ring the hub.")
    return wanted


def _coming_rows(place: Place, sessions: Collection[int], by: User, now: datetime) -> list[Attendance]:
    """Where whoever has the place is expected, at just these sessions, which can still be changed.

    By the school until the cut-off; by the hub, and who leads the group, until they begin.
    """
    if not sessions:
        raise ValidationError("Choose at least one session.")
    for pk in sorted(sessions):
        Session.objects.get_locked(pk)
    until = now if acts_for_schools(place, by) else now + place.work_group.cut_off
    rows = list(
        Attendance.objects.filter(place=place, person=place.person, session__in=Session.objects.coming(until))
        .filter(session__in=sessions)
        .select_related("standing_mark", "session", "place", "school")
        .order_by("session")
    )
    if len(rows) < len(set(sessions)):
        ask = "" if acts_for_schools(place, by) else " Please ring the hub."
        raise ValidationError(f"One of these sessions can no longer be changed.{ask}")
    return rows


def coming_of_school(school: School, now: datetime, by: User) -> list[Attendance]:
    """Everybody whom a school sends to coming sessions, by when these begin; who leads groups sees these alone."""
    rows = Attendance.objects.filter(school=school, session__in=Session.objects.coming(now))
    if not by.leads(school):
        rows = rows.filter(session__work_group__in=WorkGroup.objects.led_by(by, timezone.localdate(now)))
    return list(
        rows.select_related("session__work_group", "person", "standing_mark").order_by("session__starts_at", "pk")
    )


def coming_of_place(place: Place, now: datetime) -> list[Attendance]:
    """Who comes to the coming sessions by right of a place: whoever has it, and who stands in for them."""
    rows = Attendance.objects.filter(place=place, session__in=Session.objects.coming(now))
    return list(rows.select_related("session__venue", "person", "standing_mark").order_by("session__starts_at", "pk"))
