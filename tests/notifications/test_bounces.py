"""Mail that comes back: it marks its address, stops what else would go there, and is told once."""

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.actions import addresses
from accounts.letters import write
from accounts.models import BouncedAddress, HistoryLine, School, User
from booking.models import CalendarEntry
from notifications.actions import inbound
from notifications.delivery import deliver, drain
from notifications.inbound.sort import sort
from notifications.models import Inbound, Notice
from notifications.outbox import STOPPED, Envelope, put, put_many
from notifications.tasks import read_mail
from tests.factories import create_booking, create_hub_staff, create_lead, create_teacher, create_work_group
from tests.faulty_smtp import FaultySmtp
from tests.inbound_mails import plain, report

pytestmark = pytest.mark.django_db(transaction=True)


class World:
    def __init__(self) -> None:
        self.lead = create_lead(name="Lena Marsh", email="lena@school.example")
        self.school: School = self.lead.memberships.get().school
        self.kim: User = create_teacher(school=self.school, name="Kim Patel", email="kim@school.example")
        create_booking(work_group=create_work_group(sessions=2), by=self.lead, people=[self.kim])
        CalendarEntry.objects.update(tell_after=timezone.now())
        drain()

    @property
    def invite(self) -> Notice:
        notice = Notice.objects.filter(person=self.kim, kind="invite").order_by("pk").first()
        assert notice is not None
        return notice


def receive(raw: bytes) -> Inbound:
    return inbound.receive(mail=sort(raw, len(raw)))


def told_leads() -> list[str]:
    return list(Notice.objects.filter(kind="mail_came_back").values_list("to", flat=True))


def test_bounce_marks_the_address_and_tells_the_lead_once() -> None:
    world = World()

    first = receive(report(world.invite, key="<1@mx>"))
    second = receive(report(world.invite, key="<2@mx>"))

    bounced = BouncedAddress.objects.get()
    assert (bounced.address, bounced.code, bounced.why) == ("kim@school.example", "5.1.1", "there is no such mailbox")
    assert "kim@school.example" not in bounced.words
    assert (first.kind, first.state, second.state) == ("bounce", "noted", "noted")
    assert told_leads() == ["lena@school.example"]
    assert world.invite.state == "failed"
    assert world.invite.error.startswith("It came back: 5.1.1 550 5.1.1 No such user")
    assert HistoryLine.objects.about(world.kim).filter(verb="mail_came_back").count() == 1


def test_bounce_with_an_invite_inside_acts_on_no_invite() -> None:
    world = World()
    raw = report(world.invite)

    receive(raw)

    assert b"METHOD:REQUEST" in raw
    assert set(CalendarEntry.objects.values_list("answer", flat=True)) == {""}


STATUSES: dict[str, tuple[dict[str, Any], bool, str]] = {
    "no such mailbox, as Exchange says it": ({"status": "5.1.10", "words": "550 5.1.10 RESOLVER.ADR"}, True, "failed"),
    "the true status in the words": ({"status": "5.0.0", "words": "550 5.1.1 unknown"}, True, "failed"),
    "the mailbox is closed": ({"status": "5.2.1", "words": "550 closed"}, True, "failed"),
    "the mailbox is full": ({"status": "5.2.2", "words": "552 full"}, False, "failed"),
    "our mail was not liked": ({"status": "5.7.1", "words": "550 spam"}, False, "failed"),
    "our own address was not liked": ({"status": "5.1.8", "words": "550 sender"}, False, "failed"),
    "it is still tried": ({"status": "4.4.1", "action": "delayed", "words": "timed out"}, False, "sent"),
    "given up after days": ({"status": "4.4.7", "words": "expired"}, False, "sent"),
    "it arrived": ({"status": "2.0.0", "action": "relayed", "words": "ok"}, False, "sent"),
}


@pytest.mark.parametrize(("said", "marks", "state"), STATUSES.values(), ids=STATUSES)
def test_bounce_marks_only_what_is_of_the_address(said: dict[str, Any], marks: bool, state: str) -> None:
    world = World()

    mail = receive(report(world.invite, **said))

    assert (mail.state, mail.notice) == ("noted", world.invite)
    assert (BouncedAddress.objects.exists(), world.invite.state) == (marks, state)


def test_bounce_of_a_mail_that_is_not_ours_waits() -> None:
    world = World()
    stranger = Notice(key="00000000-0000-4000-8000-000000000000", to=world.kim.email or "", raw=b"")

    mail = receive(report(stranger))

    assert (mail.state, BouncedAddress.objects.exists()) == ("waiting", False)


def test_bounce_in_words_only_waits() -> None:
    raw = plain("Your message could not be delivered.", head="Auto-Submitted: auto-replied\r\n")

    mail = receive(raw.replace(b"kim@school", b"mailer-daemon@school"))

    assert mail.state == "waiting"


def test_mail_to_an_address_that_bounced_is_stopped_but_for_log_ins() -> None:
    world = World()
    receive(report(world.invite))

    one = put(Envelope(kind="x", to="Kim@School.example"), subject="Hello", text="Hello")
    put_many([(Envelope(kind="y", to="kim@school.example"), "Hello", "Hello", "")])
    write("dormant", "kim@school.example", {"name": "Kim", "days": 30}, reason="Test")

    assert one is not None
    assert (one.state, one.error) == ("failed", STOPPED)
    assert Notice.objects.get(kind="y").state == "failed"
    assert Notice.objects.get(kind="account").state == "queued"


