"""Passing places on within a school: plain functions on rows that the caller has locked."""

from collections.abc import Sequence
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db.models import F, Model

from accounts import history
from accounts.colleagues import Named, NewColleague, settle, typed_names
from accounts.models import School, User
from booking.allocation import end, take
from booking.eligibility import check_rules
from booking.expectations import expect, keep_until, stand_back, stand_in
from booking.models import Attendance, Booking, Need, Place, Session, WorkGroup
from booking.models.places import TAKING, Reason, Status
from booking.offering import offer_what_is_free
from booking.schooldays import school_days_until


def may_change(place: Place, by: User) -> bool:
    """Who books for the school, the hub, and who leads the group may say who comes."""
    return by.leads(place.booking.school) or acts_for_schools(place, by)


def acts_for_schools(place: Place, by: User) -> bool:
    """The hub, and who leads the group, when a school rings them: no cut-off holds for them."""
    return by.is_hub_staff or place.work_group.is_led_by(by)


def because(*words: str) -> str:
    """Why, and how it reached us, as one line of the history says it."""
    return " · ".join(filter(None, words))


def give(
    place: Place,
    to: Named,
    by: User,
    now: datetime,
    *,
    first: Session | None = None,
    reached: str = "",
    all_the_same: str = "",
    held: bool = False,
) -> Place:
    """Give a place whose group is locked to somebody else of the school, or keep it for a name to follow.

    `first`: from which coming session on, where it is not the next; until then whoever has it comes.
    `all_the_same`: why the hub gives it to them though a rule of the group stands in the way. `held`: what is told
    waits for second thoughts, as a swap does; whoever leaves is told at once.
    """
    school, work_group = place.booking.school, WorkGroup.objects.get(pk=place.work_group_id)
    before, person = place.person_id, successor(place, to, school, now)
    if person is not None:
        _check_rules(work_group, school, person, by, all_the_same)
    if first is not None:
        _keep_until(place, person, first, by, now)
    Need.objects.filter(place=place).delete()  # what somebody asked for is not handed on with their place
    place.person = person
    place.save(update_fields=["person"])
    work_group.revision += 1
    work_group.save(update_fields=["revision"])
    expect([place], now=now, held=held)
    if person is not None:
        history.write(
            "place_named",
            about=[place.booking, work_group, school, person],
            by=by,
            at=now,
            reason=because(all_the_same and f"All the same: {all_the_same}", reached),
            details={
                "before": before,
                "booking": place.booking_id,
                "place": place.pk,
                "status": place.booking.status,
                "person": person.pk,
                "first": first.pk if first else None,
                "held": held,
            },
        )
    return place


def _keep_until(place: Place, person: User | None, first: Session, by: User, now: datetime) -> None:
    coming = Session.objects.coming(now).filter(work_group=place.work_group_id)
    if not coming.filter(pk=first.pk).exists():
        raise ValidationError("The place can pass on from a coming session of its group. Choose one.")
    before = coming.filter(starts_at__lt=first.starts_at)
    if not before.exists():
        return
    if person is None:
        raise ValidationError("Say who takes the place over, or let it begin with the next session.")
    if Attendance.objects.filter(session__in=before, person=person).exclude(place=place).exists():
        raise ValidationError("They are expected at a session before that already. Choose an earlier session.")
    keep_until(place, person, first, by=by, now=now)


def successor(place: Place, to: Named, school: School, now: datetime) -> User | None:
    """Whom a place goes to, made known to the school if they are new; None: a name to follow. Refuses, in words."""
    if to is None:
        return None
    if isinstance(to, NewColleague):
        person = settle(to, school=school, at=now)
    else:
        person = User.objects.of_school(school).filter(pk=to, is_active=True).first()
        if person is None:
            raise ValidationError("Somebody you chose no longer belongs to your school. Choose a colleague who does.")
    if person.pk == place.person_id:
        raise ValidationError("Choose somebody else to take over.")
    here = Place.objects.live().filter(work_group=place.work_group_id, session=place.session_id, person=person)
    if here.exists():
        called = typed_names(school.pk).get(person.pk, (person.name, ""))[0]
        name = to.name if isinstance(to, NewColleague) else called
        raise ValidationError(f"{name} already has a place in {place.work_group}.")
    return person


def _check_rules(work_group: WorkGroup, school: School, person: User, by: User, all_the_same: str) -> None:
    overrides = by.is_hub_staff
    check_rules(work_group, school, [person.pk], overrides=overrides, all_the_same=all_the_same, of_people=True)


