"""Everything that booking holds about a person, for the person to read."""

from typing import Any

from django.db.models import Q

from accounts.models import User
from booking.models import (
    Answer,
    Answered,
    Arrival,
    Attachment,
    Attendance,
    CalendarFeed,
    Certificate,
    Comment,
    GroupReport,
    LessonRole,
    Mobile,
    Need,
    Place,
    ProposedPerson,
    Reflection,
)
from booking.personal.passed_on import passed_on_about


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
        "proposed_to_carry_on": [
            {
                "work_group": str(one.proposal.work_group),
                "for": str(one.proposal.school),
                "asked": one.proposal.made_at,
            }
            for one in ProposedPerson.objects.filter(person=person).select_related(
                "proposal__work_group", "proposal__school"
            )
        ],
        "groups_i_lead": [
            {"work_group": str(part.work_group), "from": part.since, "to": part.until}
            for part in person.facilitations.select_related("work_group")
        ],
        "passed_on": [
            {
                "list": ", ".join(filter(None, [one.title, one.filters])),
                "columns": ", ".join(one.columns),
                "when": one.at,
                "to": one.to,
                "why": one.why_words,
            }
            for one in passed_on_about(person)
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
