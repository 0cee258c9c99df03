"""People not on the list: added to a register when they come, and sorted out by the hub."""

from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Model
from django.utils import timezone

from accounts import history
from accounts.colleagues import NewColleague, settle
from accounts.models import School, User
from booking.locking import lock_groups, lock_members
from booking.marking import here_at, mark_over
from booking.models import Arrival, Attendance, Mark, Place, RegisterLink, Session
from booking.models.attendance import CAME
from booking.models.places import Status
from booking.passing import give
from booking.taking import check_link, check_open, check_says_why, is_locked, write_marked


@transaction.atomic(durable=True)
def add(
    *,
    session: Session,
    person: int | NewColleague,
    school: School,
    by: User | None,
    link: RegisterLink | None = None,
    amendment: str = "",
    arrival: Arrival | None = None,
) -> Attendance:
    """Somebody who came and is not on the list: a member of the school by their id, or somebody new.

    `arrival`: by which they had said themselves that they are here. The office sorts out later where they belong.
    """
    now = timezone.now()
    session = Session.objects.select_related("venue").get_locked(session.pk)
    check_open(session, now)
    check_link(link, session, now)
    check_says_why(amendment, locked=is_locked(session, now))
    if isinstance(person, NewColleague):
        who, called = settle(person, school=school, at=now), person.name
    else:
        known = User.objects.of_school(school).filter(pk=person, is_active=True).first()
        if known is None:
            raise ValidationError("They do not belong to this school any more. Add them as somebody new.")
        who, called = known, known.name
    row, is_new = Attendance.objects.get_or_create(session=session, person=who, defaults={"school": school})
    if not is_new:
        raise ValidationError(f"{called} is on the register already.")
    mark_over(row, here_at(session), by=by, now=now, amendment=amendment, at=arrival.at if arrival else None, link=link)
    if arrival is not None:
        Arrival.objects.waiting().filter(pk=arrival.pk, session=session).update(
            attendance=row, person=None, name="", school="", confirmed_at=now
        )
    verb = "register_amended" if amendment else "register_marked"
    write_marked(verb, session, by, now, amendment or "not on the list", 1, link=link)
    return row


@transaction.atomic(durable=True)
def came_instead(*, row: Attendance, of: Attendance, by: User, why: str = "") -> Attendance:
    """They came in the stead of somebody of their school who is expected, and did not come.

    `why`: for a register that was signed and is locked.
    """
    now = timezone.now()
    session = Session.objects.select_related("venue", "work_group").get_locked(row.session_id)
    row = _to_sort_out(row)
    check_says_why(why, locked=is_locked(session, now))
    expected = Attendance.objects.filter(pk=of.pk, session=session, place__isnull=False, school=row.school)
    home = expected.select_related("standing_mark", "place__person").first()
    if home is None or home.place is None or home.place.person_id != home.person_id:
        raise ValidationError("Choose somebody of the same school who was expected at this session.")
    if home.standing_mark is not None and home.standing_mark.what in CAME:
        raise ValidationError(f"{home.person} came themselves.")
    if Attendance.objects.filter(place=home.place, session=session).exclude(pk=home.pk).exists():
        raise ValidationError(f"Somebody else came in the place of {home.person} already.")
    mark_over(home, Mark.What.SUBSTITUTE, by=by, now=now, amendment=why)
    row.place = home.place
    row.save(update_fields=["place"])
    if why:
        write_marked("register_amended", session, by, now, why, 1)
    _write(row, by, "instead", home.person_id, also=[home.person_id])
    return row


@transaction.atomic(durable=True)
def belongs_to(*, row: Attendance, place: Place, by: User) -> Attendance:
    """It is their place: one they have in the group by now, or one of their school's whose name was to follow."""
    now = timezone.now()
    lock_members(place.booking.school)
    lock_groups([place])
    session = Session.objects.select_related("work_group").get_locked(row.session_id)
    row = _to_sort_out(row)
    place = Place.objects.select_related("booking__school", "work_group", "session", "person").get(pk=place.pk)
    stands = place.live and place.booking.status == Status.CONFIRMED and place.booking.school_id == row.school_id
    if not stands or place.work_group_id != session.work_group_id or place.session_id not in (None, session.pk):
        raise ValidationError("Choose a place of their school in this group.")
    if place.person_id is None:
        give(place, row.person_id, by, now)
    elif place.person_id != row.person_id:
        raise ValidationError("Somebody else has this place. Say that they came instead, or book another.")
    if Attendance.objects.filter(place=place, session=session).exclude(pk=row.pk).exists():
        raise ValidationError("Somebody else is on the register by right of this place.")
    Attendance.objects.filter(pk=row.pk).update(place=place, school=place.booking.school)
    row.refresh_from_db()
    _write(row, by, "place", place.pk)
    return row


@transaction.atomic(durable=True)
def leave(*, row: Attendance, by: User) -> Attendance:
    """They were a visitor that day, and stay one."""
    Session.objects.get_locked(row.session_id)
    row = _to_sort_out(row)
    row.sorted_at = timezone.now()
    row.save(update_fields=["sorted_at"])
    _write(row, by, "visitor", None)
    return row


def _to_sort_out(row: Attendance) -> Attendance:
    found = Attendance.objects.to_sort_out().select_related("session__work_group", "school", "person")
    known = found.filter(pk=row.pk).first()
    if known is None:
        raise ValidationError("This has been sorted out already.")
    if known.session.starts_at is None or known.session.starts_at > timezone.now():
        raise ValidationError("Sort it out once the session has begun: until then the list may change.")
    return known


def _write(row: Attendance, by: User, how: str, what: int | None, *, also: Sequence[int] = ()) -> None:
    about: list[Model] = [row.session, row.session.work_group]
    if row.school:
        about.append(row.school)
    history.write(
        "visitor_sorted",
        about=about,
        people=[row.person_id, *also],
        by=by,
        at=timezone.now(),
        details={"session": row.session_id, "how": how, "of": what},
        tells=False,
    )
