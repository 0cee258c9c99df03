"""Marks are added, never changed; what stands follows from all marks of a row, in whatever order they came.

Two phones that mark the same person from the same earlier mark make a conflict: nothing new stands until somebody has
looked at both. So whoever's line comes back first decides nothing.
"""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts.models import User
from booking.models import Attendance, Mark, RegisterLink, Session

# As many characters as the column holds.
LONGEST_NOTE = 200


@dataclass(frozen=True)
class Said:
    """What one tap says: what, minutes late or left early, a note; and why, where a register was locked."""

    what: str
    minutes: int | None = None
    note: str = ""
    amendment: str = ""

    @property
    def says(self) -> tuple[str, int | None, str]:
        return self.what, self.minutes, self.note


def latest(marks: Collection[Mark]) -> list[Mark]:
    """Of all marks of a row, those that no other replaces or settles, by the time they were made at."""
    replaced = {mark.replaces_id for mark in marks}
    ends = (mark for mark in marks if mark.pk not in replaced and mark.settled_by_id is None)
    return sorted(ends, key=lambda mark: (mark.at, mark.device_id))


def standing_of(marks: Collection[Mark]) -> tuple[Mark | None, bool]:
    """Which of all marks of a row stands, and whether some that differ are still to be decided between.

    While they are, what they all came from stands. A mark that was taken back leaves nothing standing.
    """
    ends = latest(marks)
    contested = len({mark.says for mark in ends}) > 1
    stands = _common(ends, {mark.pk: mark for mark in marks}) if contested else next(iter(ends), None)
    return (None if stands is None or stands.what == Mark.What.CLEARED else stands), contested


def _common(ends: Sequence[Mark], by_pk: dict[int, Mark]) -> Mark | None:
    """The nearest mark that all of these came from."""
    chains: list[list[int]] = []
    for mark in ends:
        chain: list[int] = []
        before = mark.replaces_id
        while before in by_pk and before not in chain:
            chain.append(before)
            before = by_pk[before].replaces_id
        chains.append(chain)
    return next((by_pk[pk] for pk in chains[0] if all(pk in chain for chain in chains[1:])), None)


def add_mark(
    row: Attendance,
    marks: Sequence[Mark],
    said: Said,
    *,
    by: User | None,
    now: datetime,
    replaces: Mark | None = None,
    settles: Sequence[Mark] = (),
    at: datetime | None = None,
    device_id: uuid.UUID | None = None,
    link: RegisterLink | None = None,
    reason: str = "",
) -> Mark:
    """Add a mark to a row whose session is locked, and write down what stands now. `marks` are all of the row's.

    `replaces`: the mark that whoever tapped saw last; `at`: when they tapped, by their own clock set right.
    """
    mark = Mark.objects.create(
        attendance=row,
        device_id=device_id or uuid.uuid4(),
        what=said.what,
        minutes=said.minutes,
        note=said.note,
        amendment=said.amendment,
        by=by,
        at=at or now,
        received_at=now,
        replaces=replaces,
        link=link,
        reason=reason,
    )
    for other in settles:
        other.settled_by = mark
        other.save(update_fields=["settled_by"])
    row.standing_mark, row.contested = standing_of([*marks, mark])
    row.save(update_fields=["standing_mark", "contested"])
    return mark


def here_at(session: Session) -> str:
    """Which mark says that somebody is there: at an online session, online."""
    return Mark.What.ONLINE if session.mode == Session.Mode.ONLINE else Mark.What.PRESENT


def mark_over(
    row: Attendance,
    what: str,
    *,
    by: User | None,
    now: datetime,
    reason: str = "",
    minutes: int | None = None,
    amendment: str = "",
    at: datetime | None = None,
    link: RegisterLink | None = None,
) -> Mark:
    """Mark a row whatever was marked before: the last mark is replaced, and what was undecided is settled."""
    marks = list(row.marks.all())
    ends = latest(marks)
    last = ends[-1] if ends else None
    said = Said(what, minutes, amendment=amendment)
    return add_mark(row, marks, said, by=by, now=now, replaces=last, settles=ends[:-1], at=at, link=link, reason=reason)


def restate(row: Attendance) -> None:
    """Write down what stands on a row whose marks have come together from two."""
    row.standing_mark, row.contested = standing_of(row.marks.all())
    row.save(update_fields=["standing_mark", "contested"])
