"""Every rule that `check_integrity` proves is broken once, behind the back of constraints and actions, and named."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.models import Model
from django.utils import timezone

from accounts import integrity as schools
from accounts.models import Erasure, SchoolURN, User
from booking import integrity
from booking.actions import places, registers
from booking.expectations import expect_leads
from booking.files import files_are_on_the_disk
from booking.models import (
    Answer,
    Attendance,
    Booking,
    CalendarEntry,
    Facilitation,
    Mark,
    Need,
    Part,
    Place,
    Reflection,
    Round,
    SchoolHoliday,
    Session,
    WorkGroup,
)
from booking.models.places import Reason
from tests.factories import (
    create_attachment,
    create_booking,
    create_facilitation,
    create_own_days,
    create_question,
    create_school,
    create_session,
    create_task,
    create_user,
    create_work_group,
    mark_register,
)

pytestmark = pytest.mark.django_db


@dataclass
class Hub:
    """A small hub in which every rule holds."""

    lead: User
    series: WorkGroup
    begun: Session
    coming: Session
    confirmed: Booking
    waiting: Booking
    withdrawn: Booking
    network: WorkGroup
    meeting: Session
    visitor: Booking
    other_visitor: Booking
    reflection: Reflection

    @property
    def place(self) -> Place:
        return self.confirmed.places.order_by("pk")[0]

    @property
    def expected(self) -> Attendance:
        return Attendance.objects.get(session=self.coming, person=self.place.person)

    @property
    def marked(self) -> Attendance:
        return Attendance.objects.get(session=self.begun, person=self.place.person)

    @property
    def entry(self) -> CalendarEntry:
        return CalendarEntry.objects.get(session=self.coming, person=self.place.person)

    @property
    def part(self) -> Facilitation:
        return self.series.facilitations.get()


@pytest.fixture
def hub() -> Hub:
    now = timezone.now()
    lead = create_user(name="Fran Lead")
    series = create_work_group(sessions=3, leads=[lead], capacity=4)
    begun, coming, _ = series.sessions.order_by("number")
    expect_leads(series, now=now)
    confirmed = create_booking(work_group=series, people=2)
    withdrawn = create_booking(work_group=series, people=2)
    places.withdraw(booking=withdrawn, reason=Reason.OTHER, by=withdrawn.made_by)
    create_booking(work_group=series, people=2)
    waiting = create_booking(work_group=series, people=1)
    Session.objects.filter(pk=begun.pk).update(starts_at=now - timedelta(hours=1), ends_at=now + timedelta(hours=1))
    rows = Attendance.objects.filter(session=begun)
    mark_register(session=begun, marks={row.pk: "apologies" for row in rows}, by=lead)
    mark_register(session=begun, marks={row.pk: "present" for row in rows}, by=lead)
    registers.sign(session=begun, by=lead)
    network = create_work_group(sessions=0, unit=WorkGroup.Unit.SESSION)
    meeting = create_session(work_group=network, capacity=6)
    create_session(work_group=network, number=2, starts_at=None, ends_at=None, when_words="after Easter")
    visitor = create_booking(work_group=network, session=meeting, people=1)
    other_visitor = create_booking(work_group=network, session=meeting, people=1)
    writer = confirmed.places.order_by("pk")[0].person
    assert writer is not None
    reflection = Reflection.objects.create(task=create_task(session=begun), person=writer, outcome="tried")
    begun.refresh_from_db()
    return Hub(
        lead=lead,
        series=series,
        begun=begun,
        coming=coming,
        confirmed=confirmed,
        waiting=waiting,
        withdrawn=withdrawn,
        network=network,
        meeting=meeting,
        visitor=visitor,
        other_visitor=other_visitor,
        reflection=reflection,
    )


@pytest.fixture
def unguarded(hub: Hub) -> Iterator[None]:
    """A database in which somebody dropped the constraints of every table a test writes to; put back afterwards."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def bare(model: type[Model]) -> None:
    """Drop every constraint and unique index of a table, whatever the database."""
    table = model._meta.db_table
    connection.check_constraints()  # PostgreSQL alters no table that has checks still to be made
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            # A table keeps its constraints for life: its rows move to one without any, once.
            if f"{table}_guarded" in connection.introspection.table_names(cursor):
                return
            cursor.execute(f'ALTER TABLE "{table}" RENAME TO "{table}_guarded"')
            cursor.execute(f'CREATE TABLE "{table}" AS SELECT * FROM "{table}_guarded"')
            return
        cursor.execute(
            "SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass AND contype IN ('c', 'u', 'f')", [table]
        )
        for (name,) in cursor.fetchall():
            cursor.execute(f'ALTER TABLE "{table}" DROP CONSTRAINT "{name}" CASCADE')
        cursor.execute(
            "SELECT indexrelid::regclass FROM pg_index"
            " WHERE indrelid = %s::regclass AND indisunique AND NOT indisprimary",
            [table],
        )
        for (name,) in cursor.fetchall():
            cursor.execute(f"DROP INDEX {name}")


