"""Mails about waiting: on the list, offered, let go; held back by the hub, and let on again. Pure functions."""

from dataclasses import replace

from accounts.colleagues import show_as_typed
from booking.avoiding import against_coming
from booking.clashes import clashes
from booking.emails.letter import (
    Mail,
    acted_words,
    coming,
    correct_words,
    date_rows,
    names,
    to_booker,
    who,
)
from booking.links import offer_url
from booking.models import Booking
from booking.models.places import Status
from booking.templatetags.words import clock, day, day_short, in_line, working_time


def booking_waiting(booking: Booking, position: int) -> list[Mail]:
    group = booking.work_group
    named, to_name = names(booking)
    acted, line = acted_words(booking, len(named) + to_name), in_line(position)
    return to_booker(
        booking,
        Mail(
            kind="booking_waiting",
            subject=f"On the waiting list: {group.title}",
            heading="You are on the waiting list",
            paragraphs=[
                *acted,
                f"{group.title} is full just now. {line}",
                "Your colleagues wait together. When there is room for all of you, we write to you, and you have "
                f"{working_time(group.offer_hours)} to take the places.",
                group.queue_words,
            ],
            after=correct_words(booking),
            reason=f"You asked for places on {group.title}.",
            facts={"group": group.title, "school": str(booking.school), "line": line},
            worded=len(acted),
        ),
    )


def places_offered(booking: Booking, words: str = "") -> list[Mail]:
    """To who booked: until when, what stands against it, and one button that answers without a log-in.

    `words`: what the hub adds, where somebody there made the offer.
    """
    group = booking.work_group
    named, to_name = names(booking)
    until = f"{day(booking.offer_ends_at)}, {clock(booking.offer_ends_at)}"
    people = [place.person for place in booking.places.live().select_related("person") if place.person]
    show_as_typed(booking.school_id, people)
    against = clashes(people, booking.school, group, booking.session)
    against += against_coming(booking.school, group, booking.session, is_ours=True)
    mails = to_booker(
        booking,
        Mail(
            kind="places_offered",
            subject=f"Places are free for you: {group.title}, until {day_short(booking.offer_ends_at)}",
            heading=f"Places are free for you on {group.title}",
            paragraphs=[
                f"There is room for {who(named, to_name)}.",
                f"Take the places by {until}. After that they go to the next school in the line.",
                *([words] if words else []),
                *(f"Look out: {clash}" for clash in against),
            ],
            dates=date_rows(booking, coming(booking)),
            secret=True,
            reason=f"You are on the waiting list of {group.title}.",
            expires_at=booking.offer_ends_at,
            facts={
                "group": group.title,
                "school": str(booking.school),
                "names": who(named, to_name),
                "date": day_short(booking.offer_ends_at),
                "until": until,
            },
        ),
    )
    return [
        replace(mail, button=("Take the places, or let them go", offer_url(booking, mail.person))) for mail in mails
    ]


def offer_ends_soon(booking: Booking) -> list[Mail]:
    """To who was offered places and has not answered: once more before they go to the next, with the same button."""
    group = booking.work_group
    named, to_name = names(booking)
    mails = to_booker(
        booking,
        Mail(
            kind="offer_ends_soon",
            subject=f"Places are kept until {day_short(booking.offer_ends_at)}, {clock(booking.offer_ends_at)}: "
            f"{group.title}",
            heading=f"The places on {group.title} are kept until {clock(booking.offer_ends_at)}",
            paragraphs=[
                f"There is room for {who(named, to_name)}, until {day(booking.offer_ends_at)}, "
                f"{clock(booking.offer_ends_at)}. After that the places go to the next school in the line.",
                "You do not want them any more? Say so, and somebody else can plan.",
            ],
            secret=True,
            reason=f"Places on {group.title} are on offer to you.",
            expires_at=booking.offer_ends_at,
        ),
    )
    return [
        replace(mail, button=("Take the places, or let them go", offer_url(booking, mail.person))) for mail in mails
    ]


def offer_taken_back(booking: Booking, words: str) -> list[Mail]:
    """To who booked: the hub has taken its offer back, and says why."""
    group = booking.work_group
    return to_booker(
        booking,
        Mail(
            kind="offer_taken_back",
            subject=f"No longer on offer: {group.title}",
            heading="The places are no longer on offer",
            paragraphs=[
                f"The hub has taken back the offer of places on {group.title}: {words}",
                "You stand on the waiting list where you stood. If you would like to talk about it, answer this mail.",
            ],
            reason=f"Places on {group.title} were offered to you.",
        ),
    )


def booking_held_back(booking: Booking) -> list[Mail]:
    """To who booked: the hub lets the booking wait for now, and says why."""
    group = booking.work_group
    return to_booker(
        booking,
        Mail(
            kind="booking_held_back",
            subject=f"Not offered to you just now: {group.title}",
            heading="Places are not offered to you just now",
            paragraphs=[
                f"On the waiting list of {group.title} the hub lets others pass you for now: {booking.held_back}",
                "You keep your place in the line, and need do nothing. Would you like to talk about it? Answer this "
                "mail.",
            ],
            reason=f"You are on the waiting list of {group.title}.",
        ),
    )


def booking_let_on(booking: Booking, position: int) -> list[Mail]:
    """To who booked: they take their turn on the waiting list again."""
    group = booking.work_group
    return to_booker(
        booking,
        Mail(
            kind="booking_let_on",
            subject=f"You take your turn again: {group.title}",
            heading="You take your turn again",
            paragraphs=[
                f"Places on {group.title} are offered to you again when it is your turn. {in_line(position)}",
                "When there is room for all of you, we write to you.",
            ],
            reason=f"You are on the waiting list of {group.title}.",
        ),
    )


def booking_ended(booking: Booking) -> list[Mail]:
    """An offer that was let go, or has lapsed."""
    group = booking.work_group
    lapsed = booking.status == Status.LAPSED
    return to_booker(
        booking,
        Mail(
            kind="offer_lapsed" if lapsed else "offer_declined",
            subject=f"{'The offer has lapsed' if lapsed else 'You let the places go'}: {group.title}",
            heading="The offer has lapsed" if lapsed else "You let the places go",
            paragraphs=[
                f"The places on {group.title} have gone to the next school in the line.",
                "Would you still like to come? Book again, and you wait at the end of the line.",
            ],
            reason=f"Places on {group.title} were offered to you.",
        ),
    )
