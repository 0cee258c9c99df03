"""The queue of applications to a group: what helps to choose between schools, side by side."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import Q

from accounts.models import School
from accounts.places_near import Point, metres_between
from booking.completion import schools
from booking.contact import as_now, first_year, never_words, past_counts
from booking.eligibility import findings, named_by
from booking.models import Attendance, Booking, Session, WorkGroup
from booking.models.places import Decision, Status

ORDERS = {
    "asked": "In the order of asking",
    "fsm": "Free school meals, most first",
    "near": "Distance, nearest first",
    "small": "Pupils, fewest first",
    "new": "History with the hub, least first",
}


@dataclass
class Row:
    """One application, with what is known of its school; None where that is not known."""

    booking: Booking
    people: int
    metres: int | None
    completed: int
    started: int
    against: list[str] = field(default_factory=list)

    @property
    def school(self) -> School:
        return self.booking.school


@dataclass
class Queue:
    rows: list[Row]
    # Of what is prepared: people by decision, and schools by authority among those accepted.
    people: dict[str, int]
    authorities: list[tuple[str, int]]
    places_left: int | None
    # What is said of a school that nobody ever came for.
    never: str = ""

    @property
    def accepted(self) -> int:
        return self.people.get(Decision.ACCEPT, 0)

    @property
    def overshoots(self) -> int:
        """By how many people the prepared acceptances are more than there is room for."""
        return max(0, self.accepted - self.places_left) if self.places_left is not None else 0


def queue(work_group: WorkGroup, *, order: str = "asked") -> Queue:
    """All applications that wait for a decision. A constant number of queries, but for the rules of the group."""
    bookings = list(
        work_group.bookings.filter(status=Status.APPLIED)
        .select_related("school", "made_by", "session")
        .prefetch_related("places__person")
        .order_by("made_at", "pk")
    )
    done, begun = _history([booking.school_id for booking in bookings])
    first = work_group.sessions.exclude(mode=Session.Mode.ONLINE).exclude(venue=None).select_related("venue").first()
    there = Point.of(first.venue) if first and first.venue else None
    rows = []
    for booking in bookings:
        live = [place for place in booking.places.all() if place.live]
        home = Point.of(booking.school)
        people = [place.person_id for place in live if place.person_id]
        rules = findings(work_group, booking.school, named_by(booking.school, people)) if work_group.has_rules else []
        rows.append(
            Row(
                booking,
                len(live),
                metres_between(home, there) if home and there else None,
                done[booking.school_id],
                begun[booking.school_id],
                [one.words for one in rules],
            )
        )
    accepted = [row for row in rows if row.booking.decision == Decision.ACCEPT]
    people_by: Counter[str] = Counter()
    for row in rows:
        people_by[row.booking.decision] += row.people
    authorities = Counter(row.school.la_name or "Not known" for row in accepted)
    never = never_words(first_year()) if bookings else ""
    return Queue(_in_order(rows, order), dict(people_by), sorted(authorities.items()), work_group.places_left, never)


def _in_order(rows: list[Row], order: str) -> list[Row]:
    """Sorted; what is not known comes last, and equals stay in the order of asking."""
    match order:
        case "fsm":
            return sorted(
                rows, key=lambda row: -float(row.school.fsm_percent if row.school.fsm_percent is not None else -1)
            )
        case "near":
            return sorted(rows, key=lambda row: row.metres if row.metres is not None else 10**9)
        case "small":
            return sorted(rows, key=lambda row: row.school.pupils if row.school.pupils is not None else 10**9)
        case "new":
            return sorted(rows, key=lambda row: (row.completed, row.started))
        case _:
            return rows


def _history(of: Sequence[int]) -> tuple[dict[int, int], dict[int, int]]:
    """(groups that each school has completed, groups in which anybody came for it), by the school's id.

    Those of the schools it took in are its own, and so is what it did in former years.
    """
    as_one = as_now(of)
    came = Attendance.objects.came().filter(school__in=as_one)
    done, begun = past_counts(as_one)
    pairs = {
        (as_one[school], group)
        for school, group in came.values_list("school_id", "session__work_group_id")
        if school is not None
    }
    for school, _ in pairs:
        begun[school] += 1
    groups = WorkGroup.objects.filter(Q(sessions__attendances__in=came) | Q(sessions__credits__in=came)).distinct()
    for (_, school), standing in schools(groups, as_one).items():
        done[school] += standing.is_complete
    return done, begun
