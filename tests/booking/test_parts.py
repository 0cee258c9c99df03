"""Named parts of a booking: Reception, Year 1, maths lead; each for certain sessions only, if the hub says so."""

from collections.abc import Callable

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from accounts.models import User
from booking.actions import parts, places
from booking.actions.parts import PartPlan
from booking.integrity import violations
from booking.models import Attendance, Booking, Part, Place, Session, WorkGroup
from tests.factories import create_booking, create_hub_staff, create_lead, create_teacher, create_work_group

pytestmark = pytest.mark.django_db(transaction=True)


class Group:
    """A group for Reception and the maths lead, who comes to the first session only, and perhaps for Year 1."""

    def __init__(self) -> None:
        self.staff, self.lead = create_hub_staff(), create_lead()
        self.school = self.lead.memberships.get().school
        self.group = create_work_group()
        self.sessions = list(self.group.sessions.order_by("number"))
        plans = [
            PartPlan("Reception", required=True),
            PartPlan("Maths lead", required=True, sessions=frozenset({self.sessions[0].pk})),
            PartPlan("Year 1"),
        ]
        self.reception, self.maths, self.year_one = parts.save_parts(work_group=self.group, parts=plans, by=self.staff)


def names(session: Session) -> list[str]:
    return list(Attendance.objects.filter(session=session).values_list("person__name", flat=True))


def test_parts_say_how_many_come_and_who_is_expected_where() -> None:
    hub = Group()
    ann, bea = (create_teacher(school=hub.school, name=name) for name in ("Ann", "Bea"))

    create_booking(work_group=hub.group, by=hub.lead, people=[ann, bea], parts=[hub.reception.pk, hub.maths.pk])

    group = WorkGroup.objects.get(pk=hub.group.pk)
    assert (group.people_from, group.people_to, group.has_parts) == (2, 3, True)
    assert [names(session) for session in hub.sessions] == [["Ann", "Bea"], ["Ann"], ["Ann"]]
    assert list(violations()) == []


def test_parts_that_are_needed_cannot_be_left_out() -> None:
    hub = Group()

    with pytest.raises(ValidationError, match="needs somebody for “Maths lead”"):
        create_booking(
            work_group=hub.group, by=hub.lead, people=[None, None], parts=[hub.reception.pk, hub.year_one.pk]
        )
    booking = create_booking(
        work_group=hub.group, by=hub.lead, people=[None, None], parts=[hub.reception.pk, hub.maths.pk]
    )

    assert list(booking.places.values_list("part__name", flat=True)) == ["Reception", "Maths lead"]


def test_parts_of_another_group_or_twice_the_same_are_refused() -> None:
    hub, other = Group(), Group()

    for wrong in ([other.reception.pk, hub.maths.pk], [hub.reception.pk, hub.reception.pk]):
        with pytest.raises(ValidationError):
            create_booking(work_group=hub.group, by=hub.lead, people=[None, None], parts=wrong)

    assert Booking.objects.count() == 0


def test_parts_changed_later_move_who_is_expected() -> None:
    hub = Group()
    ann, bea = (create_teacher(school=hub.school, name=name) for name in ("Ann", "Bea"))
    booking = create_booking(
        work_group=hub.group, by=hub.lead, people=[ann, bea], parts=[hub.reception.pk, hub.maths.pk]
    )
    plans = [
        PartPlan("Reception", required=True, sessions=frozenset({hub.sessions[1].pk})),
        PartPlan("Maths lead", required=True),
    ]

    parts.save_parts(work_group=hub.group, parts=plans, by=hub.staff)
    parts.change_part(place=booking.places.get(person=bea), part=hub.reception, by=hub.lead)

    assert [names(session) for session in hub.sessions] == [[], ["Ann", "Bea"], []]
    assert list(violations()) == []


def test_parts_that_somebody_has_stay() -> None:
    hub = Group()
    create_booking(work_group=hub.group, by=hub.lead, people=[None, None], parts=[hub.reception.pk, hub.maths.pk])

    with pytest.raises(ValidationError, match="Somebody comes as “Maths lead”"):
        parts.save_parts(work_group=hub.group, parts=[PartPlan("Reception")], by=hub.staff)

    assert Part.objects.filter(work_group=hub.group).count() == 3


def test_parts_leave_no_session_without_anybody() -> None:
    hub = Group()
    only_first = frozenset({hub.sessions[0].pk})

    with pytest.raises(ValidationError, match="Nobody would come to session 2"):
        parts.save_parts(work_group=hub.group, parts=[PartPlan("Reception", sessions=only_first)], by=hub.staff)


def test_parts_are_asked_one_by_one_in_the_journey(log_in: Callable[[User], Client]) -> None:
    hub = Group()
    ann = create_teacher(school=hub.school, name="Ann")
    client, url = log_in(hub.lead), f"/work-groups/{hub.group.slug}/book/"

    first = client.get(url).content.decode()
    client.post(url, {"who_0": str(ann.pk), "who_1": "later", "who_2": "nobody"})
    check = client.get(f"{url}check/").content.decode()
    client.post(f"{url}place/")

    assert [words in first for words in ("Reception", "Maths lead", "Year 1 (welcome, not needed)")] == [True] * 3
    assert "<strong>Maths lead:</strong> Name to follow" in check
    made = Place.objects.order_by("pk").values_list("part__name", "person__name")
    assert list(made) == [("Reception", "Ann"), ("Maths lead", None)]


def test_parts_page_keeps_what_is_typed(log_in: Callable[[User], Client]) -> None:
    group = create_work_group()
    session = group.sessions.earliest("number")
    data = {"form-TOTAL_FORMS": "8", "form-INITIAL_FORMS": "0", "form-0-name": "Reception", "form-0-required": "on"}
    data |= {"form-1-name": "Head", "form-1-sessions": str(session.pk)}

    answer = log_in(create_hub_staff()).post(f"/office/work-groups/{group.pk}/parts/", data)

    made = Part.objects.order_by("pk").values_list("name", "required")
    assert (answer.status_code, list(made)) == (302, [("Reception", True), ("Head", False)])
    only = [sorted(one.parts.values_list("name", flat=True)) for one in group.sessions.order_by("number")]
    assert only == [[], ["Reception"], ["Reception"]]


def test_change_part_of_another_group_is_refused() -> None:
    hub, other = Group(), Group()
    place = create_booking(
        work_group=hub.group, by=hub.lead, people=[None, None], parts=[hub.reception.pk, hub.maths.pk]
    ).places.all()[0]

    with pytest.raises(ValidationError, match="no longer there"):
        parts.change_part(place=place, part=other.reception, by=hub.lead)


def test_name_place_of_a_part_expects_them_where_the_part_is_wanted() -> None:
    hub = Group()
    ann = create_teacher(school=hub.school, name="Ann")
    booking = create_booking(
        work_group=hub.group, by=hub.lead, people=[None, None], parts=[hub.reception.pk, hub.maths.pk]
    )

    places.name_place(place=booking.places.get(part=hub.maths), person=ann, by=hub.lead)

    assert [names(session) for session in hub.sessions] == [["Ann"], [], []]
