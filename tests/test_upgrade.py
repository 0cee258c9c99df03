"""A hub that is brought up to date keeps what it holds: migrations with data in the tables, back and forth."""

from collections.abc import Iterator

import pytest
from django.core.management import call_command

from booking.actions import needs
from booking.models import Need, WorkGroup
from tests.factories import create_booking, create_lead, create_project, create_teacher, create_work_group

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def newest_afterwards(pytestconfig: pytest.Config) -> Iterator[None]:
    if pytestconfig.option.nomigrations:
        pytest.skip("needs tables made by migrations, as in the run on PostgreSQL or with --migrations")
    yield
    call_command("migrate", verbosity=0)


def test_upgrade_gives_each_need_to_whoever_has_the_place() -> None:
    lead = create_lead()
    teacher = create_teacher(school=lead.memberships.get().school)
    place = create_booking(work_group=create_work_group(), by=lead, people=[teacher]).places.get()
    needs.say(place=place, access="A seat near the front", food="", contact_me=False, agreed=True, by=teacher)

    call_command("migrate", "booking", "0001", verbosity=0)
    call_command("migrate", verbosity=0)

    assert list(Need.objects.values_list("person", "access")) == [(teacher.pk, "A seat near the front")]


def test_upgrade_goes_on_with_the_turns_of_a_waiting_list() -> None:
    work_group = create_work_group(capacity=1)
    before = [create_booking(work_group=work_group, people=1) for _ in range(3)]

    call_command("migrate", "booking", "0016", verbosity=0)
    call_command("migrate", verbosity=0)

    booking = create_booking(work_group=work_group, people=1)
    assert [one.turn for one in (*before, booking)] == [0, 1, 2, 3]


def test_upgrade_gives_each_group_the_code_of_its_project() -> None:
    for code in ("NCP25-01", ""):
        create_work_group(project=create_project(code=code), sessions=0)

    call_command("migrate", "notifications", "0008", verbosity=0)
    call_command("migrate", "booking", "0033", verbosity=0)
    call_command("migrate", verbosity=0)

    assert list(WorkGroup.objects.order_by("pk").values_list("project_code", flat=True)) == ["NCP25-01", ""]
