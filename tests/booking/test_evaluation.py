"""What people say of a session and of a group: asked of who came, once, and kept so that nobody knows whose it is."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, time, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connections
from django.db.models import Model
from django.test import Client
from django.utils import timezone

from accounts.actions import rights
from accounts.models import HistoryLine, User
from accounts.personal import everything_about, retention_rules
from booking.actions import evaluation, people
from booking.actions.evaluation import EvaluationPlan
from booking.evaluation import (
    EVALUATION,
    IMPACT,
    PULSE,
    Asking,
    a_term_after,
    answered_in,
    fresh_questions_for,
    open_to,
    pulse_of,
)
from booking.links import person_say_url
from booking.models import Answered, Attendance, Remark, Round, Session, WorkGroup
from booking.question_sets import fresh_questions
from booking.schooldays import SchoolCalendar
from tests.factories import (
    create_came,
    create_ended_group,
    create_hub_staff,
    create_lead,
    create_session,
    create_teacher,
    create_user,
    create_work_group,
)

pytestmark = pytest.mark.django_db(transaction=True)

LogIn = Callable[[User], Client]
USEFUL = {0: "Very", 1: "About right"}


class Afternoon:
    """Four teachers came to a session three days ago; the next is to come."""

    def __init__(self, came: int = 4, days: int = -3, **fields: object) -> None:
        self.fran = create_user(name="Fran")
        self.group, self.people = create_ended_group(people=came, days=days, leads=[self.fran], **fields)
        self.session = self.group.sessions.get()
        create_session(work_group=self.group, number=2, days=20)

    @property
    def pulse(self) -> Asking:
        asking = pulse_of(Session.objects.select_related("work_group").get(pk=self.session.pk))
        assert asking is not None
        return asking

    def say(self, *given: dict[int, str]) -> None:
        for person, said in zip(self.people, given, strict=False):
            evaluation.answer(asking=self.pulse, given=said, person=person)


def asked(person: User, days: int = 0) -> list[str]:
    return [one.kind for one in open_to(person, timezone.now() + timedelta(days=days))]


def counts() -> tuple[int, dict[str, dict[str, int]], int, dict[str, dict[str, int]]]:
    one = Round.objects.get()
    return one.answered, one.counts, one.held, one.held_counts


def test_pulse_is_asked_of_who_came_for_two_weeks() -> None:
    hub = Afternoon()
    away = create_teacher(school=create_lead().memberships.get().school)
    create_came(session=hub.session, people=[away], what="absent")

    assert [asked(hub.people[0], days) for days in (0, 10, 12)] == [[PULSE], [PULSE], []]
    assert asked(away) == []


@pytest.mark.parametrize("fields", [{"uses_pulse": False}, {"status": WorkGroup.Status.CANCELLED}])
def test_pulse_is_not_asked_where_the_group_has_none(fields: dict[str, object]) -> None:
    hub = Afternoon()
    WorkGroup.objects.update(**fields)

    assert asked(hub.people[0]) == []


def test_pulse_is_not_asked_of_a_session_that_was_cancelled() -> None:
    hub = Afternoon()
    Session.objects.filter(pk=hub.session.pk).update(status=Session.Status.CANCELLED)

    assert asked(hub.people[0]) == []


def test_pulse_is_not_asked_where_so_few_came_that_they_could_be_told_apart(log_in: LogIn) -> None:
    hub = Afternoon(came=2)

    page = log_in(hub.people[0]).get(f"/my/pulse/{hub.session.pk}/").content.decode()

    assert asked(hub.people[0]) == []
    assert "Fewer than three people came" in page
    with pytest.raises(ValidationError, match="Fewer than three"):
        hub.say(USEFUL)


def test_answer_is_kept_apart_from_who_gave_it() -> None:
    hub = Afternoon()

    hub.say(USEFUL | {2: "More time to try it"}, {0: "Fairly"}, {0: "Very", 2: "A break"})

    assert counts() == (3, {"0": {"Fairly": 1, "Very": 2}, "1": {"About right": 1}}, 0, {})
    assert list(Remark.objects.values_list("words", "held")) == [("A break", False), ("More time to try it", False)]
    assert set(Answered.objects.values_list("person", flat=True)) == {one.pk for one in hub.people[:3]}


def test_answer_has_no_key_order_or_moment_that_leads_to_a_person() -> None:
    hub = Afternoon()
    hub.say({2: "Zoo"}, {2: "Apples"}, {2: "Middle"})

    def columns(model: type[Model]) -> set[str]:
        return {field.name for field in model._meta.concrete_fields}

    assert columns(Remark) == {"id", "round", "number", "words", "held"}
    assert columns(Answered) == {"id", "round", "person"}
    assert [field for field in columns(Round) if field.endswith("_at")] == []
    # Rows lie in the order of their letters, whoever came first: SQLite numbers them, and PostgreSQL writes them one
    # after the other.
    assert [row.words for row in Remark.objects.raw("SELECT * FROM booking_remark")] == ["Apples", "Middle", "Zoo"]
    who = [row.pk for row in Answered.objects.raw("SELECT * FROM booking_answered")]
    assert who == sorted(who)  # an order of chance
    # The history would say who did it when.
    assert (
        HistoryLine.objects.about(hub.people[0])
        .filter(at__gt=timezone.now() - timedelta(seconds=30))
        .filter(verb__contains="answer")
        .count()
        == 0
    )


def test_answers_come_to_light_three_at_a_time() -> None:
    hub = Afternoon(came=8)
    seen = []

    for person in hub.people[:7]:
        evaluation.answer(asking=hub.pulse, given={0: "Very", 2: person.name}, person=person)
        seen.append((Round.objects.get().answered, Remark.objects.filter(held=False).count()))

    assert seen == [(0, 0), (0, 0), (3, 3), (3, 3), (3, 3), (6, 6), (6, 6)]


def test_answer_is_given_once_and_cannot_be_changed() -> None:
    hub = Afternoon()
    hub.say(USEFUL)

    with pytest.raises(ValidationError, match="cannot be changed"):
        hub.say({0: "Not at all"})

    assert counts() == (0, {}, 1, {"0": {"Very": 1}, "1": {"About right": 1}})
    assert asked(hub.people[0]) == []


def test_answer_by_many_at_once_counts_each_person_once() -> None:
    hub = Afternoon(came=6)

    def press(number: int) -> str:
        try:
            evaluation.answer(asking=hub.pulse, given={0: "Very"}, person=hub.people[number % 6])
        except ValidationError:
            return "refused"
        finally:
            connections.close_all()
        return "kept"

    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(press, range(18)))

    assert (said.count("kept"), said.count("refused")) == (6, 12)
    assert counts() == (6, {"0": {"Very": 6}}, 0, {})
    assert Answered.objects.count() == 6


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "Answer at least one"),
        ({0: "   "}, "Answer at least one"),
        ({0: "Brilliant"}, "questions have changed"),
        ({9: "Very"}, "questions have changed"),
    ],
)
def test_answer_refuses_what_was_not_asked(given: dict[int, str], words: str) -> None:
    hub = Afternoon()

    with pytest.raises(ValidationError, match=words):
        hub.say(given)

    assert (Round.objects.count(), Answered.objects.count()) == (0, 0)


def test_answer_refuses_who_did_not_come_and_who_comes_late() -> None:
    hub, late = Afternoon(), Afternoon(days=-15)

    with pytest.raises(ValidationError, match="those who came"):
        evaluation.answer(asking=hub.pulse, given=USEFUL, person=late.people[0])
    with pytest.raises(ValidationError, match="too late"):
        late.say(USEFUL)


def test_pulse_page_is_answered_from_a_mail_without_an_account() -> None:
    hub = Afternoon()
    path = person_say_url(hub.people[0], PULSE, hub.session.pk).partition(":8000")[2]
    client = Client()

    page = client.get(path)
    response = client.post(path, {"q0": "Very", "q1": "Too fast", "q2": "More examples"}, follow=True)

    assert "without my name" in page.content.decode()
    assert "kept without your name" in response.content.decode()
    assert Round.objects.get().held == 1
    assert "You have answered this" in client.get(path).content.decode()


def test_pulse_page_is_no_page_for_who_did_not_come(log_in: LogIn) -> None:
    hub = Afternoon()

    statuses = [log_in(person).get(f"/my/pulse/{hub.session.pk}/").status_code for person in (hub.fran, create_user())]

    assert statuses == [404, 404]


def test_my_sessions_asks_until_it_is_answered(log_in: LogIn) -> None:
    hub = Afternoon()
    client = log_in(hub.people[0])

    before = client.get("/my/").content.decode()
    client.post(f"/my/pulse/{hub.session.pk}/", {"q0": "Very"})
    client.get("/my/")

    link = f"/my/pulse/{hub.session.pk}/"
    assert (link in before, link in client.get("/my/").content.decode()) == (True, False)


def test_evaluation_is_asked_after_the_last_session_of_who_came() -> None:
    group, came = create_ended_group(days=-7, sessions=2)
    assert [kind for kind in asked(came[0]) if kind != PULSE] == [EVALUATION]

    undated = create_session(work_group=group, number=3, days=30, starts_at=None, ends_at=None, when_words="In May")

    assert asked(came[0]) == [PULSE]
    undated.delete()
    assert asked(came[0], days=36) == []


def test_evaluation_is_not_asked_of_a_guest_from_another_group() -> None:
    group, _ = create_ended_group(days=-7)
    guest = create_user()
    create_came(session=group.sessions.get(), people=[guest])

    assert asked(guest) == [PULSE]


def test_impact_is_asked_once_a_term_later() -> None:
    _, came = create_ended_group(days=-105)

    assert asked(came[0]) == [IMPACT]
    assert asked(came[0], days=60) == []


def test_a_term_after_leaves_holidays_out() -> None:
    tuesday = date(2027, 1, 12)
    half_term = SchoolCalendar({"855": [(date(2027, 2, 15), date(2027, 2, 19)), (date(2027, 3, 22), date(2027, 4, 2))]})

    days = a_term_after(tuesday, "855", SchoolCalendar({})), a_term_after(tuesday, "855", half_term)

    # Good Friday and Easter Monday leave weeks of four days; 12 weeks from 18 January, and 15 with three of holidays.
    assert days == (date(2027, 4, 12), date(2027, 5, 4))


def test_answered_in_is_of_the_group_as_a_whole_alone() -> None:
    group, came = create_ended_group(days=-7)
    session = group.sessions.select_related("work_group").get()
    pulse = pulse_of(session)
    assert pulse is not None
    evaluation.answer(asking=pulse, given=USEFUL, person=came[0])
    before = answered_in([group.pk])

    looking_back = next(one for one in open_to(came[0], timezone.now()) if one.kind == EVALUATION)
    evaluation.answer(asking=looking_back, given={0: "Agree"}, person=came[0])

    assert (before, answered_in([group.pk])) == (set(), {(EVALUATION, group.pk, came[0].pk)})


def test_save_evaluation_changes_nothing_for_who_has_begun() -> None:
    group, came = create_ended_group(days=-7)
    other, others = create_ended_group(days=-7, project=group.project)
    looking_back = next(one for one in open_to(came[0], timezone.now()) if one.kind == EVALUATION)
    evaluation.answer(asking=looking_back, given={0: "Agree"}, person=came[0])

    evaluation.save_evaluation(
        project=group.project, plans=[EvaluationPlan("words", "What now?")], by=create_hub_staff()
    )

    assert fresh_questions(EVALUATION, group.project_id) == [{"kind": "words", "words": "What now?", "choices": []}]
    evaluation.answer(asking=looking_back, given={0: "Agree strongly"}, person=came[1])
    theirs = next(one for one in open_to(others[0], timezone.now()) if one.kind == EVALUATION)
    evaluation.answer(asking=theirs, given={0: "More of it"}, person=others[0])
    assert [len(one.questions) for one in Round.objects.order_by("work_group")] == [8, 1]
    assert Round.objects.get(work_group=other).held == 1


def test_office_evaluation_orders_questions_and_goes_back_to_ours(log_in: LogIn) -> None:
    group, _ = create_ended_group(days=-7)
    client = log_in(create_hub_staff())
    url = f"/office/projects/{group.project_id}/evaluation/"
    rows = {
        "form-TOTAL_FORMS": "3",
        "form-INITIAL_FORMS": "0",
        "form-0-place": "2",
        "form-0-kind": "words",
        "form-0-words": "What next?",
        "form-1-place": "1",
        "form-1-kind": "choice",
        "form-1-words": "Come again?",
        "form-1-choices": "Yes\nNo",
        "form-2-place": "3",
        "form-2-kind": "choice",
        "form-2-words": "Which?",
        "form-2-choices": "One",
    }

    refused = client.post(url, rows)
    client.post(url, rows | {"form-2-choices": "One\nTwo"})
    kept = [one["words"] for one in fresh_questions(EVALUATION, group.project_id)]
    client.post(url, {"ours": "1"})

    assert "at least two answers" in refused.content.decode()
    assert kept == ["Come again?", "What next?", "Which?"]
    assert len(fresh_questions(EVALUATION, group.project_id)) == 8


def test_evaluation_asks_nothing_about_tasks_where_there_are_none() -> None:
    words = "What we tried between the sessions worked with my pupils."
    asked_in = []

    for uses_tasks in (True, False):
        _, came = create_ended_group(days=-7, uses_tasks=uses_tasks)
        looking_back = next(one for one in open_to(came[0], timezone.now()) if one.kind == EVALUATION)
        asked_in.append(words in [question["words"] for question in fresh_questions_for(looking_back)])

    assert asked_in == [True, False]


def test_merge_keeps_that_either_account_has_answered() -> None:
    hub = Afternoon()
    keep, gone = hub.people[:2]
    hub.say(USEFUL, USEFUL)

    people.merge(keep=keep, gone=gone, by=create_hub_staff())

    assert list(Answered.objects.values_list("person", flat=True)) == [keep.pk]
    assert Round.objects.get().held == 2


def test_erase_takes_names_out_of_what_was_said_and_leaves_the_counts() -> None:
    hub = Afternoon()
    User.objects.filter(pk=hub.people[0].pk).update(name="Zebedee Quill")
    hub.say(USEFUL, {2: "Zebedee Quill talked a lot"}, USEFUL)
    hub.people[0].refresh_from_db()

    rights.erase(person=hub.people[0], by=create_hub_staff())

    assert Remark.objects.get().words == "… talked a lot"
    assert (Round.objects.get().answered, Answered.objects.count()) == (3, 2)


def test_export_says_that_something_was_said_and_that_nobody_can_tell_what() -> None:
    hub = Afternoon()
    hub.say(USEFUL | {2: "More cubes"})

    held = everything_about(hub.people[0])["answered_without_my_name"]

    assert held["asked"] == [f"Pulse after a session of {hub.session}"]
    assert "More cubes" not in str(everything_about(hub.people[0]))


def test_retention_forgets_who_has_answered_after_a_year_and_sentences_after_three() -> None:
    hub = Afternoon()
    hub.say({2: "One"}, {2: "Two"}, {2: "Three"})
    kept = []

    for days in (364, 366, 3 * 365 + 1):
        ends = timezone.now() - timedelta(days=days)
        Session.objects.update(starts_at=ends - timedelta(hours=2), ends_at=ends)
        for rule in retention_rules():
            if "said" in rule.what:
                rights.apply_rule(rule=rule, now=timezone.now())
        kept.append((Answered.objects.count(), Remark.objects.count(), Round.objects.count()))

    assert kept == [(3, 3, 1), (0, 3, 1), (0, 0, 1)]


def test_pulse_of_a_session_that_ends_at_the_change_of_clocks_is_open_two_weeks() -> None:
    zone = timezone.get_default_timezone()
    start = datetime.combine(date(2027, 3, 26), time(13), tzinfo=zone)
    session = create_session(
        work_group=create_work_group(sessions=0), starts_at=start, ends_at=start + timedelta(hours=2)
    )

    asking = pulse_of(session)

    assert asking is not None
    assert asking.closes_at - asking.opens_at == timedelta(days=14)
    assert Attendance.objects.count() == 0
