"""Mails about who belongs to a school and who books for it. Pure functions, from things to words."""

from collections.abc import Sequence
from dataclasses import replace

from django.conf import settings
from django.urls import reverse

from accounts.colleagues import show_as_typed
from accounts.models import AddressProposal, Membership, School, User
from booking.emails.letter import About, Mail, and_, places_words
from booking.links import absolute, address_confirm_url
from booking.models import Booking, WorkGroup


def school_confirmed(membership: Membership, bookings: Sequence[Booking]) -> list[Mail]:
    school, person = membership.school, membership.person
    held = f"What was held is booked: {and_([booking.work_group.title for booking in bookings])}." if bookings else ""
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


def school_to_confirm(membership: Membership, leads: Sequence[User]) -> list[Mail]:
    """Somebody asks to belong to a school: to those who book for it already; where nobody does, to the hub."""
    school, person = membership.school, membership.person
    does = "book for" if membership.role == Membership.Role.LEAD else "take part for"
    mail = Mail(
        kind="school_to_confirm",
        subject=f"To confirm: {person.name}, {school}",
        heading=f"{person.name} asks to {does} {school}",
        paragraphs=[f"{person.email or 'No e-mail'} · {person.job or school.address_line}"],
        reason="The hub confirms who books for a school.",
    )
    if not leads:
        button = ("Confirm or refuse", absolute(reverse("office_lead", args=[membership.pk])))
        return [replace(mail, to=settings.HUB_EMAIL, button=button)]
    button = ("Yes or no", absolute(reverse("school_people")))
    reason = f"You book for {school}, and so say who else belongs to it."
    return [replace(mail, to=lead.email or "", person=lead, button=button, reason=reason) for lead in leads]


def member_confirmed(membership: Membership) -> list[Mail]:
    school, person = membership.school, membership.person
    return [
        Mail(
            kind="member_confirmed",
            to=person.email or "",
            person=person,
            subject=f"You take part for {school}",
            heading=f"You take part for {school}",
            paragraphs=["A colleague has confirmed it. Whoever books for your school can now choose you for a place."],
            button=("My sessions", absolute(reverse("my_sessions"))),
            reason=f"You asked to take part for {school}.",
        )
    ]


def colleague_invited(membership: Membership, by: User | None) -> list[Mail]:
    """To somebody whom a colleague named; nothing is theirs to do in a hurry, so it says so."""
    school, person = membership.school, membership.person
    who = by.name if by else settings.HUB_NAME
    does = "book places in work groups for" if membership.role == Membership.Role.LEAD else "take part for"
    return [
        Mail(
            kind="colleague_invited",
            to=person.email or "",
            person=person,
            subject=f"{who} asks you to join {school} here",
            heading=f"{who} has named you as a colleague at {school}",
            paragraphs=[
                f"You are asked to {does} {school} in the work groups of {settings.HUB_NAME}.",
                "Log in with this address (a code comes by mail, no password is needed) and say yes. Not you? Say no "
                "there, or let it be: until you say yes your school sees only what your colleague typed.",
            ],
            button=("Log in and answer", absolute(f"{reverse('account_request_login_code')}?next={reverse('home')}")),
            reason=f"{who} gave your address as that of a colleague at {school}.",
        )
    ]


def role_changed(membership: Membership, by: User | None) -> list[Mail]:
    school, person = membership.school, membership.person
    leads = membership.role == Membership.Role.LEAD
    heading = f"You {'now' if leads else 'no longer'} book for {school}"
    more = (
        "You see its bookings and its people, and can book, name and swap."
        if leads
        else "Your own places and dates stay as they are."
    )
    return [
        Mail(
            kind="role_changed",
            to=person.email or "",
            person=person,
            subject=heading,
            heading=heading,
            paragraphs=[f"{by.name if by else 'The hub'} has changed this.", more],
            button=("Our bookings", absolute(reverse("booking_list"))) if leads else None,
            reason=f"You belong to {school}.",
        )
    ]


def left_school(membership: Membership) -> list[Mail]:
    """To who left, or said that they do not belong there."""
    school, person = membership.school, membership.person
    return [
        Mail(
            kind="left_school",
            to=person.email or "",
            person=person,
            subject=f"You no longer belong to {school} here",
            heading=f"You no longer belong to {school} here",
            paragraphs=[
                "Coming sessions you had for this school leave your calendar. What you attended stays yours, and you "
                "can join another school at any time.",
                "Was that a mistake? Please ask the colleague who books for the school, or the hub.",
            ],
            button=("Find your school", absolute(reverse("school_find"))),
            reason=f"You belonged to {school}.",
        )
    ]


