"""Dates, times, distances and numbers as teachers say them; always the time in London."""

import math
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from urllib.parse import quote

from django import template
from django.conf import settings
from django.utils import timezone
from django.utils.html import format_html

from accounts.models import HistoryLine
from accounts.places_near import METRES_PER_MILE
from accounts.schoolyear import school_year_of
from booking.models import Booking, Session, Venue, WorkGroup
from booking.pictures import number_words

register = template.Library()

# What a session's own words call its links, and what is pressed in a mail.
LINKS = {"Map": "Open the map", "Join online": "Join online"}
NUMBERS = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
ORDINALS = [
    *("zeroth", "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth"),
    *("tenth", "eleventh", "twelfth", "thirteenth", "fourteenth"),
    *("fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth"),
]
TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
# What a line of the history says on a page, before "by whom" and "why".
ACTS = {
    "booked": "Booked",
    "place_named": "Named a colleague",
    "withdrew": "Places given up",
    "place_given_up": "One place given up",
    "stand_in_sent": "Somebody else comes instead",
    "stand_in_ended": "Comes after all",
    "apologies_said": "Apologies for a colleague",
    "apologies_taken_back": "Apologies taken back",
    "year_frozen": "Figures of a year frozen",
    "year_corrected": "Frozen figures corrected",
    "catch_up_arranged": "Catches up with another group",
    "catch_up_ended": "Does not catch up after all",
    "rules_saved": "Whom it is for changed",
    "parts_saved": "Parts changed",
    "questions_saved": "Questions changed",
    "questions_answered": "Questions answered",
    "part_changed": "Comes as another part",
    "school_invited": "School invited",
    "school_listed": "School put on the list",
    "school_unlisted": "School taken off the list",
    "contribution_saved": "Contribution to cover changed",
    "contribution_passed": "Contribution passed to finance",
    "contribution_taken_back": "Contribution not passed to finance after all",
    "decision_prepared": "Decision prepared",
    "decided": "Decided",
    "head_asked": "Head asked to agree",
    "head_answered": "Head answered",
    "transferred": "Moved to another group",
    "nobody_comes": "Nobody can come that day",
    "offered": "Places offered",
    "offer_accepted": "Offer taken",
    "offer_declined": "Offer let go",
    "offer_lapsed": "Offer lapsed",
    "offer_taken_back": "Offer taken back",
    "held_back": "Held back on the waiting list",
    "let_on": "Takes its turn again",
    "queue_moved": "Moved in the line",
    "asked_to_join": "Asked to join the school",
    "joined": "Joined the school",
    "lead_confirmed": "School confirmed",
    "lead_refused": "School not confirmed",
    "member_confirmed": "Colleague confirmed",
    "request_taken_back": "Took the request back",
    "invited": "Invited a colleague",
    "role_changed": "Changed who books for the school",
    "left_school": "Left the school",
    "places_vacated": "Places kept, name to follow",
    "school_code_sent": "Had a code sent to the school",
    "people_check_asked": "Asked whether these are still the people",
    "people_checked": "Looked through the list of people",
    "away": "Away",
    "setting_added": "Added to the schools",
    "setting_edited": "Changed what stands about the school",
    "school_note_added": "Noted what was said",
    "school_note_removed": "A note of what was said was erased",
    "school_contact_noted": "Noted an address read at the school",
    "school_converted": "Became an academy: a new number",
    "school_closed": "Closed",
    "school_merged": "Merged into another school",
    "moved_with_merger": "People and coming places moved to the school that took this one in",
    "register_sent": "Sent a file of the register of schools",
    "register_approved": "Said yes to what it changes",
    "register_applied": "Register of schools taken in",
    "register_dropped": "File of the register dropped",
    "list_passed_on": "Took a list with names away",
    "api_key_made": "Key for another system made",
    "api_key_ended": "Key for another system taken back",
    "columns_saved": "Columns of a list kept",
    "columns_removed": "Columns of a list removed",
    "list_handed_in": "Handed a list in",
    "list_agreed": "Agreed to take a list in",
    "list_dropped": "List dropped",
    "list_taken_in": "List taken in",
    "list_given_up": "List given up after three tries",
    "past_years_taken_in": "Past years taken in",
    "attendance_taken_in": "Attendance taken in from a list",
    "address_proposed": "Asked to confirm a new address",
    "address_confirmed": "Confirmed a new address",
    "name_corrected": "Corrected name or role",
    "erasure_asked": "Asked to be forgotten",
    "erasure_refused": "Wish to be forgotten refused",
    "data_seen": "Looked at everything held",
    "person_erased": "Erased",
    "complaint_made": "Complaint made",
    "complaint_noted": "Notes kept",
    "complaint_closed": "Complaint closed",
    "page_changed": "Words changed",
    "news_written": "Written",
    "news_changed": "Changed",
    "news_published": "Everybody reads it",
    "news_taken_back": "A draft again",
    "need_said": "Said what to arrange",
    "need_taken_back": "Took back what to arrange",
    "needs_seen": "Looked at what people need",
    "person_edited": "Name, address or role put right",
    "hub_role_changed": "Part in the hub changed",
    "door_closed": "Door closed",
    "door_opened": "Door opened again",
    "people_merged": "Two accounts became one",
    "back": "Back",
    "session_moved": "Session changed",
    "mail_paused": "Mail about the group paused",
    "mail_let_go": "Mail about the group goes on",
    "mail_reworded": "Words of a mail changed",
    "mail_words_restored": "Earlier words of a mail taken up again",
    "session_cancelled": "Session cancelled",
    "mail_sent_again": "Mail sent again",
    "mail_arrived": "Mail had arrived",
    "mail_dealt_with": "Mail that could not be delivered was dealt with",
    "told_by_telephone": "Told by telephone",
    "mobile_given": "Gave a number for one group",
    "mobile_taken_back": "Took the number back",
    "group_called_off": "Group called off",
    "wrote_to_group": "Wrote to the group",
    "issue_written": "Written",
    "issue_changed": "Changed",
    "issue_scheduled": "To go at its moment",
    "issue_sent": "Let go",
    "issue_stopped": "Stopped",
    "issue_went_on": "Let go on",
    "work_group_called_off": "Called off",
    "session_added": "Session added",
    "certificates_issued": "Certificates issued",
    "certificate_issued_anew": "Certificate issued anew",
    "certificate_revoked": "Certificate revoked",
    "certificates_bundled": "All certificates asked for in one file",
    "quotations_chosen": "Chose words for the governors",
    "runs_decided": "Decided that it runs",
    "holiday_saved": "Holiday kept",
    "holiday_removed": "Holiday taken out",
    "holidays_imported": "Term dates taken in from a file",
    "phase_dates_saved": "Dates to avoid kept",
    "phase_dates_removed": "Dates to avoid taken out",
    "phase_dates_copied": "Dates to avoid copied to the next year",
    "own_days_saved": "Days of the school kept",
    "own_days_removed": "Days of the school taken out",
    "carry_on_asked": "Asked whether it carries on",
    "carry_on_declined": "Does not carry on this year",
    "carry_on_taken_back": "Question whether it carries on taken back",
    "work_group_made": "Set up",
    "work_group_edited": "Edited",
    "work_group_published": "Published",
    "leads_saved": "Who leads it changed",
    "work_group_copied": "Copied from a former year",
    "work_group_archived": "Put into the archive",
    "work_group_unarchived": "Taken out of the archive",
    "draft_removed": "Draft deleted",
    "session_removed": "Session taken out of the draft",
    "register_marked": "Register marked",
    "register_amended": "Register amended after it locked",
    "register_signed": "Register signed",
    "register_link_given": "Link to one register given",
    "register_link_used": "Link to one register used first",
    "register_link_done": "All marked by who has the link",
    "register_link_ended": "Link to one register ended",
    "visitor_sorted": "Somebody not on the list sorted out",
    "answered": "Answered the invitation",
    "evaluation_saved": "What is asked at the end changed",
    "report_written": "Report written",
    "reflected": "Wrote about a research task",
    "task_written": "Research task written",
    "commented": "Commented on what somebody tried",
    "comment_removed": "Comment taken out",
    "reflection_starred": "Star for the talk put on or taken off",
    "materials_saved": "Materials of a session changed",
    "lesson_saved": "Observed lesson written",
    "lesson_removed": "Observed lesson taken out",
    "calendar_link_made": "Calendar link made",
    "calendar_link_renewed": "Calendar link made anew",
    "calendar_link_revoked": "Calendar link ended",
    "mail_came_back": "Mail comes back",
    "address_works_again": "The address is tried again",
    "reply_taken": "A reply by mail taken as it says",
    "invites_chosen": "Chose how sessions reach the calendar",
    "webhook_made": "Set up",
    "webhook_changed": "Changed",
    "webhook_turned_on": "Turned on",
    "webhook_turned_off": "Turned off",
    "webhook_secret_renewed": "New secret",
    "webhook_removed": "Webhook removed",
    "webhook_tested": "Test sent",
    "webhook_sent_again": "Message sent again",
}

