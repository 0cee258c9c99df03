"""The ledger: what was sent to whom and why, what is still to come, and what stops it. All of it is asked, not kept."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.contenttypes.models import ContentType
from django.db.models import Model, Q
from django.utils import timezone

from accounts.models import HistoryLine, HistoryLink, School, User
from booking.emails import About
from booking.expectations import HOLD
from booking.models import Attendance, Booking, CalendarEntry, Session, WorkGroup
from booking.reminders import Stages, gaps_of, reflected_on
from booking.schooldays import SchoolCalendar
from booking.templatetags.words import clock, day
from notifications.kinds import OF_SCHOOLS, family_of
from notifications.models import Choice, Notice, NoticeQuerySet, Pause, Priority

State, Stop = Notice.State, Notice.Stop
# What has a moment of its own is foretold so far ahead.
AHEAD = timedelta(days=120)

# What each state means to who reads it. {when}: the moment it was sent, or is tried next.
STATES = {
    State.QUEUED: "Goes {when}",
    State.HELD: "Kept back",
    State.SENDING: "On its way now",
    State.SENT: "Sent {when}",
    State.RETRY: "It was not taken yet; we try again {when}",
    State.FAILED: "Could not be delivered",
    State.UNKNOWN: "Sent {when}; we had no answer, so it may not have arrived",
    State.DROPPED: "Not sent: something newer took its place, or it came too late",
}
STOPPED = {
    (State.HELD, Stop.PAUSE): "Kept back: the hub has paused mail about this group",
    (State.HELD, Stop.DIGEST): "Kept for your mail on Monday",
    (State.DROPPED, Stop.DIGEST): "It was part of your mail on Monday",
    (State.DROPPED, Stop.CHOICE): "Not sent: you chose to have none of these",
}


@dataclass(frozen=True)
class ToCome:
    """A mail that is not made yet, and would be if things stay as they are."""

    what: str
    when: str
    why: str
    stops: str


def of_person(person: User) -> NoticeQuerySet:
    """Every mail to this person, the newest first; also to an account that was merged into theirs."""
    return Notice.objects.filter(Q(person=person) | Q(person__merged_into=person))


def of_school(school: School) -> NoticeQuerySet:
    """What went about a school's places and bookings: nothing about logging in, needs, or who belongs to it."""
    return Notice.objects.filter(school=school, kind__in=OF_SCHOOLS, priority__gt=Priority.SECURITY)


def explain(notices: Collection[Notice]) -> list[tuple[Notice, str, str]]:
    """Each mail with what became of it and what stops it, in words."""
    pauses = _pauses({one.work_group_id for one in notices if one.stop == Stop.PAUSE and one.work_group_id})
    return [(one, state_words(one, pauses), stops_words(one)) for one in notices]


def state_words(notice: Notice, pauses: dict[int, str] | None = None) -> str:
    """What became of a mail, in a sentence."""
    at = notice.sent_at if notice.sent_at else notice.next_try_at
    at = max(at, timezone.now()) if notice.state in (State.QUEUED, State.RETRY) else at
    words = STOPPED.get((State(notice.state), Stop(notice.stop)) if notice.stop else (None, None))  # type: ignore[arg-type]
    said = words or STATES[State(notice.state)].format(when=f"{day(at)}, {clock(at)}")
    if notice.state == State.QUEUED and at <= timezone.now() + timedelta(minutes=1):
        said = "Goes in a moment"
    why = (pauses or {}).get(notice.work_group_id or 0, "") if notice.stop == Stop.PAUSE else ""
    return f"{said}. The hub says: {why}" if why else f"{said}."


def stops_words(notice: Notice) -> str:
    """What would still keep a mail from leaving; empty once it has left."""
    if notice.state not in (State.QUEUED, State.RETRY, State.HELD):
        return ""
    if notice.state == State.HELD and notice.stop == Stop.PAUSE:
        return "It goes when the hub ends the pause, if it still helps then."
    if notice.order_key:
        return "A newer change of the same thing takes its place."
    return "Nothing: it goes by itself." if not family_of(notice.kind) else "Your choice of mails."


def to_come(person: User, now: datetime) -> list[ToCome]:
    """What this person will be mailed if nothing changes: changes that wait, then reminders. The soonest first."""
    return [*_changes(person, now), *_reminders(person, now)]


