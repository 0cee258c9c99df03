"""What booking holds about a person: places, sessions, reflections, needs and calendar links."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Exists, Max, Model, OuterRef, Q, QuerySet
from django.utils import timezone

from accounts import history
from accounts.models import HistoryLink, School, User
from accounts.models.history import Thing
from accounts.personal import Rule
from accounts.traces import Traces
from booking import files
from booking.actions import certificates
from booking.expectations import expect
from booking.models import (
    Agreement,
    Answer,
    Answered,
    Arrival,
    Attachment,
    Attendance,
    Booking,
    CalendarEntry,
    CalendarFeed,
    Certificate,
    CertificateBundle,
    Comment,
    GroupReport,
    LessonRole,
    LessonStudy,
    Mark,
    Mobile,
    Need,
    Place,
    Project,
    Reflection,
    RegisterLink,
    Remark,
    ResearchTask,
    SchoolRule,
    Session,
    Venue,
    Visit,
    WorkGroup,
)
from booking.passing import stand_in_no_more

# Texts that people write about people.
ABOUT_PEOPLE: dict[type[Model], list[str]] = {
    Agreement: ["name", "role", "words"],
    Answer: ["words"],
    Arrival: ["name", "school"],
    Certificate: ["reason"],
    Booking: ["note", "decision_words", "held_back"],
    GroupReport: ["tried", "teachers", "pupils", "next", "quotation"],
    Mark: ["reason", "note", "amendment"],
    RegisterLink: ["name"],
    Comment: ["words"],
    LessonRole: ["words"],
    Reflection: ["words"],
    Remark: ["words"],
    SchoolRule: ["reason"],
    Visit: ["note"],
}
# Texts about the programme, for all who read its pages: "ask for Jo Bell at reception".
PUBLISHED: dict[type[Model], list[str]] = {
    Project: ["description"],
    WorkGroup: ["summary", "description", "audience", "expectations", "bring", "cost", "cover"],
    Session: ["title", "joining_notes", "bring", "status_reason", "notice"],
    # Who opens the door there is read by few, and found with the rest.
    Venue: ["access", "parking", "arrival", "host_name"],
    ResearchTask: ["title", "body"],
    LessonStudy: ["year_group", "question", "plan"],
    Attachment: ["title"],
}


def export(person: User) -> dict[str, Any]:
    attendances = Attendance.objects.of_person(person).select_related("session__work_group", "school", "standing_mark")
    needs = Need.objects.filter(person=person).select_related("place__work_group")
    return {
        "places": [
            {
                "work_group": str(place.work_group),
                "for": str(place.booking.school),
                "booking": place.booking.get_status_display(),
                "mine_now": place.live,
            }
            for place in Place.objects.filter(person=person).select_related("work_group", "booking__school")
        ],
        "sessions": [
            {
                "work_group": str(row.session.work_group),
                "session": row.session.number,
                "when": row.session.starts_at,
                "for": str(row.school or ""),
                "register": str(row.standing_mark or ""),
                "reason": row.standing_mark.reason if row.standing_mark else "",
            }
            for row in attendances.order_by("session__starts_at")
        ],
        "said_that_i_am_here": [
            {"session": str(one.session), "when": one.at, "confirmed": one.confirmed_at}
            for one in Arrival.objects.filter(Q(person=person) | Q(attendance__person=person)).select_related(
                "session__work_group"
            )
        ],
        "certificates": [
            {
                "number": one.number,
                "work_group": str(one.work_group),
                "name": one.name,
                "minutes": one.minutes,
                "issued": one.issued_at,
                "revoked": one.revoked_at,
                "why": one.reason,
            }
            for one in Certificate.objects.of_person(person).select_related("work_group")
        ],
        "research_tasks": [
            {
                "task": str(one.task),
                "how_it_went": one.get_outcome_display(),
                "words": one.words,
                "when": one.at,
                "shared_with_the_group": one.shared,
                "marked_to_be_talked_about": one.to_discuss,
                "files": [str(file) for file in one.attachments.all()],
                "comments_of_others": [comment.words for comment in one.comments.all()],
            }
            for one in Reflection.objects.filter(person=person)
            .select_related("task")
            .prefetch_related("attachments", "comments")
        ],
        "comments_i_made": [
            {"about": str(one.reflection.task), "words": one.words, "when": one.at}
            for one in Comment.objects.filter(by=person).select_related("reflection__task")
        ],
        "what_i_did_at_observed_lessons": [
            {"lesson": str(one.lesson), "what": one.words}
            for one in LessonRole.objects.filter(person=person).select_related("lesson__school")
        ],
        "files_and_links_i_added": [
            {"title": one.title, "kind": one.get_kind_display(), "when": one.added_at}
            for one in Attachment.objects.filter(added_by=person, reflection=None)
        ],
        "answered_without_my_name": {
            "asked": [
                str(one.round)
                for one in Answered.objects.filter(person=person).select_related("round__session", "round__work_group")
            ],
            "what_i_said": "Nobody can tell which answers are yours, so they cannot be shown.",
        },
        "what_to_arrange": [
            {
                "work_group": str(need.place.work_group),
                "to_take_part": need.access,
                "to_eat_and_drink": need.food,
                "ask_me_instead": need.contact_me,
                "agreed_to": need.wording,
                "agreed_at": need.agreed_at,
            }
            for need in needs
        ],
        "answered_about_me": [
            {"asked": str(one.question), "answer": one.words or one.get_lacks_display(), "when": one.answered_at}
            for one in Answer.objects.filter(person=person).select_related("question")
        ],
        "groups_i_lead": [
            {"work_group": str(part.work_group), "from": part.since, "to": part.until}
            for part in person.facilitations.select_related("work_group")
        ],
        "reports_i_wrote": [
            {
                "work_group": str(one.work_group),
                "saved": one.saved_at,
                "words": dict(one.written) | {"Quotation": one.quotation},
            }
            for one in GroupReport.objects.filter(saved_by=person).select_related("work_group")
        ],
        "mobile_numbers": [
            {"work_group": str(one.work_group), "number": one.number, "given": one.given_at}
            for one in Mobile.objects.filter(person=person).select_related("work_group")
        ],
        "calendar_links": [
            {"kind": feed.get_kind_display(), "made": feed.made_at, "last_read": feed.fetched_at, "by": feed.fetched_by}
            for feed in CalendarFeed.objects.filter(owner=person)
        ],
    }


def erase(traces: Traces, *, at: datetime) -> None:
    """Counts stay, words go. Places with sessions to come are kept for a name to follow, and their schools are told."""
    person, published = traces.person, traces.unmistakable
    list(person.memberships.current().select_for_update(no_key=True).order_by("pk").values_list("pk"))
    to_come = _places_to_come(person, at)
    places = list(to_come)
    for pk in sorted({place.work_group_id for place in places} | _groups_naming(published)):
        group = WorkGroup.objects.get_locked(pk)
        group.revision += 1
        group.save(update_fields=["revision"])
    for pk in sorted({place.session_id for place in places if place.session_id}):
        Session.objects.get_locked(pk)
    places = list(to_come.all())  # read again: what stands under the locks
    Venue.objects.filter(traces.at("host_email")).update(host_name="", host_email="")
    Need.objects.filter(person=person).delete()
    Answer.objects.filter(person=person).delete()
    Mobile.objects.filter(person=person).delete()
    Arrival.objects.filter(Q(person=person) | Q(attendance__person=person)).delete()
    Answered.objects.filter(person=person).delete()
    stand_in_no_more(person, at)
    for place in places:
        place.person = None
        place.save(update_fields=["person"])
    expect(places, now=at)
    _tell_schools(places, at)
    CalendarEntry.objects.filter(person=person).update(answer="")
    Certificate.objects.of_person(person).update(name="")  # its address says that the holder asked to be forgotten
    # Files with their paper in them are too old from now on, and go with the next sweep.
    named = Certificate.objects.of_person(person).values("work_group")
    CertificateBundle.objects.filter(work_group__in=named).update(asked_at=at - timedelta(days=365))
    files.discard(Attachment.objects.filter(reflection__person=person))
    Comment.objects.filter(by=person).delete()
    Comment.objects.filter(reflection__person=person).delete()  # answers to words that are gone
    LessonRole.objects.filter(person=person).delete()
    Reflection.objects.filter(person=person).update(words="", shared=False, to_discuss=False)
    Mark.objects.filter(attendance__person=person).update(reason="", note="")
    CalendarFeed.objects.filter(owner=person).delete()
    today = timezone.localdate(at)
    for part in person.facilitations.on(today):
        part.until = max(part.since, today)
        part.save(update_fields=["until"])
    Booking.objects.filter(traces.at("cover_email")).update(cover_email="")
    Agreement.objects.filter(traces.at("email")).update(email="")
    RegisterLink.objects.filter(traces.at("email")).update(email="")
    for model, columns in ABOUT_PEOPLE.items():
        traces.scrub(model._base_manager.all(), columns)
    for model, columns in PUBLISHED.items():
        published.scrub(model._base_manager.all(), columns)


def _places_to_come(person: User, now: datetime) -> QuerySet[Place]:
    """Live places that somebody else can still take; those of groups that are over stay a part of what was."""
    left = Session.objects.planned().filter(Q(starts_at__gt=now) | Q(starts_at__isnull=True))
    series = Exists(left.filter(work_group=OuterRef("work_group")))
    unplanned = ~Exists(Session.objects.filter(work_group=OuterRef("work_group")))
    to_come = Q(session__in=left) | Q(session__isnull=True) & (series | unplanned)
    return Place.objects.live().filter(to_come, person=person).select_related("booking")


def _groups_naming(traces: Traces) -> set[int]:
    """Work groups on whose pages the person may be named."""
    ways = {
        Project: "work_groups",
        WorkGroup: "pk",
        Session: "work_group",
        Venue: "sessions__work_group",
        ResearchTask: "session__work_group",
        LessonStudy: "session__work_group",
        Attachment: "session__work_group",
    }
    return {
        pk
        for model, way in ways.items()
        for pk in model._base_manager.filter(traces.within(*PUBLISHED[model])).values_list(way, flat=True)
        if pk is not None
    }


def _tell_schools(places: Sequence[Place], at: datetime) -> None:
    """A line for each school whose places want a name now; out of it those who book are told."""
    by_school: dict[int, list[int]] = {}
    for place in places:
        by_school.setdefault(place.booking.school_id, []).append(place.booking_id)
    for school, bookings in sorted(by_school.items()):
        about: list[Thing] = [(School, school), *((Booking, pk) for pk in set(bookings))]
        details = {"school": school, "to_name": sorted(bookings)}
        history.write("places_vacated", about=about, by=None, at=at, details=details)


def finish(person: User) -> bool:
    """The addresses that sessions were told to go once every session has been taken out there."""
    if CalendarEntry.objects.filter(Q(person=person) | Q(person__merged_into=person)).untold().exists():
        return False
    CalendarEntry.objects.filter(Q(person=person) | Q(person__merged_into=person)).update(told_address="")
    return True


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


RETENTION = [
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