def send_instead(
    place: Place,
    rows: Sequence[Attendance],
    to: Named,
    *,
    by: User,
    now: datetime,
    reached: str = "",
    all_the_same: str = "",
) -> User:
    """Let somebody else come to these coming sessions (rows of whoever has the place), which stays theirs."""
    person = successor(place, to, place.booking.school, now)
    if person is None:
        raise ValidationError("Say who comes instead.")
    _check_rules(place.work_group, place.booking.school, person, by, all_the_same)
    sessions = sorted(row.session_id for row in rows)
    there = Attendance.objects.filter(session__in=sessions, person=person).exclude(place=place)
    if there.exists():
        raise ValidationError("They are expected at one of these sessions already. Choose somebody else, or fewer.")
    for row in rows:
        stand_in(row, person, by=by, now=now)
    WorkGroup.objects.filter(pk=place.work_group_id).touch()
    details = {"booking": place.booking_id, "place": place.pk, "sessions": sessions, "person": person.pk}
    people = [pk for pk in (place.person_id, person.pk) if pk]
    words = because(all_the_same and f"All the same: {all_the_same}", reached)
    if rows:
        history.write(
            "stand_in_sent", about=about_place(place), people=people, by=by, at=now, reason=words, details=details
        )
    return person


def stand_in_no_more(person: User, now: datetime, school: School | None = None) -> None:
    """Whoever somebody was to stand in for (at one school, or anywhere) is expected themselves again."""
    coming = Attendance.objects.filter(session__in=Session.objects.coming(now))
    theirs = coming.filter(person=person, place__isnull=False).exclude(place__person=person)
    if school is not None:
        theirs = theirs.filter(place__booking__school=school)
    for pk in sorted(set(theirs.values_list("session", flat=True))):
        Session.objects.get_locked(pk)  # marks are written under their session's lock
    for session, place in theirs.values_list("session", "place"):
        home = coming.filter(session=session, place=place, person=F("place__person")).select_related("place").first()
        if home is not None:
            stand_back(home, by=None, now=now)


def give_up(place: Place, reason: Reason, *, by: User, now: datetime, reached: str = "") -> None:
    """End one live place of a booking whose group is locked, and offer what it frees."""
    booking = Booking.objects.select_related("school").get(pk=place.booking_id)
    work_group = WorkGroup.objects.get(pk=place.work_group_id)
    session = Session.objects.get(pk=place.session_id) if place.session_id else None
    notice = notice_given(booking, now)
    people = [place.person_id] if place.person_id else []
    details = {"booking": booking.pk, "place": place.pk, "status_before": booking.status, "notice": notice}
    place.withdrawn_at, place.reason, place.notice_days = now, reason, notice
    if booking.places.live().count() == 1:
        booking.reason, booking.notice_days = reason, notice
        places = end(booking, Status.WITHDRAWN, work_group=work_group, session=session, now=now)
        place.live = False
        place.save(update_fields=["withdrawn_at", "reason", "notice_days", "live"])
        expect(places, now=now)
        verb = "withdrew"
    else:
        place.live = False
        place.save(update_fields=["withdrawn_at", "reason", "notice_days", "live"])
        if booking.status in TAKING:
            take(work_group, session, -1, schools=0)
        else:
            WorkGroup.objects.filter(pk=work_group.pk).touch()
        expect([place], now=now)
        verb = "place_given_up"
    words = because(reason.label, reached)
    history.write(verb, about=about_place(place), people=people, by=by, at=now, reason=words, details=details)
    offer_what_is_free(WorkGroup.objects.get(pk=work_group.pk), session, now)


def notice_given(booking: Booking, now: datetime) -> int | None:
    """School days from now to the next session of a booking that stands; None where none has a date."""
    if not booking.is_standing:
        return None
    coming = Session.objects.coming(now).filter(work_group=booking.work_group_id)
    if booking.session_id:
        coming = coming.filter(pk=booking.session_id)
    starts = coming.order_by("starts_at").values_list("starts_at", flat=True).first()
    school = booking.school
    return school_days_until(now, starts, la_code=school.la_code, school=school.pk) if starts else None


def about_place(place: Place) -> list[Model]:
    """What an act about a place is an act about: its booking, group and school."""
    return [place.booking, place.work_group, place.booking.school]
