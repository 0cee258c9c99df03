"""What schools answered to a project's questions, for those who run one of its groups."""

from collections.abc import Sequence
from dataclasses import dataclass

from accounts.models import User
from booking.asking import Given, shown
from booking.models import Answer, Booking, Place, Question, WorkGroup
from booking.models.questions import Of


@dataclass
class Line:
    """A booking, or somebody in it, with an answer to each question; empty where there is none."""

    booking: Booking
    person: User | None
    answers: list[tuple[Question, str]]


@dataclass
class Table:
    questions: Sequence[Question]
    lines: list[Line]


@dataclass
class Answers:
    """By booking, and by person."""

    of_bookings: Table
    of_people: Table


def answers_of(work_group: WorkGroup, reader: User) -> Answers:
    """What was answered by the live bookings of a group, as far as this person may read it."""
    asked = list(Question.objects.asked().seen_by(reader).filter(project=work_group.project_id))
    bookings = list(work_group.bookings.live().select_related("school", "session").order_by("school__name", "pk"))
    places = Place.objects.live().named().filter(booking__in=bookings).select_related("person").order_by("pk")
    given = {
        (answer.question_id, answer.booking_id, answer.place_id): Given(answer.question_id, answer.words, answer.lacks)
        for answer in Answer.objects.standing().filter(booking__in=bookings, question__in=asked)
    }
    of_bookings = [one for one in asked if one.of == Of.BOOKING]
    of_people = [one for one in asked if one.of == Of.PERSON]
    by_booking: dict[int, list[Place]] = {}
    for place in places:
        by_booking.setdefault(place.booking_id, []).append(place)
    return Answers(
        Table(
            of_bookings,
            [
                Line(booking, None, [(one, shown(one, given.get((one.pk, booking.pk, None)))) for one in of_bookings])
                for booking in bookings
            ],
        ),
        Table(
            of_people,
            [
                Line(
                    booking,
                    place.person,
                    [(one, shown(one, given.get((one.pk, booking.pk, place.pk)))) for one in of_people],
                )
                for booking in bookings
                for place in by_booking.get(booking.pk, [])
            ],
        ),
    )
