"""Signed links: a person without an account opens their own dates, and nothing else."""

import hashlib
import re
from datetime import datetime

from django.conf import settings
from django.core import signing
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac

from accounts.models import AddressProposal, User
from booking.models import Agreement, Booking, RegisterLink, ResearchTask, Session, Venue
from booking.models.places import Status

_SALT = "booking.person-dates"
# A school year and its summer: a link from September's first mail still works in July.
_MAX_AGE = 60 * 60 * 24 * 365
_ANSWER_SALT = "booking.answer-by-mail"
_HEAD_SALT = "booking.head-answer"
_OFFER_SALT = "booking.offer-answer"
_HOST_SALT = "booking.host-session"
_REGISTER_SALT = "booking.register-link"
_ADDRESS_SALT = "booking.address-confirm"
_ADDRESS_MAX_AGE = 60 * 60 * 24 * 60


def absolute(path: str) -> str:
    """A path of this site as a link for mails and calendars: always from HUB_URL, never from a Host header."""
    return f"{settings.HUB_URL}{path}"


def person_dates_url(person: User) -> str:
    """The absolute link that opens this person's own sessions without a log-in. Whoever holds it holds it: secret.

    It went to an address (or, for somebody without one, to who books for them), and ends when that changes.
    """
    token = signing.dumps([person.pk, _sent_to(person)], salt=_SALT)
    return absolute(reverse("person_dates", args=[token]))


def person_certificate_url(person: User, certificate: int) -> str:
    """The absolute link to somebody's certificate without a log-in: by the same signed link as their dates."""
    token = signing.dumps([person.pk, _sent_to(person)], salt=_SALT)
    return absolute(reverse("person_certificate", args=[token, certificate]))


def person_reflection_url(person: User, task: ResearchTask) -> str:
    """The absolute link to what there is to try, and to saying how it went, without a log-in: secret, as that above."""
    token = signing.dumps([person.pk, _sent_to(person)], salt=_SALT)
    return absolute(reverse("person_reflection", args=[token, task.pk]))


def person_of(token: str) -> User | None:
    """Whose link this is; None where it was altered or is too old, went to a former address, or the person is gone."""
    try:
        pk, sent_to = signing.loads(token, salt=_SALT, max_age=_MAX_AGE)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    person = User.objects.filter(pk=pk, is_active=True).first()
    return person if person is not None and _sent_to(person) == sent_to else None


def _sent_to(person: User) -> str:
    """A few letters that stand for the address; the address itself does not belong in a link."""
    return token_digest(person.email or "")[:8]


def address_confirm_url(proposal: AddressProposal) -> str:
    """The absolute link by which somebody, logged in, says that a new address is theirs; it goes to that address."""
    token = signing.dumps([proposal.pk, proposal.email], salt=_ADDRESS_SALT)
    return absolute(reverse("address_confirm", args=[token]))


def address_of(token: str, person: User) -> AddressProposal | None:
    """What this link proposes to this person; None where it was altered, is too old, used, or somebody else's."""
    try:
        pk, email = signing.loads(token, salt=_ADDRESS_SALT, max_age=_ADDRESS_MAX_AGE)
    except (signing.BadSignature, ValueError):
        return None
    return AddressProposal.objects.filter(pk=pk, email=email, person=person).first()


def token_digest(token: str) -> str:
    """What is kept of a calendar link's token: SHA-256 in hex. The token is 32 random bytes, so it needs no salt."""
    return hashlib.sha256(token.encode()).hexdigest()


def sender_of(person: User) -> str:
    """The hub's address from which a person's invites come, and to which their answers go.

    Where the hub's mailbox takes such addresses it holds a token of the person's own: an answer to it is theirs, as far
    as nobody else reads their mail. For life, since a calendar takes a cancellation only from who invited.
    """
    if not settings.INBOUND_PLUS:
        return settings.HUB_EMAIL
    name, _, host = settings.HUB_EMAIL.rpartition("@")
    return f"{name}+{person.pk}-{_answer_token(person.pk)}@{host}"


def answers_as(address: str) -> int | None:
    """The id of the person whose own address of the hub this is; None for any other. Capitals may have been lost."""
    name, _, host = settings.HUB_EMAIL.lower().rpartition("@")
    found = re.fullmatch(rf"{re.escape(name)}\+(\d{{1,12}})-([0-9a-f]{{24}})@{re.escape(host)}", address.lower())
    if not settings.INBOUND_PLUS or found is None:
        return None
    pk = int(found[1])
    return pk if constant_time_compare(found[2], _answer_token(pk)) else None


def _answer_token(pk: int) -> str:
    return salted_hmac(_ANSWER_SALT, str(pk), algorithm="sha256").hexdigest()[:24]


