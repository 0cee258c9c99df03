"""What each figure of a year means, once, in plain words: on the page, on the board's paper, and beside frozen figures.

A change of any of these is a new version: frozen figures say by which they were counted.
"""

from dataclasses import dataclass

VERSION = 1


@dataclass(frozen=True)
class Definition:
    term: str
    words: str


DEFINITIONS = [
    Definition(
        "Engagement",
        "One school in one project in one school year. A school in two projects is two engagements and one school; "
        "two groups of one project are one engagement. A school that was merged counts as the school it is part of "
        "today.",
    ),
    Definition(
        "Applied",
        "The school asked for places in a group of the project, whatever came of it. Interest that was only said, "
        "without places, is not counted.",
    ),
    Definition(
        "Accepted",
        "Places were confirmed for the school, whether or not it later gave them up. An offer or a hold that nobody "
        "has confirmed is not yet one.",
    ),
    Definition(
        "Started",
        "Somebody of the school came to at least one session: marked present, late, left early or online. Signing up "
        "is not starting. This is what “engaged” means here.",
    ),
    Definition(
        "Active",
        "Started, not completed, and places still stand in a group of the project that has sessions to come.",
    ),
    Definition(
        "Completed",
        "The group’s own rule is met, as its page says it. For a school a session counts once any of its people "
        "came; for a person their own sessions, hours or tasks count.",
    ),
    Definition(
        "Withdrew",
        "The school had places, gave up the last of them in the project, and had not completed it. Before or after "
        "starting is counted apart.",
    ),
    Definition(
        "Ended without completing",
        "Started, and neither completed, active nor withdrew: the group is over, or people came without a booking.",
    ),
    Definition(
        "State-funded schools",
        "Open schools of the national register that are state-funded, in the authorities that the hub has taken in "
        "from it: what a share is a share of. Nurseries and others off the register, and independent schools, are in "
        "no share; where they started they are named as such beside it.",
    ),
    Definition(
        "Attendance",
        "Of the lines marked on the registers of sessions that are over: who came. Lines that nobody has marked are "
        "counted apart and are in no share.",
    ),
    Definition(
        "Notice",
        "School days from giving places up to the next session, by the calendar of the school’s authority.",
    ),
    Definition(
        "Not held here",
        "Before the first year that was entered or imported nothing is known here, which is not nought.",
    ),
]