def put(row: Model, **columns: object) -> None:
    """Write columns of a row by SQL alone."""
    bare(type(row))
    type(row)._base_manager.filter(pk=row.pk).update(**columns)


Plant = Callable[[Hub], str]
PLANTS: list[tuple[integrity.Rule, Plant]] = []


def breaks(rule: integrity.Rule) -> Callable[[Plant], Plant]:
    """This function breaks that rule, and returns the sentence that names the row."""

    def _keep(plant: Plant) -> Plant:
        PLANTS.append((rule, plant))
        return plant

    return _keep


@breaks(schools.checks_hold)
def an_offer_without_an_end(hub: Hub) -> str:
    put(hub.waiting, status="offered", offered_at=timezone.now())
    return f"Booking {hub.waiting.pk}: An offer needs the moment it was made and the moment it ends."


@breaks(schools.checks_hold)
def more_taken_than_there_is(hub: Hub) -> str:
    put(hub.series, capacity=3)
    return f"Work group {hub.series.pk}: There are not that many places left."


@breaks(schools.checks_hold)
def an_entry_that_tells_the_future(hub: Hub) -> str:
    put(hub.entry, told_sequence=9)
    return f"Calendar entry {hub.entry.pk}: Nobody can have been told of a change that has not been made."


@breaks(schools.checks_hold)
def a_membership_that_ended_never(hub: Hub) -> str:
    membership = hub.confirmed.made_by.memberships.get()
    put(membership, state="ended")
    return f"Membership {membership.pk}: An ended membership needs the moment it ended."


@breaks(schools.uniques_hold)
def one_person_twice_in_a_group(hub: Hub) -> str:
    one, other = hub.confirmed.places.order_by("pk")
    put(other, person=one.person)
    return f"Place {one.pk} and {other.pk}: This person already has a place in this group."


@breaks(schools.uniques_hold)
def one_person_twice_on_a_register(hub: Hub) -> str:
    one, other = Attendance.objects.filter(session=hub.coming).order_by("pk")[:2]
    put(other, person=one.person)
    return f"Attendance {one.pk} and {other.pk}: This person is already on the register."


@breaks(schools.uniques_hold)
def one_uid_for_two_people(hub: Hub) -> str:
    one, other = CalendarEntry.objects.order_by("pk")[:2]
    put(other, uid=one.uid)
    return f"Calendar entry {one.pk} and {other.pk}: the same uid stands in both."


@breaks(schools.uniques_hold)
def one_address_for_two_people(hub: Hub) -> str:
    one, other = User.objects.filter(email__isnull=False).order_by("pk")[:2]
    put(other, email=str(one.email).upper())
    return f"User {one.pk} and {other.pk}: Somebody else already uses this e-mail address."


@breaks(schools.uniques_hold)
def two_open_urns(hub: Hub) -> str:
    one = hub.confirmed.school.urns.get()
    bare(SchoolURN)
    SchoolURN.objects.bulk_create([SchoolURN(pk=one.pk + 1000, school=hub.confirmed.school, urn="899999")])
    return f"School urn {one.pk} and {one.pk + 1000}: This school already has a URN that is still open."


