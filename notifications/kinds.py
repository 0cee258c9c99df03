"""The kinds of mail, in words: what each is called, which family it belongs to, and what a hub may say in it itself."""

from dataclasses import dataclass

from django.urls import reverse

from booking.links import absolute
from notifications.models import Choice

Family = Choice.Family

# What can be named in a hub's own words. Fixed names only: nothing is looked up in anything.
PLACEHOLDERS = {
    "group": "the work group",
    "school": "the school",
    "person": "whose place it is",
    "date": "the day",
    "number": "the number of the session",
    "title": "the title of the session",
    "time": "when it begins",
    "day": "Today, Tomorrow, On Friday, or the date",
    "what": "New, Changed, Added, To name or Still to name",
    "booked": "“Lena Marsh booked you” or “You booked yourself”",
    "starts": "“, from Tue 20 January”, or nothing while there is no date",
    "places": "how many places",
    "names": "who comes",
    "line": "where the school stands on the waiting list, as a sentence",
    "until": "by when, with the time",
    "still": "how many are still to name",
}


@dataclass(frozen=True)
class Kind:
    """One kind of mail. `ours`: our subject and paragraph, with the names that a hub may use in its own."""

    name: str
    family: str = ""
    # Whether those who book for its school see that it went.
    school: bool = False
    subject: str = ""
    paragraph: str = ""
    allowed: tuple[str, ...] = ()


