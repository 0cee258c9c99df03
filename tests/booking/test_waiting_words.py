"""What a school reads while it waits: where it stands, how the line goes, and an offer that nobody can miss."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from booking.actions import agreements, offers, places
from booking.integrity import violations
from booking.models import Booking, WorkGroup
from booking.models.places import Reason, Status
from booking.templatetags.words import day, in_line
from notifications.delivery import drain
from notifications.models import Notice
from tests.factories import create_booking, create_hub_staff, create_lead, create_work_group

pytestmark = pytest.mark.django_db(transaction=True)

LogIn = Callable[[User], Client]


class Line:
    """A group of two places that one pair has, and for which three schools wait, one person each."""

    def __init__(self) -> None:
        self.staff, self.leads = create_hub_staff(), [create_lead() for _ in range(3)]
        self.group = create_work_group(capacity=2, title="Bar models")
        self.booked = create_booking(work_group=self.group)
        self.waiting = [create_booking(work_group=self.group, by=lead, people=[lead]) for lead in self.leads]

    def free(self) -> None:
        places.withdraw(booking=self.booked, reason=Reason.OTHER, by=self.booked.made_by)

    def now(self, number: int) -> Booking:
        return Booking.objects.get(pk=self.waiting[number].pk)


def text(client: Client, url: str) -> str:
    return " ".join(client.get(url).content.decode().split())


def told(kind: str) -> list[str]:
    return list(Notice.objects.filter(kind=kind).order_by("pk").values_list("to", flat=True))


@pytest.mark.parametrize(
    ("position", "words"),
    [
        (1, "You are first on the waiting list."),
        (2, "You are number 2 on the waiting list; one booking stands before yours."),
        (3, "You are number 3 on the waiting list; two bookings stand before yours."),
        (12, "You are number 12 on the waiting list; 11 bookings stand before yours."),
    ],
)
def test_position_is_said_in_a_sentence(position: int, words: str) -> None:
    assert in_line(position) == words


def test_booking_that_waits_says_where_how_the_line_goes_and_how_to_leave_it(log_in: LogIn) -> None:
    line = Line()

    page = text(log_in(line.leads[2]), line.waiting[2].get_absolute_url())

    assert "You are number 3 on the waiting list; two bookings stand before yours." in page
    assert line.group.queue_words in page
    assert ("Leave the waiting list" in page, "Give up" in page) == (True, False)


def test_leaving_the_waiting_list_has_words_of_its_own(log_in: LogIn) -> None:
    line = Line()
    client, url = log_in(line.leads[0]), reverse("booking_withdraw", args=[line.waiting[0].pk])

    asked = text(client, url)
    done = client.post(url, {"reason": Reason.OTHER}, follow=True).content.decode()
    drain()

    assert ("Leave the waiting list?" in asked, "Give up" in asked) == (True, False)
    assert "You have left the waiting list. Thank you for telling us." in done
    assert Notice.objects.get(kind="booking_withdrawn").subject == "Off the waiting list: Bar models"
    assert list(violations()) == []


def test_check_says_how_the_line_goes_before_anybody_joins_it(log_in: LogIn) -> None:
    line, client = Line(), log_in(create_lead())
    client.post(reverse("booking_create", args=[line.group.slug]), {"who_0": "later", "who_1": "nobody"})

    page = text(client, reverse("booking_check", args=[line.group.slug]))

    assert f"are told as soon as places are free. {line.group.queue_words}" in page


def test_mail_of_waiting_says_where_and_how_the_line_goes() -> None:
    line = Line()

    drain()

    mail = Notice.objects.get(kind="booking_waiting", to=line.leads[1].email)
    assert "You are number 2 on the waiting list; one booking stands before yours." in mail.text
    assert line.group.queue_words in mail.text


def test_held_back_and_let_on_are_told_to_the_school() -> None:
    line = Line()
    drain()

    offers.hold_back(booking=line.waiting[1], reason="We talk with your head first.", by=line.staff)
    drain()
    offers.let_on(booking=line.now(1), by=line.staff)
    drain()

    assert told("booking_held_back") == told("booking_let_on") == [line.leads[1].email]
    assert "We talk with your head first." in Notice.objects.get(kind="booking_held_back").text
    assert "You are number 2 on the waiting list" in Notice.objects.get(kind="booking_let_on").text


def test_let_on_into_an_offer_tells_only_the_offer() -> None:
    line = Line()
    offers.hold_back(booking=line.waiting[0], reason="We talk with your head first.", by=line.staff)
    drain()
    WorkGroup.objects.filter(pk=line.group.pk).update(capacity=3)

    offers.let_on(booking=line.now(0), by=line.staff)
    drain()

    assert (told("booking_let_on"), told("places_offered")) == ([], [line.leads[0].email])
    assert list(violations()) == []


def test_move_in_the_line_tells_nobody_and_stands_in_the_history(log_in: LogIn) -> None:
    line = Line()
    drain()
    before = Notice.objects.count()

    offers.move(booking=line.waiting[2], number=1, reason="They lost last year.", by=line.staff)
    drain()

    page = text(log_in(line.leads[2]), line.waiting[2].get_absolute_url())
    assert Notice.objects.count() == before
    assert "Moved in the line" in page
    assert "From number 3 to 1: They lost last year." in page


def test_open_offer_stands_first_on_the_pages_of_the_school(log_in: LogIn) -> None:
    line = Line()
    for _ in range(21):
        create_booking(work_group=create_work_group(sessions=1), by=line.leads[0], people=[None])
    line.free()
    offered, client = line.now(0), log_in(line.leads[0])
    assert offered.offer_ends_at is not None

    pages = [text(client, url) for url in (reverse("home"), reverse("booking_list"))]

    for page in pages:
        first = page.index("Places are free for you: Bar models")
        assert f"Take them by <strong>{day(offered.offer_ends_at)}" in page
        assert offered.get_absolute_url() in page
        assert first < page.index("Next at" if "Next at" in page else "By group")


def test_offer_that_has_run_out_or_is_another_schools_is_not_shown(log_in: LogIn) -> None:
    line = Line()
    line.free()
    Booking.objects.filter(pk=line.waiting[0].pk).update(offer_ends_at=timezone.now() - timedelta(minutes=1))

    pages = [text(log_in(line.leads[number]), reverse("booking_list")) for number in (0, 2)]

    assert ["Places are free for you" in page for page in pages] == [False, False]


def test_offered_booking_is_let_go_in_one_way_only(log_in: LogIn) -> None:
    line = Line()
    line.free()

    page = text(log_in(line.leads[0]), line.waiting[0].get_absolute_url())

    assert line.now(0).status == Status.OFFERED
    assert ("Let them go" in page, "Give up" in page, "Plans change" in page) == (True, False, False)


class Asked:
    """A booking of a group that wants the head's yes first."""

    def __init__(self, *, state: str = "active", head_email: str = "head@oakfield.example") -> None:
        self.lead = create_lead(state=state)
        group = create_work_group(head_agreement="needed", title="Bar models")
        self.booking = create_booking(work_group=group, by=self.lead, people=[None], head_email=head_email)