@breaks(schools.references_lead_somewhere)
def a_place_of_a_person_who_is_gone(hub: Hub) -> str:
    put(hub.place, person=999_999)
    return f"Place {hub.place.pk}: its person 999999 does not exist."


@breaks(schools.codes_are_known)
def a_booking_in_a_state_of_its_own(hub: Hub) -> str:
    put(hub.waiting, status="pending")
    return f"Booking {hub.waiting.pk}: “pending” is no status."


@breaks(schools.urns_follow_one_another)
def two_urns_at_a_time(hub: Hub) -> str:
    school = create_school(urn="700001")
    put(school.urns.get(), opened_on=date(2010, 9, 1), closed_on=date(2020, 8, 31))
    SchoolURN.objects.bulk_create([SchoolURN(pk=7002, school=school, urn="700002", opened_on=date(2019, 9, 1))])
    return f"School {school.pk}: URN 700002 began before the number before it had ended."


@breaks(schools.urns_follow_one_another)
def a_urn_that_closed_before_it_opened(hub: Hub) -> str:
    school = create_school(urn="700001")
    put(school.urns.get(), opened_on=date(2020, 9, 1), closed_on=date(2010, 8, 31))
    return f"School {school.pk}: URN 700001 closed before it opened."


@breaks(schools.schools_on_the_register_bear_a_urn)
def a_school_without_a_number(hub: Hub) -> str:
    school = create_school()
    school.urns.all().delete()
    return f"School {school.pk}: is on the national register and has no URN."


@breaks(schools.merged_schools_are_closed)
def a_merged_school_that_is_open(hub: Hub) -> str:
    school = create_school()
    put(school, merged_into=hub.confirmed.school)
    return f"School {school.pk}: was merged into another and is not closed."


@breaks(schools.mergers_lead_to_an_end)
def schools_merged_into_one_another(hub: Hub) -> str:
    one = create_school(status="2")
    other = create_school(status="2", merged_into=one)
    put(one, merged_into=other)
    return f"School {one.pk}: the schools it was merged into go round in a ring."


@breaks(integrity.places_repeat_their_booking)
def a_place_in_another_group(hub: Hub) -> str:
    put(hub.place, work_group=hub.network)
    return f"Place {hub.place.pk}: stands in work group {hub.network.pk}, its booking in {hub.series.pk}."


@breaks(integrity.places_repeat_their_booking)
def a_place_at_a_meeting_nobody_booked(hub: Hub) -> str:
    put(hub.place, session=hub.meeting)
    return f"Place {hub.place.pk}: stands at meeting {hub.meeting.pk}, its booking at None."


@breaks(integrity.places_repeat_their_booking)
def a_place_that_sleeps(hub: Hub) -> str:
    put(hub.place, live=False)
    return f"Place {hub.place.pk}: is not live, though its booking is and nobody withdrew it."


@breaks(integrity.places_repeat_their_booking)
def a_place_that_outlives_its_booking(hub: Hub) -> str:
    place = hub.withdrawn.places.order_by("pk")[0]
    put(place, live=True)
    return f"Place {place.pk}: is live, though it was withdrawn or its booking has ended."


@breaks(integrity.bookings_are_of_their_unit)
def a_network_booked_as_a_whole(hub: Hub) -> str:
    put(hub.visitor, session=None)
    return f"Booking {hub.visitor.pk}: names no meeting of its network."


@breaks(integrity.bookings_are_of_their_unit)
def one_meeting_of_a_series(hub: Hub) -> str:
    put(hub.waiting, session=hub.coming)
    return f"Booking {hub.waiting.pk}: names one meeting of a series."


@breaks(integrity.bookings_are_of_their_unit)
def a_meeting_of_another_group(hub: Hub) -> str:
    put(hub.visitor, session=hub.coming)
    return f"Booking {hub.visitor.pk}: its meeting {hub.coming.pk} belongs to another work group."


@breaks(integrity.bookings_are_of_their_unit)
def a_school_twice_at_a_meeting(hub: Hub) -> str:
    other = hub.other_visitor
    put(other, school=hub.visitor.school)
    return f"Booking {other.pk}: school {hub.visitor.school_id} has booked meeting {hub.meeting.pk} already."


