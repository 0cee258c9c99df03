"""Mails about the head teacher's agreement: to the head, and to those who booked."""

from dataclasses import replace

from django.conf import settings

from booking.emails.letter import Mail, coming, date_rows, names, places_words, to_booker, who
from booking.links import absolute, head_url
from booking.models import Agreement, Booking
from booking.templatetags.words import day


def head_asked(agreement: Agreement, *, again: bool = False) -> list[Mail]:
    """To the head: what is asked, and one button to one page. Without an address: to who booked, to hand over."""
    booking, group = agreement.booking, agreement.booking.work_group
    named, to_name = names(booking)
    asks = booking.school if booking.is_acted_for else booking.made_by.name
    gave = "The hub" if booking.is_acted_for else booking.made_by.name
    due = f" We hope to hear by {day(agreement.due)}." if agreement.due else ""
    meanwhile = "The places are held until you answer." if agreement.is_needed else "The booking stands meanwhile."
    mail = Mail(
        kind="head_reminded" if again else "head_asked",
        subject=f"{'Still to answer: do' if again else 'Do'} you agree? {group.title}, for {booking.school}",
        heading=f"Do you agree? {group.title}",
        paragraphs=[
            f"{asks} asks for {places_words(len(named) + to_name)} on {group.title}"
            f"{'' if booking.is_acted_for else f' for {booking.school}'}: {who(named, to_name)}.",
            "One short page says what it asks of your school: dates, time out of class, miles and cost.",
            f"{meanwhile}{due}",
        ],
        dates=date_rows(booking, coming(booking)),
        button=("Read it and answer", head_url(agreement)),
        after=["The page needs no account. Whoever has this link can answer, so please do not pass it on."],
        secret=True,
        reason=f"{gave} gave your address as that of the head teacher of {booking.school}.",
    )
    if agreement.email:
        return [replace(mail, to=agreement.email)]
    hand_over = Mail(
        kind="head_to_ask",
        subject=f"Please ask your head: {group.title}",
        heading="Your head’s agreement",
        paragraphs=[
            f"{group.title} asks for the head’s agreement. {due.strip()}".strip(),
            "We have no address of your head. On the booking’s page you can give us one, or copy a link to hand over: "
            "it opens one short page that needs no account.",
        ],
        reason=f"You booked {group.title} for {booking.school}.",
    )
    return to_booker(booking, hand_over, button="To the head’s agreement", path=_page(booking))


def head_answered(agreement: Agreement) -> list[Mail]:
    """To who booked: yes, no, or a question; a question goes to the hub as well."""
    booking, group, words = agreement.booking, agreement.booking.work_group, agreement.words
    name = agreement.name or "Your head"
    said = [f"{name} writes: {words}"] if words else []
    match agreement.answer:
        case Agreement.Answer.AGREES:
            return to_booker(
                booking,
                Mail(
                    kind="head_agrees",
                    subject=f"Your head agrees: {group.title}",
                    heading="Your head agrees",
                    paragraphs=[f"{name} agrees to the places on {group.title}.", *said],
                    reason=f"You booked {group.title} for {booking.school}.",
                ),
            )
        case Agreement.Answer.DISAGREES:
            return to_booker(
                booking,
                Mail(
                    kind="head_disagrees",
                    subject=f"Your head does not agree: {group.title}",
                    heading="Your head does not agree",
                    paragraphs=[
                        f"{name} does not agree to the places on {group.title}.",
                        *said,
                        "Nothing has been given up. Talk to each other; then either ask again, or give the places up, "
                        "so that a school that waits can have them.",
                    ],
                    reason=f"You booked {group.title} for {booking.school}.",
                ),
                button="Decide what becomes of the places",
                path=_page(booking),
            )
    question = Mail(
        kind="head_asks",
        subject=f"Your head has a question: {group.title}",
        heading="Your head has a question",
        paragraphs=[*said, "Once it is answered, the same link takes the head’s answer."],
        reason=f"You booked {group.title} for {booking.school}.",
    )
    to_hub = replace(
        question,
        to=settings.HUB_EMAIL,
        subject=f"A head has a question: {booking.school}, {group.title}",
        heading=f"The head of {booking.school} has a question",
        paragraphs=[*said, f"Answer to: {agreement.email}" if agreement.email else "We have no address of the head."],
        button=("Open the booking", absolute(booking.get_absolute_url())),
        reason="Questions of head teachers come to the hub.",
    )
    return [*to_booker(booking, question, button="Open the booking"), to_hub]


def head_silent(agreement: Agreement) -> list[Mail]:
    """To who booked, once the day has passed without an answer."""
    booking, group = agreement.booking, agreement.booking.work_group
    stands = "The places are held still, and the hub may ask you about them." if agreement.is_needed else ""
    return to_booker(
        booking,
        Mail(
            kind="head_silent",
            subject=f"Your head has not answered yet: {group.title}",
            heading="Your head has not answered yet",
            paragraphs=[
                f"We asked for agreement to the places on {group.title} and have not heard. {stands}".strip(),
                "On the page behind the button you can ask again, at another address too, or copy the link.",
            ],
            reason=f"You booked {group.title} for {booking.school}.",
        ),
        button="To the head’s agreement",
        path=_page(booking),
    )


def _page(booking: Booking) -> str:
    return f"{booking.get_absolute_url()}head/"
