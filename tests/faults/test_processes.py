"""The program as its processes: one for a small hub, many with PostgreSQL and Redis for a grown one."""

import os
import re
import signal
import time
import urllib.error
import urllib.request
import uuid
from pathlib import Path

import pytest

from tests.faults.hub import BEAT, SECRET, WORKER, Hub, Postbox, wait_until
from tests.servers import free_port

# They start hubs of their own on both databases, whichever the run stands on.
pytestmark = [pytest.mark.storm, pytest.mark.once]


def test_processes_grown_hub_says_that_it_is_well(grown: Hub) -> None:
    statuses = [grown.status(path) for path in ("/healthz", "/readyz", "/")]

    assert statuses == [200, 200, 200]


def test_processes_grown_hub_delivers_a_mail_that_a_page_caused(grown: Hub, postbox: Postbox) -> None:
    address = f"{uuid.uuid4().hex}@oakfield.example"

    grown.ask_for_a_new_password(address)

    wait_until(lambda: len(postbox.of(address)) == 1, "a worker delivers the mail", grown)


# A lead with her answers given, for a group that meets twice.
BOOK = """
import json
from importlib import import_module
from django.conf import settings
from tests.factories import create_lead, create_work_group
from booking.forms.places import Draft
from booking.views.drafts import KEY
group, lead = create_work_group(sessions=2), create_lead(email={address!r})
store = import_module(settings.SESSION_ENGINE).SessionStore()
store["_auth_user_id"] = str(lead.pk)
store["_auth_user_backend"] = settings.AUTHENTICATION_BACKENDS[0]
store["_auth_user_hash"] = lead.get_session_auth_hash()
store[KEY] = Draft(group.slug, group.pk, lead.memberships.get().school_id, [lead.pk, None]).stored()
store.create()
print(json.dumps([store.session_key, group.slug]))
"""


def test_processes_grown_hub_books_and_every_invite_arrives(grown: Hub, postbox: Postbox) -> None:
    address, token = f"{uuid.uuid4().hex}@oakfield.example", "t" * 32
    key, slug = grown.ask(BOOK.format(address=address))
    asked = urllib.request.Request(
        f"{grown.url}/work-groups/{slug}/book/place/",
        data=f"csrfmiddlewaretoken={token}".encode(),
        headers={"Cookie": f"session={key}; csrf={token}"},
    )

    with urllib.request.urlopen(asked, timeout=30) as page:
        shown = page.read().decode()

    def invites() -> list[str]:
        calendars = [part for mail in postbox.of(address) for part in mail.walk() if part.get_param("method")]
        inline = [part for part in calendars if part.get_content_disposition() != "attachment"]
        return [re.sub(r"\r?\n ", "", part.get_content()) for part in inline]  # long lines are folded (RFC 5545, 3.1)

    wait_until(lambda: len(invites()) >= 2, "both invites arrive", grown)
    assert "Name to follow" in shown
    assert len(invites()) == 2
    assert all("METHOD:REQUEST" in invite and address in invite for invite in invites())
    assert len({mail["Message-ID"] for mail in postbox.of(address)}) == len(postbox.of(address))


def test_processes_second_clock_and_second_worker_deliver_nothing_twice(grown: Hub, postbox: Postbox) -> None:
    addresses = [f"{uuid.uuid4().hex}@oakfield.example" for _ in range(5)]
    grown.begin(*BEAT)

    for address in addresses:
        grown.ask_for_a_new_password(address)
    wait_until(lambda: all(postbox.of(address) for address in addresses), "every mail is delivered", grown)
    time.sleep(3)  # a second delivery would come now

    assert [len(postbox.of(address)) for address in addresses] == [1, 1, 1, 1, 1]


def test_processes_mail_written_while_no_worker_lives_goes_with_the_next_one(grown: Hub, postbox: Postbox) -> None:
    address = f"{uuid.uuid4().hex}@oakfield.example"
    workers = [process for process in grown._running if "worker" in process.args]
    for worker in workers:
        worker.kill()
        worker.wait()

    grown.ask_for_a_new_password(address)
    grown.begin(*WORKER, "three@%h")

    wait_until(lambda: len(postbox.of(address)) == 1, "the new worker delivers the mail", grown)


