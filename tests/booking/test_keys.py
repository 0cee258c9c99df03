"""Keys for other systems: made for one use, shown once, taken back."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import HistoryLine
from booking.actions import keys
from booking.links import token_digest
from booking.models import ApiKey
from tests.factories import create_api_key, create_hub_staff

pytestmark = pytest.mark.django_db(transaction=True)


def said(**changed: Any) -> dict[str, Any]:
    last = timezone.localdate() + timedelta(days=30)
    asked = {"name": "Dashboard", "to": "Oakfield Trust", "why": "running", "reads_bookings": "on", "ends_on": last}
    return asked | changed


def office() -> Client:
    client = Client()
    client.force_login(create_hub_staff())
    return client


def test_a_key_is_shown_once_and_kept_as_its_hash() -> None:
    client = office()

    shown = client.post(reverse("office_key_create"), said(), follow=True).content.decode()
    again = client.get(reverse("office_keys")).content.decode()

    token = shown.partition('value="hub_')[2].partition('"')[0]
    key = ApiKey.objects.get()
    assert key.digest == token_digest(f"hub_{token}")
    assert (len(token), f"hub_{token}" in again, key.reads) == (43, False, ["bookings"])
    assert HistoryLine.objects.filter(verb="api_key_made").count() == 1


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"reads_bookings": ""}, "Say what the key reads: bookings, attendance, or both."),
        ({"reads_bookings": "", "reads_people": "on"}, "Say what the key reads: bookings, attendance, or both."),
        ({"to": " "}, "Say whose system it is."),
        ({"why": ""}, "Say why it leaves the hub."),
        ({"why": "other"}, "Say in a few words what it is for."),
        ({"ends_on": "2026-06-31"}, "That is not a day: 2027-07-21 is one."),
        ({"ends_on": "2020-01-01"}, "A key lasts two years at most, and at least until today."),
        ({"ends_on": "2199-01-01"}, "A key lasts two years at most, and at least until today."),
    ],
)
def test_a_key_that_says_too_little_is_refused_in_a_sentence(changed: dict[str, Any], sentence: str) -> None:
    page = office().post(reverse("office_key_create"), said(**changed)).content.decode()

    assert sentence in page
    assert ApiKey.objects.count() == 0


def test_a_key_that_is_taken_back_says_so_and_is_taken_back_once() -> None:
    key, _ = create_api_key()
    client = office()

    page = client.post(reverse("office_key_end", args=[key.pk]), follow=True).content.decode()

    assert "The key for Dashboard is taken back" in page
    with pytest.raises(ValidationError, match="has been taken back already"):
        keys.end_key(key=key, by=create_hub_staff())


def test_a_use_is_noted_to_the_hour() -> None:
    key, token = create_api_key()
    headers = {"Authorization": f"Bearer {token}"}

    Client().get("/api/v1/bookings", headers=headers)
    first = ApiKey.objects.get().used_at
    Client().get("/api/v1/bookings", headers=headers)

    assert first is not None
    assert ApiKey.objects.get().used_at == first
    ApiKey.objects.update(used_at=first - timedelta(hours=2))
    Client().get("/api/v1/bookings", headers=headers)
    assert ApiKey.objects.get(pk=key.pk).used_at > first - timedelta(minutes=1)
