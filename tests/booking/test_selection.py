"""Choosing between applications: prepared in quiet, released all at once, and told to every school."""

import re
from collections.abc import Callable

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from accounts.models import HistoryLine, Membership, School, User
from booking.actions import selection
from booking.integrity import violations
from booking.models import Attendance, Booking, Place, WorkGroup
from booking.models.places import Decision, Status
from booking.reports import happened
from booking.reports.selection import queue
from notifications.delivery import drain
from notifications.models import Notice
from tests.factories import create_booking, create_hub_staff, create_lead, create_work_group

pytestmark = pytest.mark.django_db(transaction=True)

ACCEPT, WAIT, DECLINE = Decision.ACCEPT, Decision.WAIT, Decision.DECLINE


class Choice:
    """A group of four places for which three schools apply with two people each."""

    def __init__(self, **fields: object) -> None:
        self.staff = create_hub_staff()
        self.group = create_work_group(recruitment="application", capacity=4, title="Bar models", **fields)
        self.bookings = [create_booking(work_group=self.group) for _ in range(3)]

    def prepare(self, *decisions: str, words: str = "") -> None:
        for booking, decision in zip(self.bookings, decisions, strict=False):
            selection.prepare(
                work_group=self.group,
                bookings=[booking.pk],
                decision=decision,
                words=words or ("Very many asked." if decision == DECLINE else ""),
                by=self.staff,
            )

    def statuses(self) -> list[str]:
        return [Booking.objects.get(pk=booking.pk).status for booking in self.bookings]


def told() -> list[tuple[str, str]]:
    kinds = ["booking_accepted", "booking_wait_listed", "booking_declined"]
    return list(Notice.objects.filter(kind__in=kinds).order_by("pk").values_list("kind", "to"))


def test_prepare_changes_nothing_that_a_school_sees(log_in: Callable[[User], Client]) -> None:
    choice = Choice()

    choice.prepare(ACCEPT, DECLINE)
    drain()

    page = log_in(choice.bookings[0].made_by).get(choice.bookings[0].get_absolute_url()).content.decode()
    assert (choice.statuses(), told()) == (["applied"] * 3, [])
    assert ("Applied" in page, "Accept" in page, "Decision" in page) == (True, False, False)


def test_release_carries_out_and_tells_all_at_once() -> None:
    choice = Choice()
    choice.prepare(ACCEPT, DECLINE, ACCEPT, words="We look forward to it.")
    drain()

    selection.release(work_group=choice.group, by=choice.staff)
    drain()

    group = WorkGroup.objects.get(pk=choice.group.pk)
    first, second, third = (booking.made_by.email for booking in choice.bookings)
    assert choice.statuses() == ["confirmed", "not_selected", "confirmed"]
    assert told() == [("booking_accepted", first), ("booking_declined", second), ("booking_accepted", third)]
    assert (group.taken, group.taken_schools, Attendance.objects.count()) == (4, 2, 12)
    assert Notice.objects.filter(kind="place_confirmed").count() == 4
    assert {line.reason for line in HistoryLine.objects.filter(verb="decided")} == {"We look forward to it."}
    assert list(violations()) == []


def test_release_of_more_than_there_is_room_for_does_nothing_at_all() -> None:
    choice = Choice()
    choice.prepare(ACCEPT, ACCEPT, ACCEPT)

    with pytest.raises(ValidationError, match="There is no room for"):
        selection.release(work_group=choice.group, by=choice.staff)

    assert (choice.statuses(), WorkGroup.objects.get(pk=choice.group.pk).taken) == (["applied"] * 3, 0)
    assert list(violations()) == []


def test_release_by_the_pages_is_looked_at_and_then_done(log_in: Callable[[User], Client]) -> None:
    choice = Choice()
    choice.prepare(ACCEPT)
    client = log_in(choice.staff)

    look = client.post(f"/office/work-groups/{choice.group.pk}/applications/release/").content.decode()
    before = choice.statuses()
    before_seen, after = look.split('name="seen" value="')
    where = re.findall(r'action="([^"]+)"', before_seen)[-1]
    client.post(where, {"seen": after.partition('"')[0]})

    assert before == ["applied"] * 3
    assert choice.statuses() == ["confirmed", "applied", "applied"]


def test_release_puts_on_the_waiting_list_in_the_order_of_asking() -> None:
    choice = Choice()
    choice.prepare(ACCEPT, ACCEPT, WAIT)

    selection.release(work_group=choice.group, by=choice.staff)
    drain()

    assert choice.statuses() == ["confirmed", "confirmed", "waiting"]
    assert "first on the waiting list" in Notice.objects.get(kind="booking_wait_listed").text
    assert list(violations()) == []


def test_release_leaves_what_is_undecided() -> None:
    choice = Choice()
    choice.prepare(ACCEPT, DECLINE)
    selection.prepare(work_group=choice.group, bookings=[choice.bookings[1].pk], decision="", words="", by=choice.staff)

    selection.release(work_group=choice.group, by=choice.staff)

    assert choice.statuses() == ["confirmed", "applied", "applied"]
    with pytest.raises(ValidationError, match="No decision has been prepared"):
        selection.release(work_group=choice.group, by=choice.staff)


def test_release_holds_places_of_a_school_the_hub_does_not_know_yet() -> None:
    choice = Choice()
    Membership.objects.filter(person=choice.bookings[0].made_by).update(state=Membership.State.REQUESTED)
    choice.prepare(ACCEPT)

    selection.release(work_group=choice.group, by=choice.staff)

    assert (choice.statuses()[0], Attendance.objects.count(), list(violations())) == (Status.HELD, 0, [])


