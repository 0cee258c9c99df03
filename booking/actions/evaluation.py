"""Answering what is asked after a session and at the end, what a project asks, and the report of who leads a group."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts import history
from accounts.models import User
from booking.evaluation import Asking, fresh_questions_for, is_put_to, whom
from booking.models import Answered, EvaluationQuestion, GroupReport, Project, Round, WorkGroup
from booking.tallies import note_answered, take_in

TWICE = "You have answered already. It cannot be changed: nobody knows which answer is yours."


@transaction.atomic(durable=True)
def answer(*, asking: Asking, given: Mapping[int, str], person: User) -> None:
    """Keep what somebody says, by the number of each question, and apart from it that they have said something.

    There is no line of the history about it: it would say who answered when.
    """
    now = timezone.now()
    if not asking.is_open(now):
        raise ValidationError("It is too late to answer this. Thank you all the same.")
    people = whom(asking)
    if person.pk not in people:
        raise ValidationError("This is asked of those who came.")
    if not is_put_to(people):
        raise ValidationError("Fewer than three came, so that nobody is asked.")
    one, _ = Round.objects.get_or_create(
        kind=asking.kind,
        work_group=asking.work_group,
        session=asking.session,
        defaults={"questions": fresh_questions_for(asking)},
    )
    one = Round.objects.select_for_update(no_key=True).get(pk=one.pk)
    if Answered.objects.filter(round=one, person=person).exists():
        raise ValidationError(TWICE)
    said = _checked(one, given)
    note_answered(one, person)
    take_in(one, said)


def _checked(one: Round, given: Mapping[int, str]) -> dict[int, str]:
    """What was answered to questions of this round; an answer from a list is one of the list."""
    said = {number: words.strip() for number, words in given.items() if words.strip()}
    if not said:
        raise ValidationError("Answer at least one question.")
    for number, words in said.items():
        question = one.questions[number] if 0 <= number < len(one.questions) else None
        if question is None or (question["kind"] != "words" and words not in question["choices"]):
            raise ValidationError("The questions have changed. Please load the page again.")
    return said


@dataclass(frozen=True)
class EvaluationPlan:
    """A question of a project's evaluation as the office wants it."""

    kind: str
    words: str
    choices: list[str] = field(default_factory=list)


@transaction.atomic(durable=True)
def save_evaluation(*, project: Project, plans: Sequence[EvaluationPlan], by: User) -> list[EvaluationQuestion]:
    """Let a project's evaluation ask these questions, in this order; none: our own set.

    Groups whose people have begun to answer go on with what they were asked.
    """
    now = timezone.now()
    project = Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    project.evaluation_questions.all().delete()
    asked = []
    for number, plan in enumerate(plans, start=1):
        one = EvaluationQuestion(
            project=project, number=number, kind=plan.kind, words=plan.words, choices=list(plan.choices)
        )
        one.full_clean()
        one.save()
        asked.append(one)
    history.write("evaluation_saved", about=[project], by=by, at=now, details={"asked": len(asked)}, tells=False)
    return asked


@transaction.atomic(durable=True)
def save_report(
    *, work_group: WorkGroup, boxes: Mapping[str, str], may_quote: bool, seen: int, by: User
) -> GroupReport:
    """Keep what was typed into the boxes of a group's report; `seen` is the revision that the page showed.

    A window that shows an older state does not overwrite a newer one: it is refused. The history has one line for a
    person and day, for it is saved every few seconds while somebody types.
    """
    now = timezone.now()
    work_group = WorkGroup.objects.get_locked(work_group.pk)
    report, _ = GroupReport.objects.get_or_create(work_group=work_group)
    if report.revision != seen:
        at = timezone.localtime(report.saved_at) if report.saved_at else None
        when = f" at {at:%H:%M}" if at else ""
        raise ValidationError(
            f"Not saved: this report was changed{when} in another window, or by {report.saved_by or 'somebody else'}.",
            code="changed",
        )
    before = report.saved_by_id, timezone.localdate(report.saved_at) if report.saved_at else None
    for name in GroupReport.BOXES:
        setattr(report, name, boxes.get(name, "").strip())
    report.may_quote = may_quote
    report.revision, report.saved_at, report.saved_by = report.revision + 1, now, by
    report.full_clean()
    report.save()
    if before != (by.pk, timezone.localdate(now)):
        history.write("report_written", about=[work_group], by=by, at=now, tells=False)
    return report
