"""Somebody may not finish, or can no longer: once each, to who books for them and to who leads the group."""

from django.urls import reverse

from accounts.models import School, User
from booking.emails.letter import About, Mail
from booking.links import absolute
from booking.models import WorkGroup


def may_not_finish(
    person: User, work_group: WorkGroup, school: School | None, to: User, *, stands: str, lost: bool, leads: bool
) -> Mail:
    """What is missing and what would help; never why anybody was away. `leads`: to who leads the group."""
    what = "can no longer finish" if lost else "may not finish"
    helps = (
        "They are welcome as before, and their hours count. Missed by mistake? A correction of the register counts."
        if lost
        else "What helps: keep the next date free; or catch up with a group beside this one, which counts here."
    )
    path = reverse("work_group_standing", args=[work_group.pk]) if leads else reverse("school_standing")
    return Mail(
        kind="may_not_finish",
        to=to.email or "",
        person=to,
        subject=f"{person.name} {what}: {work_group.title}",
        heading=f"{person.name} {what}",
        paragraphs=[f"{work_group.title}: {stands}", helps, "We write once about it, and say nothing of reasons."],
        button=("See where everybody stands", absolute(path)),
        reason=f"You lead {work_group.title}." if leads else f"You book for {school}.",
        about=About(school=school.pk if school else None, work_group=work_group.pk),
    )
