"""Schools hear, once, that somebody cannot come and what they chose: found by what stands, after second thoughts."""

from datetime import datetime, timedelta

from django.db.models import F
from django.utils import timezone

from booking import emails
from booking.expectations import HOLD
from booking.models import Attendance, Mark, Session
from booking.reminders import leads_of_schools
from notifications.models import Notice
from notifications.outbox import put_mail
from notifications.words import Words

# What is older was said before there were such mails, or while nobody could be told; it stands on the school's pages.
LATEST = timedelta(days=2)


def tell_absences(now: datetime) -> int:
    """Tell who books for a school that somebody cannot come, minutes after they said so. Returns how many mails.

    Whoever sends a colleague is told of by that act; whoever comes after all, not at all. Each mark tells once.
    """
    said = Attendance.objects.filter(
        session__in=Session.objects.coming(now),
        place__isnull=False,
        standing_mark__what=Mark.What.APOLOGIES,
        standing_mark__by=F("person"),
        standing_mark__at__gt=now - LATEST,
        standing_mark__at__lte=now - HOLD,
    ).select_related("person", "session__work_group", "session__venue", "place__booking__school")
    rows = list(said.order_by("pk"))
    if not rows:
        return 0
    today, made, words = timezone.localdate(now), 0, Words.load()
    leads = leads_of_schools({row.school_id for row in rows if row.school_id})
    owed = {
        f"absence:{row.standing_mark_id}:{lead.pk}": (row, lead)
        for row in rows
        for lead in leads.get(row.school_id or 0, [])
        if lead.pk != row.person_id and not lead.is_away(today)
    }
    told = Notice.objects.filter(dedupe_key__in=owed).values_list("dedupe_key", flat=True)
    for key in owed.keys() - set(told):
        row, lead = owed[key]
        guests = Attendance.objects.filter(person=row.person_id, credited_to=row.session_id)
        mail = words.on(emails.cannot_come(row, guests.select_related("session__work_group").first(), lead))
        made += put_mail(mail, person=lead, dedupe_key=key) is not None
    return made
