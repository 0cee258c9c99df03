"""What acts about sessions tell: changed for everybody, and somebody else who comes to some of them."""

from dataclasses import replace
from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from accounts.models import HistoryLine, Membership, User
from booking import emails
from booking.emails import Mail
from booking.expectations import HOLD, NEAR
from booking.models import Booking, CalendarEntry, Place, Session, Venue
from booking.models.places import Status
from notifications.models import Notice
from notifications.threads import booking_of, cover, is_unheard, of_thread, people_of, without_undone


def session_changed(line: HistoryLine) -> list[Mail]:
    """Who takes invites by mail hears from the invite itself; here are the others, and who arranges cover."""
    session = Session.objects.select_related("work_group", "venue").get(pk=line.details["session"])
    # Entries that this act took out of calendars count; those of people who had left before do not.
    entries = CalendarEntry.objects.filter(session=session).filter(
        Q(wanted=CalendarEntry.Wanted.REQUEST) | Q(changed_at__gte=line.at)
    )
    expected = User.objects.filter(calendar_entries__in=entries, is_active=True)
    made = HistoryLine.objects.about(session).filter(verb="session_added", at__gte=line.at - HOLD, pk__lt=line.pk)
    is_new, mails = made.exists(), []
    was = datetime.fromisoformat(line.details["was"]) if line.details.get("was") else None
    for person in expected.filter(~Q(invites=User.Invites.MAIL) | Q(email__isnull=True)).order_by("pk"):
        place = Place.objects.filter(person=person, work_group=session.work_group, live=True).first()
        school = place.booking.school if place else None
        added = line.verb == "session_added"
        told = emails.session_changed(person, school, session, line.reason, added=added, was=was)
        if is_new and any(is_unheard(mail) for mail in told):
            # To who has not heard of it yet it is new still; and what was called off meanwhile never was.
            for mail in told:
                of_thread(mail).unsent().update(state=Notice.State.DROPPED)
            told = []
            if session.is_planned:
                told = emails.session_changed(person, school, session, line.reason, added=True)
        mails += told
    concerned = Booking.objects.confirmed().filter(work_group=session.work_group).exclude(cover_email="")
    if session.work_group.is_network:
        concerned = concerned.filter(session=session)
    for booking in concerned.select_related("work_group", "school", "session__venue", "made_by"):
        mails += cover(booking, changed=True, session=session)
    return mails + _hosts_told(line, session)


def _hosts_told(line: HistoryLine, session: Session) -> list[Mail]:
    """Whoever opens the door there, where the day, the hours or the place have changed; and at the place it left."""
    if line.verb == "session_moved" and not {"starts_at", "ends_at", "mode", "venue"} & set(line.details["changed"]):
        return []
    mails = emails.host_changed(session, line.reason, added=line.verb == "session_added")
    left = Venue.objects.filter(pk=line.details.get("venue_before")).exclude(host_email="").first()
    return mails + (emails.host_left(session, left, line.reason) if left else [])


def work_group_called_off(line: HistoryLine) -> list[Mail]:
    """Whoever opens the door at a session that was to come; its people hear by their bookings."""
    off = Session.objects.filter(work_group=line.details.get("work_group"), status=Session.Status.CANCELLED)
    off = off.filter(changed_at__gte=line.at, starts_at__gt=line.at).select_related("work_group", "venue")
    return [
        mail for one in off.order_by("starts_at", "pk") for mail in emails.host_changed(one, line.reason, added=False)
    ]


def place_named(line: HistoryLine) -> list[Mail]:
    """A name for a place that had none, or whose owner left, is told at once; one swapped waits for second thoughts."""
    if line.details["status"] != Status.CONFIRMED:
        return []
    booking = booking_of(line)
    mails = emails.place_confirmed(User.objects.get(pk=line.details["person"]), booking)
    # Who had the place and still belongs to the school is told; who has left hears of that instead.
    belong = Membership.objects.of_school(booking.school).current().values("person")
    before = User.objects.filter(pk=line.details.get("before"), pk__in=belong, is_active=True)
    first = Session.objects.filter(pk=line.details.get("first")).first()
    mails += [mail for one in before for mail in emails.place_passed_on(one, booking, first)]
    near = Session.objects.coming(line.at).filter(work_group=booking.work_group, starts_at__lte=line.at + NEAR)
    if line.details.get("held") and not near.exists():
        thread = f"place:{line.details['place']}"
        mails = without_undone([replace(mail, thread=thread, held=True) for mail in mails])
    return mails + cover(booking, changed=True)


def stand_in_sent(line: HistoryLine) -> list[Mail]:
    """To everybody concerned, of all sessions at which the same person now comes by right of that place."""
    booking = booking_of(line)
    place = booking.places.select_related("person", "work_group").get(pk=line.details["place"])
    person = User.objects.get(pk=line.details["person"])
    mails = emails.stand_in_sent(place, person, _stood_in_for(place, person), line.by)
    return mails + cover(booking, changed=True)


def stand_in_ended(line: HistoryLine) -> list[Mail]:
    """What has not been heard of it is not said any more; who has heard and keeps their own calendar is told."""
    place = Place.objects.select_related("booking__school", "work_group", "person").get(pk=line.details["place"])
    session = Session.objects.select_related("work_group", "venue").get(pk__in=line.details["sessions"])
    mails = []
    for person in people_of(line):
        if person.pk == place.person_id:
            continue
        said = emails.stand_in_sent(place, person, [session], line.by)
        waiting = [mail for mail in said if of_thread(mail).unsent().update(state=Notice.State.DROPPED)]
        # Of several sessions some may be left.
        again = {(mail.kind, mail.to) for mail in waiting}
        told = emails.stand_in_sent(place, person, _stood_in_for(place, person), line.by)
        mails += [mail for mail in told if (mail.kind, mail.to) in again]
        has_heard = any(of_thread(mail).may_have_arrived().exists() for mail in said if mail.kind == "stand_in_sent")
        if has_heard and not waiting and (person.invites != User.Invites.MAIL or not person.email):
            mails += emails.stand_in_ended(person, place, session)
    return mails


def _stood_in_for(place: Place, person: User) -> list[Session]:
    coming = Session.objects.coming(timezone.now()).filter(attendances__place=place, attendances__person=person)
    return list(coming.select_related("venue").order_by("starts_at", "pk"))