def test_address_that_is_tried_again_gets_its_coming_invites_anew() -> None:
    world, staff = World(), create_hub_staff()
    receive(report(world.invite))
    before = Notice.objects.filter(to="kim@school.example", kind__startswith="invite").count()

    addresses.try_again(bounced=BouncedAddress.objects.get(), by=staff)
    read_mail()

    fresh = Notice.objects.filter(to="kim@school.example", kind__startswith="invite").order_by("-pk")[:2]
    assert (before, BouncedAddress.objects.count(), [one.state for one in fresh]) == (2, 0, ["sent", "sent"])
    assert sorted(CalendarEntry.objects.filter(person=world.kim).values_list("told_sequence", flat=True)) == [1, 1]


def test_address_that_bounces_again_is_told_again() -> None:
    world, staff = World(), create_hub_staff()
    receive(report(world.invite, key="<1@mx>"))
    addresses.try_again(bounced=BouncedAddress.objects.get(), by=staff)

    receive(report(world.invite, key="<2@mx>"))

    assert (BouncedAddress.objects.standing().count(), len(told_leads())) == (1, 2)


def test_person_who_logs_in_by_a_mailed_code_is_written_to_again(client: Client) -> None:
    world = World()
    EmailAddress.objects.create(user=world.kim, email="kim@school.example", primary=True, verified=True)
    receive(report(world.invite))
    client.post(reverse("account_request_login_code"), {"email": "kim@school.example"})
    text = bytes(Notice.objects.filter(kind="account").latest("pk").raw).decode()
    code = next(line for line in text.splitlines() if line.isupper() and "-" in line and " " not in line)

    client.post(reverse("account_confirm_login_code"), {"code": code})

    assert not BouncedAddress.objects.standing().exists()


def test_person_school_and_office_see_that_mail_comes_back() -> None:
    world, staff = World(), create_hub_staff()
    receive(report(world.invite))
    pages = [
        (world.kim, "my_sessions", [], "comes back: there is no such mailbox"),
        (world.kim, "my_account", [], "comes back: there is no such mailbox"),
        (world.kim, "account_email", [], "comes back: there is no such mailbox"),
        (world.lead, "school_people", [], "mail to this address comes back"),
        (staff, "office_home", [], "Mail comes back"),
        (staff, "office_person", [world.kim.pk], "mail to this address comes back"),
        (staff, "office_notice", [world.invite.pk], "Mail to this address comes back: there is no such mailbox"),
    ]
    shown = []

    for person, name, arguments, words in pages:
        client = Client()
        client.force_login(person)
        shown.append((name, words in client.get(reverse(name, args=arguments)).content.decode()))

    assert shown == [(name, True) for _, name, _, _ in pages]


def test_office_tries_an_address_again_from_its_page() -> None:
    world, staff = World(), create_hub_staff()
    receive(report(world.invite))
    client = Client()
    client.force_login(staff)

    again = reverse("office_address_again", args=[BouncedAddress.objects.get().pk])
    response = client.post(again, {"next": "https://evil.example/"})

    assert (response.status_code, response["Location"]) == (302, reverse("office_home"))
    assert not BouncedAddress.objects.standing().exists()


REFUSALS: dict[str, tuple[dict[str, str], str]] = {
    "no such mailbox": ({"rcpt": "550 5.1.1 <kim@school.example>: no such user"}, "5.1.1"),
    "no such mailbox, in words only": ({"rcpt": "550 No such user here"}, "550"),
    "the mailbox is closed": ({"rcpt": "550 5.2.1 closed"}, "5.2.1"),
    "the mailbox is full": ({"rcpt": "552 5.2.2 full"}, ""),
    "we are not liked": ({"rcpt": "550 5.7.1 listed"}, ""),
    "we are not liked, in words only": ({"rcpt": "550 relay not permitted"}, ""),
    "it was refused for now": ({"rcpt": "450 4.1.1 try later"}, ""),
    "our own address is not liked": ({"mail": "550 5.1.8 sender"}, ""),
    "the mail is not liked": ({"data": "554 5.1.1 no"}, ""),
    "the mail is not liked once it is there": ({"dot": "550 5.1.1 no"}, ""),
}


@pytest.mark.parametrize(("faults", "code"), REFUSALS.values(), ids=REFUSALS)
def test_recipient_that_is_refused_is_marked_where_it_is_the_address(
    faults: dict[str, str], code: str, server: FaultySmtp
) -> None:
    world = World()
    put(Envelope(kind="x", to="kim@school.example", person=world.kim), subject="Hello", text="Hello")
    server.faults = faults

    deliver()

    kims = BouncedAddress.objects.filter(address="kim@school.example")
    assert list(kims.values_list("code", flat=True)) == ([code] if code else [])
    assert told_leads() == (["lena@school.example"] if code else [])


def test_recipient_that_is_refused_gets_nothing_more_and_is_told_of_once(server: FaultySmtp) -> None:
    world = World()
    for subject in ("One", "Two"):
        put(Envelope(kind="x", to="kim@school.example", person=world.kim), subject=subject, text="Hello")
    server.faults = {"rcpt": "550 5.1.1 <kim@school.example>: no such user"}

    deliver(limit=2)
    later = put(Envelope(kind="x", to="kim@school.example"), subject="Three", text="Hello")

    assert later is not None
    assert (later.state, later.error) == ("failed", STOPPED)
    assert told_leads() == ["lena@school.example"]
    assert HistoryLine.objects.about(world.kim).filter(verb="mail_came_back").count() == 1
    assert "kim@school.example" not in BouncedAddress.objects.get(address="kim@school.example").words
