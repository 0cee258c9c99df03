"""Somebody who has used everything the hub has, so that nothing they left behind is forgotten in tests."""

import uuid

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.utils import timezone

from accounts.actions import members, rights
from accounts.colleagues import NewColleague
from accounts.models import (
    BouncedAddress,
    HistoryLine,
    User,
)
from booking.actions import answers, feeds, needs
from booking.actions.people import merge
from booking.models import (
    Answered,
    ApiKey,
    Arrival,
    Attendance,
    CalendarEntry,
    Comment,
    Disclosure,
    GroupReport,
    HandedList,
    LessonRole,
    LessonStudy,
    Reflection,
    RegisterLink,
    Remark,
    Round,
    Visit,
    WorkGroup,
)
from notifications.delivery import drain
from notifications.models import Inbound, Issue, Letter
from notifications.outbox import Envelope, put
from tests.factories import (
    create_attachment,
    create_booking,
    create_certificate,
    create_hub_staff,
    create_lead,
    create_session,
    create_task,
    create_user,
    create_work_group,
    mark_register,
)

NAME, ADDRESS = "Zebedee Quillfeather", "zebedee@oakfield.example"


class World:
    """Somebody who has used everything: booked, mailed, marked, needing, reflecting, complaining, named in notes."""

    def __init__(self) -> None:
        self.staff, self.fran = create_hub_staff(), create_user(name="Fran")
        self.lead = create_lead()
        self.school = self.lead.memberships.get().school
        self.work_group = create_work_group(sessions=2, leads=[self.fran])
        (named,) = members.invite(
            school=self.school, colleagues=[NewColleague(NAME, ADDRESS)], role="teacher", by=self.lead
        )
        self.person = named.person
        members.accept(membership=named, by=self.person)
        EmailAddress.objects.create(user=self.person, email=ADDRESS, primary=True, verified=True)
        EmailAddress.objects.create(user=self.person, email="zeb@home.example", verified=True)
        Authenticator.objects.create(user=self.person, type="totp", data={"secret": "JBSWY3DPEHPK3PXP"})
        self.booking = create_booking(
            work_group=self.work_group,
            by=self.lead,
            people=[self.person, None],
            cover_email=ADDRESS,
            note=f"{NAME} comes by bus",
        )
        self.place = self.booking.places.get(person=self.person)
        self.past = create_session(work_group=self.work_group, days=-7, number=9)
        row = Attendance.objects.create(session=self.past, person=self.person, place=self.place, school=self.school)
        mark_register(session=self.past, marks={row.pk: "present"}, by=self.fran)
        needs.say(place=self.place, access="Ramp", food="", contact_me=False, agreed=True, by=self.person)
        task = create_task(session=self.past)
        create_certificate(person=self.person, school=self.school, work_group=self.work_group)
        said = Reflection.objects.create(task=task, person=self.person, outcome="tried", words=f"I, {NAME}, tried it.")
        self.photo = create_attachment(reflection=said, added_by=self.person, title="Photo 1")
        Comment.objects.create(reflection=said, by=self.fran, words=f"Well done, {NAME}!")
        theirs = Reflection.objects.create(task=task, person=self.fran, outcome="stuck", words=f"{NAME} helped.")
        Comment.objects.create(reflection=theirs, by=self.person, words=f"Of course. {NAME}")
        Comment.objects.create(reflection=theirs, by=self.fran, words=f"Thank you, {NAME}.")
        create_attachment(session=self.past, title=f"Slides of {NAME}")
        lesson = LessonStudy.objects.create(session=self.past, year_group="Year 4", plan=f"{NAME} teaches.")
        LessonRole.objects.create(lesson=lesson, person=self.person, words="teaches")
        LessonRole.objects.create(lesson=lesson, person=self.fran, words=f"watches {NAME}")
        feeds.make_feed(owner=self.person, kind="mine")
        coming = self.work_group.sessions.get(number=1)
        answers.answer(person=self.person, session=coming, answer=answers.CANNOT, by=self.person)
        rights.subscribe(email=ADDRESS, source="my account", by=self.person)
        self.be_renamed_and_merged()
        self.be_named_by_others()
        HistoryLine.objects.create(at=timezone.now(), verb="noted", reason=f"{NAME.upper()} rang", by=self.staff)
        drain()

    def be_renamed_and_merged(self) -> None:
        """They bore another name and address once, and had a second account."""
        person = User.objects.get(pk=self.person.pk)
        person.leave_behind("Zebedee Featherstone", "featherstone@oakfield.example")
        person.save()
        other = create_user(name="Z. Quillfeather-Holt", email="holt@home.example")
        merge(keep=person, gone=other, by=self.staff)
        self.person.refresh_from_db()

    def be_named_by_others(self) -> None:
        """In notes, on the pages of the programme, in the hub's own words, and in what became of a complaint."""
        WorkGroup.objects.filter(pk=self.work_group.pk).update(description=f"Ask for {NAME} at reception.")
        self.past.joining_notes, self.past.status_reason = f"{NAME.upper()} opens the gate", f"{NAME} was ill"
        self.past.save()
        Visit.objects.create(
            work_group=self.work_group,
            school=self.school,
            facilitator=self.fran,
            on=timezone.localdate(),
            note=f"Watched Zebedee\nQuillfeather with Year 4, mail {ADDRESS}.",
        )
        rights.change_page(slug="privacy", text=f"Our officer is {NAME}, {ADDRESS}.", by=self.staff)
        rights.change_page(slug="privacy", text=f"Our officer is still {NAME}.", by=self.staff)
        theirs = rights.complain(name=NAME, email=ADDRESS, words="You misspelt me.")
        other = rights.complain(name="Carla Moss", email="carla@home.example", words=f"{NAME} was rude.")
        for complaint in (theirs, other):
            rights.note_complaint(
                complaint=complaint, notes=f"Rang {NAME}", outcome="Put right.", close=True, by=self.staff
            )
        self.school.contact_email = ADDRESS
        self.school.save()

        one = Round.objects.create(kind="evaluation", work_group=self.work_group, questions=[], answered=3)
        Remark.objects.create(round=one, number=0, words=f"{NAME} asked the best questions.", held=False)
        Answered.objects.create(round=one, person=self.person)
        GroupReport.objects.create(work_group=self.work_group, pupils=f"As {NAME} saw.", quotation=f"{NAME}: draw it")
        Letter.objects.create(
            work_group=self.work_group,
            audience="everyone",
            subject=f"With {NAME}",
            body=f"Ask {NAME}, {ADDRESS}.",
            key=uuid.uuid4(),
            by=self.fran,
        )
        coming = CalendarEntry.objects.filter(person=self.person).last()
        Inbound.objects.create(
            digest="1",
            kind="reply",
            state="waiting",
            says="cannot",
            sender=ADDRESS,
            subject=f"Declined: {NAME}",
            text=f"Sorry, {NAME}",
            person=self.person,
            entry=coming,
            why=f"It says that it is from {NAME}.",
        )
        other = Inbound.objects.create(digest="2", kind="other", state="done", text=f"{NAME} asks, {ADDRESS}")
        other.sender = "colleague@oakfield.example"
        other.save()
        BouncedAddress.objects.create(address="zeb@home.example", code="5.1.1", words=f"550 no {NAME} here")
        RegisterLink.objects.create(session=self.past, name=NAME, email=ADDRESS, made_by=self.fran)
        Arrival.objects.create(session=self.past, name=NAME, school=f"{NAME}’s school", at=timezone.now())
        Arrival.objects.create(session=self.past, attendance=self.past.attendances.first(), at=timezone.now())
        ApiKey.objects.create(
            name=f"{NAME}’s dashboard",
            to=NAME,
            why="other",
            words=f"{NAME} asked for it.",
            reads_bookings=True,
            digest="0" * 64,
            begins="hub_0000",
            made_by=self.staff,
            ends_on=timezone.localdate(),
        )
        Disclosure.objects.create(
            list_code="people",
            title="People",
            filters=f"“{NAME}”",
            rows=1,
            file="csv",
            at=timezone.now(),
            by=self.staff,
            to=NAME,
            why="other",
            words=f"{NAME} asked for it.",
        )
        handed = HandedList(kind="people", sent_at=timezone.now(), words=f"From {NAME}")
        handed.keep("head", ["Name", "E-mail"])
        handed.keep("rows", [[2, [NAME, ADDRESS]]])
        handed.keep("left", [[3, [NAME, ADDRESS], f"{NAME} stands there twice."]])
        handed.save()
        Issue.objects.create(subject="Spring", body=f"{NAME} tells of her class.", made_by=self.staff)

    def be_in_a_mail_that_waits(self) -> None:
        """One to somebody else that names them, and has not left when they are erased."""
        envelope = Envelope(kind="place_named", to="colleague@oakfield.example", reason=f"You work with {NAME}.")
        put(envelope, subject=f"{NAME} comes too", text=f"{NAME} comes too.")