def person_missed_url(person: User, session: Session) -> str:
    """The absolute link to what one can do who misses a session, without a log-in: secret, as that to the dates."""
    token = signing.dumps([person.pk, _sent_to(person)], salt=_SALT)
    return absolute(reverse("person_missed", args=[token, session.pk]))


def person_say_url(person: User, kind: str, pk: int) -> str:
    """The absolute link to what somebody is asked, without a log-in: "pulse" of a session, or a group's "evaluation" or
    "impact". Secret, as that to the dates.
    """
    token = signing.dumps([person.pk, _sent_to(person)], salt=_SALT)
    return absolute(reverse(f"person_{kind}", args=[token, pk]))


def head_url(agreement: Agreement) -> str:
    """The absolute link by which a head teacher answers without an account. Whoever holds it answers: secret."""
    token = signing.dumps([agreement.pk, token_digest(agreement.email)[:8]], salt=_HEAD_SALT)
    return absolute(reverse("head_answer", args=[token]))


def agreement_of(token: str) -> Agreement | None:
    """What this link asks to agree to; None where it was altered, is too old, or went to a former address."""
    try:
        pk, sent_to = signing.loads(token, salt=_HEAD_SALT, max_age=_MAX_AGE)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    agreements = Agreement.objects.select_related("booking__school", "booking__work_group__project", "booking__session")
    agreement = agreements.filter(pk=pk, asked_at__isnull=False).first()
    return agreement if agreement and token_digest(agreement.email)[:8] == sent_to else None


def offer_url(booking: Booking, person: User | None) -> str:
    """The absolute link by which whoever got the mail answers this one offer without a log-in: secret.

    It is of the moment the offer was made, so an offer made anew ends it, and of the address it went to: a person's, or
    (None) the school's own.
    """
    made = int(booking.offered_at.timestamp()) if booking.offered_at else 0
    sent_to = _sent_to(person) if person else token_digest(booking.school.contact_email)[:8]
    token = signing.dumps([booking.pk, person.pk if person else 0, sent_to, made], salt=_OFFER_SALT)
    return absolute(reverse("offer_by_link", args=[token]))


def offer_of(token: str) -> tuple[Booking, User | None, bool] | None:
    """The booking, whoever was offered its places (None: the school at its own address), and whether it still is.

    None where the link was altered or is too old, went to a former address, or its person books for the school no more.
    """
    try:
        pk, by, sent_to, made = signing.loads(token, salt=_OFFER_SALT, max_age=_MAX_AGE)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    person = User.objects.filter(pk=by, is_active=True).first()
    if by and (person is None or _sent_to(person) != sent_to):
        return None
    bookings = Booking.objects.visible_to(person) if person else Booking.objects.all()
    booking = bookings.filter(pk=pk).select_related("work_group__project", "school", "session").first()
    if booking is None or (person is None and token_digest(booking.school.contact_email)[:8] != sent_to):
        return None
    same = booking.offered_at is not None and int(booking.offered_at.timestamp()) == made
    return booking, person, same and booking.status == Status.OFFERED


def host_url(session: Session, venue: Venue) -> str:
    """The absolute link by which whoever opens the door at a venue sees who comes to a session there: secret.

    It is of that session at that venue, and of the address it went to; it ends when one of them changes.
    """
    token = signing.dumps([session.pk, venue.pk, token_digest(venue.host_email)[:8]], salt=_HOST_SALT)
    return absolute(reverse("host_session", args=[token]))


def host_of(token: str) -> Session | None:
    """The session that this link shows; None where it was altered or is too old, or somebody else is there now."""
    try:
        pk, venue, sent_to = signing.loads(token, salt=_HOST_SALT, max_age=_MAX_AGE)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    sessions = Session.objects.select_related("work_group", "venue").filter(pk=pk, venue=venue)
    session = sessions.filter(work_group__status__in=["published", "cancelled"]).first()
    if session is None or session.host_venue is None or not session.host_venue.host_email:
        return None
    return session if token_digest(session.host_venue.host_email)[:8] == sent_to else None


def register_url(link: RegisterLink) -> str:
    """The absolute link by which a named colleague takes one session's register on its day: secret."""
    token = signing.dumps([link.pk, token_digest(link.email)[:8]], salt=_REGISTER_SALT)
    return absolute(reverse("register_by_link", args=[token]))


def register_link_of(token: str, now: datetime) -> RegisterLink | None:
    """The link of this token; None where it was altered or ended, and on any day but the session's own."""
    try:
        pk, sent_to = signing.loads(token, salt=_REGISTER_SALT, max_age=_MAX_AGE)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    link = RegisterLink.objects.select_related("session__work_group", "session__venue").filter(pk=pk).first()
    if link is None or token_digest(link.email)[:8] != sent_to or not link.opens_at(now):
        return None
    return link
