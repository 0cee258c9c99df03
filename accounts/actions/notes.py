"""Noting when the hub last spoke with a school, and taking a line out again."""

from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts import history
from accounts.models import School, SchoolNote, User


@transaction.atomic(durable=True)
def add_note(*, school: School, on: date, person: User | None, words: str, why: str, by: User) -> SchoolNote:
    """Keep one line about what was said with a school on a day."""
    now = timezone.now()
    if on > timezone.localdate(now):
        raise ValidationError({"on": "That day is still to come. Note what has been said."})
    note = SchoolNote(school=school, on=on, person=person, words=words.strip(), why=why.strip(), by=by, at=now)
    note.full_clean()
    note.save()
    people = [person.pk] if person else []
    history.write("school_note_added", about=[school], people=people, by=by, at=now, tells=False)
    return note


@transaction.atomic(durable=True)
def remove_note(*, note: SchoolNote, by: User) -> None:
    """Erase a line; that it was, and who erased it, stays in the history without its words."""
    now = timezone.now()
    school, people = note.school, [note.person_id] if note.person_id else []
    if not SchoolNote.objects.filter(pk=note.pk).delete()[0]:
        raise ValidationError("This line has been erased already.")
    history.write("school_note_removed", about=[school], people=people, by=by, at=now, tells=False)
