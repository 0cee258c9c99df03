"""Who is written to about a booking: who made it, who else books for the school, or the school itself."""

import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import HistoryLine, Membership, School, User
from booking.actions import offers, places, swaps
from booking.emails import written_to
from booking.integrity import violations
from booking.links import offer_of, offer_url
from booking.models import Booking, WorkGroup
from booking.models.places import Reason, Status
from notifications.delivery import drain
from notifications.models import Notice
from tests.factories import (
    create_booking,
    create_hub_staff,
    create_lead,
    create_school,
    create_teacher,
    create_user,
    create_work_group,
)

pytestmark = pytest.mark.django_db(transaction=True)


class Oakfield:
    """A school for which Lena and Omar book."""

    def __init__(self) -> None:
        self.school = create_school(name="Oakfield")
        self.lena = create_lead(school=self.school, name="Lena Marsh", email="lena@oakfield.example")
        self.omar = create_lead(school=self.school, name="Omar Said", email="omar@oakfield.example")
        self.booking = create_booking(work_group=create_work_group(title="Ratio"), by=self.lena)

    def addresses(self) -> list[str]:
        return [to for to, _ in written_to(Booking.objects.get(pk=self.booking.pk))]


def book_for(school: School, *, group: WorkGroup | None = None, by: User | None = None, **options: object) -> Booking:
    """The hub, or somebody else, books for a school that telephoned."""
    options = {"via": "telephone", "people": [None, None]} | options
    group, by = group or create_work_group(), by or create_hub_staff()
    return create_booking(work_group=group, school=school, by=by, **options)  # type: ignore[arg-type]  # mixed


def test_who_booked_is_written_to() -> None:
    oakfield = Oakfield()

    assert oakfield.addresses() == ["lena@oakfield.example"]


@pytest.mark.parametrize("why", ["left", "away", "books no more", "erased"])
def test_others_who_book_are_written_to_when_who_booked_is_not_there(why: str) -> None:
    oakfield = Oakfield()
    membership, lena = oakfield.lena.memberships.get(), User.objects.filter(pk=oakfield.lena.pk)
    match why:
        case "left":
            membership.end(timezone.now())
        case "away":
            lena.update(away_from=timezone.localdate() - timedelta(days=1))
        case "books no more":
            Membership.objects.filter(pk=membership.pk).update(role=Membership.Role.TEACHER)
        case _:
            lena.update(is_active=False)

    assert oakfield.addresses() == ["omar@oakfield.example"]


def test_nobody_or_the_schools_own_address_where_nobody_books() -> None:
    school = create_school()
    booking = book_for(school)
    assert written_to(booking) == []

    School.objects.filter(pk=school.pk).update(contact_email="office@oakfield.example")

    assert written_to(Booking.objects.get()) == [("office@oakfield.example", None)]


def test_lead_who_waits_for_the_hub_is_written_to() -> None:
    lead = create_lead(state=Membership.State.REQUESTED, email="new@oakfield.example")
    booking = create_booking(work_group=create_work_group(), by=lead, people=[None])

    assert written_to(booking) == [("new@oakfield.example", lead)]


def test_booking_of_the_hub_tells_every_lead_who_asked_whom_and_how() -> None:
    oakfield = Oakfield()
    group = create_work_group(title="Bar models")
    book_for(oakfield.school, group=group, by=create_hub_staff(name="Olive Office"))
    Booking.objects.filter(work_group=group).update(made_at=timezone.now().replace(month=11, day=25, hour=12))

    drain()

    mails = Notice.objects.filter(subject="Booked: Bar models")
    assert sorted(mails.values_list("to", flat=True)) == ["lena@oakfield.example", "omar@oakfield.example"]
    for mail in mails:
        words = "Olive Office booked two places on Bar models for Oakfield, as you asked by telephone (25 November)."
        assert words in mail.text
        assert "Is something wrong? Correct it behind the button." in mail.text
        assert "You booked" not in mail.text
        assert mail.reason == "You book for Oakfield."