@breaks(integrity.live_bookings_have_places)
def a_booking_without_places(hub: Hub) -> str:
    hub.waiting.places.all().delete()
    return f"Booking {hub.waiting.pk}: is on the waiting list and holds no place."


@breaks(integrity.held_bookings_wait_for_an_answer)
def a_booking_held_for_nothing(hub: Hub) -> str:
    put(hub.confirmed, status="held")
    return f"Booking {hub.confirmed.pk}: is held, and waits for nobody's answer."


@breaks(integrity.transfers_follow_what_has_ended)
def a_transfer_of_what_still_stands(hub: Hub) -> str:
    put(hub.waiting, follows=hub.confirmed)
    return f"Booking {hub.waiting.pk}: follows booking {hub.confirmed.pk}, which was not transferred."


@breaks(integrity.work_groups_count_what_is_taken)
def a_group_that_counts_wrong(hub: Hub) -> str:
    put(hub.series, taken=3)
    return f"Work group {hub.series.pk}: counts 3 places of 2 schools as taken, and 4 of 2 are."


@breaks(integrity.work_groups_count_what_is_taken)
def a_group_that_counts_schools_wrong(hub: Hub) -> str:
    put(hub.series, taken_schools=1)
    return f"Work group {hub.series.pk}: counts 4 places of 1 schools as taken, and 4 of 2 are."


@breaks(integrity.work_groups_count_what_is_taken)
def a_group_that_has_forgotten_a_turn(hub: Hub) -> str:
    put(hub.series, last_turn=0)
    return f"Work group {hub.series.pk}: gave turn 1, and would give 1 next."


@breaks(integrity.meetings_count_what_is_taken)
def a_meeting_that_counts_wrong(hub: Hub) -> str:
    put(hub.meeting, taken=0)
    return f"Session {hub.meeting.pk}: counts 0 places as taken, and 2 are."


@breaks(integrity.nobody_waits_beside_free_places)
def a_free_place_that_nobody_offered(hub: Hub) -> str:
    put(hub.series, capacity=5)
    return f"Booking {hub.waiting.pk}: waits for 1 places that are free."


@breaks(integrity.groups_know_what_they_have)
def a_group_that_does_not_know_its_parts(hub: Hub) -> str:
    Part.objects.create(work_group=hub.network, name="Reception")
    return f"Work group {hub.network.pk}: does not know that it has parts."


@breaks(integrity.groups_know_what_they_have)
def a_group_that_believes_it_asks_something(hub: Hub) -> str:
    put(hub.series, has_questions=True)
    return f"Work group {hub.series.pk}: does not know that it has no questions."


@breaks(integrity.answers_are_of_their_booking)
def an_answer_of_another_booking(hub: Hub) -> str:
    question = create_question(project=hub.series.project)
    answer = Answer.objects.create(
        question=question,
        booking=hub.waiting,
        place=hub.place,
        person=hub.place.person,
        words="Yes",
        answered_at=timezone.now(),
    )
    return f"Answer {answer.pk}: is kept with booking {hub.waiting.pk}, and its place is in another."


@breaks(integrity.parts_are_of_the_same_group)
def a_part_of_another_group(hub: Hub) -> str:
    put(hub.place, part=Part.objects.create(work_group=hub.network, name="Reception"))
    return f"Place {hub.place.pk}: its part belongs to another work group."


@breaks(integrity.parts_are_of_the_same_group)
def a_session_for_a_part_of_another_group(hub: Hub) -> str:
    part = Part.objects.create(work_group=hub.network, name="Reception")
    hub.coming.parts.add(part)
    return f"Session {hub.coming.pk}: expects part {part.pk} of another work group."


@breaks(schools.erased_people_are_nobody)
def somebody_erased_whom_a_backup_brought_back(hub: Hub) -> str:
    person = create_user()
    Erasure.objects.create(person=person, done_at=timezone.now())
    return f"Person {person.pk}: was erased, and can be reached again."


@breaks(integrity.needs_are_of_who_has_the_place)
def a_need_of_who_had_the_place_before(hub: Hub) -> str:
    before = create_user()
    need = Need.objects.create(place=hub.place, person=before, wording="Yes", agreed_at=timezone.now())
    return f"Need {need.pk}: was said by person {before.pk}, and its place is person {hub.place.person_id}'s."


