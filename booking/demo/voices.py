"""What was said in the demonstration: a minute after each session, a look back at the end, and reports in boxes."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta

from accounts.models import User
from booking.demo import said
from booking.demo.people import LOG_INS
from booking.demo.programme import Plan
from booking.evaluation import (
    Asking,
    came_to,
    ended,
    fresh_questions_for,
    is_put_to,
    of_group,
    planned_in,
    pulse_of,
    took_part_in,
)
from booking.models import Answered, GroupReport, Remark, Round, WorkGroup
from booking.question_sets import PULSE_QUESTIONS
from booking.schooldays import SchoolCalendar
from booking.tallies import FEWEST, add

# How often each answer of a list is given: from the first to the last.
WEIGHTS = {
    "How useful was it for your class?": (9, 8, 3, 1),
    "The pace was": (1, 9, 3),
    "Whom have you shown what we did?": (2, 6, 7, 2),
    "Would you tell a colleague to come?": (11, 4, 1),
    "How often do you still use in class what you tried with us?": (6, 7, 2, 1),
}
AGREEING = (6, 8, 3, 1, 0)
# What is written to the questions that take words; not everybody writes.
SENTENCES = {
    "One thing to change": said.PULSES,
    "What do you do differently now?": said.DIFFERENTLY,
    "What can your pupils do that they could not do before?": said.PUPILS,
    "What should we change?": said.CHANGE,
    "What has lasted, or what got in the way?": said.LATER,
}
WRITE = 0.55


class Voices:
    """Lets people say something, always in the same way on the same day."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.chance = random.Random(1718)  # noqa: S311  # invented figures, not secrets
        self._used = dict.fromkeys(SENTENCES, 0)

    def speak(self, group: WorkGroup, log_ins: set[int]) -> None:
        """What a group's people have said by now. Who can log in has not answered what is still open."""
        planned = planned_in([group])
        past = [one for one in planned if one.ends_at and one.ends_at <= self.now]
        came, took_part = came_to(past), took_part_in([group])[group.pk]
        for session in past:
            asking = pulse_of(session)
            if asking is not None:
                self._answer(asking, PULSE_QUESTIONS, came[session.pk], log_ins)
        for asking in of_group(group, ended(planned, self.now).get(group.pk), SchoolCalendar.load()):
            if asking.opens_at <= self.now:
                self._answer(asking, fresh_questions_for(asking), took_part, log_ins)

    def _answer(
        self, asking: Asking, questions: Sequence[dict[str, object]], people: set[int], log_ins: set[int]
    ) -> None:
        if not is_put_to(people):
            return
        silent = log_ins if asking.is_open(self.now) else set()
        # Of what ended an hour ago nobody has said anything yet.
        share = min(0.85, (self.now - asking.opens_at) / timedelta(days=4))
        who = [pk for pk in sorted(people - silent) if self.chance.random() < share]
        sheets = [self._sheet(questions) for _ in who]
        if not sheets:
            return
        shown = len(sheets) - len(sheets) % FEWEST
        one = Round(
            kind=asking.kind,
            work_group=asking.work_group,
            session=asking.session,
            questions=questions,
            answered=shown,
            held=len(sheets) - shown,
        )
        remarks = []
        for index, (counts, sentences) in enumerate(sheets):
            if index < shown:
                one.counts = add(one.counts, counts)
            else:
                one.held_counts = add(one.held_counts, counts)
            remarks += [(number, words, index >= shown) for number, words in sentences]
        one.save()
        Remark.objects.bulk_create(
            Remark(round=one, number=number, words=words, held=held) for number, words, held in sorted(remarks)
        )
        Answered.objects.bulk_create(Answered(round=one, person_id=pk) for pk in who)

    def _sheet(self, questions: Sequence[dict[str, object]]) -> tuple[dict[str, dict[str, int]], list[tuple[int, str]]]:
        """One person's answers: as counts, and as (number of the question, words)."""
        counts: dict[str, dict[str, int]] = {}
        sentences = []
        for number, question in enumerate(questions):
            words, choices = str(question["words"]), question["choices"]
            if question["kind"] == "words":
                if self.chance.random() < WRITE:
                    lines = SENTENCES[words]
                    sentences.append((number, lines[self._used[words] % len(lines)]))
                    self._used[words] += 1
            else:
                assert isinstance(choices, list)
                (chosen,) = self.chance.choices(choices, WEIGHTS.get(words, AGREEING))
                counts[str(number)] = {chosen: 1}
        return counts, sentences

    def report(self, group: WorkGroup, plan: Plan, *, whole: bool) -> None:
        """What whoever leads the group has written: all five boxes, or the first while a group goes on."""
        tried, teachers, pupils, following, quotation, may_quote = said.REPORTS.get(plan.tasks, said.REPORTS[""])
        lead = group.facilitations.order_by("pk").first()
        last = max(
            (one.ends_at for one in planned_in([group]) if one.ends_at and one.ends_at <= self.now), default=None
        )
        if last is None:
            return
        GroupReport.objects.create(
            work_group=group,
            tried=tried,
            teachers=teachers if whole else "",
            pupils=pupils if whole else "",
            next=following if whole else "",
            quotation=quotation if whole else "",
            may_quote=whole and may_quote,
            revision=1,
            saved_at=min(last + timedelta(days=6), self.now - timedelta(hours=3)),
            saved_by=lead.person if lead else None,
        )


def log_ins() -> set[int]:
    """Who can log in, by id."""
    return set(User.objects.filter(email__in=LOG_INS).values_list("pk", flat=True))
