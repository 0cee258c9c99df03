"""Mails about places: booked, held, applied for, given up; and the dates for cover. From things to words."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from django.utils import timezone

from accounts.models import User
from booking.agreeing import head_is_to_agree, hub_is_to_confirm
from booking.emails.letter import (
    TODAY,
    Mail,
    about_booking,
    acted_words,
    comes_to,
    coming,
    correct_words,
    date_rows,
    names,
    places_words,
    to_booker,
    to_person,
    when,
    where,
    who,
)
from booking.expectations import is_near
from booking.links import person_dates_url
from booking.models import Booking, Session
from booking.models.places import Status
from booking.naming import unnamed
from booking.templatetags.words import day, day_short, in_line, number_word, people_words


def place_confirmed(person: User, booking: Booking) -> list[Mail]:
    """To a named colleague: who booked them, the first date and place, what to bring, and one button to all dates."""
    sessions = coming(booking, person)
    dated = [one for one in sessions if one.starts_at]
    if not sessions:
        return []
    group = booking.work_group
    opening = "You booked yourself" if booking.made_by_id == person.pk else f"{booking.made_by.name} booked you"
    paragraphs = [f"{opening} on {group.title} for {booking.school}."]
    starts = ""
    if dated:
        first = dated[0]
        starts = f", from {day_short(first.starts_at)}"
        paragraphs.append(f"It begins on {when(first)}: {where(first)}.")
    bring = (dated[0].bring if dated else "") or group.bring
    if bring:
        paragraphs.append(f"Please bring: {bring}.")
    mail = Mail(
        kind="place_confirmed",
        subject=f"Your place on {group.title}{starts}",
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
        about=about_booking(booking),
        facts=_facts(booking, person=person.name, booked=opening, starts=starts),
        worded=0,
    )
    return to_person(mail, person, booking.school)


def booking_summary(booking: Booking) -> list[Mail]:
    """To who booked: what stands, who comes, every date."""
    group = booking.work_group
    named, to_name = names(booking)
    places = len(named) + to_name
    acted = acted_words(booking, places)
    paragraphs = [
        *acted,
        f"{booking.school} has {places_words(places)} on {group.title}: {who(named, to_name)}.",
    ]
    if to_name:
        paragraphs.append(name_words(booking, to_name))
    return to_booker(
        booking,
        Mail(
            kind="booking_summary",
            subject=f"Booked: {group.title}",
            heading="Your places are booked",
            paragraphs=paragraphs,
            dates=date_rows(booking, coming(booking)),
            after=correct_words(booking),
            reason=f"You booked {group.title} for {booking.school}.",
            facts=_facts(booking, places=places_words(places), names=who(named, to_name)),
            worded=len(acted),
        ),
    )


def name_words(booking: Booking, to_name: int) -> str:
    """What is to be done about names to follow, and by when."""
    due = next(iter(unnamed(timezone.now(), only=[booking.pk])), None)
    by = f" by {day(due.by)}" if due and due.by else ""
    who_follows = "the colleague who follows" if to_name == 1 else "the colleagues who follow"
    kept = "the place is" if to_name == 1 else "the places are"
    return f"Name {who_follows}{by}, on the booking's page; {kept} kept meanwhile."


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
                *acted_words(booking, len(named) + to_name),
                f"{places_words(len(named) + to_name).capitalize()} on {group.title} for {booking.school}: "
                f"{who(named, to_name)}.",
                *why_held(booking),
                "Your colleagues are told, with a calendar invite for each session, as soon as the places stand.",
            ],
            dates=date_rows(booking, coming(booking)),
            after=correct_words(booking),
            reason=f"You booked {group.title} for {booking.school}.",
            facts=_facts(booking, places=places_words(len(named) + to_name), names=who(named, to_name)),
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


def booking_applied(booking: Booking) -> list[Mail]:
    """To who asked: the application has come, or (of a group that asks who would come) the interest is noted."""
    group = booking.work_group
    named, to_name = names(booking)
    acted = acted_words(booking, len(named) + to_name)
    if booking.is_interest:
        return to_booker(
            booking,
            Mail(
                kind="interest_noted",
                subject=f"Thank you: we know you are interested in {group.title}",
                heading="Thank you: we know you are interested",
                paragraphs=[
                    *acted,
                    f"{booking.school} would come to {group.title} with {people_words(len(named) + to_name)}. No place "
                    "is taken, and names come later.",
                    "The hub plans with your answer, and writes to you when dates stand.",
                ],
                after=correct_words(booking),
                reason=f"You said that {booking.school} is interested in {group.title}.",
            ),
            button="Open our answer",
        )
    return to_booker(
        booking,
        Mail(
            kind="booking_applied",
            subject=f"We have your application: {group.title}",
            heading="We have your application",
            paragraphs=[*acted, "The hub reads every application and writes to you. No place is taken until then."],
            dates=date_rows(booking, coming(booking)),
            after=correct_words(booking),
            reason=f"You applied for {group.title}.",
        ),
    )


def cover_dates(booking: Booking, *, changed: bool = False, session: Session | None = None) -> list[Mail]:
    """To whoever arranges cover: who, day, start, end, where, miles, as a plain table.

    A change waits a little, so that a second one takes its place; not where what it is about is near: that `session`,
    or for changes of the whole booking any of its sessions.
    """
    if not booking.cover_email:
        return []
    group, sessions, now = booking.work_group, coming(booking), timezone.now()
    is_today = any(is_near(one, now) for one in ([session] if session else sessions))
    named, to_name = names(booking)
    if booking.status != Status.CONFIRMED:
        heading, sessions = f"No cover is needed any more for {group.title}", []
    else:
        heading = f"Cover for {group.title}: the dates {'have changed' if changed else 'to arrange'}"
    comes = comes_to(booking, sessions)
    dates = [
        replace(row, people=comes[one.pk]) for one, row in zip(sessions, date_rows(booking, sessions), strict=True)
    ]
    first = booking
    while first.follows:
        first = first.follows
    asked = booking.school if booking.is_acted_for else booking.made_by.name
    return [
        Mail(
            kind="cover_dates",
            to=booking.cover_email,
            subject=f"{TODAY if is_today else ''}{heading}",
            heading=heading,
            paragraphs=[f"{booking.school}: {who(named, to_name)}. Miles are in a straight line from the school."]
            if sessions
            else [f"{booking.school} has given its places up."],
            dates=dates,
            is_table=True,
            reason=f"{asked} asked us to send you the dates.",
            thread=f"cover:{first.pk}",
            about=about_booking(booking),
            held=changed and not is_today,
        )
    ]


def names_due(booking: Booking, to_name: int, places: int, by: date, *, late: bool) -> list[Mail]:
    """To who booked: one of two still to name, and by when; the place is kept meanwhile."""
    group = booking.work_group
    still = f"{number_word(to_name)} of {number_word(places)}" if places > 1 else "your colleague"
    what = "Still to name" if late else "To name"
    due = f"It was due on {day(by)}." if late else f"Please do it by {day(by)}."
    return to_booker(
        booking,
        Mail(
            kind="names_due",
            subject=f"{what}: {group.title}",
            heading=f"{still.capitalize()} still to name",
            paragraphs=[
                f"{booking.school} has {places_words(places)} on {group.title}; {still} is still to name. {due}",
                "Whoever you name gets their dates at once. Nothing is lost by itself: if nobody can come, give the "
                "place up, and somebody who waits has it.",
            ],
            reason=f"You booked {group.title} for {booking.school}, with a name to follow.",
            facts=_facts(booking, what=what, still=still, date=day(by)),
            worded=1,
        ),
        button="Name a colleague",
    )


def booking_withdrawn(booking: Booking, people: Iterable[User], *, before: str = Status.CONFIRMED) -> list[Mail]:
    """To who booked, and to the people who had a place (none: the booking had not been confirmed).

    `before`: where the booking stood.
    """
    group, people = booking.work_group, list(people)
    subject, heading = f"Places given up: {group.title}", "The places have been given up"
    words = f"{booking.school} no longer has places on {group.title}. The sessions leave your calendars."
    if before == Status.WAITING:
        subject, heading = f"Off the waiting list: {group.title}", "You have left the waiting list"
    elif before == Status.APPLIED:
        subject, heading = f"Taken back: {group.title}", "You no longer ask for places"
    if before != Status.CONFIRMED:
        words = f"{booking.school} no longer asks for places on {group.title}. Nothing else is to be done."
    mails = to_booker(
        booking,
        Mail(
            kind="booking_withdrawn",
            subject=subject,
            heading=heading,
            paragraphs=[words],
            reason=f"You booked {group.title} for {booking.school}.",
        ),
    )
    told = {mail.person for mail in mails}
    for person in people:
        if person not in told:
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
                f"Thank you for asking for {group.title}. This time we could not offer {booking.school} a place.",
                *([words] if words else []),
                "Your interest is noted. If you would like to talk about what else is on, answer this mail.",
            ],
            reason=reason,
            facts=_facts(booking),
            worded=0,
        )
    elif booking.status == Status.WAITING:
        mail = Mail(
            kind="booking_wait_listed",
            subject=f"On the waiting list: {group.title}",
            heading="You are on the waiting list",
            paragraphs=[
                f"{in_line(position)} When there is room for all of you on {group.title}, we write to you.",
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
                *([name_words(booking, to_name)] if to_name else []),
                *held,
                *([words] if words else []),
            ],
            dates=date_rows(booking, coming(booking)),
            reason=reason,
            facts=_facts(booking, places=places_words(len(named) + to_name), names=who(named, to_name)),
        )
    return to_booker(booking, mail)


def _facts(booking: Booking, **more: str) -> dict[str, str]:
    return {"group": booking.work_group.title, "school": str(booking.school), **more}
