"""Who may not finish a group: found by what stands, told once a level to their school and to who leads the group."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef
from django.utils import timezone

from accounts.colleagues import show_as_typed
from accounts.models import User
from booking import emails
from booking.emails import Mail
from booking.models import Attendance, Facilitation, Session, WorkGroup
from booking.reminders import leads_of_schools
from booking.reports.standing import Shown, may_not_finish, running
from booking.schooldays import SchoolCalendar
from notifications.models import Notice, Priority
from notifications.outbox import Envelope, put_many
from notifications.words import Words

# So long a register that is still to sign may yet say otherwise.
WAITS = timedelta(days=3)


def warn_of_slipping(now: datetime) -> int:
    """Tell of everybody who may not finish, or can no longer, and of whom it was not told. Returns how many mails."""
    groups = _settled(running(timezone.localdate(now)), now)
    lines = may_not_finish(groups, now=now) if groups else []
    if not lines:
        return 0
    told = set(Notice.objects.filter(kind="may_not_finish", work_group__in=groups).values_list("dedupe_key", flat=True))
    calendar, today, words = SchoolCalendar.load(), timezone.localdate(now), Words.load()
    owed = [
        (key, mail)
        for key, line, mail in _owed(lines, now)
        if key not in told
        and mail.person
        and not mail.person.is_away(today)
        and calendar.may_write(now, line.school.la_code if line.school else "")
    ]
    return put_many(
        (
            Envelope.of(mail, priority=Priority.REMINDER, once=True, dedupe_key=key),
            mail.subject,
            mail.text,
            mail.html,
        )
        for key, mail in ((key, words.on(mail)) for key, mail in owed)
    )


def _settled(groups: list[WorkGroup], now: datetime) -> list[WorkGroup]:
    """Groups of which no register of the last days is still to sign."""
    unsigned = Session.objects.planned().filter(
        Exists(Attendance.objects.filter(session=OuterRef("pk"))),
        work_group__in=groups,
        signed_at__isnull=True,
        starts_at__lte=now,
        starts_at__gt=now - WAITS,
    )
    waiting = set(unsigned.values_list("work_group", flat=True))
    return [group for group in groups if group.pk not in waiting]


def _owed(lines: list[Shown], now: datetime) -> Iterator[tuple[str, Shown, Mail]]:
    """(key, whom it is about, mail) of all that is to be told of them; each key is once for ever."""
    by_school = leads_of_schools({line.school.pk for line in lines if line.school})
    by_group: dict[int, list[User]] = defaultdict(list)
    led = Facilitation.objects.filter(work_group__in={line.work_group.pk for line in lines}).on(timezone.localdate(now))
    for part in led.filter(person__email__isnull=False, person__is_active=True).select_related("person").order_by("pk"):
        by_group[part.work_group_id].append(part.person)
    for line in lines:
        person, school, lost = line.person, line.school, not line.standing.is_reachable
        assert person is not None  # these are lines about others
        readers = [(one, True) for one in by_group[line.work_group.pk]]
        books = by_school.get(school.pk, []) if school else []
        for to, leads in [*readers, *((one, False) for one in books)]:
            if to.pk == person.pk:
                continue  # it stands on their own page
            shown = User(pk=person.pk, name=person.name)
            if school and not leads:
                show_as_typed(school.pk, [shown])
            mail = emails.may_not_finish(
                shown, line.work_group, school, to, stands=line.sentence, lost=lost, leads=leads
            )
            yield f"slips:{line.work_group.pk}:{person.pk}:{'lost' if lost else 'close'}:{to.pk}", line, mail
