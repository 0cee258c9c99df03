"""Everybody wants the last twenty places at the same moment, through real web servers."""

import http.client
import threading
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.faults.hub import Hub

# They start hubs of their own on both databases, whichever the run stands on.
pytestmark = [pytest.mark.storm, pytest.mark.once]

PLACES = 20
# People with a school, logged in, with their answers given: only "Book" is left to press.
PREPARE = """
import json
from importlib import import_module
from django.conf import settings
from tests.factories import create_lead, create_work_group
from booking.forms.places import Draft
from booking.views.drafts import KEY
group = create_work_group(capacity={places}, sessions=6, people_to=1, slug="rush")
Store = import_module(settings.SESSION_ENGINE).SessionStore
keys = []
for _ in range({people}):
    lead = create_lead()
    store = Store()
    store["_auth_user_id"] = str(lead.pk)
    store["_auth_user_backend"] = settings.AUTHENTICATION_BACKENDS[0]
    store["_auth_user_hash"] = lead.get_session_auth_hash()
    store[KEY] = Draft("rush", group.pk, lead.memberships.get().school_id, [None]).stored()
    store.create()
    keys.append(store.session_key)
print(json.dumps(keys))
"""
COUNT = """
import json
from booking.models import Booking, WorkGroup
turns = list(Booking.objects.waiting().values_list("turn", flat=True))
group = WorkGroup.objects.get(slug="rush")
in_order = turns == list(range(1, len(turns) + 1))
print(json.dumps([Booking.objects.confirmed().count(), group.taken, in_order, len(turns)]))
"""
TOKEN = "r" * 32


def rush(hub: Hub, keys: Sequence[str]) -> tuple[Counter[int], list[float]]:
    """Everybody presses "Book" at once. Returns how often each status came back, and the seconds each waited."""
    start = threading.Barrier(len(keys))

    def press(key: str) -> tuple[int, float]:
        connection = http.client.HTTPConnection("127.0.0.1", hub.port, timeout=60)
        headers = {
            "Cookie": f"session={key}; csrf={TOKEN}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        start.wait()
        began = time.monotonic()
        connection.request("POST", "/work-groups/rush/book/place/", f"csrfmiddlewaretoken={TOKEN}", headers)
        status = connection.getresponse().status
        connection.close()
        return status, time.monotonic() - began

    with ThreadPoolExecutor(len(keys)) as pool:
        answers = list(pool.map(press, keys))
    return Counter(status for status, _ in answers), sorted(seconds for _, seconds in answers)


def check(hub: Hub, people: int) -> None:
    keys = [str(key) for key in hub.ask(PREPARE.format(places=PLACES, people=people))]

    statuses, seconds = rush(hub, keys)

    assert statuses == {302: people}, hub.log()[-4000:]
    assert hub.ask(COUNT) == [PLACES, PLACES, True, people - PLACES]
    proved = hub.run("manage.py", "check_integrity")
    assert proved.returncode == 0, proved.stdout
    # Not a figure to boast of, but a bound that a broken lock or a starved pool would miss by far.
    assert seconds[int(len(seconds) * 0.99) - 1] < 30


def test_rush_of_four_hundred_for_twenty_places_on_postgresql_sells_twenty(grown: Hub) -> None:
    check(grown, 400)


def test_rush_of_sixty_for_twenty_places_on_sqlite_in_one_process_sells_twenty(small: Hub) -> None:
    small.begin("manage.py", "serve", "--port", str(small.port))
    small.wait_until_it_answers()

    check(small, 60)