REMINDERS, CHANGES, LETTERS, AFTER = Family.REMINDERS, Family.CHANGES, Family.LETTERS, Family.AFTER
_SESSION = ("group", "number", "title", "person")
KINDS: dict[str, Kind] = {
    "place_confirmed": Kind(
        "You have a place",
        school=True,
        subject="Your place on {group}{starts}",
        paragraph="{booked} on {group} for {school}.",
        allowed=("group", "school", "person", "booked", "starts"),
    ),
    "booking_summary": Kind(
        "Places are booked",
        CHANGES,
        school=True,
        subject="Booked: {group}",
        paragraph="{school} has {places} on {group}: {names}.",
        allowed=("group", "school", "places", "names"),
    ),
    "booking_held": Kind(
        "Places are held",
        CHANGES,
        school=True,
        subject="Held for you: {group}",
        allowed=("group", "school", "places", "names"),
    ),
    "booking_waiting": Kind(
        "On the waiting list",
        CHANGES,
        school=True,
        subject="On the waiting list: {group}",
        paragraph="{group} is full just now. {line}",
        allowed=("group", "school", "line"),
    ),
    "places_offered": Kind(
        "Places are offered",
        school=True,
        subject="Places are free for you: {group}, until {date}",
        allowed=("group", "school", "names", "date", "until"),
    ),
    "booking_accepted": Kind(
        "An application is accepted",
        school=True,
        subject="You are in: {group}",
        allowed=("group", "school", "places", "names"),
    ),
    "booking_declined": Kind(
        "Not this time",
        school=True,
        subject="Not this time: {group}",
        paragraph="Thank you for asking for {group}. This time we could not offer {school} a place.",
        allowed=("group", "school"),
    ),
    "invite": Kind(
        "Calendar invite",
        school=True,
        subject="{what}: {group}, session {number}, {date}",
        allowed=("what", "date", *_SESSION),
    ),
    "reminder": Kind(
        "Reminder of a session",
        REMINDERS,
        school=True,
        subject="{day}: {group}, session {number}, {time}",
        allowed=("day", "time", *_SESSION),
    ),
    "session_changed": Kind(
        "A session has changed",
        CHANGES,
        school=True,
        subject="{what}: {group}, session {number}",
        allowed=("what", *_SESSION),
    ),
    "names_due": Kind(
        "A name is to follow",
        REMINDERS,
        school=True,
        subject="{what}: {group}",
        paragraph="Whoever you name gets their dates at once. Nothing is lost by itself: if nobody can come, give the "
        "place up, and somebody who waits has it.",
        allowed=("what", "group", "school", "still", "date"),
    ),
    "half_way": Kind("How does it go?", REMINDERS, school=True),
    "register_to_take": Kind("A register is to sign"),
    "register_link": Kind("Takes a register by a link"),
    "register_done": Kind("A register was taken by a link"),
    "booking_applied": Kind("An application has come", CHANGES, school=True),
    "interest_noted": Kind("Interest is noted", CHANGES, school=True),
    "booking_wait_listed": Kind("Applied, and on the waiting list", school=True),
    "booking_let_on": Kind("Takes its turn again", CHANGES, school=True),
    "booking_held_back": Kind("Held back on the waiting list", CHANGES, school=True),
    "offer_taken_back": Kind("An offer is taken back", school=True),
    "offer_ends_soon": Kind("An offer ends soon", school=True),
    "offer_lapsed": Kind("An offer has lapsed", school=True),
    "offer_declined": Kind("An offer was let go", CHANGES, school=True),
    "booking_withdrawn": Kind("Places are given up", school=True),
    "place_withdrawn": Kind("Your place is given up", school=True),
    "place_given_up": Kind("One place is given up", school=True),
    "place_passed_on": Kind("A colleague takes over", school=True),
    "booking_transferred": Kind("Moved to another group", school=True),
    "group_called_off": Kind("A group is called off", school=True),
    "invite_cancelled": Kind("A session leaves a calendar", school=True),
    "cover_dates": Kind("Dates for cover", school=True),
    "stand_in_sent": Kind("You go in a colleague’s place", school=True),
    "stand_in_for": Kind("A colleague goes in your place", school=True),
    "stand_in_ended": Kind("You need not go in a colleague’s place", school=True),
    "stand_in_told": Kind("Somebody else comes", CHANGES, school=True),
    "nobody_comes": Kind("You are not expected", school=True),
    "nobody_comes_told": Kind("Nobody of a school comes", CHANGES, school=True),
    "apologies_said": Kind("Apologies are noted", school=True),
    "apologies_taken_back": Kind("Expected after all", school=True),
    "catch_up_arranged": Kind("You catch up", school=True),
    "declined_by_mail": Kind("You declined an invite", school=True),
    "cannot_come": Kind("A colleague can’t come", CHANGES, school=True),
    "absence_told": Kind("Noted for a colleague", CHANGES, school=True),
    "head_asked": Kind("The head is asked", school=True),
    "head_reminded": Kind("The head is reminded", school=True),
    "head_to_ask": Kind("Please ask your head", school=True),
    "head_agrees": Kind("The head agrees", CHANGES, school=True),
    "head_disagrees": Kind("The head does not agree", school=True),
    "head_asks": Kind("The head has a question", school=True),
    "head_silent": Kind("The head has not answered", REMINDERS, school=True),
    "places_to_name": Kind("Who takes over?", school=True),
    "places_vacated": Kind("A place wants a name", school=True),
    "school_invited": Kind("A school is invited", school=True),
    "carry_on": Kind("Does a school carry on?", school=True),
    "letter": Kind("Letter to a group", LETTERS, school=True),
    "certificate_ready": Kind("Your certificate", AFTER, school=True),
    "may_not_finish": Kind("A colleague may not finish", CHANGES, school=True),
    "what_we_did": Kind("What we did", AFTER, school=True),
    "commented": Kind("A comment on what you tried", AFTER),
    "evaluation": Kind("Looking back at a group", AFTER),
    "evaluation_again": Kind("Looking back, once more", AFTER),
    "impact": Kind("A term later", AFTER),
    "host_list": Kind("Who comes to a venue"),
    "host_changed": Kind("A venue hears of a change"),
    "mail_came_back": Kind("Mail to a colleague comes back"),
    "digest": Kind("Weekly mail"),
    "newsletter": Kind("Newsletter"),
    "newsletter_test": Kind("Newsletter, a test"),
    "sample": Kind("Sample"),
    "account": Kind("Logging in"),
    "address_proposed": Kind("A new address"),
    "address_to_change": Kind("An address is to change"),
    "colleague_invited": Kind("Named as a colleague"),
    "left_school": Kind("No longer at a school"),
    "member_confirmed": Kind("Takes part for a school"),
    "people_check": Kind("Still your people?"),
    "role_changed": Kind("Who books has changed"),
    "school_confirmed": Kind("Books for a school"),
    "school_refused": Kind("Could not be confirmed"),
    "school_to_confirm": Kind("To confirm"),
    "told_away": Kind("Noted as away"),
}
# What nothing keeps back: a place, a session or a group is no more.
CANCELLATIONS = {"invite_cancelled", "group_called_off", "booking_withdrawn", "place_withdrawn", "place_given_up"}
CANCELLATIONS |= {"stand_in_ended"}
# What is found by what stands, and so is made anew after a pause, where it still helps.
FOUND_ANEW = {"reminder", "half_way", "names_due", "head_silent", "offer_ends_soon", "register_to_take", "host_list"}
FOUND_ANEW |= {"evaluation", "evaluation_again", "impact"}
WORDED = {code: kind for code, kind in KINDS.items() if kind.subject}
OF_SCHOOLS = [code for code, kind in KINDS.items() if kind.school]


def family_of(kind: str) -> str:
    """The family whose mails are chosen together; empty: nobody chooses about this kind."""
    return KINDS[kind].family if kind in KINDS else ""


def kind_words(kind: str) -> str:
    return KINDS[kind].name if kind in KINDS else kind.replace("_", " ").capitalize()


def choices_link() -> tuple[str, str]:
    """For the foot of every mail about which its reader can choose."""
    return "Which mails do I get?", absolute(reverse("my_mail_choices"))