def test_processes_small_hub_delivers_in_its_one_process_and_ends_when_told(small: Hub, postbox: Postbox) -> None:
    address = f"{uuid.uuid4().hex}@oakfield.example"
    server = small.begin("manage.py", "serve", "--port", str(small.port))
    small.wait_until_it_answers()

    small.ask_for_a_new_password(address)
    wait_until(lambda: len(postbox.of(address)) == 1, "the mail is delivered", small)
    server.terminate()

    assert server.wait(10) == 0
    assert small.status("/healthz") == 0
    assert "The hub has stopped." in small.log()


def test_processes_killed_server_takes_its_child_along(small: Hub) -> None:
    server = small.begin("manage.py", "serve", "--port", str(small.port))
    small.wait_until_it_answers()

    server.kill()
    server.wait()

    wait_until(lambda: small.status("/healthz") == 0, "nothing answers any more", small, seconds=10)


def test_processes_hub_whose_database_is_away_says_so_within_five_seconds(tmp_path: Path) -> None:
    nobody = f"postgres://hub@127.0.0.1:{free_port()}/hub"
    hub = Hub(tmp_path, SECRET_KEY=SECRET, HUB_URL="http://127.0.0.1", DATABASE_URL=nobody)
    hub.begin("manage.py", "serve", "--port", str(hub.port))
    try:
        hub.wait_until_it_answers()
        for cookie in ("", "session=abc"):
            began = time.monotonic()
            with pytest.raises(urllib.error.HTTPError) as away:
                urllib.request.urlopen(urllib.request.Request(hub.url, headers={"Cookie": cookie}), timeout=30)
            assert time.monotonic() - began < 5
            assert (away.value.code, away.value.headers["Retry-After"]) == (503, "5")
            assert "The hub cannot reach its data." in away.value.read().decode()
    finally:
        hub.end()


def test_processes_refuse_to_start_for_real_without_a_secret_and_an_address(tmp_path: Path) -> None:
    hub = Hub(tmp_path, REDIS_URL="redis://127.0.0.1:1/0")

    ended = [hub.run(*words) for words in (("manage.py", "serve"), (*WORKER, "one@%h"), BEAT)]

    assert [each.returncode for each in ended] == [1, 1, 1]
    assert ["without SECRET_KEY and HUB_URL in the environment" in each.stdout for each in ended] == [True, True, True]


def test_processes_refuse_what_one_process_cannot_be(small: Hub) -> None:
    many = small.run("manage.py", "serve", "--port", str(small.port), "--workers", "2")
    worker = small.run(*WORKER, "one@%h")

    assert (many.returncode, "Without REDIS_URL the hub is one process" in many.stdout) == (1, True)
    assert (worker.returncode, "Without REDIS_URL there is no queue" in worker.stdout) == (1, True)


def test_processes_demo_opens_with_mail_delivered_and_ends_with_a_sentence(tmp_path: Path) -> None:
    hub = Hub(tmp_path)
    try:
        demo = hub.begin("manage.py", "demo", "--port", str(hub.port))
        wait_until(lambda: "The demo hub is open" in hub.log(), "the demo opens", hub, seconds=180)
        hub.wait_until_it_answers()
        second = hub.run("manage.py", "demo", "--port", str(hub.port))
        os.killpg(demo.pid, signal.SIGINT)

        assert demo.wait(20) == 0
        assert list((hub.var / "mail").glob("*.eml"))
        assert (second.returncode, "Choose another, for example --port" in second.stdout) == (1, True)
        assert "The demo hub has stopped." in hub.log()
        assert "Traceback" not in hub.log()
    finally:
        hub.end()


def test_processes_demo_leaves_a_real_hub_alone(small: Hub) -> None:
    person = "from accounts.models import User; User.objects.create_user('kim@oakfield.example', name='Kim')"
    small.run("manage.py", "shell", "--no-imports", "-c", person)
    demo = Hub(small.var.parent)

    refused = demo.run("manage.py", "demo", "--reset", "--port", str(demo.port))
    count = small.run(
        "manage.py", "shell", "--no-imports", "-c", "from accounts.models import User; print(User.objects.count())"
    )

    assert (refused.returncode, "holds a hub that is not the demo" in refused.stdout) == (1, True)
    assert count.stdout.strip() == "1"
