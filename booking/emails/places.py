"""Mails about places: booked, held, waited for, offered, given up. Pure functions, from things to words."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from accounts.colleagues import show_as_typed
from accounts.models import User
from booking.agreeing import head_is_to_agree, hub_is_to_confirm
from booking.clashes import clashes
from booking.emails.letter import (
    Mail,
    coming,
    date_rows,
    names,
    places_words,
    to_booker,
    to_person,
    when,
    where,
    who,
)
from booking.links import offer_url, person_dates_url
from booking.models import Booking
from booking.models.places import Status
from booking.templatetags.words import clock, day, day_short, number_word, working_time


def place_confirmed(person: User, booking: Booking) -> list[Mail]:
    """To a named colleague: who booked them, the first date and place, what to bring, and one button to all dates."""
    sessions = coming(booking, person)
    dated = [one for one in sessions if one.starts_at]
    if not sessions:
        return []
    group = booking.work_group
    opening = "You booked yourself" if booking.made_by_id == person.pk else f"{booking.made_by.name} booked you"
    paragraphs = [f"{opening} on {group.title} for {booking.school}."]
    subject = f"Your place on {group.title}"
    if dated:
        first = dated[0]
        subject += f", from {day_short(first.starts_at)}"
        paragraphs.append(f"It begins on {when(first)}: {where(first)}.")
    bring = (dated[0].bring if dated else "") or group.bring
    if bring:
        paragraphs.append(f"Please bring: {bring}.")
    mail = Mail(
        kind="place_confirmed",
        subject=subject,
        heading=f"You have a place on {group.title}",
        paragraphs=paragraphs,
        dates=date_rows(booking, sessions),
        button=("See my dates", person_dates_url(person)),
        after=[
            "Each session also comes as a calendar invite of its own; when something moves, a new one follows.",
            "You can't come to one of them? Say so behind the button: one tap, and your place stays yours.",
            "Is there something we should arrange, to take part or to eat? You can say it there too; only those who "
            "run the sessions see it.",
        ],
        secret=True,
        reason=f"You were named for a place on {group.title}.",
    )
    return to_person(mail, person, booking.school)


def booking_summary(booking: Booking) -> list[Mail]:
    """To who booked: what stands, who comes, every date."""
    group = booking.work_group
    named, to_name = names(booking)
    paragraphs = [f"{booking.school} has {places_words(len(named) + to_name)} on {group.title}: {who(named, to_name)}."]
    if to_name:
        paragraphs.append("Name the colleague who follows on the booking's page; the place is kept meanwhile.")
    return to_booker(
        booking,
        Mail(
            kind="booking_summary",
            subject=f"Booked: {group.title}",
            heading="Your places are booked",
            paragraphs=paragraphs,
            dates=date_rows(booking, coming(booking)),
            reason=f"You booked {group.title} for {booking.school}.",
        ),
    )


def booking_held(booking: Booking) -> list[Mail]:
    group = booking.work_group
    named, to_name = names(booking)
    return to_booker(
        booking,
        Mail(
            kind="booking_held",
            subject=f"Held for you: {group.title}",
            heading="Your places are held",
            paragraphs=[
                f"{places_words(len(named) + to_name).capitalize()} on {group.title} for {booking.school}: "
                f"{who(named, to_name)}.",
                *why_held(booking),
                "Your colleagues are told, with a calendar invite for each session, as soon as the places stand.",
            ],
            dates=date_rows(booking, coming(booking)),
            reason=f"You booked {group.title} for {booking.school}.",
        ),
    )


def why_held(booking: Booking) -> list[str]:
    """For whose answer the places wait: the hub's, the head's, or both."""
    words = []
    if hub_is_to_confirm(booking):
        words.append("Held for you. The hub checks new schools within two working days; you need do nothing.")
    if head_is_to_agree(booking):
        words.append("Held until your head teacher agrees: they are asked on one short page, by a link of their own.")
    return words


def booking_waiting(booking: Booking, position: int) -> list[Mail]:
    group = booking.work_group
    before = "You are first in the line." if position == 1 else f"You are number {position} in the line."
    return to_booker(
        booking,
        Mail(
            kind="booking_waiting",
            subject=f"On the waiting list: {group.title}",
            heading="You are on the waiting list",
            paragraphs=[
                f"{group.title} is full just now. {before}",
                "Your colleagues wait together. When there is room for all of you, we write to you, and you have "
                f"{working_time(group.offer_hours)} to take the places.",
            ],
            reason=f"You asked for places on {group.title}.",
        ),
    )


def booking_applied(booking: Booking) -> list[Mail]:
    group = booking.work_group
    return to_booker(
        booking,
        Mail(
            kind="booking_applied",
            subject=f"We have your application: {group.title}",
            heading="We have your application",
            paragraphs=["The hub reads every application and writes to you. No place is taken until then."],
            dates=date_rows(booking, coming(booking)),
            reason=f"You applied for {group.title}.",
        ),
    )


def cover_dates(booking: Booking, *, changed: bool = False) -> list[Mail]:
    """To whoever arranges cover: who, day, start, end, where, miles, as a plain table."""
    if not booking.cover_email:
        return []
    group, sessions = booking.work_group, coming(booking)
    named, to_name = names(booking)
    if booking.status != Status.CONFIRMED:
        heading, sessions = f"No cover is needed any more for {group.title}", []
    else:
        heading = f"Cover for {group.title}: the dates {'have changed' if changed else 'to arrange'}"
    dates = date_rows(booking, sessions, people=who(named, to_name))
    return [
        Mail(
            kind="cover_dates",
            to=booking.cover_email,
            subject=heading,
            heading=heading,
            paragraphs=[f"{booking.school}: {who(named, to_name)}. Miles are in a straight line from the school."]
            if sessions
            else [f"{booking.school} has given its places up."],
            dates=dates,
            is_table=True,
            reason=f"{booking.made_by.name} asked us to send you the dates.",
        )
    ]


def names_due(booking: Booking, to_name: int, places: int, by: date, *, late: bool) -> list[Mail]:
    """To who booked: one of two still to name, and by when; the place is kept meanwhile."""
    group = booking.work_group
    still = f"{number_word(to_name)} of {number_word(places)}" if places > 1 else "your colleague"
    due = f"It was due on {day(by)}." if late else f"Please do it by {day(by)}."
    return to_booker(
        booking,
        Mail(
            kind="names_due",
            subject=f"{'Still to name' if late else 'To name'}: {group.title}",
            heading=f"{still.capitalize()} still to name",
            paragraphs=[
                f"{booking.school} has {places_words(places)} on {group.title}; {still} is still to name. {due}",
                "Whoever you name gets their dates at once. Nothing is lost by itself: if nobody can come, give the "
                "place up, and somebody who waits has it.",
            ],
            reason=f"You booked {group.title} for {booking.school}, with a name to follow.",
        ),
        button="Name a colleague",
    )


def booking_withdrawn(booking: Booking, people: Iterable[User]) -> list[Mail]:
    """To who booked, and to the people who had a place (none: the booking had not been confirmed)."""
    group, people = booking.work_group, list(people)
    has = f"{booking.school} no longer has places on {group.title}. The sessions leave your calendars."
    asks = f"{booking.school} no longer asks for places on {group.title}. Nothing else is to be done."
    mails = to_booker(
        booking,
        Mail(
            kind="booking_withdrawn",
            subject=f"Places given up: {group.title}",
            heading="The places have been given up",
            paragraphs=[has if people else asks],
            reason=f"You booked {group.title} for {booking.school}.",
        ),
    )
    for person in people:
        if person.pk != booking.made_by_id:
            mail = Mail(
                kind="place_withdrawn",
                subject=f"Your place on {group.title} has been given up",
                heading="Your place has been given up",
                paragraphs=[
                    f"{booking.school} has given up its places on {group.title}. The sessions leave your calendar.",
                    "Was that a mistake? Please ask the colleague who books for your school.",
                ],
                reason=f"You had a place on {group.title}.",
            )
            mails += to_person(mail, person, booking.school)
    return mails


def places_offered(booking: Booking, words: str = "") -> list[Mail]:
    """To who booked: until when, what stands against it, and one button that answers without a log-in.

    `words`: what the hub adds, where somebody there made the offer.
    """
    group = booking.work_group
    named, to_name = names(booking)
    until = f"{day(booking.offer_ends_at)}, {clock(booking.offer_ends_at)}"
    people = [place.person for place in booking.places.live().select_related("person") if place.person]
    show_as_typed(booking.school_id, people)
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
                *(f"Look out: {clash}" for clash in clashes(people, booking.school, group, booking.session)),
            ],
            dates=date_rows(booking, coming(booking)),
            secret=True,
            reason=f"You are on the waiting list of {group.title}.",
        ),
    )
    return [
        replace(mail, button=("Take the places, or let them go", offer_url(booking, mail.person)))
        for mail in mails
        if mail.person
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


def booking_decided(booking: Booking, position: int = 0) -> list[Mail]:
    """What has become of an application: accepted, on the waiting list, or not this time; with the hub's own words."""
    group, words = booking.work_group, booking.decision_words
    named, to_name = names(booking)
    reason = f"You asked for places on {group.title}."
    if booking.status == Status.NOT_SELECTED:
        mail = Mail(
            kind="booking_declined",
            subject=f"Not this time: {group.title}",
            heading=f"Not this time: {group.title}",
            paragraphs=[
                f"More schools asked for {group.title} than it has room for, and this time we could not offer "
                f"{booking.school} a place.",
                *([words] if words else []),
                "Your interest is noted. If you would like to talk about what else is on, answer this mail.",
            ],
            reason=reason,
        )
    elif booking.status == Status.WAITING:
        mail = Mail(
            kind="booking_wait_listed",
            subject=f"On the waiting list: {group.title}",
            heading="You are on the waiting list",
            paragraphs=[
                f"{'You are first in the line' if position == 1 else f'You are number {position} in the line'} for "
                f"{group.title}. When there is room for all of you, we write to you.",
                *([words] if words else []),
            ],
            reason=reason,
        )
    else:
        held = why_held(booking) if booking.status == Status.HELD else []
        mail = Mail(
            kind="booking_accepted",
            subject=f"You are in: {group.title}",
            heading=f"{booking.school} is in: {group.title}",
            paragraphs=[
                f"{places_words(len(named) + to_name).capitalize()}: {who(named, to_name)}.",
                *held,
                *([words] if words else []),
            ],
            dates=date_rows(booking, coming(booking)),
            reason=reason,
        )
    return to_booker(booking, mail)


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
