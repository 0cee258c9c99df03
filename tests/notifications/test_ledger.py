"""The ledger: who reads what about which mail, what is still to come, and what the hub finds."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from booking.actions import answers, research
from booking.models import CalendarEntry, Session, WorkGroup
from notifications import ledger
from notifications.actions.pauses import pause
from notifications.delivery import drain
from notifications.models import Choice, Notice
from notifications.tasks import sweep
from tests.factories import (
    create_booking,
    create_hub_staff,
    create_lead,
    create_task,
    create_teacher,
    create_work_group,
)

pytestmark = pytest.mark.django_db(transaction=True)


class Hub:
    """Kim of Oakfield comes to two sessions of Ratio; a stranger's school has a booking of its own."""

    def __init__(self) -> None:
        self.staff = create_hub_staff(email="staff@hub.example")
        self.lead = create_lead(name="Lena Marsh", email="lena@oakfield.example")
        self.school = self.lead.memberships.get().school
        self.kim = create_teacher(school=self.school, name="Kim Lee", email="kim@oakfield.example")
        self.group = create_work_group(sessions=2, title="Ratio")
        self.booking = create_booking(
            work_group=self.group, by=self.lead, people=[self.kim, None], cover_email="cover@oakfield.example"
        )
        self.other = create_lead(name="Otto Other")
        create_booking(work_group=self.group, by=self.other)
        drain()


def page(person: User, name: str, **query: str) -> str:
    client = Client()
    client.force_login(person)
    return client.get(reverse(name), query).content.decode()


def test_mails_know_whose_school_group_and_session_they_are_about() -> None:
    hub = Hub()

    about = {
        (one.kind, one.to): (one.school_id, one.work_group_id, one.session.number if one.session else None)
        for one in Notice.objects.filter(school=hub.school).order_by("pk").select_related("session")
    }
    invites = Notice.objects.filter(kind="invite", person=hub.kim).order_by("pk")

    school, group = hub.school.pk, hub.group.pk
    assert about == {
        ("booking_summary", "lena@oakfield.example"): (school, group, None),
        ("place_confirmed", "kim@oakfield.example"): (school, group, None),
        ("cover_dates", "cover@oakfield.example"): (school, group, None),
        ("invite", "kim@oakfield.example"): (school, group, 2),
    }
    assert [one.session.number for one in invites if one.session] == [1, 2]


def test_mail_about_an_absence_knows_its_school() -> None:
    hub = Hub()
    answers.answer(session=hub.group.sessions.get(number=1), person=hub.kim, answer="cannot", by=hub.kim)
    later = timezone.now() - timedelta(minutes=11)
    hub.kim.attendances.get(session__number=1).marks.update(at=later)

    sweep()

    told = Notice.objects.get(kind="cannot_come")
    assert (told.school, told.work_group, told.person) == (hub.school, hub.group, hub.lead)


def test_person_sees_their_mails_with_why_and_no_word_that_was_secret() -> None:
    hub = Hub()

    shown = page(hub.kim, "my_mail")

    assert "You were named for a place on Ratio." in shown
    assert "It held a code or a personal link, so nobody can read it here." in shown
    assert "Booked: Ratio" not in shown
    assert "/my/dates/" not in shown


def test_person_sees_reminders_to_come_until_they_cannot_come() -> None:
    hub = Hub()
    now = timezone.now()
    first = hub.group.sessions.get(number=1)
    before = [one.what for one in ledger.to_come(hub.kim, now)]

    answers.answer(session=first, person=hub.kim, answer="cannot", by=hub.kim)

    after = [one.what for one in ledger.to_come(hub.kim, now)]
    assert len(before) == 4
    assert before[0].startswith("Reminder: Ratio, session 1 on ")
    assert after == before[2:]


def test_person_sees_the_mail_half_way_until_they_have_said_how_it_went() -> None:
    hub = Hub()
    WorkGroup.objects.filter(pk=hub.group.pk).update(nudges_half_way=True)
    over = timezone.now() - timedelta(days=1)
    hub.group.sessions.filter(number=1).update(starts_at=over - timedelta(hours=2), ends_at=over)
    task = create_task(session=hub.group.sessions.get(number=1), title="Sort and explain")
    Session.objects.filter(work_group=hub.group, number=2).update(
        starts_at=timezone.now() + timedelta(days=70), ends_at=timezone.now() + timedelta(days=70, hours=2)
    )
    of_second = [one for one in ledger.to_come(hub.kim, timezone.now()) if "session 1" not in one.what]

    research.reflect(task=task, outcome="tried", words="It went well.", shared=True, person=hub.kim)

    said = [one.what for one in ledger.to_come(hub.kim, timezone.now()) if "session 1" not in one.what]
    assert [one.what.partition(":")[0] for one in of_second] == ["Half way", "Reminder"]
    assert of_second[0].what == "Half way: how “Sort and explain” goes, Ratio"
    assert [what.partition(":")[0] for what in said] == ["Reminder", "Reminder"]


