"""What a teacher says about a research task, and what others say to that."""

from collections.abc import Collection, Sequence

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts import history
from accounts.models import User
from booking import files
from booking.belonging import may_lead, reflections_of, sessions_of
from booking.files import Taken
from booking.gaps import closes_at, due_at
from booking.models import Attachment, Comment, Reflection, ResearchTask
from booking.templatetags.words import day


@transaction.atomic(durable=True)
def reflect(
    *,
    task: ResearchTask,
    person: User,
    outcome: str,
    words: str,
    shared: bool,
    new_files: Sequence[Taken] = (),
    drop: Collection[int] = (),
) -> Reflection:
    """Say how a task went, or say it anew, until a week after it was talked about. `drop`: ids of files to take out."""
    now = timezone.now()
    session = task.session
    if not sessions_of(person).filter(pk=session.pk).exists():
        raise ValidationError("This task belongs to a group you do not take part in.")
    if not task.is_given(now):
        raise ValidationError("This task is given when the session before it is over.")
    closed = closes_at(task, due_at(task))
    if closed is not None and closed < now:
        raise ValidationError(f"What was said about this task stands since {day(closed)}.")
    said = {"outcome": Reflection.Outcome(outcome), "words": words, "shared": shared}
    reflection, _ = Reflection.objects.update_or_create(
        task=task,
        person=person,
        defaults=said,
        create_defaults=said | {"at": now},  # when they first said it, by which mails half way go
    )
    files.discard(Attachment.objects.filter(reflection=reflection, pk__in=drop))
    # What a phone calls a photograph, or a pupil's name on it, is nobody's business.
    numbered = [
        Taken(one.kind, f"Photo {number}", one.content) if one.is_picture else one
        for number, one in enumerate(new_files, start=reflection.attachments.count() + 1)
    ]
    files.keep(numbered, by=person, at=now, most=files.MOST_OF_A_REFLECTION, reflection=reflection)
    details = {"task": task.pk, "outcome": outcome}
    history.write("reflected", about=[session, person], by=person, at=now, details=details, tells=False)
    return reflection


@transaction.atomic(durable=True)
def comment(*, reflection: Reflection, words: str, by: User) -> Comment:
    """Say something to what somebody shared with the group."""
    now = timezone.now()
    # Under its lock, so that no comment comes to what was just taken back from the group.
    reflection = Reflection.objects.select_for_update(no_key=True, of=("self",)).get(pk=reflection.pk)
    group = reflection.task.session.work_group
    if not reflection.shared:
        raise ValidationError("This is not shared with the group any more.")
    if not group.uses_comments:
        raise ValidationError("This group talks when it meets: comments are turned off.")
    if not may_lead(by, group) and not reflections_of(by, now).filter(pk=reflection.pk).exists():
        raise ValidationError("This belongs to a group you do not take part in.")
    made = Comment(reflection=reflection, by=by, words=words.strip(), at=now)
    made.full_clean()
    made.save(force_insert=True)
    about = [reflection.task.session, reflection.person, by]
    history.write("commented", about=about, by=by, at=now, details={"reflection": reflection.pk}, tells=False)
    return made


@transaction.atomic(durable=True)
def remove_comment(*, comment: Comment, by: User) -> None:
    """Take a comment out: its writer, who leads the group, or the hub."""
    now = timezone.now()
    session = comment.reflection.task.session
    if comment.by_id != by.pk and not may_lead(by, session.work_group):
        raise ValidationError("Only who wrote it, and who leads the group, can take it out.")
    about = [session, comment.by]
    details = {"reflection": comment.reflection_id}
    comment.delete()
    history.write("comment_removed", about=about, by=by, at=now, details=details, tells=False)


@transaction.atomic(durable=True)
def star(*, reflection: Reflection, on: bool, by: User) -> None:
    """Mark words as worth talking about when everybody is in the room, or take the star off again."""
    now, session = timezone.now(), reflection.task.session
    if not may_lead(by, session.work_group):
        raise ValidationError("Only who leads the group says what is worth talking about.")
    Reflection.objects.filter(pk=reflection.pk).update(to_discuss=on)
    details = {"reflection": reflection.pk, "on": on}
    history.write("reflection_starred", about=[session], by=by, at=now, details=details, tells=False)
