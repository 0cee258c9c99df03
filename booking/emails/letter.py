"""The letter that every mail is, and the words that several of them share."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.conf import settings
from django.db.models import Q
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString

from accounts.colleagues import show_as_typed
from accounts.models import Membership, School, User
from accounts.places_near import Point, metres_between
from booking.links import absolute
from booking.models import Attendance, Booking, Mark, Session
from booking.models.places import Status
from booking.templatetags.words import clock_range, day, miles, number_word

# What the subject of a mail begins with that must be read before the day's end, and that overtakes all but security.
TODAY = "TODAY: "


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
class About:
    """What a mail is about, by id: whose booking or place, which group, which session. None: nothing, or several."""

    school: int | None = None
    work_group: int | None = None
    session: int | None = None

    def filled(self, other: "About") -> "About":
        """The same, with what the other knows where this one knows nothing."""
        return About(
            school=self.school or other.school,
            work_group=self.work_group or other.work_group,
            session=self.session or other.session,
        )

    @classmethod
    def of(cls, session: Session, school: int | None = None) -> "About":
        return cls(school=school, work_group=session.work_group_id, session=session.pk)


class Written(str):
    """A paragraph that the hub wrote itself: as plain text, and as HTML with its style in every element."""

    html: SafeString

    def __new__(cls, text: str, html: SafeString) -> "Written":
        made = super().__new__(cls, text)
        made.html = html
        return made


@dataclass(frozen=True)
class Mail:
    """One mail to one address. `secret`: holds a code or a personal link, so its text is shown to nobody."""

    kind: str
    subject: str
    heading: str
    reason: str
    to: str = ""
    paragraphs: Sequence[str] = ()
    person: User | None = None
    dates: Sequence[DateRow] = ()
    is_table: bool = False
    code: str = ""
    button: tuple[str, str] | None = None
    after: Sequence[str] = ()
    secret: bool = False
    # Reaches people who are on leave too: about their account, not about sessions.
    to_the_away: bool = False
    # A newer mail with this key makes an older one to the same address void that has not left yet.
    thread: str = ""
    # Waits a little for second thoughts before it leaves.
    held: bool = False
    about: About = field(default_factory=About)
    # After this moment it helps nobody.
    expires_at: datetime | None = None
    # Leaves whatever was paused or chosen: something does not take place.
    always: bool = False
    # No choice of its reader's keeps it back: it is for somebody without an address, or moves a date within days.
    must_know: bool = False
    # What the hub may name in words of its own, and which paragraph these take the place of (none: they come last).
    facts: Mapping[str, str] = field(default_factory=dict)
    worded: int | None = None
    # Below the reason: (label, address).
    links: Sequence[tuple[str, str]] = ()

    @property
    def text(self) -> str:
        return render_to_string("emails/letter.txt", self._context()).strip() + "\n"

    @property
    def html(self) -> str:
        return render_to_string("emails/letter.html", self._context())

    def _context(self) -> dict[str, object]:
        return {"mail": self, "hub_name": settings.HUB_NAME, "hub_email": settings.HUB_EMAIL, "demo": settings.DEMO}


def to_person(mail: Mail, person: User, school: School) -> list[Mail]:
    """To the person; without an address of their own to those who book for the school, headed "For Kim"."""
    mail = replace(mail, about=mail.about.filled(About(school=school.pk)))
    if person.email:
        return [replace(mail, to=person.email, person=person)]
    mail = replace(mail, subject=f"For {person.name}: {mail.subject}", must_know=True)
    return [replace(mail, to=lead.email or "", person=lead) for lead in leads_of(school)]


def to_booker(booking: Booking, mail: Mail, *, button: str = "Open our booking", path: str = "") -> list[Mail]:
    """To everybody who is written to about the booking, with a button to its page."""
    pressed = (button, absolute(path or booking.get_absolute_url()))
    mail = replace(mail, button=pressed, about=about_booking(booking))
    return [_addressed(booking, mail, to, person) for to, person in written_to(booking)]


def about_booking(booking: Booking) -> About:
    return About(booking.school_id, booking.work_group_id, booking.session_id)


def _addressed(booking: Booking, mail: Mail, to: str, person: User | None) -> Mail:
    if person is None:  # a school's own address has no log-in, so there is no page to open
        words = f"Nobody books for {booking.school} on our site yet. Is something wrong? Answer this mail."
        reason = f"{booking.school} reads its mail at this address."
        return replace(mail, to=to, button=None, after=[words], reason=reason)
    reason = mail.reason if person.pk == booking.made_by_id else f"You book for {booking.school}."
    return replace(mail, to=to, person=person, reason=reason)


def written_to(booking: Booking) -> list[tuple[str, User | None]]:
    """Who is written to about a booking, as (address, person); the one place that decides it.

    Who made it, as long as they book for the school and are there. Else all others who book for it and are there; and
    where nobody does, the school's own address if the hub knows one (no person), or nobody.
    """
    today, maker = timezone.localdate(), booking.made_by
    books = Membership.objects.of_school(booking.school).current().leads().filter(person=maker)
    is_here = maker.is_active and not maker.is_away(today)
    if not booking.is_acted_for and maker.email and is_here and books.exclude(state=Membership.State.INVITED).exists():
        return [(maker.email, maker)]
    leads = [(one.email, one) for one in leads_of(booking.school) if one.email and not one.is_away(today)]
    contact = booking.school.contact_email
    return [*leads] or ([(contact, None)] if contact else [])


def acted_words(booking: Booking, places: int) -> list[str]:
    """That the hub, or who leads the group, asked for a school, and how the school had asked them; else nothing."""
    if not booking.is_acted_for:
        return []
    group, on = booking.work_group, timezone.localdate(booking.made_at)
    did = f"{'booked' if booking.is_standing else 'asked for'} {places_words(places)} on {group} for {booking.school}"
    if booking.is_interest:
        did = f"noted that {booking.school} is interested in {group}"
    elif booking.status == Status.APPLIED:
        did = f"applied for {places_words(places)} on {group} for {booking.school}"
    how = booking.get_via_display().lower()
    return [f"{booking.made_by.name} {did}, as you asked {how} ({on.day} {on:%B})."]


def correct_words(booking: Booking) -> list[str]:
    return ["Is something wrong? Correct it behind the button."] if booking.is_acted_for else []


def leads_of(school: School) -> list[User]:
    """Who books for the school and can be written to."""
    leads = Membership.objects.of_school(school).active().leads()
    return list(User.objects.filter(memberships__in=leads, email__isnull=False, is_active=True).order_by("pk"))


def coming(booking: Booking, person: User | None = None) -> list[Session]:
    """The planned sessions of a booking that are still to come, in their order, those without a date last.

    With a person: only those at which this person is expected.
    """
    sessions = Session.objects.planned().filter(work_group=booking.work_group).select_related("venue", "task")
    if booking.session_id:
        sessions = sessions.filter(pk=booking.session_id)
    if person:
        parts = booking.places.filter(person=person).values("part")
        sessions = sessions.filter(Q(parts__isnull=True) | Q(parts__in=parts)).distinct()
        # Where they have the place from a later session on, somebody else comes before that.
        lent = Attendance.objects.filter(person=person, standing_mark__what=Mark.What.SUBSTITUTE)
        sessions = sessions.exclude(pk__in=lent.values("session"))
    now = timezone.now()
    dated = [one for one in sessions if one.starts_at and one.starts_at > now]
    return dated + [one for one in sessions if not one.starts_at]


def comes_to(booking: Booking, sessions: Sequence[Session]) -> dict[int, str]:
    """Who of a booking comes to each of these sessions, in words: who stands in, and not who has sent apologies.

    Where nothing has a date yet nobody is expected so far: there it is whoever has a place.
    """
    rows = Attendance.objects.filter(place__booking=booking, session__in=sessions)
    expected = list(rows.select_related("person", "standing_mark").order_by("place", "person"))
    show_as_typed(booking.school_id, [row.person for row in expected])
    stays = (Mark.What.SUBSTITUTE, Mark.What.APOLOGIES)
    to_name = list(booking.places.to_name().values_list("part", flat=True))
    everybody, found = who(*names(booking)), {}
    for one in sessions:
        parts = {part.pk for part in one.parts.all()} if to_name else set()
        follow = sum(not parts or part in parts for part in to_name)
        here = [row for row in expected if row.session_id == one.pk]
        named = [row.person.name for row in here if row.standing_mark is None or row.standing_mark.what not in stays]
        found[one.pk] = (who(named, follow) or "Nobody") if one.starts_at else everybody
    return found


def date_rows(booking: Booking, sessions: Iterable[Session]) -> list[DateRow]:
    home = Point.of(booking.school)
    uses_tasks = booking.work_group.uses_tasks
    rows = []
    for one in sessions:
        there = Point.of(one.venue) if one.venue and one.mode != Session.Mode.ONLINE else None
        rows.append(
            DateRow(
                when=when(one),
                title=f"{one.number}. {one.title}" if one.title else f"Session {one.number}",
                where=one.place_words,
                miles=miles(metres_between(home, there)) if home and there else "",
                task=one.task.title if uses_tasks and hasattr(one, "task") else "",
            )
        )
    return rows


def when(session: Session) -> str:
    """Tuesday 20 January, 1.15pm to 3.45pm; or what is known so far."""
    if session.starts_at:
        return f"{day(session.starts_at)}, {clock_range(session)}"
    return f"Date to be confirmed: {session.when_words}"


def where(session: Session) -> str:
    if session.mode == Session.Mode.ONLINE:
        return "online"
    address = session.venue.address if session.venue else "venue to be confirmed"
    return f"{address}, or online" if session.mode == Session.Mode.HYBRID else address


def names(booking: Booking) -> tuple[list[str], int]:
    """(the people named, how many names are to follow); of an ended booking, who it was for."""
    places = list(booking.places.select_related("person"))
    show_as_typed(booking.school_id, [place.person for place in places])
    live = [place for place in places if place.live] or places
    return [place.person.name for place in live if place.person], sum(place.person is None for place in live)


def who(named: Sequence[str], to_name: int) -> str:
    follow = [f"{number_word(to_name)} {'name' if to_name == 1 else 'names'} to follow"] if to_name else []
    return and_([*named, *follow])


def and_(words: Sequence[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def places_words(count: int) -> str:
    return f"{number_word(count)} place{'' if count == 1 else 's'}"
