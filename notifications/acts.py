"""What acts tell: out of each line of the history, after its commit, the mails it owes. One function a verb."""

import logging
from collections.abc import Callable
from hashlib import sha256

from django.db import connection, transaction
from django.utils import timezone

from accounts.models import AddressProposal, HistoryLine, Membership, PeopleCheck, School, User
from booking import emails
from booking.emails import TODAY, Mail
from booking.models import Agreement, Booking, Proposal, RegisterLink, Session, WorkGroup
from booking.models.places import Status
from notifications.certificates import certificates_issued
from notifications.hours import not_before
from notifications.ledger import about_line
from notifications.models import Notice, Priority
from notifications.outbox import put_mail
from notifications.sessions import place_named, session_changed, stand_in_ended, stand_in_sent, work_group_called_off
from notifications.threads import booking_of, cover, of_thread, people_of
from notifications.words import Words

log = logging.getLogger(__name__)


def tell_acts() -> int:
    """Make the notices of every act not told yet. Returns how many lines were told.

    Each line is locked while its mails are made, so that two workers do not both tell it, and marked in the same
    transaction. A line that cannot be told stays, is logged, and does not hold up the others.
    """
    told, stuck = 0, list[int]()
    while True:
        with transaction.atomic():
            lines = HistoryLine.objects.untold().exclude(pk__in=stuck)
            line = lines.select_for_update(
                skip_locked=connection.features.has_select_for_update_skip_locked, of=("self",)
            ).first()
            if line is None:
                return told
            try:
                with transaction.atomic():
                    tell(line)
            except Exception:  # whatever is wrong with one act, the others are still told
                log.exception("act %s (%s) could not be told", line.pk, line.verb)
                stuck.append(line.pk)
                continue
            line.told_at = timezone.now()
            line.save(update_fields=["told_at"])
        told += 1


def tell(line: HistoryLine) -> None:
    """Queue the mails of one act; the same act never makes the same mail twice."""
    makes = VERBS.get(line.verb)
    now = timezone.now()
    today = timezone.localdate(now)
    words, about = Words.load(), about_line(line)
    for mail in map(words.on, makes(line) if makes else []):
        if not mail.to or (mail.person is not None and mail.person.is_away(today) and not mail.to_the_away):
            continue  # who is on leave gets mail about their account only
        if mail.thread:
            # What has not left says what no longer is; the newer mail says all of it.
            of_thread(mail).filter(to=mail.to).unsent().update(state=Notice.State.DROPPED)
        put_mail(
            mail,
            priority=Priority.TODAY if mail.subject.startswith(TODAY) else Priority.SERVICE,
            order_key=mail.thread,
            not_before=not_before(line, mail, now),
            about=mail.about.filled(about),
            dedupe_key=f"act:{line.pk}:{mail.kind}:{sha256(f'{mail.to}:{mail.subject}:{mail.thread}'.encode()).hexdigest()}",
        )


def _confirmed(booking: Booking, people: list[User]) -> list[Mail]:
    """Everybody hears of places that now stand: who comes, and who arranges cover."""
    mails = [mail for person in people for mail in emails.place_confirmed(person, booking)]
    return mails + cover(booking)


def _booked(line: HistoryLine) -> list[Mail]:
    booking = booking_of(line)
    match line.details["status"]:
        case Status.CONFIRMED:
            return emails.booking_summary(booking) + _confirmed(booking, people_of(line))
        case Status.HELD:
            return emails.booking_held(booking)
        case Status.WAITING:
            return emails.booking_waiting(booking, booking.position())
        case _:
            return emails.booking_applied(booking)


def _place_given_up(line: HistoryLine) -> list[Mail]:
    booking = booking_of(line)
    told = people_of(line) if line.details["status_before"] == Status.CONFIRMED else []
    mails = emails.place_given_up(booking, told)
    return mails + (cover(booking, changed=True) if told else [])


def _nobody_comes(line: HistoryLine) -> list[Mail]:
    people = User.objects.filter(is_active=True).in_bulk([person for person, _ in line.details["apologies"]])
    sessions = Session.objects.select_related("work_group").in_bulk([pk for _, pk in line.details["apologies"]])
    days: dict[int, list[Session]] = {}
    for person, session in line.details["apologies"]:
        if person in people and session in sessions:
            days.setdefault(person, []).append(sessions[session])
    school = School.objects.get(pk=line.details["school"])
    return emails.nobody_comes(school, [(people[pk], theirs) for pk, theirs in days.items()], line.by)


def _apologies(line: HistoryLine) -> list[Mail]:
    tells = emails.apologies_said if line.verb == "apologies_said" else emails.apologies_taken_back
    session = Session.objects.select_related("work_group", "venue").get(pk__in=line.details["sessions"])
    return [mail for person in people_of(line) for mail in tells(person, booking_of(line), session, line.by)]


