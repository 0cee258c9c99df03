"""Whom the office knows at a school, and the lines about what was said with them."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from accounts.actions import notes, rights
from accounts.models import HistoryLine, SchoolNote, User
from accounts.personal import RETENTION, everything_about
from booking.reports.contacts import MOST, contacts_of
from tests.factories import create_hub_staff, create_lead, create_school, create_teacher, create_user

pytestmark = pytest.mark.django_db(transaction=True)


def test_note_is_kept_with_its_day_whom_and_why(log_in: Callable[[User], Client]) -> None:
    lead, staff = create_lead(), create_hub_staff()
    school, day = lead.memberships.get().school, timezone.localdate()
    teacher = create_teacher(school=school)
    client = log_in(staff)

    client.post(
        f"/office/schools/{school.pk}/note/",
        {"on": day - timedelta(days=1), "person": lead.pk, "words": "Wants Mastery", "why": "To ring in January"},
    )
    page = client.get(f"/office/schools/{school.pk}/").content.decode()

    found = contacts_of(school)
    assert [(one.membership.person, one.spoken_on) for one in found.books] == [(lead, day - timedelta(days=1))]
    assert [(one.membership.person, one.spoken_on) for one in found.takes_part] == [(teacher, None)]
    assert (found.spoken_on, "Wants Mastery" in page, "To ring in January" in page) == (
        day - timedelta(days=1),
        True,
        True,
    )
    assert list(HistoryLine.objects.about(school).values_list("verb", "reason")) == [("school_note_added", "")]


def test_who_was_spoken_to_long_ago_is_not_forgotten_over_newer_lines() -> None:
    lead, staff, day = create_lead(), create_hub_staff(), timezone.localdate()
    school = lead.memberships.get().school
    with_lead = SchoolNote(
        school=school, person=lead, on=day - timedelta(days=60), words="Rang", why="To ring", by=staff
    )
    others = [SchoolNote(school=school, on=day, words="Rang", why="To ring", by=staff) for _ in range(MOST)]
    SchoolNote.objects.bulk_create([with_lead, *others])

    found = contacts_of(school)

    assert [one.spoken_on for one in found.books] == [day - timedelta(days=60)]


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"on": "2999-01-01"}, "That day is still to come."),
        ({"on": "2026-06-31"}, "valid date"),
        ({"words": "  "}, "Say in a few words what was said."),
        ({"why": ""}, "Say why: what nobody needs is not kept."),
        ({"words": "x" * 301}, "at most 300"),
    ],
)
def test_note_that_says_too_little_or_lies_ahead_is_refused(
    wrong: dict[str, str], sentence: str, log_in: Callable[[User], Client]
) -> None:
    school = create_school()
    given = {"on": str(timezone.localdate()), "words": "Rang", "why": "To ring again"}

    page = log_in(create_hub_staff()).post(f"/office/schools/{school.pk}/note/", given | wrong).content.decode()

    assert (sentence in page, SchoolNote.objects.count()) == (True, 0)


def test_note_about_somebody_of_another_school_is_refused(log_in: Callable[[User], Client]) -> None:
    school, stranger = create_school(), create_lead()
    given = {"on": str(timezone.localdate()), "words": "Rang", "why": "To ring again", "person": stranger.pk}

    log_in(create_hub_staff()).post(f"/office/schools/{school.pk}/note/", given)

    assert SchoolNote.objects.count() == 0


def test_note_is_erased_once_and_its_words_are_nowhere(log_in: Callable[[User], Client]) -> None:
    school, staff = create_school(), create_hub_staff()
    note = notes.add_note(school=school, on=timezone.localdate(), person=None, words="Secret", why="None", by=staff)

    log_in(staff).post(f"/office/notes/{note.pk}/erase/")

    assert SchoolNote.objects.count() == 0
    assert "Secret" not in str(list(HistoryLine.objects.values()))
    with pytest.raises(ValidationError, match="erased already"):
        notes.remove_note(note=note, by=staff)


def test_notes_about_a_person_are_theirs_to_read_and_go_with_them() -> None:
    kim, other, staff = create_user(name="Kim Reed"), create_user(name="Kim R"), create_hub_staff()
    school, day = create_school(), timezone.localdate()
    notes.add_note(school=school, on=day, person=kim, words="Wants Mastery", why="To ring", by=staff)
    notes.add_note(school=school, on=day, person=other, words="Ask Kim Reed", why="Kim Reed knows", by=staff)

    told = everything_about(kim)["notes_of_what_the_hub_spoke_about_with_me"]
    rights.erase(person=kim, by=staff)

    assert [one["words"] for one in told] == ["Wants Mastery"]
    assert list(SchoolNote.objects.values_list("words", "why")) == [("Ask …", "… knows")]


def test_notes_go_two_years_after_their_day() -> None:
    school, day = create_school(), timezone.localdate()
    (rule,) = [one for one in RETENTION if one.what.startswith("Notes of what the hub")]
    for days in (10, 740):
        SchoolNote.objects.create(school=school, on=day - timedelta(days=days), words="Rang", why="To ring again")

    rule.dispose(rule.due(timezone.now()), timezone.now())

    assert [one.on for one in SchoolNote.objects.all()] == [day - timedelta(days=10)]
