"""Every mail of the hub: one function for each, from things to words. Nothing here is sent or stored.

A mail is a letter: a heading, a few sentences, perhaps dates and one button. Its text and its HTML are drawn from the
same letter, so they cannot say different things.
"""

from booking.emails.absences import (
    apologies_said,
    apologies_taken_back,
    cannot_come,
    catch_up_arranged,
    declined_by_mail,
    nobody_comes,
)
from booking.emails.carrying import carry_on
from booking.emails.certificates import certificate_ready
from booking.emails.comments import commented
from booking.emails.done import what_we_did
from booking.emails.evaluation import evaluation_asked
from booking.emails.heads import head_answered, head_asked, head_silent
from booking.emails.hosts import host_changed, host_left, host_of_tomorrow
from booking.emails.letter import TODAY, About, Mail, Written, leads_of, written_to
from booking.emails.places import (
    booking_applied,
    booking_decided,
    booking_held,
    booking_summary,
    booking_withdrawn,
    cover_dates,
    names_due,
    place_confirmed,
)
from booking.emails.registers import register_done, register_link
from booking.emails.schools import (
    address_proposed,
    colleague_invited,
    left_school,
    mail_came_back,
    member_confirmed,
    people_check,
    places_to_name,
    places_vacated,
    role_changed,
    school_confirmed,
    school_invited,
    school_refused,
    school_to_confirm,
)
from booking.emails.sessions import half_way, invite, register_to_take, reminder, session_changed
from booking.emails.standing import may_not_finish
from booking.emails.swaps import (
    booking_transferred,
    group_called_off,
    place_given_up,
    place_passed_on,
    stand_in_ended,
    stand_in_sent,
    told_away,
)
from booking.emails.waiting import (
    booking_ended,
    booking_held_back,
    booking_let_on,
    booking_waiting,
    offer_ends_soon,
    offer_taken_back,
    places_offered,
)

__all__ = [
    "TODAY",
    "About",
    "Mail",
    "Written",
    "address_proposed",
    "apologies_said",
    "apologies_taken_back",
    "booking_applied",
    "booking_decided",
    "booking_ended",
    "booking_held",
    "booking_held_back",
    "booking_let_on",
    "booking_summary",
    "booking_transferred",
    "booking_waiting",
    "booking_withdrawn",
    "cannot_come",
    "carry_on",
    "catch_up_arranged",
    "certificate_ready",
    "colleague_invited",
    "commented",
    "cover_dates",
    "declined_by_mail",
    "evaluation_asked",
    "group_called_off",
    "half_way",
    "head_answered",
    "head_asked",
    "head_silent",
    "host_changed",
    "host_left",
    "host_of_tomorrow",
    "invite",
    "leads_of",
    "left_school",
    "mail_came_back",
    "may_not_finish",
    "member_confirmed",
    "names_due",
    "nobody_comes",
    "offer_ends_soon",
    "offer_taken_back",
    "people_check",
    "place_confirmed",
    "place_given_up",
    "place_passed_on",
    "places_offered",
    "places_to_name",
    "places_vacated",
    "register_done",
    "register_link",
    "register_to_take",
    "reminder",
    "role_changed",
    "school_confirmed",
    "school_invited",
    "school_refused",
    "school_to_confirm",
    "session_changed",
    "stand_in_ended",
    "stand_in_sent",
    "told_away",
    "what_we_did",
    "written_to",
]