@pytest.mark.parametrize(
    ("state", "email", "hub", "head"),
    [("active", "head@oakfield.example", False, "Your head has a mail"), ("requested", "", True, "Hand the link over")],
)
def test_booked_page_says_for_whose_answer_the_places_wait(
    log_in: LogIn, state: str, email: str, hub: bool, head: str
) -> None:
    asked = Asked(state=state, head_email=email)

    page = text(log_in(asked.lead), f"{asked.booking.get_absolute_url()}?new=1")

    confirmation = page.split("What happens next")[1].split("</section>")[0]
    assert ("The hub checks new schools" in confirmation, head in confirmation) == (hub, True)
    until = "the hub has said yes and your head agrees" if hub else "as soon as your head agrees"
    assert until in confirmation


def test_page_behind_the_button_of_a_no_lets_ask_again_or_give_the_places_up(log_in: LogIn) -> None:
    asked = Asked()
    agreements.answer(booking=asked.booking, answer="disagrees", name="H. Head", role="Head teacher")
    drain()

    mail = Notice.objects.get(kind="head_disagrees")
    url = mail.text.split("Decide what becomes of the places: http://127.0.0.1:8000")[1].split()[0]
    page = text(log_in(asked.lead), url)

    assert ("Ask again" in page, "Give the places up" in page) == (True, True)
    assert reverse("booking_withdraw", args=[asked.booking.pk]) in page


def test_offer_that_has_run_out_has_no_buttons_and_says_what_to_do(log_in: Callable[[User], Client]) -> None:
    group = create_work_group(capacity=2)
    first, second = create_booking(work_group=group), create_booking(work_group=group)
    places.withdraw(booking=first, reason="other", by=first.made_by)
    Booking.objects.filter(pk=second.pk).update(offer_ends_at=timezone.now() - timedelta(minutes=1))
    client, url = log_in(second.made_by), second.get_absolute_url()

    run_out = client.get(url).content.decode()
    offers.lapse_offers(now=timezone.now())
    lapsed = client.get(url).content.decode()

    assert ["Take the places" in page for page in (run_out, lapsed)] == [False, False]
    assert ("The time to take these places ran out" in run_out, "Ask for places again" in lapsed) == (True, True)
    assert "have left your colleagues" not in lapsed