def test_interest_takes_no_place_and_becomes_places_with_names_to_follow(
    log_in: Callable[[User], Client],
) -> None:
    group = create_work_group(recruitment="interest", capacity=4)
    lead, staff = create_lead(), create_hub_staff()
    client, url = log_in(lead), f"/work-groups/{group.slug}/book/"

    asked = client.get(url).content.decode()
    client.post(url, {"people": "2"})
    client.post(f"{url}place/")
    booking = Booking.objects.get()
    taken = WorkGroup.objects.get(pk=group.pk).taken
    selection.prepare(work_group=group, bookings=[booking.pk], decision=ACCEPT, words="", by=staff)
    selection.release(work_group=group, by=staff)

    assert ("No names yet" in asked, booking.status, taken) == (True, Status.APPLIED, 0)
    assert Booking.objects.get().status == Status.CONFIRMED
    assert list(Place.objects.values_list("person", "live")) == [(None, True), (None, True)]


def test_queue_shows_what_helps_to_choose_and_sorts_by_it() -> None:
    choice = Choice()
    far, poor, small = (booking.school for booking in choice.bookings)
    School.objects.filter(pk=far.pk).update(easting=482000, fsm_percent=5, pupils=400)
    School.objects.filter(pk=poor.pk).update(fsm_percent=45, pupils=300, la_name="Leicester")
    School.objects.filter(pk=small.pk).update(fsm_percent=None, pupils=60)
    choice.prepare(ACCEPT, ACCEPT)

    orders = {
        order: [row.school for row in queue(choice.group, order=order).rows] for order in ("fsm", "near", "small")
    }
    found = queue(choice.group)

    assert orders["fsm"] == [poor, far, small]
    assert orders["near"][-1] == far
    assert orders["small"] == [small, poor, far]
    assert (found.accepted, found.places_left, found.overshoots) == (4, 4, 0)
    assert found.authorities == [("Leicester", 1), ("Leicestershire", 1)]


def test_pages_prepare_in_bulk_and_release_after_a_look(log_in: Callable[[User], Client]) -> None:
    choice = Choice()
    client, url = log_in(choice.staff), f"/office/work-groups/{choice.group.pk}/applications/"
    both = [str(booking.pk) for booking in choice.bookings[:2]]

    nothing = client.post(url, {"decision": "accept"})
    client.post(url, {"bookings": both, "decision": "accept", "words": "See you in October."})
    look = client.post(f"{url}release/").content.decode()
    untouched = choice.statuses()
    revision = WorkGroup.objects.get(pk=choice.group.pk).revision
    client.post(f"{url}release/", {"seen": str(revision)})

    assert "Tick at least one application." in nothing.content.decode()
    assert ("See you in October." in look, "You are in: Bar models" in look, untouched) == (True, True, ["applied"] * 3)
    assert choice.statuses() == ["confirmed", "confirmed", "applied"]


def test_prepare_of_another_groups_application_is_refused() -> None:
    choice, other = Choice(), Choice()

    with pytest.raises(ValidationError, match="Look at the list again"):
        selection.prepare(
            work_group=choice.group, bookings=[other.bookings[0].pk], decision=ACCEPT, words="", by=choice.staff
        )


def test_prepare_of_a_decline_needs_a_sentence(log_in: Callable[[User], Client]) -> None:
    choice = Choice()
    url, ticked = f"/office/work-groups/{choice.group.pk}/applications/", str(choice.bookings[0].pk)
    client = log_in(choice.staff)

    page = client.post(url, {"bookings": [ticked], "decision": "decline", "words": " "}).content.decode()
    untouched = set(Booking.objects.values_list("decision", flat=True))
    client.post(url, {"bookings": [ticked], "decision": "wait"})

    assert ("Give those you decline a reason" in page, untouched) == (True, {""})
    assert f'id="tick-{ticked}" checked' in page
    assert Booking.objects.get(pk=ticked).decision == WAIT


def test_release_of_what_was_prepared_after_the_look_is_looked_at_again(log_in: Callable[[User], Client]) -> None:
    choice = Choice()
    choice.prepare(ACCEPT)
    client, url = log_in(choice.staff), f"/office/work-groups/{choice.group.pk}/applications/release/"
    seen = client.post(url).context["stands"]
    selection.prepare(
        work_group=choice.group, bookings=[choice.bookings[1].pk], decision=DECLINE, words="Full.", by=choice.staff
    )

    again = client.post(url, {"seen": seen})

    assert ("has changed since you looked" in again.content.decode(), choice.statuses()) == (True, ["applied"] * 3)


def test_page_ticks_all_without_script(log_in: Callable[[User], Client]) -> None:
    choice = Choice()
    client, url = log_in(choice.staff), f"/office/work-groups/{choice.group.pk}/applications/"

    none, every = (client.get(f"{url}?order=near{more}").content.decode() for more in ("", "&all=1"))

    assert (none.count(" checked>"), every.count(" checked>")) == (0, 3)
    assert 'href="?order=near&amp;all=1"' in none


def test_prepared_decisions_say_for_which_schools_on_the_hubs_page_alone(log_in: Callable[[User], Client]) -> None:
    choice = Choice()
    choice.prepare(ACCEPT, WAIT)
    schools = [str(booking.school) for booking in choice.bookings]

    acts = [one.things for one in happened.of_group(choice.group) if one.line.verb == "decision_prepared"]
    theirs = log_in(choice.bookings[0].made_by).get("/school/people/").content.decode()

    assert acts == [[schools[1], "waiting list"], [schools[0], "accept"]]
    assert "Decision prepared" not in theirs