@breaks(integrity.sessions_are_numbered_in_order)
def a_session_with_a_number_out_of_order(hub: Hub) -> str:
    put(hub.coming, number=1)
    return f"Session {hub.coming.pk}: is number 1 of its group, and comes after number 1."


@breaks(integrity.holidays_of_an_authority_do_not_overlap)
def two_holidays_on_one_day(hub: Hub) -> str:
    days = [date(2026, 10, 19), date(2026, 10, 23), date(2026, 10, 26)]
    first = SchoolHoliday.objects.create(la_code="855", name="Half term", first_on=days[0], last_on=days[1])
    second = SchoolHoliday.objects.create(la_code="855", name="A day more", first_on=days[2], last_on=days[2])
    put(second, first_on=days[1])
    return f"School holiday {second.pk}: begins while holiday {first.pk} of the same authority lasts."


@breaks(integrity.own_days_of_a_school_do_not_overlap)
def own_days_on_one_day(hub: Hub) -> str:
    school = create_school()
    first = create_own_days(school=school, last_on=date(2027, 1, 5))
    second = create_own_days(school=school, first_on=date(2027, 1, 6), last_on=date(2027, 1, 6))
    put(second, first_on=date(2027, 1, 5))
    return f"Own days {second.pk}: begin while own days {first.pk} of the same school last."


@breaks(integrity.groups_run_beside_the_first_of_them)
def a_group_beside_one_that_is_beside_another(hub: Hub) -> str:
    first, second = create_work_group(sessions=0), create_work_group(sessions=0)
    put(second, parallel_to=first)
    put(hub.network, parallel_to=second)
    return f"Work group {hub.network.pk}: runs beside group {second.pk}, which itself runs beside another."


@breaks(integrity.signed_registers_are_whole_and_stand)
def a_signed_register_with_a_gap(hub: Hub) -> str:
    put(hub.marked, standing_mark=None)
    return f"Attendance {hub.marked.pk}: has no mark, though the register of session {hub.begun.pk} is signed."


@breaks(integrity.signed_registers_are_whole_and_stand)
def a_locked_register_changed_without_a_word(hub: Hub) -> str:
    mark = hub.marked.standing_mark
    assert mark is not None
    put(mark, received_at=timezone.now() + timedelta(days=60))
    return f"Mark {mark.pk}: changed a locked register and gives no reason."


@breaks(integrity.facilitations_do_not_overlap)
def a_lead_twice_at_a_time(hub: Hub) -> str:
    day = timezone.localdate()
    ended = create_facilitation(
        work_group=hub.series, person=hub.lead, since=day - timedelta(days=20), until=day - timedelta(days=1)
    )
    return f"Facilitation {ended.pk}: begins before an earlier part of the same person in the group has ended."


@breaks(integrity.everybody_with_a_place_is_expected)
def a_teacher_who_is_not_on_the_list(hub: Hub) -> str:
    place = hub.place
    hub.expected.delete()
    return f"Place {place.pk}: its person is not expected at session {hub.coming.pk}."


@breaks(integrity.nobody_else_is_expected)
def a_teacher_whose_booking_has_ended(hub: Hub) -> str:
    place = hub.withdrawn.places.order_by("pk")[0]
    row = Attendance.objects.create(session=hub.coming, person=place.person, place=place, school=hub.withdrawn.school)
    return f"Attendance {row.pk}: session {hub.coming.pk} expects somebody who has no place there."


@breaks(integrity.nobody_else_is_expected)
def a_session_without_a_date_that_expects(hub: Hub) -> str:
    put(hub.coming, starts_at=None, ends_at=None)
    row = hub.expected
    Attendance.objects.filter(session=hub.coming).exclude(pk=row.pk).delete()
    return f"Attendance {row.pk}: session {hub.coming.pk} expects somebody, and is cancelled or has no date."


