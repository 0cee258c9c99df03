"""Everything that somebody leads: what comes next first, what is missing, and what they led in years past."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from booking.models import Attachment, Attendance, Facilitation, ResearchTask, Session, WorkGroup
from booking.templatetags.words import day_short

# So long before a session its lead is reminded that people find no materials yet.
MATERIALS_BEFORE = timedelta(days=7)


@dataclass
class LedGroup:
    """A group that somebody leads now. `missing`: what is to be done, in words, and the page on which it is."""

    group: WorkGroup
    next: Session | None
    missing: list[tuple[str, str]] = field(default_factory=list)

    @property
    def sort_key(self) -> tuple[bool, datetime | None, str]:
        starts = self.next.starts_at if self.next else None
        return starts is None, starts, self.group.title


@dataclass
class PastGroup:
    group: WorkGroup
    is_open: bool  # to who led it: they have a part in it still


def led_groups(person: User, now: datetime) -> list[LedGroup]:
    """The groups somebody leads today, by when they meet next; two queries."""
    today = timezone.localdate(now)
    groups = list(WorkGroup.objects.led_by(person, today).published())
    sessions = Session.objects.planned().dated().filter(work_group__in=groups).order_by("starts_at", "pk")
    of_session = OuterRef("pk")
    by_group: dict[int, list[Session]] = defaultdict(list)
    for session in sessions.annotate(
        has_task=Exists(ResearchTask.objects.filter(session=of_session)),
        has_materials=Exists(Attachment.objects.filter(session=of_session)),
        has_people=Exists(Attendance.objects.filter(session=of_session)),
    ):
        by_group[session.work_group_id].append(session)
    led = [_led(group, by_group[group.pk], now) for group in groups]
    return sorted(led, key=lambda one: (one.sort_key[0], one.sort_key[1] or now, one.sort_key[2]))


def past_groups(person: User, now: datetime) -> list[tuple[int, list[PastGroup]]]:
    """What they led in years past, and what they lead no more: by school year, the last first; one query."""
    today = timezone.localdate(now)
    open_parts = Facilitation.objects.of_person(person).on(today).filter(work_group=OuterRef("pk"))
    groups = WorkGroup.objects.filter(facilitations__person=person).exclude(status=WorkGroup.Status.DRAFT).distinct()
    rows = groups.annotate(is_open=Exists(open_parts)).order_by("-year", "title", "pk")
    past = [PastGroup(one, one.is_open) for one in rows if not (one.is_open and one.status == "published")]
    return [(year, list(of_year)) for year, of_year in groupby(past, key=lambda one: one.group.year)]


def _led(group: WorkGroup, sessions: list[Session], now: datetime) -> LedGroup:
    over = [one for one in sessions if one.ends_at and one.ends_at <= now]
    coming = [one for one in sessions if one not in over]
    led = LedGroup(group, coming[0] if coming else None)
    for one in over:
        if one.signed_at is None and one.has_people:  # type: ignore[attr-defined]  # asked with it
            words = f"The register of session {one.number}, {day_short(one.starts_at)}, is not signed"
            led.missing.append((words, reverse("session_register", args=[one.pk])))
    if group.uses_tasks and over and coming and not over[-1].has_task:  # type: ignore[attr-defined]
        words = f"No task to try before session {coming[0].number}"
        led.missing.append((words, reverse("task_edit", args=[over[-1].pk])))
    soon = led.next if led.next and led.next.starts_at and led.next.starts_at - now <= MATERIALS_BEFORE else None
    if soon is not None and not soon.has_materials:  # type: ignore[attr-defined]
        words = f"No materials yet for session {soon.number}, {day_short(soon.starts_at)}"
        led.missing.append((words, reverse("session_materials", args=[soon.pk])))
    return led
