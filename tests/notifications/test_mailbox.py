"""The hub's mailbox over real connections, on a small IMAP server of our own: read once, moved, and nothing is lost."""

import threading
import time

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from notifications.inbound import mailbox
from notifications.models import Inbound
from notifications.tasks import read_mail
from tests.factories import create_hub_staff
from tests.imap_server import ImapServer
from tests.inbound_mails import plain

pytestmark = pytest.mark.django_db(transaction=True)

OUT = plain("Away", key="<out@x>", head="Auto-Submitted: auto-replied\r\n")


def folders(imap: ImapServer) -> dict[str, int]:
    return {name: len(mails) for name, mails in imap.box.folders.items()}


def test_mailbox_is_sorted_into_folders_and_nothing_is_deleted(imap: ImapServer) -> None:
    imap.box.put(plain(), OUT)

    count = read_mail()

    assert (count, folders(imap)) == (2, {"INBOX": 0, "To read": 1, "Done": 1})
    assert imap.box.mails("To read") == [plain()]
    assert list(Inbound.objects.order_by("pk").values_list("state", flat=True)) == ["waiting", "ignored"]


def test_mailbox_is_not_touched_unless_it_is_configured(imap: ImapServer, settings: Settings) -> None:
    settings.IMAP_URL = ""
    imap.box.put(plain())

    count = read_mail()

    assert (count, imap.box.commands) == (0, [])


def test_mailbox_without_move_and_with_folders_below_the_inbox(imap: ImapServer) -> None:
    imap.box.capabilities, imap.box.below_inbox = "IMAP4rev1", True
    imap.box.put(plain())

    read_mail()

    assert folders(imap) == {"INBOX": 0, "INBOX.To read": 1}


def test_mailbox_reads_only_the_beginning_of_ten_megabytes(imap: ImapServer) -> None:
    imap.box.put(plain("x" * 10_000_000))

    read_mail()

    mail = Inbound.objects.get()
    fetched = [one for one in imap.box.commands if "BODY" in one]
    assert (mail.state, folders(imap)) == ("waiting", {"INBOX": 0, "To read": 1})
    assert fetched == [f"UID FETCH 1 (BODY.PEEK[]<0.{mailbox.BEGINNING}>)"]
    assert len(imap.box.mails("To read")[0]) > 10_000_000


def test_mailbox_gives_so_many_in_one_run(imap: ImapServer) -> None:
    imap.box.put(*(plain(key=f"<{number}@x>") for number in range(5)))

    counts = [mailbox.read(lambda raw, size: False, at_most=2) for _ in range(3)]

    assert (counts, folders(imap)) == ([2, 2, 1], {"INBOX": 0, "Done": 5})


def test_mail_that_breaks_the_reader_goes_to_a_person_and_the_next_is_read(imap: ImapServer) -> None:
    imap.box.put(plain(key="<1@x>"), plain(key="<2@x>"))

    def breaks_at_the_first(raw: bytes, size: int) -> bool:
        if b"<1@x>" in raw:
            raise RuntimeError("a bug of ours")
        return False

    mailbox.read(breaks_at_the_first)

    assert folders(imap) == {"INBOX": 0, "To read": 1, "Done": 1}


@pytest.mark.parametrize("command", ["LOGIN", "SEARCH", "SIZE", "BODY", "MOVE", "CREATE"])
def test_mailbox_that_hangs_up_loses_nothing_and_is_read_at_the_next_run(imap: ImapServer, command: str) -> None:
    imap.box.put(plain())
    imap.box.breaks_at = command
    read_mail()
    imap.box.breaks_at = ""

    read_mail()

    assert (Inbound.objects.count(), folders(imap)) == (1, {"INBOX": 0, "To read": 1})


def test_mailbox_that_hangs_is_left_after_the_time_out(imap: ImapServer) -> None:
    imap.box.put(plain())
    imap.box.hangs_at = "SEARCH"
    began = time.monotonic()

    count = read_mail()

    assert (count, folders(imap)) == (0, {"INBOX": 1})
    assert time.monotonic() - began < 4


def test_mailbox_with_a_wrong_password_or_no_server_is_no_error(imap: ImapServer, settings: Settings) -> None:
    settings.IMAP_URL = settings.IMAP_URL.replace("a%20pass", "no%20pass")
    first = read_mail()
    settings.IMAP_URL = "imap://user:password@127.0.0.1:1/INBOX"

    second = read_mail()

    assert (first, second) == (0, 0)


def test_mailbox_read_by_two_workers_at_once_acts_once(imap: ImapServer) -> None:
    imap.box.put(*(plain(key=f"<{number}@x>") for number in range(6)))
    failed = []

    def work() -> None:
        try:
            read_mail()
        except Exception as error:
            failed.append(error)
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert (failed, Inbound.objects.count(), folders(imap)["INBOX"]) == ([], 6, 0)
    assert set(imap.box.mails("To read")) == {plain(key=f"<{number}@x>") for number in range(6)}


def test_office_reads_a_letter_and_is_done_with_it() -> None:
    client = Client()
    client.force_login(create_hub_staff())
    without = "Mail that came" in client.get(reverse("office_home")).content.decode()
    mail = Inbound.objects.create(digest="x", kind="other", state="waiting", subject="Cubes", text="<b>How many?</b>")
    listed = client.get(reverse("office_inbound_list")).content.decode()
    page = client.get(reverse("office_inbound", args=[mail.pk])).content.decode()

    client.post(reverse("office_inbound", args=[mail.pk]), {"done": "1"})
    again = client.post(reverse("office_inbound", args=[mail.pk]), {"ignore": "1"}, follow=True).content.decode()

    mail.refresh_from_db()
    assert (without, "Mail that came (1)" in listed, "&lt;b&gt;How many?" in page) == (False, True, True)
    assert mail.state == "done"
    assert "Somebody has dealt with this mail already." in again