def test_person_sees_a_change_that_waits() -> None:
    hub = Hub()
    now = timezone.now()
    entry = CalendarEntry.objects.get(person=hub.kim, session__number=1)
    CalendarEntry.objects.filter(pk=entry.pk).update(sequence=5, tell_after=now + timedelta(minutes=8))

    came = ledger.to_come(hub.kim, now)

    assert came[0].what == "Calendar invite: Ratio, session 1"


def test_to_come_says_what_a_pause_and_a_choice_change() -> None:
    hub = Hub()
    pause(work_group=hub.group, reason="The venue is unclear", by=hub.staff)
    paused = ledger.to_come(hub.kim, timezone.now())

    Choice.objects.create(person=hub.kim, family="reminders", how="none")

    assert {one.stops for one in paused} == {"The hub has paused mail about this group: The venue is unclear"}
    assert ledger.to_come(hub.kim, timezone.now()) == []


def test_school_sees_mails_about_its_places_and_reads_only_its_own() -> None:
    hub = Hub()
    Notice.objects.create(
        kind="account", to=hub.kim.email or "", person=hub.kim, school=hub.school, subject="Your code", priority=0
    )

    shown = page(hub.lead, "school_mail")
    elsewhere = page(hub.other, "school_mail")

    assert "Your place on Ratio" in shown
    assert "to Kim Lee" in shown
    assert shown.count("What it said") == 1
    assert "Your code" not in shown
    assert "Kim Lee" not in elsewhere


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "kim@oakfield.example"}, {"place_confirmed", "invite"}),
        ({"q": "Lena summary"}, set()),
        ({"q": "Booked oakfield.example"}, {"booking_summary"}),
        ({"q": "cover dates"}, {"cover_dates"}),
        ({"q": "nothing-like-this"}, set()),
        ({"kind": "cover_dates"}, {"cover_dates"}),
        ({"state": "failed"}, set()),
    ],
)
def test_office_finds_mails_by_words_kind_and_state(query: dict[str, str], found: set[str]) -> None:
    hub = Hub()
    client = Client()
    client.force_login(hub.staff)

    rows = client.get(reverse("office_notice_list"), query | {"school": str(hub.school.pk)}).context["rows"]

    assert {notice.kind for notice, _, _ in rows} == found


def test_office_reads_all_mails_on_from_a_row_though_more_are_made() -> None:
    client = Client()
    client.force_login(create_hub_staff())
    Notice.objects.bulk_create(Notice(kind="x", to="a@x.example", subject=f"Mail {n}") for n in range(60))
    first = client.get(reverse("office_notice_list"), {"q": "mail"}).context["listing"]
    Notice.objects.create(kind="x", to="a@x.example", subject="Mail new")

    second = client.get(f"{reverse('office_notice_list')}?{first.later}").context["listing"]
    oldest = client.get(reverse("office_notice_list"), {"q": "mail", "way": "up"}).context["listing"]

    assert [one.subject for one in [*first.rows, *second.rows]] == [f"Mail {n}" for n in reversed(range(60))]
    assert (oldest.rows[0].subject, second.later) == ("Mail 0", "")


def test_office_finds_mails_by_group_and_person() -> None:
    hub = Hub()
    create_booking(work_group=create_work_group(title="Bars"))
    drain()
    client = Client()
    client.force_login(hub.staff)

    of_group = client.get(reverse("office_notice_list"), {"group": str(hub.group.pk)}).context["rows"]
    of_kim = client.get(reverse("office_notice_list"), {"person": str(hub.kim.pk)}).context["rows"]

    assert {notice.work_group.title for notice, _, _ in of_group} == {"Ratio"}
    assert {notice.to for notice, _, _ in of_kim} == {"kim@oakfield.example"}


def test_sample_says_the_same_words_to_who_asks() -> None:
    hub = Hub()
    client = Client()
    client.force_login(hub.staff)
    real = Notice.objects.get(kind="booking_summary", person=hub.lead)

    client.post(reverse("office_notice_sample", args=[real.pk]))

    sample = Notice.objects.get(kind="sample")
    assert (sample.to, sample.subject) == ("staff@hub.example", f"Sample: {real.subject}")
    assert sample.text.split() == real.text.split()


def test_sample_of_a_secret_mail_is_invented() -> None:
    hub = Hub()
    client = Client()
    client.force_login(hub.staff)
    real = Notice.objects.filter(kind="place_confirmed", person=hub.kim).get()
    Notice.objects.filter(pk=real.pk).update(raw=b"To: kim\r\n\r\nhttps://hub.example/my/dates/secret/")

    client.post(reverse("office_notice_sample", args=[real.pk]))

    sample = Notice.objects.get(kind="sample")
    assert "Kim Lee" not in sample.text
    assert b"/my/dates/" not in bytes(sample.raw)


def test_sample_of_a_mail_about_logging_in_is_refused() -> None:
    hub = Hub()
    code = Notice.objects.create(kind="account", to="x@school.example", subject="Your code", secret=True)
    client = Client()
    client.force_login(hub.staff)

    shown = client.post(reverse("office_notice_sample", args=[code.pk]), follow=True).content.decode()

    assert "there is no sample of it" in shown
    assert not Notice.objects.filter(kind="sample").exists()
