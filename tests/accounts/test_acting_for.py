"""Somebody who books for several schools: one at a time, and never for one they do not book for."""

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import Membership, User
from tests.factories import create_lead, create_school

pytestmark = pytest.mark.django_db(transaction=True)


def test_acting_for_changes_whose_people_are_seen(log_in: Callable[[User], Client]) -> None:
    lead = create_lead(school=create_school(name="Oakfield Primary"))
    other = create_school(name="Riverside Primary")
    Membership.objects.create(school=other, person=lead, role="lead", state="active")
    client = log_in(lead)

    before = client.get("/schools/people/").content.decode()
    client.post("/schools/acting-for/", {"school": other.pk, "next": "/schools/people/"})
    after = client.get("/schools/people/").content.decode()

    assert ("You book for Oakfield Primary" in before, "Act for another school" in before) == (True, True)
    assert "You book for Riverside Primary" in after


def test_acting_for_a_school_one_does_not_book_for_changes_nothing(log_in: Callable[[User], Client]) -> None:
    lead = create_lead(school=create_school(name="Oakfield Primary"))
    invited, stranger = create_school(), create_school()
    Membership.objects.create(school=invited, person=lead, role="lead", state="invited")
    client = log_in(lead)

    for school in (invited, stranger):
        client.post("/schools/acting-for/", {"school": school.pk})
        assert "You book for Oakfield Primary" in client.get("/schools/people/").content.decode()
