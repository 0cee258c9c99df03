"""Which act is told as what: the one table."""

from notifications.models import Type

VERBS: dict[str, Type] = {
    "booked": Type.BOOKING_MADE,
    # What becomes of a booking, and of its places.
    "decided": Type.BOOKING_CHANGED,
    "head_answered": Type.BOOKING_CHANGED,
    "lead_confirmed": Type.BOOKING_CHANGED,
    "lead_refused": Type.BOOKING_CHANGED,
    "member_confirmed": Type.BOOKING_CHANGED,
    "offered": Type.BOOKING_CHANGED,
    "offer_accepted": Type.BOOKING_CHANGED,
    "offer_declined": Type.BOOKING_CHANGED,
    "offer_lapsed": Type.BOOKING_CHANGED,
    "offer_taken_back": Type.BOOKING_CHANGED,
    "held_back": Type.BOOKING_CHANGED,
    "let_on": Type.BOOKING_CHANGED,
    "queue_moved": Type.BOOKING_CHANGED,
    "transferred": Type.BOOKING_CHANGED,
    "moved_with_merger": Type.BOOKING_CHANGED,
    "place_named": Type.BOOKING_CHANGED,
    "place_given_up": Type.BOOKING_CHANGED,
    "places_vacated": Type.BOOKING_CHANGED,
    "part_changed": Type.BOOKING_CHANGED,
    "stand_in_sent": Type.BOOKING_CHANGED,
    "stand_in_ended": Type.BOOKING_CHANGED,
    # It ended.
    "withdrew": Type.BOOKING_WITHDRAWN,
    "group_called_off": Type.BOOKING_WITHDRAWN,
    # The programme. What is about a group and none of its sessions is about all of them.
    "session_added": Type.SESSION_CHANGED,
    "session_moved": Type.SESSION_CHANGED,
    "session_cancelled": Type.SESSION_CHANGED,
    "work_group_published": Type.SESSION_CHANGED,
    "work_group_called_off": Type.SESSION_CHANGED,
    "register_signed": Type.REGISTER_SIGNED,
    "register_amended": Type.REGISTER_AMENDED,
}


def verbs_of(types: list[str]) -> list[str]:
    return [verb for verb, kind in VERBS.items() if kind in types]
