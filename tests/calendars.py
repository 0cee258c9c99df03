"""Files of calendar data, read by programs that share no code with the one that wrote them.

icalendar writes them. vobject (Python) and libical (C, behind Evolution, GNOME and KDE) read them too, and all find the
same sessions; libical also holds them against the restrictions of RFC 5546.
"""

import ctypes
import ctypes.util
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import icalendar
import vobject

_VEVENT = 4  # icalcomponent_kind in libical 3: ICAL_VEVENT_COMPONENT


@dataclass(frozen=True)
class Read:
    """What a program finds in one VEVENT."""

    uid: str
    sequence: int
    summary: str


def events_of(data: bytes) -> list[Any]:
    """The VEVENTs of a file as icalendar reads them, after every reader has found the same in it."""
    found = list(icalendar.Calendar.from_ical(data).walk("VEVENT"))
    ours = [Read(str(one["UID"]), int(str(one["SEQUENCE"])), str(one["SUMMARY"])) for one in found]
    assert by_vobject(data) == ours
    if library() is not None:
        errors, theirs = by_libical(data)
        assert (errors, theirs) == ([], ours)
    return found


def by_vobject(data: bytes) -> list[Read]:
    events: Sequence[Any] = getattr(vobject.readOne(data.decode()), "vevent_list", [])
    return [Read(one.uid.value, int(one.sequence.value), one.summary.value) for one in events]


@cache
def library() -> ctypes.CDLL | None:
    """libical, where it is installed; CI installs it."""
    name = ctypes.util.find_library("ical")
    if name is None:
        return None
    lib = ctypes.CDLL(name)
    for function in (
        "icalparser_parse_string",
        "icalcomponent_get_first_component",
        "icalcomponent_get_next_component",
    ):
        getattr(lib, function).restype = ctypes.c_void_p
    for function in ("icalcomponent_get_uid", "icalcomponent_get_summary", "icalcomponent_as_ical_string"):
        getattr(lib, function).restype = ctypes.c_char_p
    return lib


def by_libical(data: bytes) -> tuple[list[str], list[Read]]:
    """(what libical finds wrong, the sessions it finds)."""
    lib = library()
    assert lib is not None
    root = ctypes.c_void_p(lib.icalparser_parse_string(ctypes.c_char_p(data)))
    assert root.value, "libical reads no calendar here"
    try:
        lib.icalrestriction_check(root)
        text = lib.icalcomponent_as_ical_string(root).decode().replace("\r\n ", "")
        errors = [line for line in text.splitlines() if line.startswith("X-LIC-ERROR")]
        found, one = [], lib.icalcomponent_get_first_component(root, _VEVENT)
        while one:
            event = ctypes.c_void_p(one)
            uid, summary = lib.icalcomponent_get_uid(event), lib.icalcomponent_get_summary(event)
            found.append(Read(uid.decode(), lib.icalcomponent_get_sequence(event), summary.decode()))
            one = lib.icalcomponent_get_next_component(root, _VEVENT)
        return errors, found
    finally:
        lib.icalcomponent_free(root)
