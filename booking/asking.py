"""What a project asks with a booking: who is asked what, what is known already, and keeping what was answered.

Plain functions; whoever keeps answers has locked the places they are about, or is just making them.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db.models import Q

from accounts.models import School, User
from booking.models import Answer, Booking, Place, Project, Question, WorkGroup
from booking.models.questions import Lacks, Of, masked

# The key of what is asked once for a booking.
ALL = "all"


@dataclass(frozen=True)
class Given:
    """An answer to one question: words, or what it lacks."""

    question: int
    words: str = ""
    lacks: str = ""


@dataclass(frozen=True)
class Asked:
    """Questions put to one person, or to a booking as a whole.

    `key` tells it from the others on the page; `known` is what was answered before, by question.
    """

    key: str
    title: str
    questions: Sequence[Question]
    known: Mapping[int, Given] = field(default_factory=dict)

    @property
    def lines(self) -> list[tuple[Question, str]]:
        """Each question with its answer as it may be shown: a teacher's number by its end, an open one as nothing."""
        return [(one, shown(one, self.known.get(one.pk))) for one in self.questions]

    @property
    def open(self) -> list[Question]:
        """What has no answer yet, or one that says it is not known."""
        return [one for one in self.questions if is_open(self.known.get(one.pk))]


def is_open(given: Given | None) -> bool:
    return given is None or given.lacks == Lacks.UNKNOWN


def shown(question: Question, given: Given | None) -> str:
    """An answer in words; empty where there is none."""
    if given is None:
        return ""
    if given.lacks:
        return Lacks(given.lacks).label
    return masked(given.words) if question.is_masked and given.words else given.words


def asks(project: int) -> bool:
    """Does a project ask anything?"""
    return Question.objects.asked().filter(project=project).exists()


def keep_whether_asked(project: Project) -> None:
    """Say on every group of a project whether it asks anything, so that a booking need not look."""
    groups = WorkGroup.objects.filter(project=project)
    groups.update(has_questions=asks(project.pk))
    groups.touch()


def asked_for(
    work_group: WorkGroup,
    school: School,
    people: Iterable[tuple[str, str, int | None]],
    *,
    reader: User | None = None,
) -> list[Asked]:
    """What is asked of a booking in the making: of itself, and of each of these people (key, name, id if known).

    `reader`: somebody who is shown what was said to be for them; None: whoever answers, who is asked everything.
    """
    asking = Question.objects.asked().filter(project=work_group.project_id)
    questions = list(asking.seen_by(reader) if reader else asking)
    people = list(people)
    known = remembered(school, questions, [person for _, _, person in people if person])
    of_booking = [one for one in questions if one.of == Of.BOOKING]
    of_people = [one for one in questions if one.of == Of.PERSON]
    asked = [Asked(ALL, str(school), of_booking, known.get(None, {}))] if of_booking else []
    for key, name, person in people:
        if of_people:
            asked.append(Asked(key, name, of_people, known.get(person, {}) if person else {}))
    return asked


def asked_of(booking: Booking, places: Sequence[Place], by: User, *, remember: bool = False) -> list[Asked]:
    """What is asked of a booking and of whoever has its places, with what was answered, as far as it is `by`'s to read.

    `remember`: where nothing has been answered yet, what the school answered before stands in.
    """
    named = [place for place in places if place.live and place.person]
    keyed = [(key_of(place), place.person.name, place.person_id) for place in named if place.person]
    of_school = by.is_hub_staff or by.memberships.current().filter(school=booking.school_id).exists()
    asked = asked_for(booking.work_group, booking.school, keyed, reader=None if of_school else by)
    if not asked:
        return []
    here: dict[str, dict[int, Given]] = {}
    for answer in Answer.objects.standing().filter(booking=booking).select_related("place"):
        key = key_of(answer.place) if answer.place else ALL
        here.setdefault(key, {})[answer.question_id] = _given(answer)
    before = {one.key: one.known if remember else {} for one in asked}
    return [replace(one, known={**before[one.key], **here.get(one.key, {})}) for one in asked]


def key_of(place: Place) -> str:
    """Somebody in a place: an answer given for one person is never kept for whoever has the place a minute later."""
    return f"{place.pk}-{place.person_id}"


def remembered(
    school: School, questions: Collection[Question], people: Collection[int]
) -> dict[int | None, dict[int, Given]]:
    """What this school answered to the same questions before: by person (None: for a booking), by question.

    What is ready-made is remembered from project to project. Of what was said at other schools nothing is read.
    """
    if not questions:
        return {}
    kinds = {one.kind for one in questions} & set(Question.READY_MADE)
    same = Q(question__in=questions) | Q(question__kind__in=kinds)
    theirs = Q(person__in=people) | Q(person__isnull=True)
    answers = Answer.objects.given_for(school).filter(same, theirs).exclude(lacks=Lacks.UNKNOWN)
    found: dict[int | None, dict[int, Given]] = {}
    for answer in answers.select_related("question").order_by("answered_at", "pk"):
        for one in questions:
            alike = one.pk == answer.question_id or (one.kind in kinds and one.kind == answer.question.kind)
            if alike and (one.of == Of.PERSON) == (answer.person_id is not None):
                found.setdefault(answer.person_id, {})[one.pk] = Given(one.pk, answer.words, answer.lacks)
    return found


def keep_answers(booking: Booking, place: Place | None, given: Sequence[Given], *, now: datetime) -> None:
    """Keep what was answered for a booking (no place) or for whoever has a place in it; the same again is replaced."""
    project, of = booking.work_group.project_id, Of.PERSON if place else Of.BOOKING
    wanted = [one.question for one in given]
    questions = Question.objects.asked().filter(project=project, of=of, pk__in=wanted).values_list("pk", flat=True)
    whose: dict[str, Any] = {"place": place, "person": place.person if place else None}
    for one in given:
        if one.question not in questions:
            continue  # the hub has just stopped asking it
        if not one.words and not one.lacks:
            Answer.objects.filter(question=one.question, booking=booking, **whose).delete()
            continue
        Answer.objects.update_or_create(
            question_id=one.question,
            booking=booking,
            **whose,
            defaults={"words": one.words, "lacks": one.lacks, "answered_at": now},
        )


def carry_answers(before: Booking, after: Booking, places: Mapping[Place, Place]) -> None:
    """A booking that follows another takes along what was answered, place by place."""
    moved = {old.pk: new for old, new in places.items()}
    answers = list(Answer.objects.standing_of(before))
    Answer.objects.bulk_create(
        Answer(
            question_id=one.question_id,
            booking=after,
            place=moved.get(one.place_id) if one.place_id else None,
            person_id=one.person_id,
            words=one.words,
            lacks=one.lacks,
            answered_at=one.answered_at,
        )
        for one in answers
        if not one.place_id or one.place_id in moved
    )


def _given(answer: Answer) -> Given:
    return Given(answer.question_id, answer.words, answer.lacks)
