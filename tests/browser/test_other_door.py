"""Single sign-on from end to end: a hub as its operators start it, a house that says who it is, a real browser."""

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import violations
from tests.faults.hub import SECRET, Hub

pytestmark = [pytest.mark.storm, pytest.mark.browser]


LEAD = (
    "from accounts.models import User; from allauth.account.models import EmailAddress;"
    "lena = User.objects.create_user('lead@oakfield.example', name='Lena');"
    "EmailAddress.objects.create(user=lena, email=lena.email, verified=True, primary=True)"
)


class House(BaseHTTPRequestHandler):
    """As little of OpenID Connect as a hub asks for: where its pages are, a code, a token, and who it is."""

    says: dict[str, Any]
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        home = f"http://{self.headers['Host']}"
        if url.path == "/.well-known/openid-configuration":
            pages = {"authorization_endpoint": "ask", "token_endpoint": "token", "userinfo_endpoint": "me"}
            self._answer({"issuer": home, "jwks_uri": f"{home}/keys"} | {k: f"{home}/{v}" for k, v in pages.items()})
        elif url.path == "/ask":
            asked = {key: values[0] for key, values in parse_qs(url.query).items()}
            self.send_response(302)
            self.send_header("Location", f"{asked['redirect_uri']}?{urlencode({'code': 'c', 'state': asked['state']})}")
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif url.path == "/me":
            self._answer(self.says)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        head, body = (
            base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()
            for part in (
                {"alg": "none"},
                {"iss": f"http://{self.headers['Host']}", "aud": "hub", "iat": 0, "exp": 2**33} | self.says,
            )
        )
        self._answer({"access_token": "t", "token_type": "Bearer", "expires_in": 60, "id_token": f"{head}.{body}."})

    def _answer(self, words: dict[str, Any]) -> None:
        body = json.dumps(words).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing is written."""


@contextmanager
def house_that_says(**says: Any) -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("ThisHouse", (House,), {"says": says}))
    Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@contextmanager
def hub_beside(house: ThreadingHTTPServer, folder: Path) -> Iterator[Hub]:
    sign_on = f"http://127.0.0.1:{house.server_address[1]}"
    oidc = {"HUB_OIDC_URL": sign_on, "HUB_OIDC_CLIENT_ID": "hub", "HUB_OIDC_CLIENT_SECRET": "s"}
    hub = Hub(folder, SECRET_KEY=SECRET, HUB_URL="http://127.0.0.1", HUB_OIDC_NAME="Oakfield sign-on", **oidc)
    try:
        hub.migrate()
        ended = hub.run("manage.py", "shell", "--no-imports", "-c", LEAD)
        assert ended.returncode == 0, ended.stdout
        hub.begin("manage.py", "serve", "--port", str(hub.port))
        hub.wait_until_it_answers()
        yield hub
    finally:
        hub.end()


@pytest.fixture
def new_page(browser: Browser) -> Iterator[Callable[[Hub], Page]]:
    contexts = []

    def _new(hub: Hub) -> Page:
        contexts.append(browser.new_context(base_url=hub.url, locale="en-GB"))
        return contexts[-1].new_page()

    yield _new
    for context in contexts:
        context.close()


def test_other_door_is_walked_through_in_a_browser(tmp_path: Path, new_page: Callable[[Hub], Page]) -> None:
    house = house_that_says(sub="1", name="Lena", email="lead@oakfield.example", email_verified=True)
    with house as server, hub_beside(server, tmp_path) as hub:
        page = new_page(hub)
        page.goto("/accounts/login/?next=/my/account/")

        page.get_by_role("button", name="Log in with Oakfield sign-on").click()

        expect(page).to_have_url(f"{hub.url}/my/account/")
        expect(page.get_by_text("lead@oakfield.example")).to_be_visible()
        page.get_by_role("link", name="Oakfield sign-on").click()
        expect(page.get_by_role("heading", name="Other ways in")).to_be_visible()
        assert violations(page) == []


def test_other_door_with_nobody_at_home_says_so(tmp_path: Path, new_page: Callable[[Hub], Page]) -> None:
    with house_that_says() as server, hub_beside(server, tmp_path) as hub:
        server.shutdown()
        server.server_close()
        page = new_page(hub)
        page.goto("/accounts/login/")

        page.get_by_role("button", name="Log in with Oakfield sign-on").click()

        expect(page.get_by_role("heading", name="That did not work")).to_be_visible()
