"""Writing to a group: who gets it, what they read, and that nobody learns of anybody else."""

import uuid
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import cast

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import HistoryLine, School, User
from booking.models import Attendance, Session, WorkGroup
from notifications.actions.letters import write_letter
from notifications.models import Letter, Notice
from notifications.readers import Whom, readers_of
from tests.factories import (
    create_booking,
    create_hub_staff,
    create_lead,
    create_session,
    create_teacher,
    create_user,
    create_work_group,
    mark_register,
)

pytestmark = pytest.mark.django_db(transaction=True)

BODY = "Dear all,\n\nbring **cubes**; see [the page](https://hub.example/cubes).\n\n- ten of each"


class World:
    """A group of two schools: Ann and Ben of one, Cam, who has no address, of the other. Session 1 is over."""

    def __init__(self) -> None:
        self.fran = create_user(name="Fran Lovell", email="fran@hub.example")
        self.group = create_work_group(sessions=2, leads=[self.fran], title="Bars before rules")
        self.lead, self.other = create_lead(name="Lena"), create_lead(name="Olga")
        self.ann = create_teacher(school=self.school(self.lead), name="Ann Ash", email="ann@a.example")
        self.ben = create_teacher(school=self.school(self.lead), name="Ben Beck", email="ben@a.example")
        self.cam = create_teacher(school=self.school(self.other), name="Cam Cole", email=None)
        create_booking(work_group=self.group, by=self.lead, people=[self.ann, self.ben])
        booking = create_booking(work_group=self.group, by=self.other, people=[self.cam, None])
        self.past = create_session(work_group=self.group, days=-7, number=9)
        for person in (self.ann, self.ben, self.cam):
            place = person.places.get()
            Attendance.objects.create(session=self.past, person=person, place=place, school=place.booking.school)
        self.waiting = create_booking(work_group=create_work_group(capacity=0))
        assert booking.status == "confirmed"

    def school(self, lead: User) -> School:
        return lead.memberships.get().school

    def mark(self, **what: str) -> None:
        """ann="present": marks by first names."""
        rows = {row.person.name.split()[0].lower(): row.pk for row in self.past.attendances.all()}
        mark_register(session=self.past, marks={rows[name]: mark for name, mark in what.items()}, by=self.fran)

    def to(self, audience: str, *, session: Session | None = None, school: School | None = None) -> set[str]:
        readers = readers_of(self.group, Whom(audience, session, school), timezone.localdate())
        return {copy.person.name if copy.is_own else f"{copy.person.name} by {copy.to.name}" for copy in readers.copies}

    def write(self, whom: Whom | None = None, **fields: object) -> Letter:
        given = {"subject": "Cubes – please", "body": BODY, "by": self.fran, "key": uuid.uuid4()} | fields
        return write_letter(work_group=self.group, whom=whom or Whom("everyone"), **given)  # type: ignore[arg-type]  # by name


def opened(notice: Notice) -> EmailMessage:
    return cast(EmailMessage, message_from_bytes(bytes(notice.raw), policy=policy.default))


def text_of(notice: Notice) -> str:
    part = opened(notice).get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def test_letter_reaches_exactly_whom_it_is_for() -> None:
    world = World()
    world.mark(ann="late", ben="apologies")

    reached = {
        "everyone": world.to("everyone"),
        "came": world.to("came", session=world.past),
        "missed": world.to("missed", session=world.past),
        "leads": world.to("leads"),
        "school": world.to("school", school=world.school(world.lead)),
    }

    assert reached == {
        "everyone": {"Ann Ash", "Ben Beck", "Cam Cole by Olga"},
        "came": {"Ann Ash"},
        "missed": {"Ben Beck"},
        "leads": {"Lena", "Olga"},
        "school": {"Ann Ash", "Ben Beck", "Lena"},
    }


def test_letter_skips_who_is_away_or_cannot_be_reached() -> None:
    world = World()
    User.objects.filter(pk=world.ann.pk).update(away_from=timezone.localdate() - timedelta(days=1))
    world.other.memberships.update(state="ended", ended_at=timezone.now())

    readers = readers_of(world.group, Whom("everyone"), timezone.localdate())

    assert [copy.person for copy in readers.copies] == [world.ben]
    assert (readers.away, list(readers.unreached)) == (1, [world.cam])


def test_letter_to_a_lead_who_takes_part_goes_once() -> None:
    lead = create_lead(name="Lena")
    group = create_work_group()
    create_booking(work_group=group, by=lead, people=[lead, None])

    readers = readers_of(group, Whom("school", school=lead.memberships.get().school), timezone.localdate())

    assert [copy.person for copy in readers.copies] == [lead]