@pytest.mark.parametrize(
    ("recruitment", "words"),
    [
        ("application", "Olive Office applied for two places on Bar models for Oakfield, as you asked on paper"),
        ("interest", "Olive Office noted that Oakfield is interested in Bar models, as you asked on paper"),
    ],
)
def test_application_of_the_hub_says_who_made_it(recruitment: str, words: str) -> None:
    oakfield = Oakfield()
    group = create_work_group(title="Bar models", recruitment=recruitment)
    book_for(oakfield.school, group=group, by=create_hub_staff(name="Olive Office"), via="paper")

    drain()

    texts = list(Notice.objects.filter(kind__in=["booking_applied", "interest_noted"]).values_list("text", flat=True))
    assert [words in text for text in texts] == [True, True]


def test_waiting_booking_of_the_hub_says_who_made_it() -> None:
    oakfield, group = Oakfield(), create_work_group(title="Bar models", capacity=2)
    create_booking(work_group=group)
    book_for(oakfield.school, group=group, by=create_hub_staff(name="Olive Office"), via="in_person")

    drain()

    mail = Notice.objects.filter(kind="booking_waiting", to="lena@oakfield.example").get()
    assert "Olive Office asked for two places on Bar models for Oakfield, as you asked in person" in mail.text
    assert group.queue_words in mail.text


def test_mail_to_a_schools_own_address_has_no_page_to_open() -> None:
    school = create_school(name="Oakfield", contact_email="office@oakfield.example")
    book_for(school, group=create_work_group(title="Bar models"))

    drain()

    mail = Notice.objects.get(to="office@oakfield.example")
    assert (mail.kind, mail.person) == ("booking_summary", None)
    assert "Nobody books for Oakfield on our site yet. Is something wrong? Answer this mail." in mail.text
    assert "/bookings/" not in mail.text


def test_who_had_a_place_and_booked_it_hears_of_its_end_when_others_are_written_to() -> None:
    oakfield = Oakfield()
    booking = create_booking(work_group=create_work_group(), by=oakfield.lena, people=[oakfield.lena])
    Membership.objects.filter(person=oakfield.lena).update(role=Membership.Role.TEACHER)

    places.withdraw(booking=booking, reason=Reason.OTHER, by=oakfield.omar)
    drain()

    ended = Notice.objects.filter(kind__in=["booking_withdrawn", "place_withdrawn"])
    assert sorted(ended.values_list("to", "kind")) == [
        ("lena@oakfield.example", "place_withdrawn"),
        ("omar@oakfield.example", "booking_withdrawn"),
    ]


class Offered:
    """Two places that are offered to a school."""

    def __init__(self, school: School, *, by: User | None = None, **options: object) -> None:
        group = create_work_group(capacity=2)
        booked = create_booking(work_group=group)
        if by:
            self.booking = create_booking(work_group=group, by=by)
        else:
            self.booking = book_for(school, group=group)
        places.withdraw(booking=booked, reason=Reason.OTHER, by=booked.made_by)
        self.booking = Booking.objects.get(pk=self.booking.pk)

    def link(self, person: User | None) -> str:
        return offer_url(self.booking, person).removeprefix("http://127.0.0.1:8000")


def test_offer_goes_to_another_lead_whose_link_answers_it(client: Client) -> None:
    oakfield = Oakfield()
    offered = Offered(oakfield.school, by=oakfield.lena)
    oakfield.lena.memberships.get().end(timezone.now())
    drain()

    client.post(offered.link(oakfield.omar), {"answer": "accept"})

    notice = Notice.objects.get(kind="places_offered")
    assert (notice.to, notice.person) == ("omar@oakfield.example", oakfield.omar)
    assert Booking.objects.get(pk=offered.booking.pk).status == Status.CONFIRMED
    assert HistoryLine.objects.get(verb="offer_accepted").by == oakfield.omar
    assert list(violations()) == []


