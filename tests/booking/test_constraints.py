"""Every constraint of every model is broken once, at the database itself: no form and no action stands before it."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import IntegrityError, connection, transaction
from django.db.models import BaseConstraint, Model, UniqueConstraint
from django.utils import timezone

from accounts.integrity import project_models
from accounts.models import (
    BouncedAddress,
    Complaint,
    Erasure,
    HistoryLine,
    HistoryLink,
    Membership,
    PeopleCheck,
    RegisterImport,
    School,
    SchoolCode,
    SchoolNote,
    SchoolURN,
)
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
    Call,
    Comment,
    Contribution,
    Disclosure,
    EligibilityRule,
    EvaluationQuestion,
    Facilitation,
    GroupReport,
    KnownHeading,
    LessonRole,
    LessonStudy,
    ListProfile,
    Mark,
    Mobile,
    Need,
    Part,
    PassedOn,
    PastEngagement,
    Place,
    Proposal,
    Quotation,
    Reflection,
    Round,
    SchoolHoliday,
    SchoolRule,
    WorkGroup,
)
from notifications.models import Choice, Inbound, IssueCopy, Letter, Notice, Pause
from tests.factories import (
    create_api_key,
    create_attachment,
    create_booking,
    create_certificate,
    create_delivery,
    create_frozen_year,
    create_handed_list,
    create_issue,
    create_lead,
    create_news,
    create_own_days,
    create_phase_dates,
    create_project,
    create_proposal,
    create_question,
    create_school,
    create_session,
    create_subscription,
    create_task,
    create_teacher,
    create_user,
    create_venue,
    create_webhook,
    create_work_group,
)

pytestmark = pytest.mark.django_db

# Makes what is needed by the proper doors, then returns the one statement that the database must refuse.
Break = Callable[[], Callable[[], object]]

DAY = timedelta(days=1)


def change(row: Model, **columns: object) -> Callable[[], object]:
    """Change columns of a row by an UPDATE."""
    return lambda: type(row)._base_manager.filter(pk=row.pk).update(**columns)


def insert(row: Model) -> Callable[[], object]:
    return lambda: type(row)._base_manager.bulk_create([row])


def again(row: Model, **columns: object) -> Callable[[], object]:
    """Insert a row a second time, other columns than these unchanged."""
    fields = {
        field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields if not field.primary_key
    }
    return insert(type(row)(**fields | columns))


def school_code() -> SchoolCode:
    lead = create_lead(state=Membership.State.REQUESTED)
    code, _ = SchoolCode.new(lead.memberships.get(), timezone.now())
    code.save()
    return code


def meeting_booking() -> Booking:
    """A booking of one meeting of a network."""
    network = create_work_group(unit=WorkGroup.Unit.SESSION, sessions=1)
    return create_booking(work_group=network, session=network.sessions.get())


def attendance() -> Attendance:
    create_booking(work_group=create_work_group(sessions=1), people=1)
    return Attendance.objects.get()


def arrival(**of: object) -> Arrival:
    session = create_session(work_group=create_work_group(sessions=0))
    return Arrival.objects.create(**{"session": session, "at": timezone.now()} | of)


def network_place() -> Place:
    work_group = create_work_group(sessions=1, unit=WorkGroup.Unit.SESSION)
    return create_booking(work_group=work_group, session=work_group.sessions.get(), people=1).places.get()


def answer(*, of: str) -> Answer:
    group = create_work_group(sessions=0)
    place = create_booking(work_group=group, people=1).places.get()
    whose = {"place": place, "person": place.person} if of == "person" else {}
    question = create_question(project=group.project, of=of)
    return Answer.objects.create(
        question=question, booking=place.booking, words="Yes", answered_at=timezone.now(), **whose
    )


def feed(**columns: object) -> CalendarFeed:
    return CalendarFeed.objects.create(**{"owner": create_user(), "kind": "mine", "digest": uuid4().hex} | columns)


def linked_twice() -> Callable[[], object]:
    line = HistoryLine.objects.create(at=timezone.now(), verb="tried")
    kind = ContentType.objects.get_for_model(School)
    return again(HistoryLink.objects.create(line=line, content_type=kind, object_id=1))


def comment() -> Comment:
    task = create_task(session=create_work_group(sessions=1).sessions.get())
    reflection = Reflection.objects.create(task=task, person=create_user(), outcome="tried")
    return Comment.objects.create(reflection=reflection, by=create_user(), words="How many cubes?")


def handout() -> Attachment:
    return create_attachment(session=create_work_group(sessions=1).sessions.get())


def lesson_role() -> LessonRole:
    lesson = LessonStudy.objects.create(session=create_work_group(sessions=1).sessions.get(), year_group="Year 4")
    return LessonRole.objects.create(lesson=lesson, person=create_user(), words="teaches")


def reflected_twice() -> Callable[[], object]:
    task = create_task(session=create_work_group(sessions=1).sessions.get())
    return again(Reflection.objects.create(task=task, person=create_user(), outcome="tried"))


def leads_twice() -> Callable[[], object]:
    person = create_user()
    return again(create_work_group(leads=[person]).facilitations.get())


def late_for_nothing() -> Callable[[], object]:
    return insert(Mark(attendance=attendance(), what="present", minutes=5, at=timezone.now()))


def holiday() -> SchoolHoliday:
    first = date(2026, 10, 26)
    return SchoolHoliday.objects.create(la_code="855", name="Autumn", first_on=first, last_on=first + 4 * DAY)


def mail_pause() -> Pause:
    return Pause.objects.create(work_group=create_work_group(), reason="The venue is unclear", by=create_user())


def group_closes_before_it_opens() -> Callable[[], object]:
    now = timezone.now()
    return change(create_work_group(sessions=0), opens_at=now, closes_at=now - DAY)


def session_ends_before_it_begins() -> Callable[[], object]:
    session = create_work_group(sessions=1).sessions.get()
    return change(session, ends_at=session.starts_at)


def into_itself() -> Callable[[], object]:
    school = create_school()
    return change(school, merged_into=school)


def member() -> Membership:
    return create_teacher(school=create_school()).memberships.get()


def letter(**columns: object) -> Letter:
    return Letter(
        work_group=create_work_group(sessions=0),
        audience="everyone",
        subject="Cubes",
        body="Bring some.",
        key=uuid4(),
        by=create_user(),
        **columns,
    )


def copied_twice() -> Callable[[], object]:
    return again(IssueCopy.objects.create(issue=create_issue(), subscription=create_subscription()))


def asked_round(**columns: object) -> Round:
    group = create_work_group(sessions=1)
    return Round.objects.create(**{"kind": "evaluation", "work_group": group, "questions": []} | columns)


def pulse_twice() -> Callable[[], object]:
    session = create_work_group(sessions=1).sessions.get()
    columns = {"kind": "pulse", "work_group": session.work_group, "session": session}
    return insert(Round(**columns | {"pk": asked_round(**columns).pk + 1, "questions": []}))


def evaluation_question(**columns: object) -> EvaluationQuestion:
    return EvaluationQuestion.objects.create(
        **{"project": create_project(), "number": 1, "kind": "words", "words": "What now?"} | columns
    )


def proposal() -> Proposal:
    return create_proposal(before=create_booking(work_group=create_work_group(sessions=1), people=1))


BREAKS: dict[str, Break] = {
    "own_days_end_after_they_begin": lambda: change(
        days := create_own_days(school=create_school()), last_on=days.first_on - DAY
    ),
    "own_days_are_entered_once": lambda: again(create_own_days(school=create_school())),
    "phase_dates_end_after_they_begin": lambda: change(dates := create_phase_dates(), last_on=dates.first_on - DAY),
    "phase_dates_concern_somebody": lambda: change(create_phase_dates(), for_primary=False),
    "phase_dates_are_entered_once": lambda: again(create_phase_dates()),
    "proposal_is_one_per_school_and_group": lambda: again(proposal()),
    "proposal_that_is_declined_says_by_whom": lambda: change(proposal(), declined_at=timezone.now()),
    "proposed_person_is_proposed_once": lambda: again(proposal().proposed.get()),
    "answered_is_once_per_person_and_round": lambda: insert(
        Answered(
            round=(one := Answered.objects.create(round=asked_round(), person=create_user())).round, person=one.person
        )
    ),
    "evaluation_question_is_asked_once_in_a_project": lambda: again(evaluation_question()),
    "evaluation_question_with_a_list_has_one": lambda: change(evaluation_question(), kind="choice"),
    "group_report_quotes_somebody": lambda: insert(
        GroupReport(work_group=create_work_group(sessions=0), may_quote=True)
    ),
    "round_is_one_per_group_and_kind": lambda: again(asked_round()),
    "round_is_one_per_session": pulse_twice,
    "round_of_a_session_is_a_pulse": lambda: change(asked_round(), kind="pulse"),
    "issue_begun_was_due": lambda: change(create_issue(), begun_at=timezone.now()),
    "issue_copy_is_one_per_reader": copied_twice,
    "issue_done_had_begun": lambda: change(create_issue(), done_at=timezone.now()),
    "issue_stopped_was_on_its_way": lambda: change(create_issue(gone=True), stopped_at=timezone.now()),
    "bounced_address_is_in_small_letters": lambda: insert(BouncedAddress(address="Kim@School.example", code="5.1.1")),
    "inbound_done_has_its_moment": lambda: insert(
        Inbound(digest="x", kind="other", state="done", done_by=create_user())
    ),
    "inbound_taken_says_something": lambda: insert(Inbound(digest="x", kind="reply", state="taken")),
    "letter_about_who_came_names_the_session": lambda: insert(
        letter(session=create_work_group(sessions=1).sessions.get())
    ),
    "letter_to_one_school_names_the_school": lambda: insert(letter(school=create_school())),
    "attendance_is_one_per_person_and_session": lambda: again(attendance()),
    "arrival_is_one_per_line_of_the_register": lambda: again(arrival(attendance=attendance())),
    "arrival_is_one_per_person_and_session": lambda: again(arrival(person=create_user())),
    "arrival_is_of_a_line_a_person_or_a_name": lambda: change(arrival(name="Jo Bell"), name=""),
    "arrival_is_not_confirmed_and_turned_away": lambda: change(
        arrival(name="Jo Bell"), confirmed_at=timezone.now(), dismissed_at=timezone.now()
    ),
    "agreement_answered_has_its_moment": lambda: insert(
        Agreement(booking=create_booking(work_group=create_work_group()), answer="agrees")
    ),
    "booking_ended_has_its_moment": lambda: change(create_booking(work_group=create_work_group()), status="withdrawn"),
    "booking_held_back_is_waiting": lambda: change(create_booking(work_group=create_work_group()), held_back="Wait"),
    "booking_held_back_by_somebody_says_why": lambda: change(
        create_booking(work_group=create_work_group(capacity=0)), held_back_by=create_user()
    ),
    "booking_offered_says_until_when": lambda: change(
        create_booking(work_group=create_work_group()), status="offered", offered_at=timezone.now()
    ),
    "booking_one_live_per_school": lambda: again(create_booking(work_group=create_work_group()), key=uuid4()),
    "booking_one_live_per_school_and_meeting": lambda: again(meeting_booking(), key=uuid4()),
    "calendar_entry_is_one_per_person_and_session": lambda: again(
        CalendarEntry.objects.get(person=attendance().person), uid="another@work-groups"
    ),
    "calendar_entry_tells_no_future": lambda: change(
        CalendarEntry.objects.get(person=attendance().person), told_sequence=1
    ),
    "calendar_feed_is_one_per_person_and_kind": lambda: again(feed(), digest="another"),
    "calendar_feed_is_one_per_person_and_school": lambda: again(
        feed(kind="school", school=create_school()), digest="another"
    ),
    "calendar_feed_of_a_school_names_it": lambda: change(feed(), kind="school"),
    "eligibility_rule_is_one_of_a_kind_in_a_group": lambda: again(
        EligibilityRule.objects.create(work_group=create_work_group(), kind="phase")
    ),
    "eligibility_rule_says_what_it_speaks_of": lambda: insert(
        EligibilityRule(work_group=create_work_group(), kind="role")
    ),
    "facilitation_ends_after_it_begins": lambda: insert(
        Facilitation(
            work_group=create_work_group(), person=create_user(), since=date(2026, 9, 2), until=date(2026, 9, 1)
        )
    ),
    "facilitation_is_one_per_person_and_group": leads_twice,
    "history_line_is_linked_once_to_a_thing": linked_twice,
    "mobile_is_one_per_person_and_group": lambda: again(
        Mobile.objects.create(
            person=create_user(), work_group=create_work_group(), number="07700 900123", given_at=timezone.now()
        )
    ),
    "call_is_one_per_person_and_session": lambda: again(
        Call.objects.create(
            person=create_user(), session=create_work_group(sessions=1).sessions.get(), at=timezone.now()
        )
    ),
    "mark_minutes_belong_to_late_and_left_early": late_for_nothing,
    "membership_ended_has_its_moment": lambda: change(member(), state="ended"),
    "membership_is_one_per_person_and_school": lambda: again(member(), role="lead"),
    "notice_dealt_with_had_failed": lambda: insert(
        Notice(to="kim@school.example", subject="Hello", state="unknown", done_at=timezone.now())
    ),
    "notice_sent_has_its_moment": lambda: insert(Notice(to="kim@school.example", subject="Hello", state="sent")),
    "school_rule_is_one_per_school_and_group": lambda: again(
        create_work_group().school_rules.create(school=create_school(), kind=SchoolRule.Kind.NOT)
    ),
    "part_is_named_once_in_a_group": lambda: again(
        Part.objects.create(work_group=create_work_group(), name="Reception")
    ),
    "people_check_is_one_per_school_and_year": lambda: again(
        PeopleCheck.objects.create(school=create_school(), year=2026, asked_at=timezone.now())
    ),
    "register_import_ended_has_its_moment": lambda: insert(RegisterImport(state="dropped", sent_at=timezone.now())),
    "register_import_keeps_no_file_when_it_has_ended": lambda: insert(
        RegisterImport(state="dropped", sent_at=timezone.now(), ended_at=timezone.now(), file="register/kept.csv")
    ),
    "school_code_is_tried_a_few_times_only": lambda: change(school_code(), tries=6),
    "news_item_says_something": lambda: change(create_news(), text=""),
    "erasure_is_done_or_refused": lambda: change(
        Erasure.objects.create(person=create_user(), done_at=timezone.now()), refused_at=timezone.now()
    ),
    "erasure_is_done_before_it_is_finished": lambda: change(
        Erasure.objects.create(person=create_user()), finished_at=timezone.now()
    ),
    "complaint_closed_says_the_outcome": lambda: change(
        Complaint.objects.create(name="Kim", email="k@home.example", words="Twice"), closed_at=timezone.now()
    ),
    "school_note_says_what_and_why": lambda: change(
        SchoolNote.objects.create(school=create_school(), on="2026-11-02", words="Rang", why="To ring again"), why=""
    ),
    "need_says_what_was_agreed_to": lambda: change(
        Need.objects.create(
            place=create_booking(work_group=create_work_group()).places.all()[0],
            person=create_user(),
            wording="Yes",
            agreed_at=timezone.now(),
        ),
        wording="",
    ),
    "pause_is_one_per_group_at_a_time": lambda: again(mail_pause()),
    "pause_ended_by_somebody": lambda: change(mail_pause(), ended_at=timezone.now()),
    "webhook_turned_off_says_when_and_why": lambda: change(create_webhook(), is_on=False),
    "webhook_former_secret_ends": lambda: change(create_webhook(), former_secret="kept"),
    "webhook_failing_since_a_moment": lambda: change(create_webhook(), failures=1),
    "webhook_tells_an_act_once": lambda: again(
        create_delivery(
            webhook=create_webhook(), line=HistoryLine.objects.create(at=timezone.now(), verb="booked"), type="x"
        ),
        key=uuid4(),
    ),
    "webhook_delivery_is_of_an_act_or_a_test": lambda: change(
        create_delivery(webhook=create_webhook()), type="booking.made"
    ),
    "webhook_delivery_taken_was_answered": lambda: change(create_delivery(webhook=create_webhook()), state="sent"),
    "choice_is_one_per_family": lambda: again(
        Choice.objects.create(person=create_user(), family="letters", how="none")
    ),
    "person_merged_is_gone": lambda: change(create_user(), merged_into=create_user()),
    "person_comes_back_after_leaving": lambda: change(
        create_user(), away_from=date(2026, 9, 2), away_to=date(2026, 9, 1)
    ),
    "person_has_an_address_of_their_own": lambda: again(
        create_user(email="kim@school.example"), email="KIM@school.example"
    ),
    "certificate_is_one_per_person_and_group": lambda: again(create_certificate(), token="another"),
    "certificate_revoked_says_why": lambda: change(create_certificate(), revoked_at=timezone.now()),
    "place_one_live_per_person_and_group": lambda: again(
        create_booking(work_group=create_work_group(), people=1).places.get()
    ),
    "place_one_live_per_person_and_meeting": lambda: again(network_place()),
    "place_withdrawn_is_not_live": lambda: change(network_place(), withdrawn_at=timezone.now()),
    "quotation_is_chosen_once": lambda: again(quotation()),
    "question_is_asked_once_in_a_project": lambda: again(create_question(project=create_project())),
    "question_with_a_list_has_one": lambda: change(create_question(project=create_project()), kind="one"),
    "question_about_a_person_is_asked_of_one": lambda: change(
        create_question(project=create_project(), kind="role"), of="booking"
    ),
    "question_for_a_teacher_number_is_for_the_office": lambda: change(
        create_question(project=create_project(), kind="trn"), seen_by="leads"
    ),
    "answer_is_one_for_a_booking": lambda: again(answer(of="booking")),
    "answer_is_one_for_a_person_in_a_place": lambda: again(answer(of="person")),
    "answer_for_a_place_is_somebodys": lambda: change(answer(of="person"), person=None),
    "answer_says_something_or_what_it_lacks": lambda: change(answer(of="person"), lacks="none"),
    "reflection_is_one_per_person_and_task": reflected_twice,
    "comment_on_a_reflection_says_something": lambda: change(comment(), words=""),
    "attachment_is_in_one_place": lambda: change(handout(), session=None),
    "attachment_is_a_file_or_a_link": lambda: change(handout(), kind="link"),
    "attachment_links_to_a_safe_address": lambda: change(
        handout(), kind="link", file="", url="http://example.org/bars"
    ),
    "lesson_has_one_role_for_a_person": lambda: again(lesson_role()),
    "lesson_role_says_what_somebody_does": lambda: change(lesson_role(), words=""),
    "school_has_both_coordinates_or_none": lambda: change(create_school(), northing=None),
    "school_has_one_open_urn": lambda: insert(SchoolURN(school=create_school(), urn="123456")),
    "frozen_year_is_corrected_one_by_one": lambda: again(create_frozen_year()),
    "frozen_year_that_corrects_says_why": lambda: again(create_frozen_year(), number=2),
    "contribution_is_an_amount": lambda: change(contribution(), amount=0),
    "contribution_by_sessions_says_how_many": lambda: change(contribution(), condition="sessions"),
    "passed_on_is_an_amount": lambda: insert(
        PassedOn(work_group=create_work_group(), school=create_school(), amount=-1, at=timezone.now())
    ),
    "handed_list_ended_has_its_moment": lambda: change(create_handed_list(), state="done", rows=""),
    "handed_list_keeps_no_rows_when_it_has_ended": lambda: change(
        create_handed_list(), state="dropped", ended_at=timezone.now()
    ),
    "handed_list_agreed_is_not_looked_at_any_more": lambda: change(create_handed_list(), agreed_at=timezone.now()),
    "known_heading_means_one_thing": lambda: again(KnownHeading.objects.create(kind="people", heading="teacher")),
    "list_profile_has_a_name_of_its_own": lambda: again(
        ListProfile.objects.create(list_code="people", name="Return", saved_at=timezone.now())
    ),
    "disclosure_says_to_whom": lambda: change(disclosure(), to=""),
    "disclosure_for_something_else_says_what": lambda: change(disclosure(), why="other"),
    "api_key_reads_something": lambda: change(create_api_key()[0], reads_bookings=False),
    "api_key_says_whose_it_is": lambda: change(create_api_key()[0], to=""),
    "api_key_for_something_else_says_what": lambda: change(create_api_key()[0], why="other"),
    "past_engagement_is_held_once": lambda: again(past_engagement()),
    "past_engagement_that_completed_had_started": lambda: change(past_engagement(), outcome="completed", started=False),
    "school_holiday_ends_after_it_begins": lambda: change(holiday(), last_on=date(2026, 10, 25)),
    "school_holiday_is_entered_once": lambda: again(holiday(), name="Half term"),
    "school_is_not_merged_into_itself": into_itself,
    "session_ends_after_it_begins": session_ends_before_it_begins,
    "session_has_a_date_or_words_for_one": lambda: change(
        create_work_group(sessions=1).sessions.get(), starts_at=None, ends_at=None
    ),
    "session_is_never_oversold": lambda: change(create_work_group(sessions=1).sessions.get(), capacity=2, taken=3),
    "venue_host_can_be_written_to": lambda: change(create_venue(), host_name="Hal Ash"),
    "venue_has_both_coordinates_or_none": lambda: change(create_venue(), easting=None),
    "work_group_that_runs_says_who_decided": lambda: change(create_work_group(), runs_decided_at=timezone.now()),
    "work_group_with_fewest_schools_says_when": lambda: change(create_work_group(), fewest_schools=4),
    "work_group_does_not_run_beside_itself": lambda: change(group := create_work_group(), parallel_to=group),
    "work_group_closes_after_it_opens": group_closes_before_it_opens,
    "work_group_completes_at_one_hundred_per_cent": lambda: change(create_work_group(), completion_number=101),
    "work_group_without_tasks_asks_for_none": lambda: change(create_work_group(uses_tasks=False), completion_tasks=2),
    "work_group_has_no_more_schools_than_it_holds": lambda: change(
        create_work_group(), capacity_schools=2, taken_schools=3
    ),
    "work_group_is_never_oversold": lambda: change(create_work_group(capacity=20), taken=21),
    "work_group_takes_at_least_one_person_a_school": lambda: change(create_work_group(), people_from=0),
}


def contribution() -> Contribution:
    return Contribution.objects.create(work_group=create_work_group(), amount=100)


def disclosure() -> Disclosure:
    return Disclosure.objects.create(
        list_code="people", title="People", rows=1, file="csv", at=timezone.now(), to="NCETM", why="funder"
    )


def past_engagement() -> PastEngagement:
    return PastEngagement.objects.create(
        school=create_school(), title="Mastery Readiness", year=2024, source="a list", taken_in_at=timezone.now()
    )


def quotation() -> Quotation:
    reflection = Reflection.objects.create(
        task=create_task(session=create_work_group(sessions=1).sessions.get()), person=create_user(), outcome="tried"
    )
    return Quotation.objects.create(school=create_school(), reflection=reflection)


def constraints() -> dict[str, BaseConstraint]:
    """Every constraint that a model of the project declares, by its name."""
    return {constraint.name: constraint for model in project_models() for constraint in model._meta.constraints}


@pytest.mark.parametrize("name", BREAKS)
def test_constraint_refuses(name: str) -> None:
    statement = BREAKS[name]()

    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        statement()

    assert _broken(refusal.value, name) == name


def test_constraint_has_its_breaking_row() -> None:
    declared = constraints()

    assert sorted(BREAKS) == sorted(declared)


@pytest.mark.parametrize("constraint", constraints().values(), ids=constraints())
def test_constraint_speaks_in_words(constraint: BaseConstraint) -> None:
    words = str(constraint.violation_error_message)

    assert words != BaseConstraint.default_violation_error_message
    assert re.fullmatch(r"[A-Z].*\.", words)


@pytest.mark.parametrize("name", BREAKS)
def test_constraint_is_named_as_a_sentence(name: str) -> None:
    assert re.fullmatch(r"[a-z]+(_[a-z]+){3,}", name)


def _broken(refusal: IntegrityError, expected: str) -> str:
    """Which constraint the database says was broken. SQLite names a unique one by its table and columns."""
    if connection.vendor == "postgresql":
        return str(refusal.__cause__.diag.constraint_name)  # type: ignore[union-attr]
    said = str(refusal)
    if said.startswith("UNIQUE constraint failed: "):
        model, constraint = next(
            (model, constraint)
            for model in project_models()
            for constraint in model._meta.constraints
            if constraint.name == expected and isinstance(constraint, UniqueConstraint)
        )
        columns = [model._meta.get_field(field).column for field in constraint.fields]
        named = ", ".join(f"{model._meta.db_table}.{column}" for column in columns) or f"index '{expected}'"
        return expected if said == f"UNIQUE constraint failed: {named}" else said
    return said.removeprefix("CHECK constraint failed: ")
