"""The hub's own words: in the mail and nowhere else, with names that stand for facts and nothing but these."""

import ast
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import HistoryLine, User
from booking import emails, ical
from booking.emails import Mail
from booking.models import Booking, CalendarEntry, Session
from booking.reminders import Reminder
from notifications.actions.wordings import restore, reword
from notifications.delivery import drain
from notifications.examples import example
from notifications.kinds import KINDS, PLACEHOLDERS, WORDED
from notifications.models import Notice, Wording
from notifications.words import Words, fill, in_words
from notifications.written import mail
from tests.factories import create_booking, create_hub_staff, create_lead, create_teacher, create_work_group

pytestmark = pytest.mark.django_db(transaction=True)


class Hub:
    """Lena books Kim and a name to follow on Ratio; every mail about it can be made."""

    def __init__(self) -> None:
        self.lead = create_lead(name="Lena Marsh", email="lena@oakfield.example")
        school = self.lead.memberships.get().school
        self.kim = create_teacher(school=school, name="Kim *Lee*", email="kim@oakfield.example")
        self.group = create_work_group(sessions=2, title="Ratio")
        self.booking: Booking = create_booking(work_group=self.group, by=self.lead, people=[self.kim, None])

    @property
    def session(self) -> Session:
        return self.group.sessions.get(number=1)

    def offered(self) -> list[Mail]:
        self.booking.offer_ends_at = timezone.now()
        return emails.places_offered(self.booking)

    def decided(self, status: str) -> list[Mail]:
        self.booking.status = status
        return emails.booking_decided(self.booking)

    def reminder(self) -> list[Mail]:
        entry = CalendarEntry.objects.get(session=self.session, person=self.kim)
        due = Reminder(entry, self.session, self.kim, self.kim, None, 7, timezone.now())
        standing = ical.standings([self.session])[self.session.pk]
        return [emails.reminder(due, standing, timezone.localdate())]

    def changed(self) -> list[Mail]:
        return emails.session_changed(self.kim, None, self.session, "Hall is taken", added=False)

    def names(self) -> list[Mail]:
        return emails.names_due(self.booking, 1, 2, timezone.localdate(), late=False)


MAKES: dict[str, Callable[[Hub], list[Mail]]] = {
    "place_confirmed": lambda hub: emails.place_confirmed(hub.kim, hub.booking),
    "booking_summary": lambda hub: emails.booking_summary(hub.booking),
    "booking_held": lambda hub: emails.booking_held(hub.booking),
    "booking_waiting": lambda hub: emails.booking_waiting(hub.booking, 2),
    "places_offered": Hub.offered,
    "booking_accepted": lambda hub: hub.decided("confirmed"),
    "booking_declined": lambda hub: hub.decided("not_selected"),
    "invite": lambda hub: [emails.invite(hub.kim, hub.session, method="REQUEST", first=True)],
    "reminder": Hub.reminder,
    "session_changed": Hub.changed,
    "names_due": Hub.names,
}


def test_words_every_kind_that_can_be_worded_is_tried_here() -> None:
    assert set(MAKES) == set(WORDED)
    assert {name for kind in WORDED.values() for name in kind.allowed} == set(PLACEHOLDERS)


@pytest.mark.parametrize("kind", MAKES)
def test_words_of_ours_with_the_facts_are_the_mail(kind: str) -> None:
    [mail, *_] = MAKES[kind](Hub())
    ours = WORDED[kind]

    assert mail.kind == kind
    assert set(mail.facts) >= set(ours.allowed)
    assert mail.subject == fill(ours.subject, mail.facts)
    if ours.paragraph:
        assert mail.worded is not None
        assert mail.paragraphs[mail.worded] == fill(ours.paragraph, mail.facts)
    else:
        assert mail.worded is None


@pytest.mark.parametrize("kind", MAKES)
def test_words_of_the_hub_take_their_place_and_nothing_else_goes(kind: str) -> None:
    [mail, *_] = MAKES[kind](Hub())

    said = in_words(mail, "Dear {group}", "Welcome to **{group}**.")

    assert said.subject == "Dear Ratio"
    assert "Welcome to Ratio." in said.text
    assert "Welcome to <strong>Ratio</strong>." in said.html
    assert len(said.paragraphs) == len(mail.paragraphs) + (mail.worded is None)


def test_words_keep_what_stands_before_the_subject() -> None:
    hub = Hub()
    [mail] = hub.changed()
    today = Mail(**vars(mail) | {"subject": f"TODAY: {mail.subject}"})

    said = in_words(today, "{what}: {group}", "")

    assert said.subject == "TODAY: Changed: Ratio"


def test_words_name_people_without_their_signs_meaning_anything() -> None:
    [mail] = emails.place_confirmed(Hub().kim, Booking.objects.get())

    said = in_words(mail, "", "For {person}.")

    assert "For Kim *Lee*." in said.text
    assert "For Kim *Lee*." in said.html


