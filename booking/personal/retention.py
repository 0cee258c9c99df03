"""How long booking keeps what, and why."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Exists, Max, OuterRef, Q, QuerySet

from accounts import history
from accounts.models import HistoryLink
from accounts.personal import Rule
from booking import files
from booking.actions import certificates
from booking.models import (
    Agreement,
    Answer,
    Answered,
    Arrival,
    Attachment,
    CalendarEntry,
    CalendarFeed,
    Certificate,
    CertificateBundle,
    Comment,
    Disclosure,
    HandedList,
    LessonRole,
    Mobile,
    Need,
    Reflection,
    RegisterLink,
    Remark,
    Session,
    Venue,
)


def _hosts_of_long_ago(now: datetime) -> QuerySet[Venue]:
    """Of venues where for a year nothing has been or is to come, and that nobody has looked after either."""
    year = now - timedelta(days=365)
    lately = Session.objects.filter(Q(ends_at__gte=year) | Q(ends_at__isnull=True), venue=OuterRef("pk"))
    venues, saved = ContentType.objects.get_for_model(Venue), HistoryLink.objects.filter(line__verb="venue_saved")
    saved = saved.filter(content_type=venues, object_id=OuterRef("pk"), line__at__gte=year)
    return Venue.objects.exclude(host_email="").filter(~Exists(lately), ~Exists(saved))


# What a group said and showed one another.
LOOKED_BACK_ON = timedelta(days=3 * 365)


def _reflections_outlived(now: datetime) -> QuerySet[Reflection]:
    kept = Reflection.objects.annotate(last=Max("task__session__work_group__sessions__ends_at"))
    files_or_comments = Q(Exists(Attachment.objects.filter(reflection=OuterRef("pk"))))
    files_or_comments |= Q(Exists(Comment.objects.filter(reflection=OuterRef("pk"))))
    return kept.filter(last__lt=now - LOOKED_BACK_ON).filter(~Q(words="") | files_or_comments)


def _let_reflections_go(due: QuerySet[Any], now: datetime) -> int:
    """Words, files and comments go; that somebody said something is counted on. Files that no row knows go too."""
    rows = Reflection.objects.filter(pk__in=list(due.values_list("pk", flat=True)))
    files.discard(Attachment.objects.filter(reflection__in=rows))
    Comment.objects.filter(reflection__in=rows).delete()
    return rows.update(words="") + files.sweep(now)


def _lessons_outlived(now: datetime) -> QuerySet[LessonRole]:
    roles = LessonRole.objects.annotate(last=Max("lesson__session__work_group__sessions__ends_at"))
    return roles.filter(last__lt=now - LOOKED_BACK_ON)


# What was handed in is decided upon, or has been forgotten; what was not taken of it has been put right by then.
HANDED_IN = timedelta(days=30)


def _lists_outlived(now: datetime) -> QuerySet[HandedList]:
    """Handed in a month ago, with rows still in them; what a worker has in its hands is left to it."""
    kept = HandedList.objects.filter(~Q(rows="") | ~Q(left="")).exclude(state=HandedList.State.AGREED)
    return kept.filter(Q(sent_at__lt=now - HANDED_IN, ended_at__isnull=True) | Q(ended_at__lt=now - HANDED_IN))


def _let_lists_go(due: QuerySet[Any], now: datetime) -> int:
    """What nobody decided on is dropped; of the others the rows that were not taken in go."""
    lists = list(due.select_for_update(no_key=True))
    for one in lists:
        if one.ended_at is None:
            one.drop(now)
            history.write("list_dropped", about=[one], by=None, at=now, details={"list": one.pk}, tells=False)
        one.left = ""
        one.save()
    return len(lists)


RETENTION = [
    Rule(
        "Lists handed in by the hub, until it has decided what to take in, and the rows that were not",
        "until it is decided, at most 30 days; rows that were not taken in, 30 days after that",
        "To look at what each row would do, and to put right what could not be taken in.",
        _lists_outlived,
        _let_lists_go,
    ),
    Rule(
        "What was passed on: lists with names that left the hub, to whom and why",
        "6 years",
        "So that you can ask who has had your data; a claim can be made for six years.",
        lambda now: Disclosure.objects.filter(at__lt=now - timedelta(days=6 * 365)),
        lambda due, now: sum(bool(one.delete()[0]) for one in due),
    ),
    Rule(
        "What you wrote about research tasks, with photos, files and comments",
        "3 years after the last session of the group",
        "The group can look back; whether you tried it is counted on, without your words.",
        _reflections_outlived,
        _let_reflections_go,
    ),
    Rule(
        "Who did what at an observed lesson",
        "3 years after the last session of the group",
        "The group can look back.",
        _lessons_outlived,
        lambda due, now: LessonRole.objects.filter(pk__in=list(due.values_list("pk", flat=True))).delete()[0],
    ),
    Rule(
        "What you asked us to arrange (access, food)",
        "30 days after the last session",
        "Only needed to arrange it.",
        lambda now: Need.objects.outlived(now),
        lambda due, now: Need.objects.filter(pk__in=list(due.values_list("pk", flat=True))).delete()[0],
    ),
    Rule(
        "What was answered to a project’s questions, teacher reference numbers among them",
        "12 months after the last session",
        "To run the group, and to report on it.",
        lambda now: Answer.objects.outlived(now),
        lambda due, now: Answer.objects.filter(pk__in=list(due.values_list("pk", flat=True))).delete()[0],
    ),
    Rule(
        "That you have said something about a session or a group; never what you said",
        "12 months after the last session",
        "So that nobody is asked twice, and a certificate that waits for it can be given.",
        lambda now: Answered.objects.outlived(now),
        lambda due, now: Answered.objects.filter(pk__in=list(due.values_list("pk", flat=True))).delete()[0],
    ),
    Rule(
        "Sentences that were said about sessions and groups, without a name",
        "3 years after the last session",
        "To compare one year with the next. Counts of answers stay: they are nobody’s.",
        lambda now: Remark.objects.outlived(now),
        lambda due, now: Remark.objects.filter(pk__in=list(due.values_list("pk", flat=True))).delete()[0],
    ),
    Rule(
        "A mobile number, given for one group",
        "30 days after the last session",
        "To reach you on the day.",
        lambda now: Mobile.objects.outlived(now),
        lambda due, now: Mobile.objects.filter(pk__in=list(due.values_list("pk", flat=True))).delete()[0],
    ),
    Rule(
        "That you said yourself that you were at a session",
        "30 days after the session",
        "To confirm it; the register keeps who came.",
        lambda now: Arrival.objects.filter(session__ends_at__lt=now - timedelta(days=30)),
        lambda due, now: Arrival.objects.filter(pk__in=list(due.values_list("pk", flat=True))).delete()[0],
    ),
    Rule(
        "The address of a colleague who took a register by a link",
        "30 days after the session",
        "To send the link; their name stands beside the marks they made.",
        lambda now: RegisterLink.objects.filter(session__ends_at__lt=now - timedelta(days=30)).exclude(email=""),
        lambda due, now: RegisterLink.objects.filter(pk__in=list(due.values_list("pk", flat=True))).update(email=""),
    ),
    Rule(
        "Which head teacher agreed to a booking, and where they were asked",
        "12 months after the last session",
        "To answer who said yes for the school.",
        lambda now: Agreement.objects.outlived(now),
        lambda due, now: Agreement.objects.filter(pk__in=list(due.values_list("pk", flat=True))).update(
            email="", name="", role="", words=""
        ),
    ),
    Rule(
        "All certificates of a group in one file, made for the office",
        "A day",
        "To print or to send them.",
        lambda now: CertificateBundle.objects.filter(asked_at__lt=now - certificates.KEPT),
        lambda due, now: certificates.drop_bundles(now=now),
    ),
    Rule(
        "Certificates that were revoked",
        "6 years after they were",
        "To answer whoever still shows one.",
        lambda now: Certificate.objects.filter(revoked_at__lt=now - timedelta(days=6 * 365)),
        lambda due, now: due.delete()[0],
    ),
    Rule(
        "Who opens the door at a venue: name and e-mail address",
        "12 months after the last session there",
        "To tell them who comes, where nobody of theirs has an account.",
        _hosts_of_long_ago,
        lambda due, now: Venue.objects.filter(pk__in=list(due.values_list("pk", flat=True))).update(
            host_name="", host_email=""
        ),
    ),
    Rule(
        "Calendar links that were stopped",
        "12 months",
        "To answer who could read a calendar.",
        lambda now: CalendarFeed.objects.filter(revoked_at__lt=now - timedelta(days=365)),
        lambda due, now: due.delete()[0],
    ),
    Rule(
        "The address that invites of a session went to",
        "12 months after the session",
        "To take the session out of the same calendar again.",
        lambda now: CalendarEntry.objects.filter(session__ends_at__lt=now - timedelta(days=365)).exclude(
            told_address=""
        ),
        lambda due, now: CalendarEntry.objects.filter(pk__in=list(due.values_list("pk", flat=True))).update(
            told_address=""
        ),
    ),
]
