"""Who wrote about a research task hears, once a day at most, that others said something to it."""

from datetime import datetime, timedelta

from django.db.models import F
from django.utils import timezone

from booking import emails
from booking.expectations import HOLD
from booking.models import Comment
from booking.schooldays import SchoolCalendar, Whose, whose_days
from notifications.models import Notice
from notifications.outbox import put_mail
from notifications.words import Words

# What was said longer ago is found on the page.
LATEST = timedelta(days=7)


def tell_comments(now: datetime) -> int:
    """Tell each who is commented on what is new since the last such mail, one mail a group and day. Returns how many.

    One that is taken out again within minutes tells nobody.
    """
    new: dict[tuple[int, int], list[Comment]] = {}
    said = Comment.objects.filter(
        at__gt=now - LATEST, at__lte=now - HOLD, reflection__shared=True, reflection__person__is_active=True
    ).exclude(by=F("reflection__person"))
    said = said.filter(reflection__person__email__isnull=False)
    for comment in said.select_related("by", "reflection__person", "reflection__task__session__work_group"):
        group = comment.reflection.task.session.work_group_id
        new.setdefault((comment.reflection.person_id, group), []).append(comment)
    if not new:
        return 0
    writers = {key[0] for key in new}
    notices = Notice.objects.filter(kind="commented", person__in=writers, made_at__gt=now - 2 * LATEST)
    last: dict[tuple[int, int], tuple[int, datetime]] = {}  # the newest comment told of, and when
    for writer, group, code, at in notices.order_by("pk").values_list("person", "work_group", "dedupe_key", "made_at"):
        if writer and group and code:
            last[writer, group] = (int(code.rsplit(":", 1)[1]), at)
    today, words, made, calendar = timezone.localdate(now), Words.load(), 0, SchoolCalendar.load()
    whose = whose_days(writers)
    for key, comments in sorted(new.items()):
        person, (told_pk, told_at) = comments[0].reflection.person, last.get(key, (0, None))
        unread = [one for one in comments if one.pk > told_pk]
        la_code, school = whose.get(person.pk, Whose(""))
        is_told_today = told_at is not None and timezone.localdate(told_at) == today
        may_write = calendar.may_write(now, la_code, school)
        if not unread or is_told_today or person.is_away(today) or not may_write:
            continue
        mail = words.on(emails.commented(person, unread))
        newest = max(one.pk for one in unread)
        made += put_mail(mail, dedupe_key=f"comments:{key[1]}:{key[0]}:{newest}") is not None
    return made
