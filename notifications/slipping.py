"""Who may not finish a group: found by what stands, told once a level to their school and to who leads the group."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.utils import timezone

from accounts.colleagues import typed_names
from accounts.models import User
from booking import emails
from booking.emails import Mail
from booking.models import Facilitation, Session, WorkGroup
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
    groups = _settled(list(running(timezone.localdate(now))), now)
    lines = may_not_finish(groups, now=now) if groups else []
    if not lines:
        return 0
    owed = dict(_owed(lines, now))
    told = set(Notice.objects.filter(dedupe_key__in=owed).values_list("dedupe_key", flat=True))
    calendar, today, words = SchoolCalendar.load(), timezone.localdate(now), Words.load()
    mails = []
    names: dict[int, dict[int, tuple[str, str]]] = {}
    for key in owed.keys() - told:
        line, to, leads = owed[key]
        la_code = line.school.la_code if line.school else ""
        if to.is_away(today) or not calendar.may_write(now, la_code, line.school.pk if line.school else None):
            continue
        mail = words.on(_mail(line, to, leads=leads, names=names))
        mails.append(
            (
                Envelope.of(mail, priority=Priority.REMINDER, once=True, dedupe_key=key),
                mail.subject,
                mail.text,
                mail.html,
            )
        )
    return put_many(mails) if mails else 0


def _mail(line: Shown, to: User, *, leads: bool, names: dict[int, dict[int, tuple[str, str]]]) -> Mail:
    """`names`: by school, how it knows its people, filled as it is asked for: who books reads what they typed."""
    person, school = line.person, line.school
    assert person is not None  # these are lines about others
    shown = User(pk=person.pk, name=person.name)
    if school and not leads:
        if school.pk not in names:
            names[school.pk] = typed_names(school.pk)
        shown.name = names[school.pk].get(person.pk, (shown.name, ""))[0]
    lost = not line.standing.is_reachable
    return emails.may_not_finish(shown, line.work_group, school, to, stands=line.sentence, lost=lost, leads=leads)


def _settled(groups: list[WorkGroup], now: datetime) -> list[WorkGroup]:
    """Groups of which no register of the last days is still to sign."""
    unsigned = Session.objects.unsigned().filter(work_group__in=groups, starts_at__lte=now, starts_at__gt=now - WAITS)
    waiting = set(unsigned.values_list("work_group", flat=True))
    return [group for group in groups if group.pk not in waiting]


def _owed(lines: list[Shown], now: datetime) -> Iterator[tuple[str, tuple[Shown, User, bool]]]:
    """All that is to be told of them, by a key that is used once: whom it is about, to whom, do they lead the group."""
    by_school = leads_of_schools({line.school.pk for line in lines if line.school})
    by_group: dict[int, list[User]] = defaultdict(list)
    led = Facilitation.objects.filter(work_group__in={line.work_group.pk for line in lines}).on(timezone.localdate(now))
    for part in led.filter(person__email__isnull=False, person__is_active=True).select_related("person").order_by("pk"):
        by_group[part.work_group_id].append(part.person)
    for line in lines:
        assert line.person is not None  # these are lines about others
        how = "close" if line.standing.is_reachable else "lost"
        readers = [(one, True) for one in by_group[line.work_group.pk]]
        books = by_school.get(line.school.pk, []) if line.school else []
        for to, leads in [*readers, *((one, False) for one in books)]:
            if to.pk != line.person.pk:  # it stands on their own page
                yield f"slips:{line.work_group.pk}:{line.person.pk}:{how}:{to.pk}", (line, to, leads)