@breaks(integrity.attendance_is_of_its_place)
def a_place_of_another_group_on_a_register(hub: Hub) -> str:
    place = hub.visitor.places.get()
    put(hub.expected, place=place, school=hub.visitor.school)
    row = Attendance.objects.get(place=place, session=hub.coming)
    Attendance.objects.filter(pk=row.pk).update(school=hub.visitor.school)
    Place.objects.filter(pk=place.pk).update(session=None)
    return f"Attendance {row.pk}: its place {place.pk} is in another work group."


@breaks(integrity.attendance_is_of_its_place)
def a_teacher_who_counts_for_another_school(hub: Hub) -> str:
    row = hub.expected
    put(row, school=hub.visitor.school)
    return f"Attendance {row.pk}: does not count for the school that booked place {row.place_id}."


@breaks(integrity.attendance_is_of_its_place)
def a_place_at_another_meeting(hub: Hub) -> str:
    row = Attendance.objects.get(place__booking=hub.visitor)
    put(row, session=create_session(work_group=hub.network, days=40, number=3))
    return f"Attendance {row.pk}: its place {row.place_id} is at another meeting."


@breaks(integrity.attendance_is_of_its_place)
def a_session_credited_to_itself(hub: Hub) -> str:
    put(hub.expected, credited_to=hub.coming)
    return f"Attendance {hub.expected.pk}: is credited to the session it stands at."


@breaks(integrity.marks_stand_where_they_were_made)
def a_mark_of_another_row(hub: Hub) -> str:
    one, other = Attendance.objects.filter(session=hub.coming).order_by("pk")[:2]
    mark = Mark.objects.create(attendance=one, what=Mark.What.APOLOGIES, by=hub.lead, at=timezone.now())
    put(other, standing_mark=mark)
    return f"Attendance {other.pk}: mark {mark.pk} stands for it, and was made on another row."


@breaks(integrity.what_stands_follows_from_the_marks)
def an_old_mark_that_stands(hub: Hub) -> str:
    row = hub.marked
    old = row.marks.order_by("pk")[0]
    put(row, standing_mark=old)
    return f"Attendance {row.pk}: what stands for it does not follow from its marks."


@breaks(integrity.what_stands_follows_from_the_marks)
def a_mark_that_fell_off(hub: Hub) -> str:
    put(hub.marked, standing_mark=None)
    return f"Attendance {hub.marked.pk}: what stands for it does not follow from its marks."


@breaks(integrity.marks_stand_where_they_were_made)
def a_mark_that_another_row_settles(hub: Hub) -> str:
    one = hub.marked.marks.order_by("pk")[0]
    other = Mark.objects.exclude(attendance=hub.marked).order_by("pk")[0]
    put(one, settled_by=other)
    return f"Mark {one.pk}: is settled by mark {other.pk} of another row."


@breaks(integrity.what_stands_follows_from_the_marks)
def a_conflict_that_nobody_sees(hub: Hub) -> str:
    put(hub.expected, contested=True)
    return f"Attendance {hub.expected.pk}: what stands for it does not follow from its marks."


@breaks(integrity.marks_stand_where_they_were_made)
def a_mark_that_replaces_anothers(hub: Hub) -> str:
    one, other = Mark.objects.filter(replaces__isnull=False).order_by("pk")[:2]
    theirs = other.replaces
    assert theirs is not None
    put(one, replaces=theirs)
    return f"Mark {one.pk}: replaces mark {theirs.pk} of another row."


@breaks(integrity.marks_stand_where_they_were_made)
def a_mark_that_replaces_a_later_one(hub: Hub) -> str:
    mark = Mark.objects.filter(replaces__isnull=True).order_by("pk")[0]
    put(mark, replaces=mark.pk)
    return f"Mark {mark.pk}: replaces mark {mark.pk}, which is not older."


@breaks(integrity.reflections_are_by_people_of_the_group)
def a_reflection_by_a_stranger(hub: Hub) -> str:
    put(hub.reflection, person=create_user())
    return f"Reflection {hub.reflection.pk}: its writer was never expected in the group."


@breaks(files_are_on_the_disk)
def a_file_that_did_not_come_back(hub: Hub) -> str:
    attachment = create_attachment(session=hub.begun)
    default_storage.delete(str(attachment.file.name))
    return f"Attachment {attachment.pk}: its file is not on the disk."


