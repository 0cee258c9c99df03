"""What is forgotten when somebody asks to be: words go, counts stay."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.utils import timezone

from accounts import history
from accounts.models import School, User
from accounts.models.history import Thing
from accounts.traces import Traces
from booking import files
from booking.expectations import expect
from booking.models import (
    Agreement,
    Answer,
    Answered,
    ApiKey,
    Arrival,
    Attachment,
    Booking,
    CalendarEntry,
    CalendarFeed,
    Certificate,
    CertificateBundle,
    Comment,
    Disclosure,
    FrozenYear,
    GroupReport,
    HandedList,
    LessonRole,
    LessonStudy,
    Mark,
    Mobile,
    Need,
    OwnDays,
    Place,
    Project,
    ProposedPerson,
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
    FrozenYear: ["note"],
    GroupReport: ["tried", "teachers", "pupils", "next", "quotation"],
    Disclosure: ["to", "words", "filters"],
    HandedList: ["name", "words", "rows", "left"],
    ApiKey: ["name", "to", "words"],
    Mark: ["reason", "note", "amendment"],
    OwnDays: ["name"],
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
    ProposedPerson.objects.filter(person=person).delete()
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
    _out_of_lists(traces)
    for model, columns in ABOUT_PEOPLE.items():
        traces.scrub(model._base_manager.all(), columns)
    for model, columns in PUBLISHED.items():
        published.scrub(model._base_manager.all(), columns)


def _out_of_lists(traces: Traces) -> None:
    """The lines that name somebody go whole: half of one would be taken in as somebody else."""
    for handed in HandedList.objects.filter(traces.within("rows", "left")).select_for_update(no_key=True):
        handed.keep("rows", [line for line in handed.lines if not traces.stand_in(line[1])])
        handed.keep("left", [line for line in handed.not_taken if not traces.stand_in(line[1])])
        handed.save(update_fields=["rows", "left"])


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
