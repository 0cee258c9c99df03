"""Mails that ask what people say: with what was done, and about a group that has ended, at most once each."""

from collections import Counter
from datetime import date, datetime, time, timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from booking.actions import evaluation as actions
from booking.evaluation import EVALUATION, PULSE, open_to, owed
from booking.models import Session, WorkGroup
from notifications.delivery import drain
from notifications.done import tell_what_was_done
from notifications.evaluation import ask_to_look_back
from notifications.kinds import OF_SCHOOLS
from notifications.models import Choice, Notice
from notifications.reminders import remind
from tests.factories import (
    create_booking,
    create_came,
    create_ended_group,
    create_lead,
    create_session,
    create_task,
    create_teacher,
    create_user,
    create_work_group,
)

pytestmark = pytest.mark.django_db(transaction=True)

ZONE = timezone.get_default_timezone()
MAILS = ["evaluation", "evaluation_again", "impact", "what_we_did"]


def tuesday() -> date:
    """The first Tuesday of next March."""
    first = date(timezone.localdate().year + 1, 3, 1)
    return first + timedelta(days=(1 - first.weekday()) % 7)


def at(days: int, hour: int = 8) -> datetime:
    """So many days from that Tuesday."""
    return datetime.combine(tuesday() + timedelta(days=days), time(hour), tzinfo=ZONE)


class Over:
    """The only session of a group was on a Tuesday in March; four came."""

    def __init__(self, *, signed: bool = False, **fields: object) -> None:
        self.group, self.people = create_ended_group(title="Bar models", **fields)
        self.kim = self.people[0]
        Session.objects.update(starts_at=at(0, 13), ends_at=at(0, 15), signed_at=at(0, 16) if signed else None)

    def walk(self, first: int = 0, last: int = 150, person: User | None = None) -> list[tuple[int, str]]:
        """What one person gets, day by day, as (days after the session, kind)."""
        found, person = [], person or self.kim
        for day in range(first, last):
            before = set(Notice.objects.values_list("pk", flat=True))
            for hour in (3, 8, 17):
                tell_what_was_done(at(day, hour))
                ask_to_look_back(at(day, hour))
            new = Notice.objects.filter(to=person.email, kind__in=MAILS).exclude(pk__in=before)
            # As if it had been made then: the second mail counts days from the first.
            Notice.objects.exclude(pk__in=before).update(made_at=at(day, 8))
            found += [(day, kind) for kind in new.values_list("kind", flat=True)]
        return found


def text(kind: str, person: User) -> str:
    return bytes(Notice.objects.get(kind=kind, to=person.email).raw).decode().replace("=\r\n", "")


def answer(hub: Over, person: User) -> None:
    asking = next(one for one in open_to(person, timezone.now()) if one.kind == EVALUATION)
    actions.answer(asking=asking, given={0: "Agree"}, person=person)


def test_looking_back_is_asked_after_three_days_of_school_once_more_after_two_weeks_and_a_term_later() -> None:
    hub = Over()

    mails = hub.walk()

    assert [kind for _, kind in mails] == ["evaluation", "evaluation_again", "impact"]
    assert mails[0][0] == 3
    assert 14 <= mails[1][0] <= 16  # Good Friday and Easter Monday may lie between
    assert 90 <= mails[2][0] <= 100


def test_looking_back_is_asked_by_what_we_did_where_that_is_told() -> None:
    hub = Over(signed=True)

    mails = hub.walk(last=20)

    assert [kind for _, kind in mails] == ["what_we_did", "evaluation_again"]
    assert "Look back at the group" in text("what_we_did", hub.kim)
    assert "/evaluation/" in text("what_we_did", hub.kim)


def test_looking_back_is_asked_of_who_missed_the_last_session_in_a_mail_of_its_own() -> None:
    hub = Over(signed=True)
    before = create_session(work_group=hub.group, number=0, starts_at=at(-21, 13), ends_at=at(-21, 15))
    create_came(session=before, people=hub.people)
    last = Session.objects.exclude(pk=before.pk).get()
    create_came(session=last, people=[hub.kim], what="absent")

    kinds = [kind for _, kind in hub.walk(last=10)]

    assert kinds == ["what_we_did", "evaluation"]
    assert "without your name" not in text("what_we_did", hub.kim)


def test_looking_back_is_not_asked_of_who_has_answered() -> None:
    group, people = create_ended_group(days=-7)
    hub = Over.__new__(Over)
    hub.group, hub.people, hub.kim = group, people, people[0]
    answer(hub, hub.kim)

    found = {(one.asking.kind, one.row.person_id) for one in owed(timezone.now())}

    assert found == {(EVALUATION, one.pk) for one in people[1:]}