def places_to_name(membership: Membership, bookings: Sequence[Booking], leads: Sequence[User]) -> list[Mail]:
    """To those who book for the school: somebody has left, and places want a name."""
    name = membership.known_name
    groups = and_([booking.work_group.title for booking in bookings])
    return [
        Mail(
            kind="places_to_name",
            to=lead.email or "",
            person=lead,
            subject=f"Who takes over from {name}?",
            heading=f"{name} no longer belongs to {membership.school}: who takes over?",
            paragraphs=[f"{places_words(len(bookings)).capitalize()} kept, name to follow: {groups}."],
            button=("Name a colleague", absolute(bookings[0].get_absolute_url())),
            reason=f"You book for {membership.school}.",
        )
        for lead in leads
        if lead.pk != membership.person_id
    ]


def places_vacated(school: School, bookings: Sequence[Booking], leads: Sequence[User]) -> list[Mail]:
    """To those who book for the school: somebody takes part no more, whom the hub names no longer."""
    groups = and_([booking.work_group.title for booking in bookings])
    return [
        Mail(
            kind="places_vacated",
            to=lead.email or "",
            person=lead,
            subject=f"Who comes to {groups}?",
            heading="A place of yours wants a name",
            paragraphs=[
                f"Somebody of {school} takes part no more, and the sessions have left their calendar.",
                f"The place is kept for you, name to follow: {groups}.",
            ],
            button=("Name a colleague", absolute(bookings[0].get_absolute_url())),
            reason=f"You book for {school}.",
        )
        for lead in leads
    ]


def address_proposed(proposal: AddressProposal) -> list[Mail]:
    """The school's mail has moved: to the new address a link that proves it is read, to the old one a word of it."""
    person, school, email = proposal.person, proposal.school, proposal.email
    heading = f"Is {email} your new address?"
    ask = Mail(
        kind="address_proposed",
        to=email,
        person=person,
        subject=f"Your new address at {school}",
        heading=heading,
        paragraphs=[
            f"{school} has a new mail domain, and the hub has noted {email} for you.",
            "Press the button and log in as you do now, with the address you had. Afterwards coming sessions leave the "
            "old calendar and come to the new one. Until then nothing changes.",
        ],
        button=("Yes, this is my address", address_confirm_url(proposal)),
        secret=True,
        reason=f"You belong to {school}, whose addresses have changed.",
    )
    tell = replace(
        ask,
        kind="address_to_change",
        to=person.email or "",
        heading=f"Your address here is to become {email}",
        paragraphs=[
            f"{school} has a new mail domain. A mail in the mailbox of {email} asks you to confirm.",
            "Is that address not yours? Then do nothing, and everything stays as it is.",
        ],
        button=None,
        secret=False,
    )
    return [ask, tell]


def people_check(school: School, leads: Sequence[User]) -> list[Mail]:
    return [
        Mail(
            kind="people_check",
            to=lead.email or "",
            person=lead,
            subject=f"Still these people? {school}",
            heading=f"Are these still your people at {school}?",
            paragraphs=[
                "September brings changes. One page shows everybody we know at your school: say yes to all, or take "
                "out who has left. Places of those who left are kept for a name to follow."
            ],
            button=("See the list", absolute(reverse("people_check"))),
            reason=f"You book for {school}; we ask once a year.",
        )
        for lead in leads
    ]


def school_invited(school: School, work_group: WorkGroup, leads: Sequence[User]) -> list[Mail]:
    """The hub invites a school to a group: to those who book for it."""
    mail = Mail(
        kind="school_invited",
        subject=f"You are invited: {work_group.title}",
        heading=f"{school} is invited to {work_group.title}",
        paragraphs=[work_group.summary, f"For: {work_group.audience}. Every date stands behind the button."],
        button=("See the group, and book", absolute(work_group.get_absolute_url())),
        reason=f"You book for {school}.",
    )
    return [replace(mail, to=lead.email or "", person=lead) for lead in leads]


def mail_came_back(person: User, membership: Membership, why: str, to: User) -> Mail:
    """Mail to a colleague comes back: to one who books for the school, who knows how they are written to now."""
    show_as_typed(membership.school_id, [person])
    return Mail(
        kind="mail_came_back",
        to=to.email or "",
        person=to,
        subject=f"Our mail does not reach {person.name}",
        heading=f"Our mail does not reach {person.name}",
        paragraphs=[
            f"What we send to {person.name} comes back: {why}. So far no invite and no change reaches them.",
            "Please ask them to log in and put their address right. Have they left? Say so on their page.",
        ],
        button=("Open our people", absolute(reverse("school_people"))),
        to_the_away=True,
        reason=f"You book for {membership.school}.",
        about=About(membership.school_id),
    )