@breaks(integrity.rounds_count_no_more_than_answered)
def a_question_with_more_answers_than_people(hub: Hub) -> str:
    one = Round.objects.create(
        kind="pulse", work_group=hub.series, session=hub.begun, questions=[], answered=3, counts={"0": {"Very": 4}}
    )
    return f"Round {one.pk}: question 0 has more answers than the 3 people who gave some."


@breaks(integrity.rounds_count_no_more_than_answered)
def a_round_that_holds_three_back(hub: Hub) -> str:
    one = Round.objects.create(kind="evaluation", work_group=hub.series, questions=[], held=3)
    return f"Round {one.pk}: holds 3 answers back."


@breaks(integrity.calendars_hold_what_is_expected)
def an_expected_teacher_without_an_entry(hub: Hub) -> str:
    row = hub.expected
    put(hub.entry, wanted="CANCEL")
    return f"Attendance {row.pk}: session {hub.coming.pk} is not in the calendar of person {row.person_id}."


@breaks(integrity.calendars_hold_what_is_expected)
def a_lead_without_an_entry(hub: Hub) -> str:
    CalendarEntry.objects.filter(person=hub.lead, session=hub.coming).delete()
    return f"Session {hub.coming.pk}: is not in the calendar of person {hub.lead.pk}, who leads it."


@breaks(integrity.calendars_hold_what_is_expected)
def an_entry_of_a_stranger(hub: Hub) -> str:
    entry = CalendarEntry.objects.create(person=create_user(), session=hub.coming, uid="stranger@work-groups")
    return f"Calendar entry {entry.pk}: holds a session where its person is neither expected nor leading."


@breaks(integrity.calendars_hold_what_is_expected)
def an_entry_of_a_cancelled_session(hub: Hub) -> str:
    put(hub.meeting, status="cancelled")
    entry = CalendarEntry.objects.get(session=hub.meeting, person__places__booking=hub.visitor)
    CalendarEntry.objects.filter(session=hub.meeting).exclude(pk=entry.pk).delete()
    return f"Calendar entry {entry.pk}: holds a session that is cancelled or has no date."


@pytest.mark.usefixtures("hub")
def test_check_integrity_finds_nothing_where_all_rules_hold(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("check_integrity")

    assert capsys.readouterr().out == f"All {len(integrity.RULES)} rules hold.\n"


def test_check_integrity_allows_a_substitute_who_stands_in(hub: Hub) -> None:
    row, teacher = hub.expected, create_user()
    row.standing_mark = Mark.objects.create(attendance=row, what=Mark.What.SUBSTITUTE, by=hub.lead, at=timezone.now())
    row.save()
    Attendance.objects.create(session=hub.coming, person=teacher, place=row.place, school=row.school)
    CalendarEntry.objects.create(session=hub.coming, person=teacher, uid="substitute@work-groups")
    CalendarEntry.objects.filter(session=hub.coming, person=row.person).update(wanted=CalendarEntry.Wanted.CANCEL)

    found = list(integrity.violations())

    assert found == []


@pytest.mark.usefixtures("unguarded")
@pytest.mark.parametrize(("rule", "plant"), PLANTS, ids=[plant.__name__ for _, plant in PLANTS])
def test_check_integrity_names_the_row_that_breaks_a_rule(
    hub: Hub, rule: integrity.Rule, plant: Plant, capsys: pytest.CaptureFixture[str]
) -> None:
    sentence = plant(hub)

    with pytest.raises(CommandError) as refusal:
        call_command("check_integrity")

    assert list(rule(timezone.now())) == [sentence]
    assert capsys.readouterr().out.splitlines().count(sentence) == 1
    assert refusal.value.returncode == 1


def test_check_integrity_has_a_broken_row_for_every_rule() -> None:
    broken = {rule for rule, _ in PLANTS}

    assert broken == set(integrity.RULES)


@pytest.mark.usefixtures("hub")
def test_violations_finds_nothing_when_all_sessions_are_over() -> None:
    after_all = timezone.now() + timedelta(days=400)

    found = list(integrity.violations(after_all))

    assert found == []
