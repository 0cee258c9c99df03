"""Answers as counts: what comes in is held back until there are three, and then let go together. On a locked round."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from accounts.models import User
from booking.models import Answered, Remark, Round

# With fewer answers than these nothing is shown, and as many come to light together.
FEWEST = 3
Counts = Mapping[str, Mapping[str, int]]


def note_answered(one: Round, person: User) -> None:
    """Note that somebody has answered, and nothing of when.

    Those who had are written anew with them, in an order of chance: where one answer is held back, the last row would
    else say whose it is.
    """
    people = [*one.answered_by.values_list("person", flat=True), person.pk]
    one.answered_by.all().delete()
    rows = [Answered(round=one, person_id=pk) for pk in people]
    Answered.objects.bulk_create(sorted(rows, key=lambda row: row.pk))


def take_in(one: Round, said: Mapping[int, str]) -> None:
    """Add one person's answers to what is held back, and let all of it go once there are three.

    Every remark of the round is written anew, in the order of its letters, so that not even the order in which rows
    were made tells whose they are.
    """
    remarks = [(row.number, row.words, row.held) for row in one.remarks.all()]
    counted: dict[str, dict[str, int]] = {}
    for number, words in said.items():
        if one.questions[number]["kind"] == "words":
            remarks.append((number, words[:1000], True))
        else:
            counted[str(number)] = {words: 1}
    one.held += 1
    one.held_counts = add(one.held_counts, counted)
    if one.held >= FEWEST:
        one.counts = add(one.counts, one.held_counts)
        one.answered, one.held, one.held_counts = one.answered + one.held, 0, {}
        remarks = [(number, words, False) for number, words, _ in remarks]
    one.save()
    one.remarks.all().delete()
    Remark.objects.bulk_create(
        Remark(round=one, number=number, words=words, held=is_held) for number, words, is_held in sorted(remarks)
    )


def add(counts: Counts, more: Counts) -> dict[str, dict[str, int]]:
    """Two counts of answers as one, in the order of the alphabet: not of who came first."""
    total: dict[str, dict[str, int]] = {number: dict(answers) for number, answers in counts.items()}
    for number, answers in more.items():
        own = total.setdefault(number, {})
        for words, times in answers.items():
            own[words] = own.get(words, 0) + times
    return {number: dict(sorted(total[number].items())) for number in sorted(total)}


def rounds_count_no_more_than_answered(now: datetime) -> Iterator[str]:
    """To no question more has been answered than there were people; and three are never held back."""
    for one in Round.objects.order_by("pk"):
        if one.held >= FEWEST:
            yield f"Round {one.pk}: holds {one.held} answers back."
        for people, counts in ((one.answered, one.counts), (one.held, one.held_counts)):
            for number, answers in counts.items():
                if sum(answers.values()) > people:
                    yield f"Round {one.pk}: question {number} has more answers than the {people} people who gave some."