def test_letter_is_a_mail_each_from_the_hub_with_answers_to_the_writer() -> None:
    world = World()

    letter = world.write()

    mails = [opened(notice) for notice in Notice.objects.filter(kind="letter").order_by("pk")]
    assert letter.people == 3
    assert [mail["To"].addresses[0].addr_spec for mail in mails] == [
        "ann@a.example",
        "ben@a.example",
        world.other.email,
    ]
    assert {(mail["From"].addresses[0].addr_spec, mail["Reply-To"]) for mail in mails} == {
        ("hub@hub.example", "fran@hub.example")
    }
    assert [str(mail["Subject"]) for mail in mails] == [
        "Cubes – please",
        "Cubes – please",
        "For Cam Cole: Cubes – please",
    ]
    text = text_of(Notice.objects.get(to="ann@a.example", kind="letter"))
    html = mails[0].get_body(("html",)).get_content()  # type: ignore[union-attr]  # it has one
    assert "bring cubes; see the page (https://hub.example/cubes)." in text
    assert ("<strong>cubes</strong>" in html, "Ben" in html, "ben@a.example" in html + text) == (True, False, False)


def test_letter_to_who_did_not_come_says_neither_why_nor_that_others_did() -> None:
    world = World()
    world.mark(ann="present", ben="absent")

    world.write(Whom("missed", session=world.past))
    world.write(Whom("came", session=world.past))

    missed, came = (text_of(Notice.objects.get(to=to, kind="letter")) for to in ("ben@a.example", "ann@a.example"))
    assert missed == came
    assert not any(word in missed.lower() for word in ("absent", "apolog", "did not", "missed", " ill"))


def test_letter_with_the_same_key_goes_once_and_with_other_words_is_refused() -> None:
    world, key = World(), uuid.uuid4()

    first, again = world.write(key=key), world.write(key=key)
    with pytest.raises(ValidationError, match="sent already"):
        world.write(key=key, subject="Something else")

    assert first == again
    assert Notice.objects.filter(kind="letter").values("dedupe_key").distinct().count() == 3
    assert HistoryLine.objects.about(world.group).filter(verb="wrote_to_group").count() == 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"body": " \x01 "}, "blank"),
        ({"whom": Whom("missed")}, "Nobody would get"),
        ({"by": "stranger"}, "do not lead"),
        ({"by": "no address"}, "none here yet"),
    ],
)
def test_letter_is_refused_in_words(change: dict[str, object], words: str) -> None:
    world = World()
    people = {"stranger": create_user(), "no address": create_hub_staff(email=None)}
    change = {name: people.get(str(value), value) if name == "by" else value for name, value in change.items()}

    with pytest.raises(ValidationError, match=words):
        world.write(**change)

    assert (Letter.objects.count(), Notice.objects.filter(kind="letter").count()) == (0, 0)


def test_letter_with_line_ends_in_its_subject_puts_no_header_into_the_mail() -> None:
    world = World()

    world.write(subject="Cubes\r\nBcc: all@x.example")

    mail = opened(Notice.objects.get(kind="letter", to="ann@a.example"))
    assert (mail["Bcc"], str(mail["Subject"])) == (None, "Cubes Bcc: all@x.example")


def test_letter_page_shows_it_before_it_goes_and_sends_on_the_second_post() -> None:
    world = World()
    client = Client()
    client.force_login(world.fran)
    url = reverse("letter_create", args=[world.group.pk])
    key = str(client.get(url).context["form"]["key"].value())
    data = {"whom": "everyone", "subject": "Cubes", "body": BODY, "key": key}

    seen = client.post(url, data).content.decode()
    before = Letter.objects.count()
    sent = [client.post(url, data | {"send": "1"}) for _ in range(2)]

    assert before == 0
    assert ("3 people, a mail each" in seen, "Cam Cole" in seen, "<strong>cubes</strong>" in seen) == (True, True, True)
    letter = Letter.objects.get()
    assert [one["Location"] for one in sent] == [reverse("letter_detail", args=[world.group.pk, letter.pk])] * 2
    page = client.get(sent[0]["Location"]).content.decode()
    assert ("0 of 3 mails sent" in page, "ann@a.example" in page) == (True, False)


def test_letter_page_offers_only_sessions_with_a_register_and_schools_of_the_group() -> None:
    world = World()
    world.mark(ann="present")
    client = Client()
    client.force_login(world.fran)
    url = reverse("letter_create", args=[world.group.pk])
    foreign = world.waiting.school
    key = uuid.uuid4()

    page = client.get(url).content.decode()
    refused = [
        client.post(url, {"whom": whom, "subject": "x", "body": "y", "key": key, "send": "1"}).status_code
        for whom in (f"school:{foreign.pk}", f"came:{WorkGroup.objects.get(pk=world.group.pk).sessions.first().pk}")  # type: ignore[union-attr]  # there is one
    ]

    assert (f"came:{world.past.pk}" in page, page.count('value="came:')) == (True, 1)
    assert (refused, Letter.objects.count()) == ([200, 200], 0)


def test_letter_of_another_group_is_not_found() -> None:
    world = World()
    letter = world.write()
    other = create_work_group(leads=[world.fran])
    client = Client()
    client.force_login(world.fran)

    assert client.get(reverse("letter_detail", args=[other.pk, letter.pk])).status_code == 404