def _changes(person: User, now: datetime) -> list[ToCome]:
    """Sessions that have changed, and of which the person is told in a moment."""
    entries = CalendarEntry.objects.untold().filter(person=person, tell_after__gt=now)
    rows = entries.select_related("session__work_group").order_by("tell_after", "pk")
    why = "It has changed. We wait a few minutes for second thoughts, so that you get one mail and not three."
    return [
        ToCome(
            what=f"Calendar invite: {one.session.work_group}, session {one.session.number}",
            when=f"{day(one.tell_after)}, {clock(one.tell_after)}",
            why=why,
            stops="It is put back as it was, or you take invites by a calendar link.",
        )
        for one in rows
        if one.tell_after <= now + HOLD + timedelta(minutes=1)
    ]


def _reminders(person: User, now: datetime) -> list[ToCome]:
    """Reminders of coming sessions whose time has not come yet, by the same rules as those that are made."""
    if not person.email or not person.is_active:
        return []
    rows = (
        Attendance.objects.filter(
            person=person,
            session__in=Session.objects.coming(now).filter(starts_at__lt=now + AHEAD),
            session__work_group__status=WorkGroup.Status.PUBLISHED,
        )
        .expected()
        .select_related("session__work_group", "session__venue", "school")
    )
    calendar, found = SchoolCalendar.load(), list[tuple[datetime, ToCome]]()
    told = dict(CalendarEntry.objects.wanted().filter(person=person).values_list("session", "changed_at"))
    gaps = gaps_of([row.session for row in rows])
    said = reflected_on(gaps.values())
    how = dict(Choice.objects.filter(person=person).values_list("family", "how")).get(Choice.Family.REMINDERS)
    paused = _pauses({row.session.work_group_id for row in rows})
    for row in rows:
        session = row.session
        if session.pk not in told or how == Choice.How.NONE:
            continue
        stages = Stages.of(
            session, gaps.get(session.pk), row.school.la_code if row.school else "", calendar, row.school_id
        )
        said_at = said.get((stages.task_pk, person.pk))
        for _, at, task in stages.planned(told_at=told[session.pk], said_at=said_at):
            if at <= now:
                continue
            what = f"Reminder: {session.work_group}, session {session.number} on {day(session.starts_at)}"
            stops = "The session moves or is called off, or you say that you can’t come."
            if task:
                what = f"Half way: how “{task.title}” goes, {session.work_group}"
                stops = "You say how it went, or that you can’t come; or the session is called off."
            if session.work_group_id in paused:
                stops = f"The hub has paused mail about this group: {paused[session.work_group_id]}"
            when = f"the first Monday after {day(at)}" if how == Choice.How.WEEKLY else f"{day(at)}, {clock(at)}"
            found.append((at, ToCome(what, when, f"You have a place on {session.work_group}.", stops)))
    return [one for _, one in sorted(found, key=lambda pair: pair[0])]


def _pauses(groups: Collection[int]) -> dict[int, str]:
    """Why mail is paused, by group."""
    standing = Pause.objects.open().filter(work_group__in=groups)
    return dict(standing.values_list("work_group", "reason")) if groups else {}


def about_line(line: HistoryLine) -> About:
    """What an act is about, by the things its line of history is linked to, where there is just one of a kind."""
    models: Sequence[type[Model]] = (School, WorkGroup, Session, Booking)
    types = {one.pk: model for model, one in ContentType.objects.get_for_models(*models).items()}
    linked: dict[type[Model], set[int]] = defaultdict(set)
    for type_id, pk in HistoryLink.objects.filter(line=line).values_list("content_type", "object_id"):
        if type_id in types:
            linked[types[type_id]].add(pk)
    about = About(*(_only(linked[model]) for model in (School, WorkGroup, Session)))
    booking = _only(linked[Booking])
    if booking and not (about.school and about.work_group):
        one = Booking.objects.filter(pk=booking).values_list("school", "work_group", "session").first()
        about = about.filled(About(*one)) if one else about
    return about


def _only(pks: set[int]) -> int | None:
    return next(iter(pks)) if len(pks) == 1 else None


def search(notices: NoticeQuerySet, words: str) -> NoticeQuerySet:
    """Mails whose reader, address, subject, reason, school or group has all these words."""
    for word in words.split()[:8]:
        found = Q()
        for field in ("to", "subject", "reason", "person__name", "school__name", "work_group__title"):
            found |= Q(**{f"{field}__icontains": word})
        notices = notices.filter(found)
    return notices
