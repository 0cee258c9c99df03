"""Odd input is answered with a 4xx and a sentence, never with a 5xx; headers stand on every answer."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from booking.models import Booking
from config import uploads
from tests.factories import create_hub_staff, create_lead, create_work_group

pytestmark = pytest.mark.django_db(transaction=True)

ODD = [
    "'",
    "%00",
    "\x00",
    "../../etc/passwd",
    "💥" * 50,
    "a" * 70_000,
    "-1",
    "1e9",
    "9" * 40,
    "<script>",
    "{{7*7}}",
    "\u202e",
]


@pytest.mark.parametrize("odd", ODD, ids=lambda text: ascii(text)[:20])
def test_bad_input_in_filters_never_breaks_a_page(odd: str) -> None:
    staff = Client()
    staff.force_login(create_hub_staff())
    create_work_group()

    answers = []
    for name in (
        "work_group_list",
        "school_find",
        "office_school_list",
        "office_register",
        "office_work_group_list",
        "office_copy_choose",
        "office_copy_check",
        "office_drafts",
        "office_archive",
        "office_booking_list",
        "office_session_list",
        "office_person_list",
        "office_venue_list",
        "office_find",
        "office_addresses",
        "office_notice_list",
    ):
        query = {"q": odd, "near": odd, "page": odd, "year": odd, "phase": odd, "la": odd, "state": odd, "mode": odd}
        query |= {"from": odd, "to": odd, "project": odd, "group": odd}
        query |= {"after": odd, "before": odd, "sort": odd, "week": odd, "lead": odd, "venue": odd, "person": odd}
        answers.append(staff.get(reverse(name), query).status_code)

    assert [code for code in answers if code >= 500] == []


@pytest.mark.parametrize("method", ["put", "delete", "patch", "trace"])
def test_bad_input_other_methods_are_refused(client: Client, method: str) -> None:
    response = getattr(client, method)("/")

    assert response.status_code == 405


@pytest.mark.parametrize("charset", ["utf-7", "utf-16", "no-such", "rot13"])
def test_bad_input_odd_charsets_are_refused(client: Client, charset: str) -> None:
    response = client.generic(
        "POST", "/accounts/login/", b"login=x", content_type=f"application/x-www-form-urlencoded; charset={charset}"
    )

    assert 400 <= response.status_code < 500


def test_bad_input_five_thousand_fields_are_refused() -> None:
    client = Client()
    client.force_login(create_hub_staff())

    response = client.post(reverse("office_work_group_create"), {f"field{number}": "x" for number in range(5000)})

    assert response.status_code == 400


def test_bad_input_larger_than_any_file_is_refused_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "LARGEST_UPLOAD", 1000)
    client = Client()
    client.force_login(create_hub_staff())

    response = client.post(reverse("office_register"), {"file": SimpleUploadedFile("register.csv", bytes(2000))})

    assert response.status_code == 400


@pytest.mark.parametrize("odd", ODD, ids=lambda text: ascii(text)[:20])
def test_bad_input_in_a_booking_is_a_sentence_beside_the_field(odd: str) -> None:
    client = Client()
    client.force_login(create_lead())
    work_group = create_work_group()

    response = client.post(
        reverse("booking_create", args=[work_group.slug]),
        {"who_0": "new", "name_0": odd, "email_0": odd, "who_1": odd, "cover_email": odd},
    )

    assert response.status_code in (200, 400)
    assert Booking.objects.count() == 0


@pytest.mark.parametrize(
    "name", ["Kim www.example.com", "http://x", "Kim\u202eSam", "Kim\nBcc: x@y.example", "<b>Kim</b>"]
)
def test_bad_input_names_with_links_or_hidden_characters_are_refused(name: str) -> None:
    client = Client()
    client.force_login(create_lead())
    work_group = create_work_group()

    response = client.post(
        reverse("booking_create", args=[work_group.slug]), {"who_0": "new", "name_0": name, "who_1": "nobody"}
    )

    # A line break is white space like any other: it becomes a space, and the rest is judged.
    assert response.status_code == 200
    assert "A name cannot hold" in response.content.decode()


@pytest.mark.parametrize(
    "path", ["/", "/work-groups/", "/no-such-page", "/accounts/login/", "/healthz", "/bookings/1/"]
)
def test_headers_stand_on_every_answer(client: Client, path: str) -> None:
    headers = client.get(path).headers

    policy = headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert (headers["X-Content-Type-Options"], headers["Referrer-Policy"]) == ("nosniff", "same-origin")
    assert "Permissions-Policy" in headers


def test_headers_keep_what_a_person_sees_out_of_every_cache() -> None:
    client = Client()
    client.force_login(create_lead())

    assert client.get("/my/").headers["Cache-Control"] == "no-store"


def test_kept_page_shows_a_booking_at_once() -> None:
    work_group = create_work_group(capacity=20)
    visitor, lead = Client(), create_lead()
    before = visitor.get(work_group.get_absolute_url()).content.decode()
    client = Client()
    client.force_login(lead)
    who = {"who_0": lead.pk, "who_1": "later"}
    client.post(reverse("booking_create", args=[work_group.slug]), who)
    response = client.post(reverse("booking_place", args=[work_group.slug]))
    assert response.status_code == 302

    after = visitor.get(work_group.get_absolute_url()).content.decode()

    assert "All 20 places are free." in before
    assert "18 of 20 places left." in after
    assert "18 of 20 places left" in visitor.get("/work-groups/").content.decode()
