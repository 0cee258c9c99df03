"""What the log-in pages send: our words, through the outbox, with links to this site only."""

from pathlib import Path

import allauth
import pytest
from django.test import Client
from pytest_django import Settings

from notifications.delivery import drain
from notifications.models import Notice
from tests.factories import PASSWORD, create_user
from tests.smtp_sink import SinkServer

pytestmark = pytest.mark.django_db(transaction=True)


def text_of(smtp: SinkServer) -> str:
    """The plain text of the one mail that arrived."""
    drain()
    (message,) = smtp.sink.messages()
    body = message.get_body(("plain",))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


def test_every_account_mail_and_message_is_in_our_words(settings: Settings) -> None:
    theirs = Path(allauth.__file__).parent / "templates"
    bodies = [
        path.relative_to(theirs)
        for app in ("account", "mfa", "socialaccount", "usersessions")
        for kind in ("email", "messages")
        for path in (theirs / app / kind).glob("*.txt")
        # Nobody gives a telephone number here, and one message is another by a second name.
        if "phone" not in path.name and path.name != "account_connected_updated.txt"
    ]

    missing = [str(path) for path in bodies if not (settings.BASE_DIR / "templates" / path).exists()]

    assert bodies
    assert missing == []


def test_login_code_is_a_letter_with_the_code_in_it_and_not_in_its_subject(client: Client, smtp: SinkServer) -> None:
    create_user(email="kim@school.example")

    client.post("/accounts/login/code/", {"email": "kim@school.example"})

    text = text_of(smtp)
    code = text.split("\n\n")[2]
    (message,) = smtp.sink.messages()
    html = message.get_body(("html",))
    assert text.startswith(f"{message['Subject']}\n\nHere is your code.")
    assert code not in message["Subject"]
    assert html is not None
    assert f">{code}</p>" in html.get_content()
    assert bytes(Notice.objects.get().raw) == b""


def test_login_code_for_an_unknown_address_says_so_to_that_address_only(client: Client, smtp: SinkServer) -> None:
    client.post("/accounts/login/code/", {"email": "nobody@school.example"})

    assert "Make an account: http://127.0.0.1:8000/accounts/signup/" in text_of(smtp)
    assert [to for to, _ in smtp.sink.mails] == ["nobody@school.example"]


def test_password_reset_link_is_of_this_site_whatever_the_host_header_says(client: Client, smtp: SinkServer) -> None:
    create_user(email="kim@school.example", password=PASSWORD)

    client.post("/accounts/password/reset/", {"email": "kim@school.example"}, headers={"host": "localhost:9999"})

    text = text_of(smtp)
    assert "Choose a new password: http://127.0.0.1:8000/accounts/password/reset/key/" in text
    assert "localhost:9999" not in text


def test_sign_up_with_a_known_address_leads_to_logging_in(client: Client, smtp: SinkServer) -> None:
    create_user(email="kim@school.example")

    client.post("/accounts/signup/", {"name": "Kim", "email": "kim@school.example", "password1": PASSWORD})

    assert "Log in with a code by mail: http://127.0.0.1:8000/accounts/login/code/" in text_of(smtp)


def test_sign_up_sends_a_code_that_proves_the_address(client: Client, smtp: SinkServer) -> None:
    client.post("/accounts/signup/", {"name": "Kim", "email": "kim@school.example", "password1": PASSWORD})

    assert "Here is your code." in text_of(smtp)


def test_password_change_is_told_with_when_and_from_where(client: Client, smtp: SinkServer) -> None:
    client.force_login(create_user(email="kim@school.example", password=PASSWORD))

    client.post(
        "/accounts/password/change/",
        {"oldpassword": PASSWORD, "password1": "quite another one", "password2": "quite another one"},
    )

    assert "from the network address 127.0.0.1" in text_of(smtp)


def test_login_code_is_kept_when_nothing_can_be_delivered(client: Client, settings: Settings) -> None:
    create_user(email="kim@school.example")
    settings.EMAIL_URL, settings.EMAIL_HOST, settings.EMAIL_PORT = "smtp://away", "127.0.0.1", 1
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False

    response = client.post("/accounts/login/code/", {"email": "kim@school.example"})
    drain()

    assert response.status_code == 302
    assert Notice.objects.get().state == Notice.State.RETRY
