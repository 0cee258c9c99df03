"""What booking holds about a person: places, sessions, reflections, needs and calendar links."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from accounts.personal import Rule, Traces
from booking.expectations import expect
from booking.models import (
    Attendance,
    Booking,
    CalendarEntry,
    CalendarFeed,
    Mark,
    Need,
    Place,
    Reflection,
    Session,
    WorkGroup,
)


def export(person: User) -> dict[str, Any]:
    attendances = Attendance.objects.of_person(person).select_related("session__work_group", "school", "standing_mark")
    needs = Need.objects.filter(person=person).select_related("place__work_group")
    return {
        "places": [
            {
                "work_group": str(place.work_group),
                "for": str(place.booking.school),
                "booking": place.booking.get_status_display(),
                "mine_now": place.live,
            }
            for place in Place.objects.filter(person=person).select_related("work_group", "booking__school")
        ],
        "sessions": [
            {
                "work_group": str(row.session.work_group),
                "session": row.session.number,
                "when": row.session.starts_at,
                "for": str(row.school or ""),
                "register": str(row.standing_mark or ""),
                "reason": row.standing_mark.reason if row.standing_mark else "",
            }
            for row in attendances.order_by("session__starts_at")
        ],
        "research_tasks": [
            {"task": str(one.task), "how_it_went": one.get_outcome_display(), "words": one.words, "when": one.at}
            for one in Reflection.objects.filter(person=person).select_related("task")
        ],
        "what_to_arrange": [
            {
                "work_group": str(need.place.work_group),
                "to_take_part": need.access,
                "to_eat_and_drink": need.food,
                "ask_me_instead": need.contact_me,
                "agreed_to": need.wording,
                "agreed_at": need.agreed_at,
            }
            for need in needs
        ],
        "groups_i_lead": [
            {"work_group": str(part.work_group), "from": part.since, "to": part.until}
            for part in person.facilitations.select_related("work_group")
        ],
        "calendar_links": [
            {"kind": feed.get_kind_display(), "made": feed.made_at, "last_read": feed.fetched_at, "by": feed.fetched_by}
            for feed in CalendarFeed.objects.filter(owner=person)
        ],
    }


def erase(traces: Traces, *, at: datetime) -> None:
    """Counts stay, words go. Live places are kept for a name to follow; coming sessions leave the calendar."""
    person = traces.person
    list(person.memberships.current().select_for_update(no_key=True).order_by("pk").values_list("pk"))
    live = Place.objects.live().filter(person=person).select_related("booking")
    places = list(live)
    for pk in sorted({place.work_group_id for place in places}):
        group = WorkGroup.objects.get_locked(pk)
        group.revision += 1
        group.save(update_fields=["revision"])
    for pk in sorted({place.session_id for place in places if place.session_id}):
        Session.objects.get_locked(pk)
    places = list(live.all())  # read again: what stands under the locks
    Need.objects.filter(person=person).delete()
    for place in places:
        place.person = None
        place.save(update_fields=["person"])
    expect(places, now=at)
    CalendarEntry.objects.filter(person=person).update(answer="")
    Reflection.objects.filter(person=person).update(words="", shared=False)
    Mark.objects.filter(attendance__person=person).update(reason="")
    CalendarFeed.objects.filter(owner=person).delete()
    today = timezone.localdate(at)
    for part in person.facilitations.on(today):
        part.until = max(part.since, today)
        part.save(update_fields=["until"])
    for address in traces.addresses:
        Booking.objects.filter(cover_email__iexact=address).update(cover_email="")
    for booking in Booking.objects.filter(traces.within("note")):
        booking.note = traces.out_of(booking.note)
        booking.save(update_fields=["note"])
    for mark in Mark.objects.filter(traces.within("reason")):
        mark.reason = traces.out_of(mark.reason)
        mark.save(update_fields=["reason"])


def finish(person: User) -> bool:
    """The addresses that sessions were told to go once every session has been taken out there."""
    if CalendarEntry.objects.filter(Q(person=person) | Q(person__merged_into=person)).untold().exists():
        return False
    CalendarEntry.objects.filter(Q(person=person) | Q(person__merged_into=person)).update(told_address="")
    return True


RETENTION = [
    Rule(
        "What you asked us to arrange (access, food)",
        "30 days after the last session",
        "Only needed to arrange it.",
        lambda now: Need.objects.outlived(now),
        lambda due, now: Need.objects.filter(pk__in=list(due.values_list("pk", flat=True))).delete()[0],
    ),
    Rule(
        "Calendar links that were stopped",
        "12 months",
        "To answer who could read a calendar.",
        lambda now: CalendarFeed.objects.filter(revoked_at__lt=now - timedelta(days=365)),
        lambda due, now: due.delete()[0],
    ),
]
