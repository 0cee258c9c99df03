"""Asked about a group that has ended, at most once each: to look back, once more, and one question a term later."""

from datetime import datetime

from django.utils import timezone

from accounts.models import User
from booking import emails, evaluation
from booking.evaluation import Owed
from booking.reminders import leads_of_schools
from booking.schooldays import SchoolCalendar
from notifications.models import Notice, Priority
from notifications.outbox import Envelope, put_many
from notifications.words import Words


def ask_to_look_back(now: datetime) -> int:
    """Queue what is owed by now to who has not answered. Returns how many mails.

    The mail about the last session asks to look back as well: whoever came to it and had that one is first written to
    when it is asked once more.
    """
    owed, calendar, today = evaluation.owed(now), SchoolCalendar.load(), timezone.localdate(now)
    owed = [
        one
        for one in owed
        if calendar.may_write(now, one.row.school.la_code if one.row.school else "", one.row.school_id)
    ]
    leads = leads_of_schools({one.row.school_id for one in owed if one.row.school_id and not one.row.person.email})
    pairs = [
        (one, to)
        for one in owed
        if not one.row.person.is_away(today)
        for to in ([one.row.person] if one.row.person.email else leads.get(one.row.school_id or 0, []))
        if not to.is_away(today)
    ]
    made = _made(pairs)
    words, mails = Words.load(), []
    for one, to in pairs:
        stage = _stage(one, to, made, now)
        if not stage:
            continue
        mail = words.on(emails.evaluation_asked(one.asking, one.row, to, again=stage == "evaluation_again"))
        key = _key(stage, one, to)
        envelope = Envelope.of(mail, person=to, priority=Priority.REMINDER, once=True, dedupe_key=key)
        mails.append((envelope, mail.subject, mail.text, mail.html))
    return put_many(mails) if mails else 0


def _key(stage: str, one: Owed, to: User) -> str:
    return f"{stage}:{one.asking.work_group.pk}:{one.row.person_id}:{to.pk}"


def _done_key(one: Owed, to: User) -> str:
    """Of the mail about the last session (`notifications.done`)."""
    return f"done:{one.last.pk}:{one.row.person_id}:{to.pk}"


def _made(pairs: list[tuple[Owed, User]]) -> dict[str, datetime]:
    """When what these could have got was made, by its key."""
    keys = {_key(stage, *pair) for pair in pairs for stage in ("evaluation", "evaluation_again", "impact")}
    keys |= {_done_key(*pair) for pair in pairs}
    groups = {one.asking.work_group.pk for one, _ in pairs}
    rows = Notice.objects.filter(
        work_group__in=groups, kind__in=["what_we_did", "evaluation", "evaluation_again", "impact"]
    )
    return {key: at for key, at in rows.values_list("dedupe_key", "made_at") if key in keys}


def _stage(one: Owed, to: User, made: dict[str, datetime], now: datetime) -> str:
    """Which mail is due; empty where none is."""
    if one.again_at is None:
        return "" if _key("impact", one, to) in made else "impact"
    first = made.get(_key("evaluation", one, to))
    if first is None and one.row.session_id == one.last.pk:
        first = made.get(_done_key(one, to))
    if first is None:
        return "evaluation" if now >= one.first_at else ""
    waited = now >= max(one.again_at, first + evaluation.BETWEEN)
    return "evaluation_again" if waited and _key("evaluation_again", one, to) not in made else ""
