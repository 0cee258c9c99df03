"""After a session: once its register is signed, one mail to each of its people about what was done and what to try."""

from collections.abc import Collection, Iterable, Iterator
from datetime import date, datetime, timedelta

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from accounts.models import User
from booking import emails, evaluation
from booking.emails.done import Done
from booking.expectations import HOLD
from booking.links import person_say_url
from booking.models import Attachment, Attendance, Session, WorkGroup
from booking.models.places import Status
from booking.reminders import leads_of_schools
from booking.schooldays import SchoolCalendar
from notifications.models import Notice, Priority
from notifications.outbox import Envelope, put_many
from notifications.words import Words

# What was done longer ago is no news.
LATEST = timedelta(days=14)


def tell_what_was_done(now: datetime) -> int:
    """Tell the people of every session signed minutes ago or more what was done there, once each. Returns how many.

    Corrections until then count. Who has given the place up, or whose place has passed on, is not told.
    """
    sessions = _signed(now)
    if not sessions:
        return 0
    done, calendar, today = _done(sessions), SchoolCalendar.load(), timezone.localdate(now)
    rows = list(
        Attendance.objects.filter(session__in=done, place__live=True, place__booking__status=Status.CONFIRMED)
        .filter(standing_mark__isnull=False, person__is_active=True)
        .select_related("person", "school", "standing_mark", "place")
        .order_by("session", "pk")
    )
    rows = [row for row in rows if calendar.may_write(now, row.school.la_code if row.school else "", row.school_id)]
    leads = leads_of_schools({row.school_id for row in rows if row.school_id and not row.person.email})
    owed = {
        f"done:{row.session_id}:{row.person_id}:{to.pk}": (row, to)
        for row in rows
        if not row.person.is_away(today)
        for to in _readers(row, leads)
        if not to.is_away(today)
    }
    told = set(
        Notice.objects.filter(kind="what_we_did", made_at__gt=now - 2 * LATEST).values_list("dedupe_key", flat=True)
    )
    fresh = [(key, *owed[key]) for key in owed if key not in told]
    if not fresh:
        return 0
    asks = evaluation.after([done[pk].session for pk in {row.session_id for _, row, _ in fresh}], now)
    return put_many(_mails(fresh, done, asks, today))


# What the button after a session asks, by what it leads to.
BUTTONS: dict[str, str] = {
    evaluation.PULSE: "Say it in one minute",
    evaluation.EVALUATION: "Look back at the group",
}
Asks = dict[int, tuple[evaluation.Asking, set[int]]]


def _pulse(row: Attendance, asks: Asks) -> tuple[str, str] | None:
    """Words and link of what this person is asked about the session; None where they are asked nothing."""
    asking, people = asks.get(row.session_id, (None, set[int]()))
    if asking is None or row.person_id not in people:
        return None
    return BUTTONS[asking.kind], person_say_url(row.person, asking.kind, asking.pk)


def _readers(row: Attendance, leads: dict[int, list[User]]) -> list[User]:
    assert row.place is not None
    if row.place.person_id != row.person_id and row.place.person_id is None:
        return []  # it is kept for a name to follow: whoever had it is not of the group any more
    return [row.person] if row.person.email else leads.get(row.school_id or 0, [])


def _mails(
    owed: Iterable[tuple[str, Attendance, User]], done: dict[int, Done], asks: Asks, today: date
) -> Iterator[tuple[Envelope, str, str, str]]:
    words, beside = Words.load(), _materials(done)
    for key, row, to in owed:
        said = emails.what_we_did(
            row, done[row.session_id], to, today, materials=beside[row.session_id], pulse=_pulse(row, asks)
        )
        mail = words.on(said)
        envelope = Envelope.of(mail, person=to, priority=Priority.REMINDER, once=True, dedupe_key=key)
        yield envelope, mail.subject, mail.text, mail.html


def _materials(sessions: Collection[int]) -> dict[int, list[str]]:
    """What lies beside each of these sessions, in a line or two: links as they are, files by name."""
    found: dict[int, list[Attachment]] = {pk: [] for pk in sessions}
    for one in Attachment.objects.filter(session__in=found):
        found[one.session_id or 0].append(one)
    lines: dict[int, list[str]] = {}
    for pk, beside in found.items():
        names = [one.title for one in beside if not one.is_link]
        files = [f"Materials: {', '.join(names)}. You find them with your dates."] if names else []
        lines[pk] = files + [f"{one.title}: {one.url}" for one in beside if one.is_link]
    return lines


def _signed(now: datetime) -> list[Session]:
    """Signed and not too long ago, of groups that go on between their sessions, or with something to read at home."""
    beside = Attachment.objects.filter(session=OuterRef("pk"))
    signed = Session.objects.planned().filter(
        Q(work_group__uses_tasks=True) | Q(work_group__uses_pulse=True) | Exists(beside),
        signed_at__lte=now - HOLD,
        starts_at__gt=now - LATEST,
        work_group__status=WorkGroup.Status.PUBLISHED,
    )
    return list(signed.select_related("work_group"))


def _done(sessions: Collection[Session]) -> dict[int, Done]:
    """What each of these sessions leaves, as the group now stands."""
    groups: dict[int, list[Session]] = {}
    planned = Session.objects.planned().filter(work_group__in={one.work_group_id for one in sessions})
    for one in planned.select_related("work_group", "venue", "task").order_by("work_group", "number"):
        groups.setdefault(one.work_group_id, []).append(one)
    found = {}
    for session in sessions:
        uses, line = session.work_group.uses_tasks, groups[session.work_group_id]
        before = [one for one in line if one.number < session.number]
        after = [one for one in line if one.number > session.number and one.starts_at]
        own = next(one for one in line if one.pk == session.pk)
        found[session.pk] = Done(
            session=session,
            tried=getattr(before[-1], "task", None) if uses and before else None,
            task=getattr(own, "task", None) if uses else None,
            next=None if session.work_group.is_network or not after else after[0],
        )
    return found
