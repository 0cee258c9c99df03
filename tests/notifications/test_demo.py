"""The demonstration has newsletters and letters to look at, and nothing of them is still to be sent."""

from datetime import date

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from accounts.models import Subscription
from notifications.models import Issue, Letter, Notice
from notifications.post import post

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.mark.parametrize("today", [date(2027, 1, 20), date(2026, 9, 1)], ids=str)
def test_demo_has_past_newsletters_and_invented_readers(client: Client, today: date) -> None:
    call_command("load_demo", today=today)

    assert [issue.state for issue in Issue.objects.order_by("pk")] == ["done", "done", "draft"]
    addresses = Subscription.objects.values_list("email", flat=True)
    assert {one.rsplit(".", 1)[1] for one in addresses} == {"example"}
    assert client.get("/newsletter/archive/").content.decode().count("<h2>") == 2
    assert client.get(Issue.objects.order_by("pk")[0].get_absolute_url()).status_code == 200
    assert (post(timezone.now()), Notice.objects.exclude(state="sent").count()) == (0, 0)
    assert all(letter.people for letter in Letter.objects.all())
