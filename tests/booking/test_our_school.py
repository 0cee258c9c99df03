"""Our school with the hub: a year on one page, with the words that the school chose and never a reason."""

import io

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from accounts.models import User
from booking.models import Attendance, Quotation, Reflection
from booking.reports import ourschool
from tests.factories import create_certificate, create_hub_staff, create_school, create_task, create_teacher
from tests.series import Series

pytestmark = pytest.mark.django_db(transaction=True)


class Shown(Series):
    """Ann missed one session, to which Sam went; she tried a task and wrote about it."""

    def __init__(self) -> None:
        super().__init__(past=3, coming=1)
        self.came("present", "substitute", "apologies")
        self.sam = create_teacher(school=self.school, name="Sam Poole")
        row = self.mark(2, "late", person=self.sam, minutes=30)
        Attendance.objects.filter(pk=row.pk).update(place=self.place)
        task = create_task(session=self.session(1))
        self.words = Reflection.objects.create(
            task=task, person=self.ann, outcome="tried", words="They drew the bars at once."
        )

    @property
    def year(self) -> ourschool.Year:
        return ourschool.of_year(self.school, self.group.year, typed=True)


def browse(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def test_our_school_counts_each_of_our_people_for_our_school() -> None:
    shown = Shown()
    create_certificate(person=shown.ann, work_group=shown.group, school=shown.school)

    (group,) = shown.year.groups

    assert [(one.person, one.sessions, one.minutes, one.tried) for one in group.people] == [
        (shown.ann, "1 of 4", 150, 1),
        (shown.sam, "1", 120, 0),
    ]
    assert group.minutes == {"attended": 270, "missed": 180, "coming": 150}
    assert shown.year.sentence == (
        "Two people in one work group, 4½ hours attended, one research task tried in class, one certificate."
    )


def test_our_school_says_nothing_of_what_was_attended_for_another() -> None:
    shown, other = Shown(), create_school()

    Attendance.objects.filter(person=shown.ann, session=shown.session(1)).update(school=other)

    assert {one.person: one.minutes for one in shown.year.groups[0].people} == {shown.ann: 0, shown.sam: 120}


def test_our_school_shows_only_words_that_are_shared_and_chosen() -> None:
    shown = Shown()
    client = browse(shown.booking.made_by)
    address = reverse("our_school")
    assert "They drew the bars at once." in client.get(address).content.decode()
    assert "They drew" not in text_of(client)

    client.post(address, {"words": [shown.words.pk]})

    assert Quotation.objects.get().reflection == shown.words
    assert "They drew the bars at once." in text_of(client)
    Reflection.objects.update(shared=False)
    assert "They drew" not in text_of(client)


def test_our_school_has_no_words_said_where_somebody_came_for_another_school() -> None:
    shown, elsewhere = Shown(), Shown()
    Reflection.objects.create(task=elsewhere.words.task, person=shown.ann, outcome="tried", words="Said elsewhere.")

    words = [one.words for one, _ in shown.year.words]

    assert words == ["They drew the bars at once."]


def test_our_school_does_not_take_words_of_others() -> None:
    shown, other = Shown(), Shown()

    browse(shown.booking.made_by).post(reverse("our_school"), {"words": [other.words.pk]})

    assert not Quotation.objects.exists()


def test_our_school_never_says_why_anybody_was_away() -> None:
    shown = Shown()
    mark = Attendance.objects.get(person=shown.ann, session=shown.session(3)).standing_mark
    assert mark
    type(mark).objects.filter(pk=mark.pk).update(reason="illness")

    lead, staff = browse(shown.booking.made_by), browse(create_hub_staff())
    pages = [
        lead.get(reverse("our_school")).content.decode(),
        staff.get(reverse("office_our_school", args=[shown.school.pk])).content.decode(),
        text_of(lead),
    ]

    assert not any("llness" in page or "pologies" in page for page in pages)


def text_of(client: Client) -> str:
    paper = client.get(reverse("our_school_paper"), {"year": timezone.localdate().year + 1}).content
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(paper)).pages).split())
