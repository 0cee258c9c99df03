"""What of bookings needs a person: applications, groups with too few schools, free places, offers, names, heads."""

from datetime import date, datetime, timedelta

from django.db.models import Count, Exists, F, Min, OuterRef, Q, QuerySet, Subquery
from django.urls import reverse
from django.utils import timezone

from booking.models import Agreement, Booking, Session, WorkGroup
from booking.models.places import Status
from booking.naming import Unnamed, unnamed
from booking.reports.todo import Found, Press, ToDo, begins, first_of, telephone
from booking.reports.waiting import to_decide
from booking.templatetags.words import clock, day, number_word

# So long before its day the office is asked whether a group with too few schools runs.
DECIDE_WITHIN = timedelta(days=7)
# An offer that lapses so soon is worth a telephone call.
RING_WITHIN = timedelta(hours=48)


def applications(now: datetime, most: int) -> Found:
    """Groups whose applications wait to be decided, by the one that has waited longest."""
    applied = Booking.objects.filter(work_group=OuterRef("pk"), status=Status.APPLIED).order_by().values("work_group")
    groups = WorkGroup.objects.filter(Exists(applied)).annotate(
        applied=Subquery(applied.annotate(all=Count("pk")).values("all")),
        since=Subquery(applied.annotate(first=Min("made_at")).values("first")),
    )
    rows, total = first_of(groups.order_by("since", "pk"), most)
    return Found(
        [
            ToDo(
                "Applications",
                str(group),
                reverse("office_selection", args=[group.pk]),
                f"{group.applied} to decide, the first since {day(group.since)}",
                group.since,
            )
            for group in rows
        ],
        total,
    )


def groups_to_decide(now: datetime) -> QuerySet[WorkGroup]:
    """Groups with too few schools a week before their day, until somebody decides or nothing of them is to come."""
    left = Session.objects.planned().filter(Q(starts_at__gt=now) | Q(starts_at__isnull=True))
    return WorkGroup.objects.published().filter(
        decide_by__lte=timezone.localdate(now) + DECIDE_WITHIN,
        taken_schools__lt=F("fewest_schools"),
        runs_decided_at__isnull=True,
        pk__in=left.values("work_group"),
    )


def to_run(now: datetime, most: int) -> Found:
    rows, total = first_of(groups_to_decide(now).order_by("decide_by", "title", "pk"), most)
    return Found(
        [
            ToDo(
                "Run or not",
                str(group),
                reverse("office_work_group", args=[group.pk]),
                f"{group.taken_schools} of at least {group.fewest_schools} schools; decide by {day(group.decide_by)}",
                begins(group.decide_by) - DECIDE_WITHIN,
                Press("Run all the same", reverse("office_work_group_run", args=[group.pk])),
                reverse("office_work_group_cancel", args=[group.pk]),
                "Call it off",
            )
            for group in rows
        ],
        total,
    )


def lines(now: datetime, most: int) -> Found:
    """Places are free and schools wait, and they are not offered by themselves."""
    found = []
    for group, session in to_decide(now):
        meeting = f"?meeting={session.pk}" if session else ""
        words = f"{group}, meeting {session.number}" if session else str(group)
        url = reverse("office_waiting", args=[group.pk]) + meeting
        found.append(ToDo("Free places wait", words, url, "they are not offered by themselves"))
    return Found(found[:most], len(found))


def offers(now: datetime, most: int) -> Found:
    """Offers that lapse within two days unless somebody rings the school."""
    lapsing = Booking.objects.filter(status=Status.OFFERED, offer_ends_at__lte=now + RING_WITHIN)
    lapsing = lapsing.select_related("school", "work_group").order_by("offer_ends_at", "pk")
    rows, total = first_of(lapsing, most)
    return Found(
        [
            ToDo(
                "Offer lapses",
                f"{booking.school}, {booking.work_group}",
                booking.get_absolute_url(),
                f"until {day(booking.offer_ends_at)}, {clock(booking.offer_ends_at)}; {telephone(booking.school)}",
                booking.offer_ends_at - RING_WITHIN,
            )
            for booking in rows
        ],
        total,
    )


def late_names(now: datetime) -> list[Unnamed]:
    """Bookings whose names were due before today."""
    return [one for one in unnamed(now) if one.is_late(timezone.localdate(now))]


def names(now: datetime, most: int) -> Found:
    late = late_names(now)
    return Found(
        [
            ToDo(
                "Name to follow",
                f"{one.booking.school}, {one.booking.work_group}",
                one.booking.get_absolute_url(),
                f"{number_word(one.to_name)} of {number_word(one.places)}, due {day(one.by)}; "
                f"{telephone(one.booking.school)}",
                begins(one.by),
            )
            for one in late[:most]
        ],
        len(late),
    )


def heads_to_ask(today: date) -> list[Agreement]:
    """Heads who said no while the school has not given up anything, asked something, or have not answered in time."""
    asked = Agreement.objects.select_related("booking__school", "booking__work_group")
    waiting = [one for one in asked.open() if one.answer or one.is_late(today)]
    return sorted(waiting, key=lambda one: (one.due or today, one.pk))


def heads(now: datetime, most: int) -> Found:
    waiting = heads_to_ask(timezone.localdate(now))
    says = {Agreement.Answer.DISAGREES: "does not agree", Agreement.Answer.ASKS: "has a question"}
    return Found(
        [
            ToDo(
                "Head’s answer",
                f"{one.booking.school}, {one.booking.work_group}",
                reverse("booking_head", args=[one.booking_id]),
                f"{says.get(Agreement.Answer(one.answer), '') if one.answer else f'not answered, due {day(one.due)}'}; "
                f"{telephone(one.booking.school)}",
                one.answered_at or begins(one.due),
            )
            for one in waiting[:most]
        ],
        len(waiting),
    )
