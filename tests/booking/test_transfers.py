"""Moving a booking beside: never past those who wait there, and never past the rules of that group without a reason."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from accounts.models import HistoryLine, User
from booking.actions import transfers
from booking.expectations import expect_leads
from booking.integrity import violations
from booking.models import Booking, EligibilityRule, Part, SchoolRule, Session, WorkGroup
from booking.models.places import Status
from tests.booking.test_swaps import Pair
from tests.factories import (
    create_booking,
    create_facilitation,
    create_hub_staff,
    create_user,
    create_work_group,
)

pytestmark = pytest.mark.django_db(transaction=True)

LogIn = Callable[[User], Client]


def beside(pair: Pair, **group: object) -> WorkGroup:
    return create_work_group(parallel_to=pair.group, **group)


def block(work_group: WorkGroup, kind: str, values: list[str] | None = None, *, blocks: bool = True) -> None:
    EligibilityRule.objects.create(work_group=work_group, kind=kind, values=values or [], blocks=blocks)
    WorkGroup.objects.filter(pk=work_group.pk).update(has_rules=True)


def where(pair: Pair) -> int:
    """The group in which the school's booking stands."""
    return Booking.objects.live().get(school=pair.school).work_group_id


def test_transfer_never_overtakes_who_waits_there() -> None:
    pair = Pair()
    to = beside(pair, capacity=5, people_to=4)
    create_booking(work_group=to, people=2)
    waiting = create_booking(work_group=to, people=4)  # three are free, which is too few for them

    with pytest.raises(ValidationError, match="Other schools wait"):
        transfers.transfer(booking=pair.booking, to=to, by=pair.lead)

    assert (where(pair), Booking.objects.get(pk=waiting.pk).status) == (pair.group.pk, Status.WAITING)
    assert list(violations()) == []


def test_transfer_past_who_waits_is_the_hubs_alone_and_says_why() -> None:
    pair, leader, staff = Pair(), create_user(name="Fran"), create_hub_staff()
    to = beside(pair, capacity=2, leads=[leader])
    expect_leads(to, now=timezone.now())
    create_booking(work_group=to, people=2)
    create_booking(work_group=to, people=2)
    WorkGroup.objects.filter(pk=to.pk).update(capacity=4)

    with pytest.raises(ValidationError, match="ask the hub"):
        transfers.transfer(booking=pair.booking, to=to, by=leader, all_the_same="They asked me")
    with pytest.raises(ValidationError, match="Say why"):
        transfers.transfer(booking=pair.booking, to=to, by=staff)
    transfers.transfer(booking=pair.booking, to=to, by=staff, all_the_same="Their hall burnt down")

    line = HistoryLine.objects.get(verb="transferred")
    assert (where(pair), line.reason) == (to.pk, "All the same: Their hall burnt down")
    assert list(violations()) == []


def test_transfer_never_fills_a_group_beyond_what_it_holds_whatever_the_reason() -> None:
    pair = Pair()
    few_schools = beside(pair, capacity_schools=1)
    create_booking(work_group=few_schools, people=1)

    with pytest.raises(ValidationError, match="no room for all of you"):
        transfers.transfer(booking=pair.booking, to=few_schools, by=create_hub_staff(), all_the_same="They asked")

    assert (where(pair), list(violations())) == (pair.group.pk, [])


def test_transfer_keeps_to_how_many_a_school_sends_there() -> None:
    pair = Pair()

    with pytest.raises(ValidationError, match="at most 1 people"):
        transfers.transfer(booking=pair.booking, to=beside(pair, people_to=1), by=pair.lead)
    with pytest.raises(ValidationError, match="at least 3 people"):
        transfers.transfer(booking=pair.booking, to=beside(pair, people_from=3, people_to=4), by=pair.lead)

    assert where(pair) == pair.group.pk


def test_transfer_keeps_to_the_list_of_schools_and_the_invitations() -> None:
    pair = Pair()
    invited, listed = beside(pair, recruitment="invitation"), beside(pair, lists_schools=True)
    SchoolRule.objects.create(work_group=listed, school=pair.school, kind="not")

    for to in (invited, listed):
        with pytest.raises(ValidationError, match="ask the hub"):
            transfers.transfer(booking=pair.booking, to=to, by=pair.lead)
    SchoolRule.objects.create(work_group=invited, school=pair.school, kind="only")
    transfers.transfer(booking=pair.booking, to=invited, by=pair.lead)

    assert where(pair) == invited.pk


