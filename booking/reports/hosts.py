"""What whoever opens the door at a venue sees of a session: names by school and how many; no needs, no addresses."""

from dataclasses import dataclass
from itertools import groupby

from django.utils import timezone

from accounts.models import User
from booking.models import Attendance, Session


@dataclass(frozen=True)
class Expected:
    """Who comes: the names of each school, and who leads."""

    schools: list[tuple[str, list[str]]]
    leads: list[User]

    @property
    def headcount(self) -> int:
        """Everybody in the room, who leads included: so many lunches, and so many badges."""
        return sum(len(names) for _, names in self.schools) + len(self.leads)


def expected_at(session: Session) -> Expected:
    """As it stands now: who sends apologies, or somebody else, is not on the list. Two queries."""
    rows = (
        Attendance.objects.of_session(session)
        .expected()
        .select_related("person", "school")
        .order_by("school__name", "school", "person__name", "pk")
    )
    schools = [
        (school, [row.person.name for row in people])
        for school, people in groupby(rows, key=lambda row: row.school.name if row.school else "Others")
    ]
    day = timezone.localdate(session.starts_at)
    parts = session.work_group.facilitations.on(day).select_related("person").order_by("pk")
    return Expected(schools, list({part.person_id: part.person for part in parts}.values()))
