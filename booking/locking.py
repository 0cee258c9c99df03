"""The one order in which rows are locked: people of a school, then work groups, then meetings of networks, by id."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from accounts.models import Membership, School
from booking.models import Place, Session, WorkGroup
from booking.prepared import Prepared

# Role and state of somebody whom the hub knows as one who books for the school.
KNOWN = (Membership.Role.LEAD, Membership.State.ACTIVE)

_GROUP = Prepared(lambda pk: WorkGroup.objects.select_for_update(no_key=True).filter(pk=pk).order_by(), pk=-1)


def lock_members(school: School) -> None:
    """The people of a school, before any work group: whoever names one of them waits, and we never wait for them."""
    list(school.memberships.current().select_for_update(no_key=True).order_by("pk").values_list("pk"))


def lock_known(school: int, persons: Iterable[int]) -> dict[int, tuple[str, str]]:
    """Which of these people belong to the school, as what: role and state by person. Locked before any work group.

    Locked, because a lead who is being confirmed at this moment would leave a booking held for ever.
    """
    wanted = sorted(set(persons))
    if len(wanted) > 3:
        rows: Iterable[tuple[int, str, str]] = _members(school, wanted)
    else:  # whoever books and a pair of colleagues, by far the most; nobody has the number nought
        first, second, third = [*wanted, 0, 0, 0][:3]
        rows = _THREE.rows(school=school, first=first, second=second, third=third)
    return {person: (role, state) for person, role, state in rows}


def _members(school: int, persons: Iterable[int]) -> QuerySet[Membership, Any]:
    members = Membership.objects.filter(school=school, person__in=persons).current().order_by("pk")
    return members.select_for_update(no_key=True).values_list("person_id", "role", "state")


_THREE = Prepared(
    lambda school, first, second, third: _members(school, [first, second, third]),
    school=-1,
    first=-2,
    second=-3,
    third=-4,
)


def lock_group(work_group: int, session: int | None) -> tuple[WorkGroup, Session | None]:
    """A group, and then the meeting that is booked in it, if it is one."""
    locked = next(_GROUP.ask(pk=work_group), None)
    if locked is None:
        raise WorkGroup.DoesNotExist
    return locked, Session.objects.get_locked(session) if session else None


def lock_chosen(work_groups: Iterable[int]) -> list[WorkGroup]:
    """The groups that somebody ticked, by id; refused where one is gone since."""
    found = [WorkGroup.objects.filter(pk=pk).select_for_update(no_key=True).first() for pk in sorted(set(work_groups))]
    groups = [group for group in found if group is not None]
    if len(groups) < len(found):
        raise ValidationError("One of these groups is not there any more. Look at the list again.")
    return groups


def lock_groups(places: Sequence[Place]) -> None:
    """The groups of several places, by id; then the meetings of networks, by id."""
    for pk in sorted({place.work_group_id for place in places}):
        WorkGroup.objects.get_locked(pk)
    for pk in sorted({place.session_id for place in places if place.session_id}):
        Session.objects.get_locked(pk)