def _catch_up_arranged(line: HistoryLine) -> list[Mail]:
    if line.by_id in line.details["people"]:
        return []  # who arranged it for themselves is told by the invite, and their school by the sweep
    sessions = Session.objects.select_related("work_group", "venue")
    home, there = sessions.get(pk=line.details["home"]), sessions.get(pk=line.details["session"])
    people = people_of(line)
    return [mail for one in people for mail in emails.catch_up_arranged(one, booking_of(line), home, there, line.by)]


def _transferred(line: HistoryLine) -> list[Mail]:
    booking = booking_of(line)
    people = people_of(line) if line.details["status"] == Status.CONFIRMED else []
    return emails.booking_transferred(booking, people) + cover(booking, changed=True)


def _school_invited(line: HistoryLine) -> list[Mail]:
    school = School.objects.get(pk=line.details["school"])
    work_group = WorkGroup.objects.get(pk=line.details["work_group"])
    return emails.school_invited(school, work_group, emails.leads_of(school))


def _carry_on_asked(line: HistoryLine) -> list[Mail]:
    proposals = Proposal.objects.open().select_related("work_group", "school", "before__work_group")
    # Taken back, or answered on the telephone meanwhile: nobody is asked any more.
    return [mail for one in proposals.filter(pk=line.details["proposal"]) for mail in emails.carry_on(one)]


def _decided(line: HistoryLine) -> list[Mail]:
    booking = booking_of(line)
    if booking.status == Status.WAITING:
        return emails.booking_decided(booking, booking.position())
    told = _confirmed(booking, people_of(line)) if booking.status == Status.CONFIRMED else []
    return emails.booking_decided(booking) + told


def _head_asked(line: HistoryLine) -> list[Mail]:
    asked = Agreement.objects.select_related("booking__work_group", "booking__school", "booking__made_by")
    # Asked again meanwhile: that line tells it.
    agreement = asked.filter(booking=line.details["booking"], asked_at=line.details["asked"], answer="").first()
    return emails.head_asked(agreement) if agreement and agreement.booking.is_live else []


def _head_answered(line: HistoryLine) -> list[Mail]:
    asked = Agreement.objects.select_related("booking__work_group", "booking__school", "booking__made_by")
    agreement = asked.filter(booking=line.details["booking"], answer=line.details["answer"]).first()
    if agreement is None:
        return []  # answered otherwise meanwhile: that line tells it
    if not line.details["confirmed"]:
        return emails.head_answered(agreement)
    booking = booking_of(line)
    return emails.head_answered(agreement) + emails.booking_summary(booking) + _confirmed(booking, people_of(line))


def _group_called_off(line: HistoryLine) -> list[Mail]:
    people = people_of(line) if line.details["status_before"] == Status.CONFIRMED else []
    booking = booking_of(line)
    mails = emails.group_called_off(booking, people, line.reason)
    return mails + (cover(booking, changed=True) if people else [])


def _away(line: HistoryLine) -> list[Mail]:
    return [mail for person in people_of(line) for mail in emails.told_away(person, line.by)]


def _withdrew(line: HistoryLine) -> list[Mail]:
    booking = booking_of(line)
    told = people_of(line) if line.details["status_before"] == Status.CONFIRMED else []
    mails = emails.booking_withdrawn(booking, told, before=line.details["status_before"])
    return mails + (cover(booking, changed=True) if told else [])


def _offered(line: HistoryLine) -> list[Mail]:
    booking = booking_of(line)
    return emails.places_offered(booking, line.reason) if booking.status == Status.OFFERED else []


def _offer_taken_back(line: HistoryLine) -> list[Mail]:
    return emails.offer_taken_back(booking_of(line), line.reason)


def _held_back(line: HistoryLine) -> list[Mail]:
    booking = booking_of(line)  # let on again meanwhile: that line tells it
    return emails.booking_held_back(booking) if booking.held_back_by_id else []


def _let_on(line: HistoryLine) -> list[Mail]:
    booking = booking_of(line)  # what has been offered to it meanwhile says so itself
    if booking.status != Status.WAITING or booking.held_back:
        return []
    return emails.booking_let_on(booking, booking.position())


def _offer_accepted(line: HistoryLine) -> list[Mail]:
    booking = booking_of(line)
    if line.details["status"] != Status.CONFIRMED:
        return emails.booking_held(booking)
    return emails.booking_summary(booking) + _confirmed(booking, people_of(line))


def _offer_ended(line: HistoryLine) -> list[Mail]:
    return emails.booking_ended(booking_of(line))


def _membership(line: HistoryLine) -> Membership:
    return Membership.objects.select_related("school", "person").get(pk=line.details["membership"])