@pytest.mark.parametrize("fields", [{"uses_evaluation": False}, {"status": "cancelled"}])
def test_looking_back_is_not_asked_where_the_group_does_not(fields: dict[str, object]) -> None:
    hub = Over()
    WorkGroup.objects.update(**fields)

    assert hub.walk(last=30) == []


def test_looking_back_is_asked_of_nobody_where_two_came() -> None:
    hub = Over(people=2)

    assert hub.walk(last=30) == []


def test_looking_back_asks_nothing_of_who_wants_no_mails_after_sessions() -> None:
    hub = Over()
    Choice.objects.create(person=hub.kim, family=Choice.Family.AFTER, how=Choice.How.NONE)

    hub.walk(last=30)

    assert set(
        Notice.objects.filter(to=hub.kim.email).exclude(kind="place_confirmed").values_list("state", flat=True)
    ) <= {Notice.State.DROPPED}


def test_looking_back_goes_to_who_books_for_somebody_without_an_address() -> None:
    hub = Over()
    lead = create_lead(school=hub.kim.memberships.get().school, name="Lena")
    User.objects.filter(pk=hub.kim.pk).update(email=None)

    hub.walk(last=5, person=lead)

    subjects = set(Notice.objects.filter(to=lead.email, kind="evaluation").values_list("subject", flat=True))
    assert subjects == {f"For {hub.kim.name}: Looking back: Bar models"}


def test_looking_back_says_nothing_to_a_school_of_who_has_not_answered() -> None:
    assert {"evaluation", "evaluation_again", "impact"} & set(OF_SCHOOLS) == set()


def test_what_we_did_asks_for_a_minute_of_who_came_and_of_nobody_else() -> None:
    hub = Over(signed=True)
    create_session(work_group=hub.group, number=2, starts_at=at(21, 13), ends_at=at(21, 15))
    missed = hub.people[3]
    create_came(session=hub.group.sessions.get(number=1), people=[missed], what="absent")

    hub.walk(last=3)

    came = text("what_we_did", hub.kim)
    assert "Say it in one minute" in came
    assert "/pulse/" in came
    assert ["/pulse/" in text("what_we_did", one) for one in (hub.people[1], missed)] == [True, False]


@pytest.mark.parametrize(("came", "uses"), [(2, True), (4, False)])
def test_what_we_did_asks_nothing_where_nobody_is_asked(came: int, uses: bool) -> None:
    hub = Over(people=came, signed=True, uses_pulse=uses)
    create_session(work_group=hub.group, number=2, starts_at=at(21, 13), ends_at=at(21, 15))

    hub.walk(last=3)

    assert "/pulse/" not in text("what_we_did", hub.kim)


def test_what_we_did_does_not_ask_who_has_said_it_already() -> None:
    group, people = create_ended_group(days=-3, title="Bar models")
    create_session(work_group=group, number=2, days=30)
    session = group.sessions.get(number=1)
    asking = next(one for one in open_to(people[0], timezone.now()) if one.kind == PULSE)
    actions.answer(asking=asking, given={0: "Very"}, person=people[0])
    Session.objects.filter(pk=session.pk).update(signed_at=session.ends_at)
    now = timezone.now()
    for hours in range(0, 240, 3):  # whatever day it is, there is school within ten
        tell_what_was_done(now + timedelta(hours=hours))

    assert ["/pulse/" in text("what_we_did", one) for one in people[:2]] == [False, True]


def test_limits_27_mails_for_a_place_of_six_sessions_with_everything_on_and_nothing_answered() -> None:
    lead, fran = create_lead(), create_user(name="Fran")
    kim, *others = (create_teacher(school=lead.memberships.get().school) for _ in range(3))
    group = create_work_group(sessions=0, leads=[fran], capacity=None, people_to=3, nudges_half_way=True)
    days = [21 * index for index in range(6)]
    for number, day in enumerate(days, start=1):
        session = create_session(work_group=group, number=number, starts_at=at(day, 13), ends_at=at(day, 15))
        create_task(session=session)
    create_booking(work_group=group, by=lead, people=[kim, *others])
    drain()

    for day in [*range(-30, days[-1] + 30), *range(days[-1] + 35, days[-1] + 154, 7)]:
        remind(at(day))
        tell_what_was_done(at(day))
        ask_to_look_back(at(day))
        for session in Session.objects.filter(starts_at__gte=at(day, 0), starts_at__lt=at(day + 1, 0)):
            create_came(session=session, people=[kim, *others])
            assert session.ends_at is not None
            Session.objects.filter(pk=session.pk).update(signed_at=session.ends_at + timedelta(minutes=5))

    kinds = Counter(Notice.objects.filter(to=kim.email).values_list("kind", flat=True))
    assert kinds == {
        "place_confirmed": 1,
        "invite": 6,
        "half_way": 5,
        "reminder": 7,
        "what_we_did": 6,
        "evaluation_again": 1,
        "impact": 1,
    }
    assert kinds.total() == 27