@pytest.mark.parametrize(("answer", "status"), [("accept", Status.CONFIRMED), ("decline", Status.DECLINED)])
def test_offer_to_a_schools_own_address_is_answered_by_its_link(client: Client, answer: str, status: str) -> None:
    school = create_school(contact_email="office@oakfield.example")
    offered = Offered(school)
    drain()

    page = client.get(offered.link(None)).content.decode()
    client.post(offered.link(None), {"answer": answer})

    assert Notice.objects.get(kind="places_offered").to == "office@oakfield.example"
    assert "Places are free for you" in page
    assert Booking.objects.get(pk=offered.booking.pk).status == status
    assert HistoryLine.objects.filter(verb__in=["offer_accepted", "offer_declined"]).get().by is None
    assert list(violations()) == []


def test_offer_link_of_a_schools_former_address_opens_nothing(client: Client) -> None:
    school = create_school(contact_email="office@oakfield.example")
    offered = Offered(school)
    link = offered.link(None)
    School.objects.filter(pk=school.pk).update(contact_email="new@oakfield.example")

    assert client.get(link).status_code == 404
    assert offer_of(link.rstrip("/").split("/")[-1]) is None


def put_on(client: Client, group: WorkGroup, school: School) -> str:
    """The message on the screen after the office has booked."""
    data = {"who_0": "later", "who_1": "later", "school": school.pk, "via": "telephone", "note": "Rang at ten."}
    data["key"] = str(uuid.uuid4())
    return client.post(reverse("office_booking_create", args=[group.pk]), data, follow=True).content.decode()


def test_office_booking_create_says_truthfully_who_is_told(log_in: Callable[[User], Client]) -> None:
    office, group = log_in(create_hub_staff()), create_work_group()
    known, reached, silent = Oakfield().school, create_school(name="Elm"), create_school(name="Ash", telephone="0116")
    School.objects.filter(pk=reached.pk).update(contact_email="office@elm.example")

    pages = [put_on(office, group, school) for school in (known, reached, silent)]

    assert "Confirmed: Oakfield has been told." in pages[0]
    assert "Confirmed: the mail goes to the address of Elm itself." in pages[1]
    assert "Confirmed. Nobody at Ash can be written to yet; please ring." in pages[2]
    assert "has been told" not in pages[2]
    assert "Nobody at Ash can be written to about this booking yet; please ring: 0116." in pages[2]


def test_booking_detail_shows_hub_and_school_how_it_was_asked(log_in: Callable[[User], Client]) -> None:
    oakfield, staff = Oakfield(), create_hub_staff(name="Olive Office")
    booking = book_for(oakfield.school, by=staff, note="Sarah rang at ten.")

    pages = [log_in(one).get(booking.get_absolute_url()).content.decode() for one in (staff, oakfield.omar)]

    for page in pages:
        assert "Made by Olive Office, as Oakfield had asked by telephone (" in page
        assert "): “Sarah rang at ten.”" in page


def test_head_is_asked_in_the_schools_name_where_the_hub_booked() -> None:
    oakfield = Oakfield()
    group = create_work_group(title="Bar models", head_agreement="asked")
    book_for(oakfield.school, group=group, head_email="head@oakfield.example")

    drain()

    mail = Notice.objects.get(to="head@oakfield.example")
    assert mail.reason.startswith("The hub gave your address")


def test_stand_in_is_told_to_leads_but_not_to_who_said_it() -> None:
    oakfield = Oakfield()
    kim, fran = create_teacher(school=oakfield.school), create_user()
    group = create_work_group(leads=[fran])
    booking = book_for(oakfield.school, group=group, people=[kim])

    swaps.send(
        place=booking.places.get(),
        sessions=[group.sessions.get(number=1).pk],
        to=create_teacher(school=oakfield.school).pk,
        by=oakfield.lena,
    )
    drain()

    told = Notice.objects.filter(kind="stand_in_told").values_list("to", flat=True)
    assert list(told) == ["omar@oakfield.example"]


def test_offers_of_nobody_still_lapse() -> None:
    offered = Offered(create_school())
    drain()

    offers.lapse_offers(now=timezone.now() + timedelta(days=40))
    drain()

    assert Booking.objects.get(pk=offered.booking.pk).status == Status.LAPSED
    assert not Notice.objects.filter(kind__in=["places_offered", "offer_lapsed"]).exists()
