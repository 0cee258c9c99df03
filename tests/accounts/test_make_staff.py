"""The first of hub staff, made on the machine that the hub runs on."""

import re
from email import message_from_bytes, policy
from io import StringIO

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.models import HistoryLine, User
from notifications.models import Notice
from tests.factories import create_hub_staff, create_user

pytestmark = pytest.mark.django_db(transaction=True)


def made(email: str, **options: str) -> str:
    out = StringIO()
    call_command("make_staff", email, stdout=out, **options)
    return out.getvalue()


def test_make_staff_makes_somebody_who_logs_in_by_a_code(client: Client) -> None:
    said = made(" Olive@Hub.example", name="Olive Office")

    [address] = re.findall(r"https?://\S+", said)
    client.post(address.removeprefix(settings.HUB_URL), {"email": "olive@hub.example"})
    body = message_from_bytes(bytes(Notice.objects.get().raw), policy=policy.default).get_body(("plain",))
    assert body is not None
    [code] = re.findall(r"^\s*([A-Z0-9]{3,4}-?[A-Z0-9]{3,4})\s*$", body.get_content(), re.M)
    client.post("/accounts/login/code/confirm/", {"code": code})
    assert said.startswith("Olive Office is hub staff. To log in, open ")
    assert client.get("/office/").status_code == 200
    assert EmailAddress.objects.get().verified


def test_make_staff_gives_the_part_to_whoever_has_the_address() -> None:
    person = create_user(email="olive@hub.example")

    made("Olive@hub.example")

    person.refresh_from_db()
    assert (person.is_hub_staff, User.objects.count()) == (True, 1)
    line = HistoryLine.objects.about(person).get()
    assert (line.verb, line.by, line.details) == ("hub_role_changed", None, {"role": "staff"})


@pytest.mark.parametrize(
    ("email", "sentence"),
    [
        ("nobody@hub.example", "Nobody here has the address nobody@hub.example. Give a name too"),
        ("staff@hub.example", "Olive Office is hub staff already."),
        ("gone@hub.example", "Only somebody with an e-mail address of their own"),
        ("olive", "Enter a valid email address."),
    ],
)
def test_make_staff_refuses_in_a_sentence(email: str, sentence: str) -> None:
    create_hub_staff(email="staff@hub.example")
    create_user(email="gone@hub.example", is_active=False)

    with pytest.raises(CommandError, match=sentence):
        made(email)

    assert User.objects.hub_staff().count() == 1
