"""Every mail of the hub: one function for each, from things to words. Nothing here is sent or stored.

A mail is a letter: a heading, a few sentences, perhaps dates and one button. Its text and its HTML are drawn from the
same letter, so they cannot say different things.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from accounts.models import Membership, User
from accounts.places_near import Point, metres_between
from booking.links import absolute, person_dates_url
from booking.models import Booking, Session
from booking.models.places import Status
from booking.templatetags.words import clock, clock_range, day, day_short, miles, number_word


@dataclass(frozen=True)
class DateRow:
    """One date in a letter: when, where, and the task to try after it."""

    when: str
    title: str
    where: str
    miles: str = ""
    people: str = ""
    task: str = ""


@dataclass(frozen=True)
class Mail:
    """One mail to one address. `secret`: holds a personal link, so its text is shown to nobody."""

    kind: str
    to: str
    subject: str
    heading: str
    reason: str
    paragraphs: Sequence[str] = ()
    person: User | None = None
    dates: Sequence[DateRow] = ()
    is_table: bool = False
    button: tuple[str, str] | None = None
    after: Sequence[str] = field(default_factory=tuple)
    secret: bool = False

    @property
    def text(self) -> str:
        return render_to_string("emails/letter.txt", self._context()).strip() + "\n"

    @property
    def html(self) -> str:
        return render_to_string("emails/letter.html", self._context())

    def _context(self) -> dict[str, object]:
        return {"mail": self, "hub_name": settings.HUB_NAME, "hub_email": settings.HUB_EMAIL, "demo": settings.DEMO}


def place_confirmed(person: User, booking: Booking) -> list[Mail]:
    """To a named colleague: who booked them, the first date and place, what to bring, and one button to all dates."""
    sessions = _coming(booking)
    if not sessions:
        return []
    group, first = booking.work_group, sessions[0]
    by = booking.made_by.name if booking.made_by_id != person.pk else "You"
    opening = f"{by} booked you" if by != "You" else "You booked yourself"
    paragraphs = [
        f"{opening} on {group.title} for {booking.school}.",
        f"It begins on {day(first.starts_at)}, {clock_range(first)}: {_where(first)}.",
    ]
    if first.bring or group.bring:
        paragraphs.append(f"Please bring: {first.bring or group.bring}.")
    mail = {
        "kind": "place_confirmed",
        "subject": f"Your place on {group.title}, from {day_short(first.starts_at)}",
        "heading": f"You have a place on {group.title}",
        "paragraphs": paragraphs,
        "dates": _dates(booking, sessions),
        "button": ("See my dates", person_dates_url(person)),
        "after": [
            "Each session also comes as a calendar invite of its own; when something moves, a new one follows.",
            "You can't come to one of them? Say so behind the button: one tap, and your place stays yours.",
        ],
        "secret": True,
        "reason": f"You were named for a place on {group.title}.",
    }
    return _to_person(person, booking, mail)


def booking_summary(booking: Booking) -> list[Mail]:
    """To who booked: what stands, who comes, every date."""
    group = booking.work_group
    named, to_name = _names(booking)
    paragraphs = [f"{booking.school} has {_places(len(named) + to_name)} on {group.title}: {_who(named, to_name)}."]
    if to_name:
        paragraphs.append("Name the colleague who follows on the booking's page; the place is kept meanwhile.")
    return _to_booker(
        booking,
        kind="booking_summary",
        subject=f"Booked: {group.title}",
        heading="Your places are booked",
        paragraphs=paragraphs,
        dates=_dates(booking, _coming(booking)),
        reason=f"You booked {group.title} for {booking.school}.",
    )


def booking_held(booking: Booking) -> list[Mail]:
    group = booking.work_group
    named, to_name = _names(booking)
    return _to_booker(
        booking,
        kind="booking_held",
        subject=f"Held for you: {group.title}",
        heading="Your places are held",
        paragraphs=[
            f"{_places(len(named) + to_name).capitalize()} on {group.title} for {booking.school}: "
            f"{_who(named, to_name)}.",
            "Held for you. The hub checks new schools within two working days; you need do nothing.",
            "Your colleagues are told, with a calendar invite for each session, as soon as the hub has said yes.",
        ],
        dates=_dates(booking, _coming(booking)),
        reason=f"You booked {group.title} for {booking.school}, which the hub does not know yet.",
    )


def booking_waiting(booking: Booking, position: int) -> list[Mail]:
    group = booking.work_group
    before = "You are first in the line." if position == 1 else f"You are number {position} in the line."
    return _to_booker(
        booking,
        kind="booking_waiting",
        subject=f"On the waiting list: {group.title}",
        heading="You are on the waiting list",
        paragraphs=[
            f"{group.title} is full just now. {before}",
            "Your colleagues wait together. When there is room for all of you, we write to you, and you have three "
            "school days to take the places.",
        ],
        reason=f"You asked for places on {group.title}.",
    )


def booking_applied(booking: Booking) -> list[Mail]:
    group = booking.work_group
    return _to_booker(
        booking,
        kind="booking_applied",
        subject=f"We have your application: {group.title}",
        heading="We have your application",
        paragraphs=["The hub reads every application and writes to you. No place is taken until then."],
        dates=_dates(booking, _coming(booking)),
        reason=f"You applied for {group.title}.",
    )


def cover_dates(booking: Booking, *, changed: bool = False) -> list[Mail]:
    """To whoever arranges cover: who, day, start, end, where, miles, as a plain table."""
    if not booking.cover_email:
        return []
    group, sessions = booking.work_group, _coming(booking)
    named, to_name = _names(booking)
    if booking.status != Status.CONFIRMED:
        heading, sessions = f"No cover is needed any more for {group.title}", []
    else:
        heading = f"Cover for {group.title}: the dates {'have changed' if changed else 'to arrange'}"
    dates = _dates(booking, sessions, people=_who(named, to_name))
    return [
        Mail(
            kind="cover_dates",
            to=booking.cover_email,
            subject=heading,
            heading=heading,
            paragraphs=[f"{booking.school}: {_who(named, to_name)}. Miles are in a straight line from the school."]
            if sessions
            else [f"{booking.school} has given its places up."],
            dates=dates,
            is_table=True,
            reason=f"{booking.made_by.name} asked us to send you the dates.",
        )
    ]


def booking_withdrawn(booking: Booking, people: Iterable[User]) -> list[Mail]:
    group = booking.work_group
    mails = _to_booker(
        booking,
        kind="booking_withdrawn",
        subject=f"Places given up: {group.title}",
        heading="The places have been given up",
        paragraphs=[f"{booking.school} no longer has places on {group.title}. The sessions leave your calendars."],
        reason=f"You booked {group.title} for {booking.school}.",
    )
    for person in people:
        if person.pk != booking.made_by_id:
            mail = {
                "kind": "place_withdrawn",
                "subject": f"Your place on {group.title} has been given up",
                "heading": "Your place has been given up",
                "paragraphs": [
                    f"{booking.school} has given up its places on {group.title}. The sessions leave your calendar.",
                    "Was that a mistake? Please ask the colleague who books for your school.",
                ],
                "reason": f"You had a place on {group.title}.",
            }
            mails += _to_person(person, booking, mail)
    return mails


def places_offered(booking: Booking) -> list[Mail]:
    group = booking.work_group
    named, to_name = _names(booking)
    until = f"{day(booking.offer_ends_at)}, {clock(booking.offer_ends_at)}"
    return _to_booker(
        booking,
        kind="places_offered",
        subject=f"Places are free for you: {group.title}, until {day_short(booking.offer_ends_at)}",
        heading=f"Places are free for you on {group.title}",
        paragraphs=[
            f"There is room for {_who(named, to_name)}.",
            f"Take the places by {until}. After that they go to the next school in the line.",
        ],
        dates=_dates(booking, _coming(booking)),
        button_label="Take the places",
        reason=f"You are on the waiting list of {group.title}.",
    )


def booking_ended(booking: Booking) -> list[Mail]:
    """An offer that was let go, or has lapsed."""
    group = booking.work_group
    lapsed = booking.status == Status.LAPSED
    return _to_booker(
        booking,
        kind="offer_lapsed" if lapsed else "offer_declined",
        subject=f"{'The offer has lapsed' if lapsed else 'You let the places go'}: {group.title}",
        heading="The offer has lapsed" if lapsed else "You let the places go",
        paragraphs=[
            f"The places on {group.title} have gone to the next school in the line.",
            "Would you still like to come? Book again, and you wait at the end of the line.",
        ],
        reason=f"Places on {group.title} were offered to you.",
    )


def school_confirmed(membership: Membership, bookings: Sequence[Booking]) -> list[Mail]:
    school, person = membership.school, membership.person
    held = f"What was held is booked: {_and([booking.work_group.title for booking in bookings])}." if bookings else ""
    return [
        Mail(
            kind="school_confirmed",
            to=person.email or settings.HUB_EMAIL,
            person=person,
            subject=f"You book for {school}",
            heading=f"You book for {school}",
            paragraphs=[text for text in (f"The hub has confirmed that you book for {school}.", held) if text],
            button=("Our bookings", absolute(reverse("booking_list"))),
            reason=f"You asked to book for {school}.",
        )
    ]


def school_refused(membership: Membership) -> list[Mail]:
    school, person = membership.school, membership.person
    return [
        Mail(
            kind="school_refused",
            to=person.email or settings.HUB_EMAIL,
            person=person,
            subject=f"About {school}",
            heading=f"We could not confirm that you book for {school}",
            paragraphs=[
                "What was held for you is free again.",
                f"If this is a mistake, please write to {settings.HUB_EMAIL}: we will put it right.",
            ],
            reason=f"You asked to book for {school}.",
        )
    ]


def school_to_confirm(membership: Membership) -> list[Mail]:
    school, person = membership.school, membership.person
    does = "book for" if membership.role == Membership.Role.LEAD else "take part for"
    return [
        Mail(
            kind="school_to_confirm",
            to=settings.HUB_EMAIL,
            subject=f"To confirm: {person.name}, {school}",
            heading=f"{person.name} asks to {does} {school}",
            paragraphs=[f"{person.email or 'No e-mail'} · {school.address_line}"],
            button=("Confirm or refuse", absolute(reverse("office_lead", args=[membership.pk]))),
            reason="The hub confirms who books for a school.",
        )
    ]


def session_changed(person: User, session: Session, why: str) -> list[Mail]:
    """To somebody who takes no invites by mail: what has changed, in words."""
    if not person.email:
        return []
    group = session.work_group
    if session.is_planned and session.starts_at:
        now = f"It is now on {day(session.starts_at)}, {clock_range(session)}: {_where(session)}."
        head = "has changed"
    else:
        now, head = (
            "It does not take place." if not session.is_planned else f"It is now {session.when_words}.",
            "is off",
        )
        head = "is off" if not session.is_planned else "has changed"
    return [
        Mail(
            kind="session_changed",
            to=person.email,
            person=person,
            subject=f"{'Cancelled' if not session.is_planned else 'Changed'}: {group.title}, session {session.number}",
            heading=f"Session {session.number} of {group.title} {head}",
            paragraphs=[text for text in (now, f"Why: {why}." if why else "") if text],
            button=("My sessions", absolute(reverse("my_sessions"))),
            reason=f"You take part in {group.title} and keep your own calendar.",
        )
    ]


def invite_words(session: Session, *, method: str, first: bool) -> tuple[str, str]:
    """(subject, text) of an invite mail; the calendar part carries the rest."""
    group = session.work_group
    what = "Cancelled" if method == "CANCEL" else "New" if first else "Changed"
    when = f"{day_short(session.starts_at)}, {clock(session.starts_at)}" if session.starts_at else session.when_words
    subject = f"{what}: {group.title}, session {session.number}, {when}"
    if method == "CANCEL":
        why = f" {session.status_reason}." if session.status_reason and not session.is_planned else ""
        return subject, f"This session is no longer in your calendar.{why}"
    return subject, f"{day(session.starts_at)}, {clock_range(session)} (UK time), {_where(session)}."


# ── Words that several mails share ─────────────────────────────────────────────────────────────────────────────────
def _to_person(person: User, booking: Booking, mail: Mapping[str, object]) -> list[Mail]:
    """To the person; without an address of their own to those who book for the school, headed "For Kim"."""
    if person.email:
        return [Mail(to=person.email, person=person, **mail)]  # type: ignore[arg-type]  # the callers name the fields
    leads = User.objects.filter(
        memberships__in=Membership.objects.of_school(booking.school).active().leads(), email__isnull=False
    )
    subject = f"For {person.name}: {mail['subject']}"
    return [Mail(to=lead.email or "", person=lead, **{**mail, "subject": subject}) for lead in leads]  # type: ignore[arg-type]


def _to_booker(booking: Booking, *, button_label: str = "Open our booking", **mail: object) -> list[Mail]:
    """To who made the booking; where the hub made it, to those who book for the school."""
    button = (button_label, absolute(booking.get_absolute_url()))
    if booking.made_by.is_hub_staff:
        to = list(
            User.objects.filter(
                memberships__in=Membership.objects.of_school(booking.school).active().leads(), email__isnull=False
            )
        )
    else:
        to = [booking.made_by]
    return [Mail(to=one.email or "", person=one, button=button, **mail) for one in to if one.email]  # type: ignore[arg-type]


def _coming(booking: Booking) -> list[Session]:
    """The planned sessions of a booking that are still to come, dated ones first in their order."""
    now = timezone.now()
    sessions = [booking.session] if booking.session else booking.work_group.sessions.select_related("venue", "task")
    return [one for one in sessions if one and one.is_planned and one.starts_at and one.starts_at > now]


def _dates(booking: Booking, sessions: Sequence[Session], people: str = "") -> list[DateRow]:
    home = Point.of(booking.school)
    uses_tasks = booking.work_group.uses_tasks
    rows = []
    for one in sessions:
        there = Point.of(one.venue) if one.venue and one.mode != Session.Mode.ONLINE else None
        rows.append(
            DateRow(
                when=f"{day(one.starts_at)}, {clock_range(one)}",
                title=f"{one.number}. {one.title}" if one.title else f"Session {one.number}",
                where=one.place_words,
                miles=miles(metres_between(home, there)) if home and there else "",
                people=people,
                task=one.task.title if uses_tasks and hasattr(one, "task") else "",
            )
        )
    return rows


def _where(session: Session) -> str:
    if session.mode == Session.Mode.ONLINE:
        return "online"
    where = session.venue.address if session.venue else "venue to be confirmed"
    return f"{where}, or online" if session.mode == Session.Mode.HYBRID else where


def _names(booking: Booking) -> tuple[list[str], int]:
    places = list(booking.places.select_related("person"))
    live = [place for place in places if place.live] or places
    return [place.person.name for place in live if place.person], sum(place.person is None for place in live)


def _who(named: Sequence[str], to_name: int) -> str:
    follow = [f"{number_word(to_name)} {'name' if to_name == 1 else 'names'} to follow"] if to_name else []
    return _and([*named, *follow])


def _and(words: Sequence[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def _places(count: int) -> str:
    return f"{number_word(count)} place{'' if count == 1 else 's'}"
