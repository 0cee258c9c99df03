"""The waiting list: what is offered by itself, what the hub decides, and what staff do out of turn."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import HistoryLine, User
from booking.actions import invitations, offers, places, programme, rules
from booking.actions.rules import RulePlan
from booking.changing import SessionPlan
from booking.integrity import violations
from booking.links import offer_url
from booking.models import Booking, Session, WorkGroup
from booking.models.places import Reason, Status
from booking.offering import TOO_NEAR
from booking.reports import office
from booking.reports.waiting import line_of, to_decide
from notifications.acts import tell_acts
from notifications.delivery import drain
from notifications.models import Notice
from tests.factories import create_booking, create_hub_staff, create_session, create_work_group

pytestmark = pytest.mark.django_db(transaction=True)

LogIn = Callable[[User], Client]


class Line:
    """A group of two places that one pair has, and for which others wait, in the order given (people each)."""

    def __init__(self, *people: int, **fields: object) -> None:
        self.staff = create_hub_staff()
        self.group = create_work_group(capacity=2, title="Bar models", **fields)
        self.booked = create_booking(work_group=self.group)
        self.waiting = [create_booking(work_group=self.group, people=count) for count in people]

    def give_up(self) -> None:
        places.withdraw(booking=self.booked, reason=Reason.OTHER, by=self.booked.made_by)

    def statuses(self) -> list[str]:
        return [Booking.objects.get(pk=booking.pk).status for booking in self.waiting]

    def first(self) -> Booking:
        return Booking.objects.get(pk=self.waiting[0].pk)


def whole() -> list[str]:
    return list(violations())


def test_free_place_passes_nobody_unless_the_hub_says_so() -> None:
    strict, lenient = Line(2, 1), Line(2, 1, smaller_may_pass=True)

    for line in (strict, lenient):
        WorkGroup.objects.filter(pk=line.group.pk).update(capacity=3)
        offers.offer_free_places(now=timezone.now())

    assert strict.statuses() == ["waiting", "waiting"]
    assert lenient.statuses() == ["waiting", "offered"]
    assert whole() == []


def test_smaller_booking_is_offered_what_the_bigger_one_cannot_use_the_moment_it_asks() -> None:
    line = Line(2, smaller_may_pass=True)
    WorkGroup.objects.filter(pk=line.group.pk).update(capacity=3)

    one = create_booking(work_group=line.group, people=1)

    assert (line.statuses(), one.status) == (["waiting"], Status.OFFERED)


def test_free_place_is_not_offered_where_a_rule_has_come_to_stand_against_the_school() -> None:
    line = Line(2, 2)
    rules.save_rules(work_group=line.group, rules={"authority": RulePlan(True, ("856",))}, by=line.staff)

    line.give_up()

    assert line.statuses() == ["waiting", "waiting"]
    assert "Bar models is for schools in" in line.first().held_back
    assert [group for group, _ in to_decide(timezone.now())] == [line.group]
    assert whole() == []


def test_free_place_is_offered_once_the_rule_has_gone() -> None:
    line = Line(2)
    rules.save_rules(work_group=line.group, rules={"authority": RulePlan(True, ("856",))}, by=line.staff)
    line.give_up()
    rules.save_rules(work_group=line.group, rules={}, by=line.staff)

    offers.offer_free_places(now=timezone.now())

    assert (line.statuses(), line.first().held_back, whole()) == (["offered"], "", [])


def test_school_that_the_hub_has_taken_off_the_list_is_passed() -> None:
    line = Line(2, 2)
    school = line.waiting[0].school_id
    invitations.list_schools(work_group=line.group, schools=[school], kind="not", reason="In the trial", by=line.staff)

    line.give_up()

    assert line.statuses() == ["waiting", "offered"]
    assert line.first().held_back == "This group is not open to your school this year. Please ask the hub."


def test_free_place_so_near_the_start_that_nobody_could_answer_is_the_hubs_to_give(log_in: LogIn) -> None:
    line = Line(2, sessions=1)
    soon = timezone.now() + timedelta(hours=20)
    Session.objects.filter(work_group=line.group).update(starts_at=soon, ends_at=soon + timedelta(hours=2))

    line.give_up()
    page = log_in(line.staff).get(f"/office/work-groups/{line.group.pk}/waiting/").content.decode()
    booking = offers.offer(booking=line.first(), hours=30, reason="", by=line.staff)

    assert (TOO_NEAR in page, booking.status, booking.offer_ends_at) == (True, Status.OFFERED, soon)
    assert whole() == []


def test_free_place_is_the_hubs_to_give_when_less_than_half_of_the_series_is_left() -> None:
    line = Line(2, sessions=0)
    for number, days in enumerate((-30, -20, -10, 10), start=1):
        create_session(work_group=line.group, days=days, number=number)

    line.give_up()

    group = WorkGroup.objects.get(pk=line.group.pk)
    assert line_of(group, None, timezone.now()).why == "Only 1 of 4 sessions are left; the hub decides."
    assert (line.statuses(), whole()) == (["waiting"], [])


def test_held_back_booking_is_passed_until_it_is_let_on() -> None:
    line = Line(2, 2)
    offers.hold_back(booking=line.first(), reason="We talk with the head first", by=line.staff)

    line.give_up()
    passed = line.statuses()
    places.withdraw(booking=line.waiting[1], reason=Reason.OTHER, by=line.waiting[1].made_by)
    still = line.statuses()
    offers.let_on(booking=line.first(), by=line.staff)

    assert (passed, still) == (["waiting", "offered"], ["waiting", "withdrawn"])
    assert (line.statuses()[0], whole()) == ("offered", [])


def test_hold_back_says_why_and_the_school_reads_it(log_in: LogIn) -> None:
    line = Line(2)

    with pytest.raises(ValidationError, match="Say why"):
        offers.hold_back(booking=line.first(), reason=" ", by=line.staff)
    offers.hold_back(booking=line.first(), reason="We talk with your head first", by=line.staff)

    page = log_in(line.first().made_by).get(line.first().get_absolute_url()).content.decode()
    assert ("We talk with your head first" in page, "You are first on the waiting list" in page) == (True, True)


def test_move_changes_the_order_with_a_reason_and_nothing_else() -> None:
    line = Line(2, 2, 1, 2)
    turns = sorted(Booking.objects.waiting().values_list("turn", flat=True))

    offers.move(booking=line.waiting[3], number=2, reason="In special measures", by=line.staff)

    order = list(Booking.objects.waiting().values_list("pk", flat=True))
    first, second, third, fourth = (booking.pk for booking in line.waiting)
    moved = HistoryLine.objects.get(verb="queue_moved")
    assert order == [first, fourth, second, third]
    assert sorted(Booking.objects.waiting().values_list("turn", flat=True)) == turns
    assert moved.reason == "From number 4 to 2: In special measures"
    assert [Booking.objects.get(pk=pk).position() for pk in order] == [1, 2, 3, 4]


@pytest.mark.parametrize(("number", "reason", "words"), [(1, "Why", "number 1 already"), (2, "", "Say why")])
def test_move_is_refused_in_words(number: int, reason: str, words: str) -> None:
    line = Line(2, 2)

    with pytest.raises(ValidationError, match=words):
        offers.move(booking=line.first(), number=number, reason=reason, by=line.staff)


def test_offer_out_of_turn_needs_a_reason_that_stands_in_the_mail() -> None:
    line = Line(2, 2)
    WorkGroup.objects.filter(pk=line.group.pk).update(capacity=4)
    last = line.waiting[1]

    with pytest.raises(ValidationError, match="Others stand before this school"):
        offers.offer(booking=last, hours=10, reason="", by=line.staff)
    offers.offer(booking=last, hours=10, reason="Your trust starts this year", by=line.staff)
    drain()

    assert line.statuses() == ["waiting", "offered"]
    assert HistoryLine.objects.get(verb="offered").reason == "Your trust starts this year"
    assert Notice.objects.filter(kind="places_offered").count() == 1


def test_offer_of_more_than_is_free_is_refused() -> None:
    line = Line(2)

    with pytest.raises(ValidationError, match="There is no room for 2"):
        offers.offer(booking=line.first(), hours=10, reason="", by=line.staff)

    assert (line.statuses(), whole()) == (["waiting"], [])


def test_take_back_leaves_the_school_where_it_stood_and_tells_it() -> None:
    line = Line(2, 2)
    line.give_up()
    turn = line.first().turn

    offers.take_back(booking=line.first(), reason="The venue holds fewer than we thought", by=line.staff)
    drain()

    taken = line.first()
    told = Notice.objects.get(kind="offer_taken_back")
    assert (line.statuses(), taken.turn, taken.held_back_by) == (["waiting", "offered"], turn, line.staff)
    assert (told.to, "holds fewer than we thought" in told.text) == (taken.made_by.email, True)
    assert whole() == []


def test_acts_on_a_booking_that_waits_no_more_are_refused() -> None:
    line = Line(2)
    line.give_up()
    waited = line.waiting[0]

    for act in (
        lambda: offers.hold_back(booking=waited, reason="x", by=line.staff),
        lambda: offers.let_on(booking=waited, by=line.staff),
        lambda: offers.move(booking=waited, number=1, reason="x", by=line.staff),
        lambda: offers.offer(booking=waited, hours=5, reason="x", by=line.staff),
    ):
        with pytest.raises(ValidationError, match="does not wait any more"):
            act()
    offers.accept(booking=line.first(), by=waited.made_by)
    with pytest.raises(ValidationError, match="no longer on offer"):
        offers.take_back(booking=line.first(), reason="x", by=line.staff)


def test_free_place_of_a_meeting_goes_to_who_waits_for_that_meeting() -> None:
    network = create_work_group(unit="session", capacity=None, sessions=2, title="Post-16 network")
    first, second = network.sessions.order_by("number")
    Session.objects.filter(work_group=network).update(capacity=1)
    booked = create_booking(work_group=network, people=1, session=first)
    create_booking(work_group=network, people=1, session=second)
    here = create_booking(work_group=network, people=1, session=first)
    there = create_booking(work_group=network, people=1, session=second)

    places.withdraw(booking=booked, reason=Reason.OTHER, by=booked.made_by)

    assert [Booking.objects.get(pk=one.pk).status for one in (here, there)] == ["offered", "waiting"]
    assert whole() == []


def test_staff_page_shows_the_line_and_carries_the_acts_out(log_in: LogIn) -> None:
    line = Line(2, 2)
    client, staff = log_in(line.staff), f"/office/bookings/{line.waiting[1].pk}/waiting/"

    listed = client.get(f"/office/work-groups/{line.group.pk}/waiting/").content.decode()
    silent = client.post(staff, {"act": "move", "move-number": "1", "move-reason": ""}).content.decode()
    moved = client.post(staff, {"act": "move", "move-number": "1", "move-reason": "Rural school"}, follow=True)
    client.post(staff, {"act": "hold", "hold-reason": "Waiting for a call"})
    held = Booking.objects.get(pk=line.waiting[1].pk)
    client.post(staff, {"act": "let_on"})

    assert "two bookings wait" in listed
    assert "Say why: it stands in the history" in silent
    assert f"{line.waiting[1].school} is number 1 now." in moved.content.decode()
    assert (held.held_back, held.held_back_by) == ("Waiting for a call", line.staff)
    assert Booking.objects.get(pk=held.pk).held_back == ""


def test_free_place_is_offered_once_the_start_has_moved_far_enough_away() -> None:
    line = Line(2, sessions=1)
    soon = timezone.now() + timedelta(hours=20)
    Session.objects.filter(work_group=line.group).update(starts_at=soon, ends_at=soon + timedelta(hours=2))
    line.give_up()
    before, session = line.statuses(), line.group.sessions.get()
    later = {"starts_at": soon + timedelta(days=42), "ends_at": soon + timedelta(days=42, hours=2)}

    programme.change_session(session=session, plan=replace(SessionPlan.of(session), **later), by=line.staff)

    assert (before, line.statuses(), whole()) == (["waiting"], ["offered"], [])


# By the link in the mail


def test_offer_by_link_shows_and_changes_nothing_until_a_button_is_pressed(client: Client) -> None:
    line = Line(2)
    line.give_up()
    url = offer_url(line.first(), line.first().made_by)

    page = client.get(url)
    asked = line.statuses()
    done = client.post(url, {"answer": "accept"}, follow=True).content.decode()

    assert (page.status_code, asked) == (200, ["offered"])
    assert page.headers["Referrer-Policy"] == "strict-origin"
    assert "The places are yours." in done
    assert (line.statuses(), HistoryLine.objects.get(verb="offer_accepted").by) == (
        ["confirmed"],
        line.first().made_by,
    )


def test_offer_by_link_lets_the_places_go_and_twice_is_once(client: Client) -> None:
    line = Line(2, 2)
    line.give_up()
    url = offer_url(line.first(), line.first().made_by)

    client.post(url, {"answer": "decline"})
    again = client.post(url, {"answer": "accept"}, follow=True)

    assert line.statuses() == ["declined", "offered"]
    assert "This offer has been answered already, or has ended." in again.content.decode()
    assert "You let the places go." in again.content.decode()


def test_offer_by_link_of_an_earlier_offer_answers_no_later_one(client: Client) -> None:
    line = Line(2)
    line.give_up()
    url = offer_url(line.first(), line.first().made_by)
    Booking.objects.filter(pk=line.waiting[0].pk).update(offered_at=timezone.now() + timedelta(minutes=5))

    page = client.post(url, {"answer": "accept"}, follow=True)

    assert (page.status_code, line.statuses()) == (200, ["offered"])
    assert "This offer no longer stands" in page.content.decode()


def test_offer_by_link_that_is_altered_or_whose_person_books_no_more_opens_nothing(client: Client) -> None:
    line = Line(2)
    line.give_up()
    lead = line.first().made_by
    url = offer_url(line.first(), lead)
    altered = client.get(url[:-5] + "xyzw/")
    lead.memberships.update(state="ended", ended_at=timezone.now())

    gone = client.get(url)

    assert (altered.status_code, gone.status_code) == (404, 404)


def test_offer_mail_says_what_clashes_and_its_link_is_wiped_when_sent() -> None:
    line = Line(2)
    booking = line.waiting[0]
    place = booking.places.select_related("person").first()
    assert place is not None
    create_booking(work_group=create_work_group(title="Fractions"), people=[place.person], by=booking.made_by)

    line.give_up()
    tell_acts()

    mail = Notice.objects.get(kind="places_offered")
    raw = message_from_bytes(bytes(mail.raw), policy=policy.default)
    body = raw.get_body(("plain",))
    assert body is not None
    words = body.get_content()
    assert f"Look out: {place.person} is at Fractions" in words
    # But for the second in which it was signed.
    assert offer_url(line.first(), booking.made_by).rsplit(":", 2)[0] in words
    drain()
    mail.refresh_from_db()
    assert (mail.secret, mail.text, bytes(mail.raw)) == (True, "", b"")


def test_long_line_is_shown_a_page_at_a_time(log_in: LogIn) -> None:
    line = Line(*[1] * 52)

    page = log_in(line.staff).get(f"/office/work-groups/{line.group.pk}/waiting/?page=2").content.decode()

    assert [str(one.school) in page for one in line.waiting[49:]] == [False, True, True]
    assert 'data-label="Number">51<' in page


def test_office_work_group_shows_its_bookings_by_the_page_in_the_order_that_counts(
    log_in: Callable[[User], Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(office, "PAGE", 2)
    work_group, staff = create_work_group(capacity=2), create_hub_staff()
    gone, booked, first, second = [create_booking(work_group=work_group, people=2) for _ in range(4)]
    places.withdraw(booking=gone, reason=Reason.OTHER, by=gone.made_by)  # what it frees is offered to `booked`
    client, address = log_in(staff), reverse("office_work_group", args=[work_group.pk])

    pages = [client.get(address, {"page": number}) for number in (1, 2, 3)]
    waiting, odd = client.get(address, {"status": "waiting"}), client.get(address, {"status": "'", "page": "-1"})

    rows = [page.context["page"].rows for page in pages]
    assert rows == [[booked, first], [second, gone], []]
    assert (waiting.context["page"].rows, odd.context["page"].rows) == ([first, second], [booked, first])
    assert "On the waiting list (2)" in waiting.content.decode()
    assert [page.context["has_line"] for page in (*pages, waiting)] == [True] * 4


def test_offer_taken_for_a_school_says_how_its_answer_came(log_in: LogIn) -> None:
    line = Line(2)
    line.give_up()
    client, url = log_in(line.staff), f"/bookings/{line.waiting[0].pk}/offer/"

    page = client.get(line.first().get_absolute_url()).content.decode()
    silent = client.post(url, {"answer": "accept"}, follow=True).content.decode()
    before = line.statuses()
    client.post(url, {"answer": "accept", "via": "telephone", "note": "Sarah rang at eight"})

    assert ("How did they ask?" in page, "Say how the school’s answer reached you." in silent) == (True, True)
    assert (before, line.statuses()) == (["offered"], ["confirmed"])
    assert HistoryLine.objects.get(verb="offer_accepted").reason == "By telephone: Sarah rang at eight"
