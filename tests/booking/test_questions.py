"""What a project asks with a booking: asked once, remembered, read by those named; a teacher's number is masked."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from accounts.actions import rights
from accounts.personal import everything_about, retention_rules
from booking.actions import people, questions, swaps, transfers
from booking.actions.questions import QuestionPlan
from booking.asking import ALL, Given, asked_for, asked_of, key_of
from booking.models import Answer, Booking, Place, Project, Question, Session, WorkGroup
from tests.factories import (
    create_booking,
    create_hub_staff,
    create_lead,
    create_project,
    create_question,
    create_teacher,
    create_user,
    create_work_group,
)

pytestmark = pytest.mark.django_db(transaction=True)

TRN = {"kind": "trn", "words": "Teacher reference number"}


class Hub:
    """A project that asks of each person a number and some years, and of a school one thing."""

    def __init__(self) -> None:
        self.staff, self.lead = create_hub_staff(), create_lead(name="Lena Marsh")
        self.school = self.lead.memberships.get().school
        self.tom = create_teacher(school=self.school, name="Tom Teasel")
        self.project = create_project()
        self.trn = create_question(project=self.project, **TRN)
        self.years = create_question(project=self.project, kind="years", words="Year groups", required=True)
        self.scheme = create_question(
            project=self.project, kind="short", of="booking", words="Which scheme do you use?"
        )
        self.group = create_work_group(project=self.project)

    def book(self, *, group: WorkGroup | None = None, **answers: list[Given]) -> Booking:
        keyed = {None if key == ALL else int(key.removeprefix("of_")): given for key, given in answers.items()}
        return create_booking(work_group=group or self.group, by=self.lead, people=[self.tom], answers=keyed)

    def answered(self, number: str = "1234567") -> Booking:
        return self.book(
            all=[Given(self.scheme.pk, "White Rose")],
            of_0=[Given(self.trn.pk, number), Given(self.years.pk, "Year 3; Year 4")],
        )


def words(booking: Booking) -> dict[str, list[str]]:
    asked = asked_of(booking, list(booking.places.select_related("person")), booking.made_by)
    return {one.title: [shown for _, shown in one.lines] for one in asked}


def test_questions_are_answered_with_a_booking_and_numbers_are_masked() -> None:
    hub = Hub()

    booking = hub.answered()

    assert words(booking) == {str(hub.school): ["White Rose"], "Tom Teasel": ["•••• 567", "Year 3; Year 4"]}
    assert str(Answer.objects.get(question=hub.trn)) == "•••• 567"


def test_questions_are_remembered_for_the_same_school_only() -> None:
    hub = Hub()
    hub.answered()
    later, elsewhere = create_project(), create_lead()
    create_question(project=later, **TRN)
    group = create_work_group(project=later)
    person = ("0", "Tom Teasel", hub.tom.pk)

    (asked,) = asked_for(group, hub.school, [person])
    (strange,) = asked_for(group, elsewhere.memberships.get().school, [person])

    assert [shown for _, shown in asked.lines] == ["•••• 567"]
    assert [shown for _, shown in strange.lines] == [""]


def test_questions_that_are_not_known_stay_open_and_are_not_remembered() -> None:
    hub = Hub()

    booking = hub.book(of_0=[Given(hub.trn.pk, lacks="unknown"), Given(hub.years.pk, lacks="none")])

    (of_school, of_tom) = asked_of(booking, list(booking.places.select_related("person")), hub.lead)
    assert ([one.pk for one in of_school.open], [one.pk for one in of_tom.open]) == ([hub.scheme.pk], [hub.trn.pk])
    assert asked_for(hub.group, hub.school, [("0", "Tom", hub.tom.pk)])[1].known.keys() == {hub.years.pk}


def test_questions_answered_for_one_person_are_not_the_next_ones() -> None:
    hub = Hub()
    booking = hub.answered()
    place = booking.places.get()
    ann = create_teacher(school=hub.school, name="Ann Ash")

    swaps.take_over(place=place, to=ann.pk, by=hub.lead)

    assert words(booking)["Ann Ash"] == ["", ""]
    with pytest.raises(ValidationError, match="Somebody else has a place now"):
        questions.answer(booking=booking, answers={key_of(place): [Given(hub.trn.pk, "7654321")]}, by=hub.lead)
    questions.answer(
        booking=booking, answers={key_of(Place.objects.get()): [Given(hub.trn.pk, "7654321")]}, by=hub.lead
    )
    assert words(booking)["Ann Ash"] == ["•••• 321", ""]


def test_questions_go_with_a_booking_to_a_parallel_group() -> None:
    hub = Hub()
    beside = create_work_group(project=hub.project, parallel_to=hub.group)
    booking = hub.answered()

    moved = transfers.transfer(booking=booking, to=beside, by=hub.lead)

    assert words(moved) == {str(hub.school): ["White Rose"], "Tom Teasel": ["•••• 567", "Year 3; Year 4"]}


def test_questions_no_longer_asked_keep_their_answers_and_unanswered_ones_go() -> None:
    hub = Hub()
    booking = hub.answered()
    unanswered = create_question(project=hub.project)

    questions.save_questions(project=hub.project, plans=[], by=hub.staff)

    assert not Question.objects.filter(pk=unanswered.pk).exists()
    assert (Question.objects.asked().count(), Answer.objects.count(), words(booking)) == (0, 3, {})
    assert not WorkGroup.objects.get(pk=hub.group.pk).has_questions


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"kind": "long"}, "has answers already"),
        ({"of": "person"}, "has answers already"),
        ({"seen_by": "leads"}, "were told that only the office reads it"),
    ],
)
def test_questions_with_answers_do_not_change_what_they_asked(change: dict[str, str], sentence: str) -> None:
    hub = Hub()
    hub.answered()
    plan = {"kind": "short", "words": "Which scheme do you use?", "of": "booking", "seen_by": "hub"} | change

    with pytest.raises(ValidationError, match=sentence):
        questions.save_questions(project=hub.project, plans=[QuestionPlan(pk=hub.scheme.pk, **plan)], by=hub.staff)


def test_questions_of_a_person_are_shown_to_them_and_erased_with_them() -> None:
    hub = Hub()
    hub.answered()

    assert {"asked": "Year groups", "answer": "Year 3; Year 4"}.items() <= everything_about(hub.tom)[
        "answered_about_me"
    ][1].items()
    rights.erase(person=hub.tom, by=hub.staff)

    assert [str(one) for one in Answer.objects.all()] == ["White Rose"]


def test_questions_are_deleted_a_year_after_the_last_session() -> None:
    hub = Hub()
    hub.answered()
    (rule,) = [rule for rule in retention_rules() if "teacher reference numbers" in rule.what]

    then = Session.objects.order_by("-ends_at")[0].ends_at
    assert then is not None
    assert rule.due(then + timedelta(days=364)).count() == 0
    assert rule.dispose(rule.due(then + timedelta(days=366)), timezone.now()) == 3


def test_questions_of_two_accounts_of_one_person_become_those_of_one() -> None:
    hub = Hub()
    booking = hub.answered()
    twin = create_user(name="Tom Teasel")
    place = booking.places.get()
    Answer.objects.create(
        question=hub.trn, booking=booking, place=place, person=twin, words="9999999", answered_at=timezone.now()
    )

    people.merge(keep=hub.tom, gone=twin, by=hub.staff)

    assert words(booking)["Tom Teasel"] == ["•••• 567", "Year 3; Year 4"]


# On the screen


def test_questions_stand_between_who_comes_and_checking(client: Client) -> None:
    hub = Hub()
    client.force_login(hub.lead)
    start = f"/work-groups/{hub.group.slug}/book/"
    trn, years, scheme = (f"q{one.pk}" for one in (hub.trn, hub.years, hub.scheme))

    response = client.post(start, {"who_0": hub.tom.pk, "who_1": "nobody", "cover_email": ""})
    assert response["Location"] == f"{start}questions/"
    assert client.get(f"{start}check/")["Location"] == f"{start}questions/"
    response = client.post(f"{start}questions/", {f"{trn}-0": "number", f"{trn}-0-number": "0000000"})
    page = response.content.decode()
    assert "seven digits" in page
    assert "Answer this for Tom Teasel." in page
    answers = {f"{trn}-0": "number", f"{trn}-0-number": "12 34567", f"{years}-0": ["Year 1", "Year 2"]}
    response = client.post(f"{start}questions/", answers | {f"{scheme}-all": "Power Maths"})
    assert response["Location"] == f"{start}check/"
    page = client.get(f"{start}check/").content.decode()
    assert ("•••• 567" in page, "1234567" in page, "Power Maths" in page) == (True, False, True)
    client.post(f"{start}place/")

    assert words(Booking.objects.get()) == {
        str(hub.school): ["Power Maths"],
        "Tom Teasel": ["•••• 567", "Year 1; Year 2"],
    }


def test_questions_forget_in_a_draft_what_was_said_of_somebody_else(client: Client) -> None:
    hub = Hub()
    ann = create_teacher(school=hub.school, name="Ann Ash")
    client.force_login(hub.lead)
    start = f"/work-groups/{hub.group.slug}/book/"
    answers = {f"q{hub.years.pk}-0": ["Year 1"], f"q{hub.scheme.pk}-all": "Power Maths"}
    client.post(start, {"who_0": hub.tom.pk, "who_1": "nobody"})
    client.post(f"{start}questions/", answers)

    client.post(start, {"who_0": ann.pk, "who_1": hub.tom.pk})
    page = client.get(f"{start}questions/")

    form = page.context["form"]
    assert (form[f"q{hub.years.pk}-0"].value(), form[f"q{hub.years.pk}-1"].value()) == ([], ["Year 1"])
    assert form[f"q{hub.scheme.pk}-all"].value() == "Power Maths"


def test_questions_known_numbers_are_kept_without_being_written_into_a_page(client: Client) -> None:
    hub = Hub()
    booking = hub.answered()
    client.force_login(hub.lead)
    url = f"/bookings/{booking.pk}/answers/"
    key = key_of(booking.places.get())

    page = client.get(url).content.decode()
    client.post(url, {f"q{hub.trn.pk}-{key}": "keep", f"q{hub.years.pk}-{key}": ["Year 6"]})

    assert "1234567" not in page
    assert words(booking) == {str(hub.school): [""], "Tom Teasel": ["•••• 567", "Year 6"]}
    assert Answer.objects.get(question=hub.trn).words == "1234567"


@pytest.mark.parametrize("written", ["76 54321", "RP 76/54321", "rp7654321"])
def test_teacher_reference_number_is_taken_as_it_stands_on_letters(client: Client, written: str) -> None:
    hub = Hub()
    booking = hub.answered()
    client.force_login(hub.lead)
    name = f"q{hub.trn.pk}-{key_of(booking.places.get())}"

    client.post(f"/bookings/{booking.pk}/answers/", {name: "number", f"{name}-number": written})

    assert Answer.objects.get(question=hub.trn).words == "7654321"


def test_questions_still_open_are_asked_of_the_person_themselves(client: Client) -> None:
    hub = Hub()
    booking = hub.book(of_0=[Given(hub.years.pk, "Year 1"), Given(hub.trn.pk, lacks="unknown")])
    client.force_login(hub.tom)
    place = booking.places.get()
    url = f"/my/questions/{place.pk}/"

    assert url in client.get("/my/").content.decode()
    page = client.get(url).content.decode()
    assert "Which scheme" not in page
    key = key_of(place)
    client.post(
        url,
        {
            f"q{hub.trn.pk}-{key}": "number",
            f"q{hub.trn.pk}-{key}-number": "7654321",
            f"q{hub.years.pk}-{key}": "Year 1",
        },
    )

    assert url not in client.get("/my/").content.decode()
    assert words(booking)["Tom Teasel"] == ["•••• 321", "Year 1"]


def test_questions_are_read_by_those_who_were_named(client: Client, log_in: Callable[..., Client]) -> None:
    fran = create_user(name="Fran Lovell")
    hub = Hub()
    group = create_work_group(project=hub.project, leads=[fran])
    Question.objects.filter(pk=hub.scheme.pk).update(seen_by="leads")
    hub.book(group=group, all=[Given(hub.scheme.pk, "White Rose")], of_0=[Given(hub.years.pk, "Year 3")])
    url = f"/registers/answers/{group.pk}/"

    of_fran = log_in(fran).get(url).content.decode()
    of_staff = log_in(hub.staff).get(url).content.decode()

    assert ("White Rose" in of_fran, "Year 3" in of_fran) == (True, False)
    assert ("White Rose" in of_staff, "Year 3" in of_staff) == (True, True)
    booking_page = log_in(fran).get(f"/bookings/{Booking.objects.get().pk}/").content.decode()
    assert ("White Rose" in booking_page, "Year 3" in booking_page) == (True, False)
    form = log_in(fran).get(f"/bookings/{Booking.objects.get().pk}/answers/").context["form"]
    assert list(form.fields) == [f"q{hub.scheme.pk}-all"]


def office_rows(*rows: dict[str, object]) -> dict[str, object]:
    data: dict[str, object] = {"form-TOTAL_FORMS": 8, "form-INITIAL_FORMS": 0}
    for number in range(8):
        row = rows[number] if number < len(rows) else {}
        plain = {"of": "person", "seen_by": "hub", "words": "", "kind": "", "hint": "", "choices": ""}
        data |= {f"form-{number}-{name}": value for name, value in (plain | row).items()}
    return data


def test_questions_are_set_by_the_office(client: Client) -> None:
    staff, project = create_hub_staff(), create_project()
    group = create_work_group(project=project)
    client.force_login(staff)
    url = f"/office/projects/{project.pk}/questions/"

    response = client.post(
        url,
        office_rows(
            {"kind": "trn"},
            {"kind": "one", "words": "Which scheme?", "choices": "White Rose\nPower Maths", "of": "booking"},
        ),
    )

    assert response.status_code == 302
    assert [(one.words, one.choices) for one in project.questions.all()] == [
        ("Teacher reference number", []),
        ("Which scheme?", ["White Rose", "Power Maths"]),
    ]
    assert WorkGroup.objects.get(pk=group.pk).has_questions
    assert "Which scheme?" in client.get(url).content.decode()


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ({"kind": "short", "words": "Any allergies?"}, "Do not ask about health"),
        ({"kind": "trn", "of": "booking"}, "asked of each person"),
        ({"kind": "trn", "seen_by": "leads"}, "for the hub’s office alone"),
        ({"kind": "one", "words": "Which?"}, "Give the answers to choose from"),
        ({"kind": "short"}, "Write the question"),
        ({"words": "What?"}, "Say what kind of answer"),
        ({"kind": "some", "words": "Which?", "choices": "A; B"}, "Leave semicolons out"),
    ],
)
def test_questions_that_make_no_sense_are_refused(client: Client, row: dict[str, object], sentence: str) -> None:
    project = create_project()
    client.force_login(create_hub_staff())

    response = client.post(f"/office/projects/{project.pk}/questions/", office_rows(row))

    assert sentence in response.content.decode()
    assert Project.objects.get(pk=project.pk).questions.count() == 0