FIRST = {"applied": "Asked to come", "waiting": "Joined the waiting list"}


def _local(value: date | datetime) -> date:
    return timezone.localdate(value) if isinstance(value, datetime) else value


@register.filter
def day(value: date | datetime | None) -> str:
    """Tuesday 20 January; with the year when it is not in the current school year."""
    if value is None:
        return ""
    on = _local(value)
    year = "" if school_year_of(on) == school_year_of(timezone.localdate()) else f" {on.year}"
    return f"{on:%A} {on.day} {on:%B}{year}"


@register.filter
def day_short(value: date | datetime | None) -> str:
    """Tue 20 Jan; with the year when it is not in the current school year."""
    if value is None:
        return ""
    on = _local(value)
    year = "" if school_year_of(on) == school_year_of(timezone.localdate()) else f" {on.year}"
    return f"{on:%a} {on.day} {on:%b}{year}"


# What a browser says of itself, and what people call it; the first that fits.
DEVICES = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android phone or tablet"),
    ("CrOS", "Chromebook"),
    ("Windows", "Windows computer"),
    ("Macintosh", "Mac"),
    ("Linux", "Linux computer"),
]
BROWSERS = [("Edg/", "Edge"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari")]


@register.filter
def device(user_agent: str) -> str:
    """Chrome on a Windows computer: the browser and the machine by the names people know."""
    machine = next((name for sign, name in DEVICES if sign in user_agent), "")
    browser = next((name for sign, name in BROWSERS if sign in user_agent), "A browser")
    return f"{browser} on {'an' if machine[:1] in 'iA' else 'a'} {machine}" if machine else browser


@register.filter
def linked(paragraph: str) -> str:
    """In a mail, "Map: https://…" as a link with words to press; no other words become one, whoever wrote them."""
    label, _, address = paragraph.partition(": ")
    if label not in LINKS or not address.startswith("https://") or " " in address:
        return paragraph
    style = f"color:{settings.HUB_SHADES['blue'][0]};"
    return format_html('<a class="go" style="{}" href="{}">{}</a>', style, address, LINKS[label])


@register.filter
def clock(value: datetime | None) -> str:
    """1.15pm, 9am, 12 noon."""
    if value is None:
        return ""
    at = timezone.localtime(value)
    if (at.hour, at.minute) == (12, 0):
        return "12 noon"
    minutes = f".{at.minute:02d}" if at.minute else ""
    return f"{at.hour % 12 or 12}{minutes}{'am' if at.hour < 12 else 'pm'}"


@register.filter
def clock_range(session: Session) -> str:
    """1.15pm to 3.45pm."""
    return f"{clock(session.starts_at)} to {clock(session.ends_at)}" if session.starts_at else "time to be confirmed"


@register.filter
def miles(metres: float) -> str:
    """About 14 miles, from metres in a straight line."""
    count = round(metres / METRES_PER_MILE)
    return "under a mile" if metres < METRES_PER_MILE else f"about {count} mile{'' if count == 1 else 's'}"


@register.filter
def map_url(venue: Venue) -> str:
    """Where a venue stands on a map of somebody else's: a link that is followed, and nothing that is loaded."""
    where = f"{venue.name} {venue.postcode}" if venue.postcode else f"{venue.name}, {venue.town}"
    return settings.HUB_MAP_URL.replace("{}", quote(where.removesuffix(" (demo)")))


@register.filter
def mile_range(metres: tuple[int, int]) -> str:
    """About 3 to 14 miles: the nearest and the farthest session, in a straight line."""
    near, far = round(metres[0] / METRES_PER_MILE), math.ceil(metres[1] / METRES_PER_MILE - 0.5)
    if far == 0:
        return "under a mile"
    if near == far:
        return miles(metres[1])
    return f"{near} to {far} miles" if near else f"up to {far} mile{'' if far == 1 else 's'}"


@register.filter
def hours(minutes: int) -> str:
    """2½ hours, from minutes; to the quarter of an hour."""
    exact = Fraction(round(minutes / 15), 4)
    return f"{number_words(exact)} hour{'' if exact == 1 else 's'}"


@register.filter
def pounds(amount: Decimal) -> str:
    """£1,000; £12.50; below nought with its sign before it."""
    words = f"{abs(amount):,.2f}".removesuffix(".00")
    return f"{'−' if amount < 0 else ''}£{words}"


@register.filter
def number_word(count: int) -> str:
    """Two, for numbers below ten; else the figure."""
    return NUMBERS[count] if 0 <= count < len(NUMBERS) else str(count)


@register.filter
def ordinal_word(number: int) -> str:
    """Third, twelfth, twenty-first; from a hundred on the figure: 112th."""
    if number < 20:
        return ORDINALS[number]
    if number < 100:
        tens = TENS[number // 10 - 2]
        return f"{tens}-{ORDINALS[number % 10]}" if number % 10 else f"{tens[:-1]}ieth"
    ending = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


@register.filter
def school_year(year: int) -> str:
    """2026-27."""
    return f"{year}-{(year + 1) % 100:02d}"


@register.filter
def act(line: HistoryLine) -> str:
    """What was done, in words; of a booking also what it was at first."""
    if line.verb == "booked" and line.details.get("status") in FIRST:
        return FIRST[line.details["status"]]
    return ACTS.get(line.verb, line.verb.replace("_", " ").capitalize())


@register.filter
def working_time(hours: int) -> str:
    """30 as "three school days", 25 as "25 working hours": a working day is from 8am to 6pm."""
    days, rest = divmod(hours, 10)
    if rest:
        return f"{hours} working hours"
    return f"{number_word(days)} school {'day' if days == 1 else 'days'}"


@register.filter
def people_words(count: int) -> str:
    """One person, two people."""
    return f"{number_word(count)} {'person' if count == 1 else 'people'}"


@register.filter
def who_comes(booking: Booking) -> str:
    """Who has the places of a booking; of an ended one, who had them."""
    places = list(booking.places.all())
    return ", ".join(str(place) for place in places if place.live or not booking.is_live)


@register.filter
def in_line(position: int) -> str:
    """Where a booking stands on the waiting list, as a sentence."""
    before = position - 1
    if not before:
        return "You are first on the waiting list."
    stand = "booking stands" if before == 1 else "bookings stand"
    return f"You are number {position} on the waiting list; {number_word(before)} {stand} before yours."


@register.filter
def runs_words(work_group: WorkGroup) -> str:
    """Whether a group that needs so many schools runs; empty where it runs with any number."""
    fewest, by, booked = work_group.fewest_schools, work_group.decide_by, work_group.taken_schools
    if not fewest or by is None or work_group.status != WorkGroup.Status.PUBLISHED:
        return ""
    if work_group.runs_decided_at:
        return "It runs."
    needs = f"{fewest} {'school has' if fewest == 1 else 'schools have'} booked"
    if timezone.localdate() <= by:
        return f"Runs if at least {needs} by {by.day} {by:%B}; {booked or 'none'} so far."
    if booked >= fewest:
        return f"It runs: {booked} {'school has' if booked == 1 else 'schools have'} booked."
    return f"The hub decides whether it runs: it needs {fewest}, and {booked or 'none'} had booked by {by.day} {by:%B}."