@pytest.mark.parametrize(
    ("words", "refusal"),
    [
        ("Dear {name}", "“{name}” stands for nothing in this mail. Here you can use {group} and {school}."),
        ("{group.pk}", "“{group.pk}” stands for nothing in this mail. Here you can use {group} and {school}."),
        ("{group", "There is a brace without its partner. Here you can use {group} and {school}."),
        ("{}", "“{}” stands for nothing in this mail. Here you can use {group} and {school}."),
        ("{{group}}", "There is a brace without its partner. Here you can use {group} and {school}."),
    ],
)
def test_words_with_a_broken_name_are_refused(words: str, refusal: str) -> None:
    staff = create_hub_staff()

    with pytest.raises(ValidationError) as refused:
        reword(kind="booking_declined", subject="Not this time", paragraph=words, by=staff)

    assert refused.value.message_dict == {"paragraph": [refusal]}
    assert not Wording.objects.exists()


def test_words_stand_in_the_mail_that_is_sent_and_versions_come_back() -> None:
    staff = create_hub_staff()
    first = reword(kind="place_confirmed", subject="Welcome, {person}", paragraph="So glad.", by=staff)
    reword(kind="place_confirmed", subject="Hello", paragraph="", by=staff)

    restore(kind="place_confirmed", version=first.pk, by=staff)
    Hub()
    drain()

    told = Notice.objects.get(kind="place_confirmed")
    assert told.subject == "Welcome, Kim *Lee*"
    assert Wording.objects.count() == 3
    restore(kind="place_confirmed", version=None, by=staff)
    assert Words.load().on(example("place_confirmed")).subject == example("place_confirmed").subject


def test_words_changed_and_taken_up_again_write_the_history() -> None:
    staff = create_hub_staff()

    first = reword(kind="place_confirmed", subject="Welcome, {person}", paragraph="", by=staff)
    second = restore(kind="place_confirmed", version=None, by=staff)

    lines = [HistoryLine.objects.about(one).get() for one in (first, second)]
    assert [(line.verb, line.by, line.details) for line in lines] == [
        ("mail_reworded", staff, {"kind": "place_confirmed", "version": first.pk}),
        ("mail_words_restored", staff, {"kind": "place_confirmed", "version": second.pk}),
    ]


def test_words_that_are_ours_again_are_not_kept_as_the_hubs() -> None:
    ours = WORDED["booking_waiting"]

    made = reword(kind="booking_waiting", subject=ours.subject, paragraph=ours.paragraph, by=create_hub_staff())

    assert (made.subject, made.paragraph) == ("", "")


def page(staff: User, data: dict[str, str] | None = None, **headers: str) -> str:
    client = Client()
    client.force_login(staff)
    url = reverse("office_wording", args=["place_confirmed"])
    answer = client.post(url, data, headers=headers, follow=True) if data else client.get(url)
    return answer.content.decode()


def test_office_sees_how_it_reads_with_the_newest_mails_facts() -> None:
    staff = create_hub_staff()
    invented = page(staff, {"subject": "Hello {person}", "paragraph": "On {group}.", "look": "1"})
    Hub()
    drain()

    real = page(staff, {"subject": "Hello {person}", "paragraph": "On {group}.", "look": "1"}, HX_Request="true")

    assert "<strong>Hello Tess Teasel</strong>" in invented
    assert "<strong>Hello Kim *Lee*</strong>" in real
    assert "On Ratio." in real
    assert "<html" not in real
    assert not Wording.objects.exists()


def test_office_keeps_words_and_goes_back_to_ours() -> None:
    staff = create_hub_staff()

    kept = page(staff, {"subject": "Hello {person}", "paragraph": "", "save": "1"})
    refused = page(staff, {"subject": "Hello {you}", "paragraph": "", "save": "1"})
    back = page(staff, {"back": "ours"})

    assert "These words hold from the next mail on." in kept
    assert "“{you}” stands for nothing in this mail." in refused
    assert "Back to these words" not in back
    assert [one.subject for one in Wording.objects.order_by("pk")] == ["Hello {person}", ""]


def test_kinds_are_all_known_that_mails_are_made_of() -> None:
    Hub()
    drain()

    assert set(Notice.objects.values_list("kind", flat=True)) <= set(KINDS)


def test_kinds_are_all_known_that_mails_are_written_with() -> None:
    ours = Path(__file__).parents[2]
    written = [text for folder in ("booking/emails", "notifications") for text in (ours / folder).rglob("*.py")]

    named = {
        leaf.value
        for path in written
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call) and ast.unparse(call.func) in ("Mail", "Envelope", "_mail")
        for keyword in call.keywords
        if keyword.arg == "kind"
        for leaf in _said(keyword.value)
    }

    assert named - set(KINDS) == set()
    assert {"what_we_did", "host_list", "offer_lapsed", "newsletter"} <= named


def _said(node: ast.expr) -> list[ast.Constant]:
    """The words that a kind can be: those of a choice, not what it is chosen by."""
    if isinstance(node, ast.IfExp):
        return _said(node.body) + _said(node.orelse)
    return [node] if isinstance(node, ast.Constant) else []


def test_letter_and_what_people_write_stand_in_the_same_frame() -> None:
    letter = example("place_confirmed")
    _, written = mail(heading=letter.heading, opening="", body="Words.", reason=letter.reason)

    frames = [re.sub(r"<title>.*</title>", "", html.partition("</h1>")[0]) for html in (letter.html, written)]

    assert frames[0] == frames[1]
    assert letter.html.rpartition("Questions?")[2] == written.rpartition("Questions?")[2]
