"""For which schools a group is: only these, not these, or those that are invited."""

from collections.abc import Callable

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from accounts.models import User
from booking.actions import invitations
from booking.models import SchoolRule, WorkGroup
from notifications.delivery import drain
from notifications.models import Notice
from tests.factories import create_booking, create_hub_staff, create_lead, create_school, create_work_group

pytestmark = pytest.mark.django_db(transaction=True)


def test_list_schools_closes_the_group_for_others_and_no_longer_once_it_is_empty() -> None:
    group, lead, other = create_work_group(), create_lead(), create_lead()
    school, staff = lead.memberships.get().school, create_hub_staff()

    invitations.list_schools(work_group=group, schools=[school.pk], kind="only", reason="Pilot", by=staff)
    with pytest.raises(ValidationError, match="not open to your school this year"):
        create_booking(work_group=group, by=other)
    create_booking(work_group=group, by=lead)
    invitations.unlist_school(work_group=group, school=school, by=staff)

    assert create_booking(work_group=group, by=other).pk
    assert WorkGroup.objects.get(pk=group.pk).lists_schools is False


def test_list_schools_of_an_invitation_group_tells_their_leads_once() -> None:
    group = create_work_group(recruitment="invitation", title="Lesson study")
    lead, staff = create_lead(), create_hub_staff()
    school = lead.memberships.get().school

    for _ in range(2):
        invitations.list_schools(work_group=group, schools=[school.pk], kind="only", reason="", by=staff)
    drain()

    assert list(Notice.objects.values_list("to", "subject")) == [(lead.email, "You are invited: Lesson study")]
    assert create_booking(work_group=group, by=lead).pk
    with pytest.raises(ValidationError, match="for invited schools"):
        create_booking(work_group=group)


def test_page_reads_numbers_and_names_and_names_the_lines_it_cannot(log_in: Callable[[User], Client]) -> None:
    group = create_work_group()
    create_school(name="Oakfield Primary", urn="123456")
    create_school(name="Riverside Primary", urn="654321")
    client, url = log_in(create_hub_staff()), f"/office/work-groups/{group.pk}/schools/"

    wrong = client.post(url, {"kind": "not", "schools": "123456\nPrimary\nNowhere"}).content.decode()
    client.post(url, {"kind": "not", "schools": "123456\nriverside primary", "reason": "In another group"})

    assert ("Line 2: several schools" in wrong, "Line 3: no open school" in wrong) == (True, True)
    kept = SchoolRule.objects.order_by("school__name").values_list("school__name", "kind", "reason")
    assert list(kept) == [
        ("Oakfield Primary", "not", "In another group"),
        ("Riverside Primary", "not", "In another group"),
    ]


def test_reason_is_for_the_hub_alone(log_in: Callable[[User], Client]) -> None:
    group, lead = create_work_group(), create_lead()
    school = lead.memberships.get().school
    invitations.list_schools(
        work_group=group, schools=[school.pk], kind="not", reason="Never answers", by=create_hub_staff()
    )

    pages = [log_in(lead).get(url).content.decode() for url in (f"{group.get_absolute_url()}book/", "/schools/people/")]

    assert ["Never answers" in page for page in pages] == [False, False]
    assert "Please ask the hub." in pages[0]
