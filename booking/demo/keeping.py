"""What stays of a year: certificates of last year's groups, materials, a comment, a lesson that was watched together."""

from datetime import timedelta

from accounts import history
from booking.certifying import certificate_of, may_have_one
from booking.completion import standings
from booking.demo.groups import Programme
from booking.demo.people import LEAD, OFFICE, TEACHER
from booking.models import Attachment, Attendance, Certificate, Comment, LessonRole, LessonStudy, Reflection, WorkGroup

LESSON = (
    "Year 8, the same bar drawn for three stories. The class says which stories it fits; the pair in the corner draws a "
    "fourth. We stop after twenty minutes and look at what is on the tables."
)
ROLES = ("teaches", "watches one pair, and what they point at", "writes down every “because”", "keeps the time")
LINKS = ("Slides of the session", "Bars to cut out, one page", "The task as a sheet")


def somebody_of_ours(programme: Programme, group: WorkGroup) -> None:
    """Those whom one can log in as were in one group of last year, and came to all of it."""
    cast = programme.cast
    booking = programme.book(group, "oakfield", [cast.log_ins[TEACHER], cast.log_ins[LEAD]])
    for session in group.sessions.planned():
        for place in booking.places.select_related("person"):
            assert place.person is not None  # booked by name
            row = Attendance.objects.create(session=session, person=place.person, place=place, school=booking.school)
            programme.mark(row, "present")


def certify(programme: Programme, group: WorkGroup) -> None:
    """Whoever completed a group has a certificate, issued some days after its last session."""
    office = programme.cast.log_ins[OFFICE]
    earned = may_have_one(group, standings([group], now=programme.now))
    people = {row.person_id: row.person for row in Attendance.objects.filter(session__work_group=group)}
    last = max(session.ends_at for session in group.sessions.planned() if session.ends_at)
    at = last + timedelta(days=5)
    made = Certificate.objects.bulk_create(
        certificate_of(people[pk], earned[pk], office, at) for pk in sorted(earned, key=lambda pk: people[pk].name)
    )
    if made:
        details = {"work_group": group.pk, "certificates": [one.pk for one in made]}
        history.write("certificates_issued", about=[group], by=office, at=at, details=details, tells=False)


def talk(programme: Programme, group: WorkGroup) -> None:
    """What lies beside the sessions that were, and a comment on the first thing that somebody shared."""
    lead = group.facilitations.order_by("pk")[0].person
    for session in group.sessions.filter(ends_at__lt=programme.now):
        assert session.ends_at is not None  # asked for just now
        for number, title in enumerate(LINKS[: 1 + session.number % 3]):
            url = f"https://hub.example/materials/{group.slug}/{session.number}-{number + 1}"
            Attachment.objects.create(
                session=session,
                kind=Attachment.Kind.LINK,
                title=title,
                url=url,
                added_by=lead,
                added_at=session.ends_at,
            )
    first = Reflection.objects.filter(task__session__work_group=group, shared=True).order_by("at").first()
    if first is not None:
        Comment.objects.create(
            reflection=first,
            by=lead,
            words="May I show this at the start of next session? It is just what I hoped somebody would notice.",
            at=first.at + timedelta(hours=20),
        )


def watch(programme: Programme, group: WorkGroup) -> None:
    """A Teacher Research Group's next session is a lesson that they watch."""
    session = group.sessions.planned().filter(starts_at__gt=programme.now).order_by("starts_at").first()
    if session is None:
        return
    school = session.venue.school if session.venue else None
    lesson = LessonStudy.objects.create(
        session=session,
        school=school,
        year_group="Year 8",
        question="Who draws first, and who calculates first?",
        plan=LESSON,
    )
    expected = Attendance.objects.of_session(session).select_related("person")[: len(ROLES)]
    for row, words in zip(expected, ROLES, strict=False):
        LessonRole.objects.create(lesson=lesson, person=row.person, words=words)