def _lead_confirmed(line: HistoryLine) -> list[Mail]:
    bookings = list(
        Booking.objects.filter(pk__in=line.details["bookings"])
        .select_related("work_group", "school", "session__venue", "made_by")
        .order_by("pk")
    )
    mails = emails.school_confirmed(_membership(line), bookings)
    for booking in bookings:
        people = User.objects.filter(places__in=booking.places.live(), is_active=True).order_by("pk")
        mails += _confirmed(booking, list(people))
    return mails


def _lead_refused(line: HistoryLine) -> list[Mail]:
    return emails.school_refused(_membership(line))


def _member_confirmed(line: HistoryLine) -> list[Mail]:
    return emails.member_confirmed(_membership(line))


def _asked_to_join(line: HistoryLine) -> list[Mail]:
    membership = _membership(line)
    if membership.state != Membership.State.REQUESTED:
        return []
    return emails.school_to_confirm(membership, emails.leads_of(membership.school))


def _invited(line: HistoryLine) -> list[Mail]:
    membership = _membership(line)
    return emails.colleague_invited(membership, line.by) if membership.state == Membership.State.INVITED else []


def _role_changed(line: HistoryLine) -> list[Mail]:
    membership = _membership(line)
    return emails.role_changed(membership, line.by) if line.by_id != membership.person_id else []


def _left_school(line: HistoryLine) -> list[Mail]:
    membership = _membership(line)
    mails = emails.left_school(membership)
    to_name = Booking.objects.live().filter(pk__in=line.details["to_name"])
    bookings = list(to_name.select_related("work_group").order_by("pk"))
    if bookings:
        mails += emails.places_to_name(membership, bookings, emails.leads_of(membership.school))
    return mails


def _places_vacated(line: HistoryLine) -> list[Mail]:
    to_name = Booking.objects.live().filter(pk__in=line.details["to_name"])
    bookings = list(to_name.select_related("work_group").order_by("pk"))
    school = School.objects.get(pk=line.details["school"])
    return emails.places_vacated(school, bookings, emails.leads_of(school)) if bookings else []


def _address_proposed(line: HistoryLine) -> list[Mail]:
    proposals = AddressProposal.objects.select_related("person", "school").filter(pk=line.details["proposal"])
    return [mail for proposal in proposals for mail in emails.address_proposed(proposal)]


def _people_check_asked(line: HistoryLine) -> list[Mail]:
    check = PeopleCheck.objects.select_related("school").get(pk=line.details["check"])
    return emails.people_check(check.school, emails.leads_of(check.school)) if check.answered_at is None else []


def _register_link_given(line: HistoryLine) -> list[Mail]:
    links = RegisterLink.objects.select_related("session__work_group", "session__venue", "made_by")
    link = links.filter(pk=line.details["link"], ended_at__isnull=True).first()  # ended meanwhile: it opens nothing
    if link is None:
        return []
    return emails.register_link(link, is_today=link.opens_at(timezone.now()))


def _register_link_done(line: HistoryLine) -> list[Mail]:
    link = RegisterLink.objects.select_related("session__work_group", "session__venue").get(pk=line.details["link"])
    parts = link.session.work_group.facilitations.on(timezone.localdate(line.at)).select_related("person")
    return emails.register_done(link, [part.person for part in parts if part.person.is_active])


VERBS: dict[str, Callable[[HistoryLine], list[Mail]]] = {
    "booked": _booked,
    "certificates_issued": certificates_issued,
    "certificate_issued_anew": certificates_issued,
    "place_named": place_named,
    "withdrew": _withdrew,
    "place_given_up": _place_given_up,
    "stand_in_sent": stand_in_sent,
    "stand_in_ended": stand_in_ended,
    "nobody_comes": _nobody_comes,
    "apologies_said": _apologies,
    "apologies_taken_back": _apologies,
    "catch_up_arranged": _catch_up_arranged,
    "transferred": _transferred,
    "decided": _decided,
    "school_invited": _school_invited,
    "carry_on_asked": _carry_on_asked,
    "head_asked": _head_asked,
    "head_answered": _head_answered,
    "group_called_off": _group_called_off,
    "work_group_called_off": work_group_called_off,
    "away": _away,
    "offered": _offered,
    "held_back": _held_back,
    "let_on": _let_on,
    "offer_accepted": _offer_accepted,
    "offer_declined": _offer_ended,
    "offer_lapsed": _offer_ended,
    "offer_taken_back": _offer_taken_back,
    "lead_confirmed": _lead_confirmed,
    "lead_refused": _lead_refused,
    "member_confirmed": _member_confirmed,
    "asked_to_join": _asked_to_join,
    "invited": _invited,
    "role_changed": _role_changed,
    "left_school": _left_school,
    "places_vacated": _places_vacated,
    "address_proposed": _address_proposed,
    "people_check_asked": _people_check_asked,
    "session_moved": session_changed,
    "session_cancelled": session_changed,
    "session_added": session_changed,
    "register_link_given": _register_link_given,
    "register_link_done": _register_link_done,
}
