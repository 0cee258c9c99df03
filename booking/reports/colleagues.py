"""Whom somebody may choose from when they say who comes."""

from accounts.colleagues import show_as_typed
from accounts.models import Membership, School, User


def colleagues_of(school: School, membership: Membership) -> list[User]:
    """Whom a lead may choose from: the school's people as it knows them; only herself until she is confirmed."""
    if membership.state != Membership.State.ACTIVE:
        return [membership.person]
    colleagues = list(User.objects.of_school(school).filter(is_active=True))
    show_as_typed(school.pk, colleagues)
    return sorted(colleagues, key=lambda person: person.name)


def colleagues_for(person: User, school: School) -> list[User]:
    """The same, for whoever may change a booking of the school: its own leads, or who acts for it."""
    membership = person.memberships.current().leads().filter(school=school).first()
    if membership is not None and not person.is_hub_staff:
        return colleagues_of(school, membership)
    return list(User.objects.of_school(school).filter(is_active=True))