def test_transfer_past_a_rule_is_for_the_hub_and_who_leads_that_group() -> None:
    pair, there, here = Pair(), create_user(name="Fran"), create_user(name="Fred")
    create_facilitation(work_group=pair.group, person=here)
    to = beside(pair, leads=[there])
    for group in (pair.group, to):
        expect_leads(group, now=timezone.now())
    block(to, "authority", ["856"])

    for by in (pair.lead, here):
        with pytest.raises(ValidationError, match="is for schools in Leicester"):
            transfers.transfer(booking=pair.booking, to=to, by=by, all_the_same="We like it")
    transfers.transfer(booking=pair.booking, to=to, by=there, reached="By telephone", all_the_same="Host school")

    assert HistoryLine.objects.get(verb="transferred").reason == "All the same: Host school · By telephone"
    assert (where(pair), list(violations())) == (to.pk, [])


def test_transfer_of_somebody_who_is_there_already_is_refused_by_name() -> None:
    pair = Pair()
    to = beside(pair)
    other = create_booking(work_group=to)
    other.places.filter(pk=other.places.first().pk).update(person=pair.kim)  # type: ignore[union-attr]  # it has two

    with pytest.raises(ValidationError, match="Kim already has a place"):
        transfers.transfer(booking=pair.booking, to=to, by=pair.lead)

    assert where(pair) == pair.group.pk


def test_transfer_carries_parts_of_the_same_name_over() -> None:
    pair = Pair(has_parts=True)
    to = beside(pair, has_parts=True)
    reception, maths = (Part.objects.create(work_group=pair.group, name=name) for name in ("Reception", "Maths lead"))
    same = Part.objects.create(work_group=to, name="Maths lead")
    for person, part in ((pair.kim, maths), (pair.tom, reception)):
        pair.booking.places.filter(person=person).update(part=part)

    new = transfers.transfer(booking=pair.booking, to=to, by=pair.lead)

    assert {place.person: place.part for place in new.places.all()} == {pair.kim: same, pair.tom: None}


def test_transfer_page_shows_clashes_and_what_stands_in_the_way(log_in: LogIn) -> None:
    pair = Pair()
    free, full = beside(pair, title="Free group"), beside(pair, title="Full group", capacity=1)
    Session.objects.filter(work_group=free, number=1).update(
        starts_at=timezone.now().replace(hour=9) + timedelta(days=40),
        ends_at=timezone.now().replace(hour=11) + timedelta(days=40),
    )
    elsewhere = create_work_group(title="Mastery elsewhere", sessions=3)
    create_booking(work_group=elsewhere, by=pair.lead, people=[pair.kim])

    page = log_in(pair.lead).get(f"/bookings/{pair.booking.pk}/transfer/").content.decode()

    assert "Kim is at Mastery elsewhere" in page
    assert f"Kim is at {pair.group}" not in page  # what they leave does not count
    assert "Full group has no room for all of you together." in page
    assert (f'value="{free.pk}"' in page, f'value="{full.pk}"' in page) == (True, False)


def test_transfer_page_lets_the_hub_say_why(log_in: LogIn) -> None:
    pair = Pair()
    to = beside(pair)
    block(to, "authority", ["856"])
    url, data = f"/bookings/{pair.booking.pk}/transfer/", {"to": to.pk, "via": "telephone"}
    client = log_in(create_hub_staff())

    without = client.post(url, data)
    with_it = client.post(url, data | {"all_the_same": "Host school"})

    assert (without.status_code, with_it.status_code, where(pair)) == (200, 302, to.pk)
    assert log_in(pair.lead).get(f"/bookings/{pair.booking.pk}/transfer/").status_code == 404


def test_transfer_page_never_sends_the_hub_to_the_hub(log_in: LogIn) -> None:
    pair = Pair()
    full, listed = beside(pair, title="Full group", capacity=1), beside(pair, title="Listed group")
    SchoolRule.objects.create(work_group=listed, school=pair.school, kind="not")
    WorkGroup.objects.filter(pk=listed.pk).update(lists_schools=True)
    url = f"/bookings/{pair.booking.pk}/transfer/"

    hub, lead = (log_in(one).get(url).content.decode() for one in (create_hub_staff(), pair.lead))

    assert [" ".join(page.split()).count("Please <a") for page in (hub, lead)] == [0, 2]
    assert (f'href="/office/work-groups/{full.pk}/"' in hub, f'value="{listed.pk}"' in hub) == (True, True)


def test_transferred_booking_says_where_it_went_and_where_it_came_from(log_in: LogIn) -> None:
    pair = Pair()
    new = transfers.transfer(booking=pair.booking, to=beside(pair, title="Bars on Tuesdays"), by=pair.lead)
    client = log_in(pair.lead)

    old_page, new_page = (
        " ".join(client.get(one.get_absolute_url()).content.decode().split()) for one in (pair.booking, new)
    )

    assert f'Moved to <a href="{new.get_absolute_url()}">Bars on Tuesdays</a>' in old_page
    assert f'Moved here from <a href="{pair.booking.get_absolute_url()}">{pair.group}</a>' in new_page
