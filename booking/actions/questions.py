"""What a project asks with a booking: the office's list, and what schools and people answer later."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts import history
from accounts.models import User
from booking.asking import ALL, Given, keep_answers, keep_whether_asked, key_of
from booking.models import Booking, Place, Project, Question


@dataclass(frozen=True)
class QuestionPlan:
    """A question as the office wants it; `pk`: of one that is asked already."""

    kind: str
    words: str
    of: str
    seen_by: str
    required: bool = False
    hint: str = ""
    choices: list[str] = field(default_factory=list)
    pk: int | None = None


@transaction.atomic(durable=True)
def save_questions(*, project: Project, plans: Sequence[QuestionPlan], by: User) -> list[Question]:
    """Let a project ask these questions, in this order, and no others. What was answered to others is kept."""
    now = timezone.now()
    project = Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    before = {one.pk: one for one in project.questions.asked()}
    kept = [before[plan.pk] for plan in plans if plan.pk in before]
    gone = project.questions.asked().exclude(pk__in=[one.pk for one in kept])
    gone.filter(answers__isnull=True).delete()
    gone.update(asked=False)
    asked = []
    for number, plan in enumerate(plans, start=1):
        one = before.get(plan.pk or 0) or Question(project=project)
        if one.pk and (one.kind, one.of) != (plan.kind, plan.of) and one.answers.exists():
            raise ValidationError(f"“{one}” has answers already. Stop asking it, and add a new question.")
        if one.pk and one.seen_by == Question.SeenBy.HUB != plan.seen_by and one.answers.exists():
            raise ValidationError(f"Those who answered “{one}” were told that only the office reads it.")
        one.number, one.kind, one.of, one.words, one.hint = number, plan.kind, plan.of, plan.words, plan.hint
        one.choices, one.required, one.seen_by = list(plan.choices), plan.required, plan.seen_by
        one.full_clean()
        one.save()
        asked.append(one)
    keep_whether_asked(project)
    history.write("questions_saved", about=[project], by=by, at=now, details={"asked": len(asked)}, tells=False)
    return asked


@transaction.atomic(durable=True)
def answer(*, booking: Booking, answers: Mapping[str, Sequence[Given]], by: User, reached: str = "") -> None:
    """Keep answers for a booking (`ALL`) and for those who have its places now (`key_of`); nobody else's are kept."""
    now = timezone.now()
    booking = Booking.objects.select_related("work_group", "school").get(pk=booking.pk)
    if not booking.is_live:
        raise ValidationError("This booking has already ended.")
    places = Place.objects.live().named().filter(booking=booking).select_related("person").order_by("pk")
    by_key = {key_of(place): place for place in places.select_for_update(no_key=True, of=("self",))}
    strange = answers.keys() - by_key.keys() - {ALL}
    if strange:
        raise ValidationError("Somebody else has a place now. Look at the questions again.")
    for key, given in answers.items():
        keep_answers(booking, by_key.get(key), given, now=now)
    people = [place.person_id for key, place in by_key.items() if key in answers and place.person_id]
    about = [booking, booking.work_group, booking.school]
    # What was said stands in the answers alone.
    history.write("questions_answered", about=about, people=people, by=by, at=now, reason=reached, tells=False)
