"""The office takes the register in: a file is sent, read by a worker, looked at, and taken in as a whole or dropped."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from accounts.models import HistoryLine, RegisterImport, School
from booking import incoming
from booking.actions import imports
from booking.actions.imports import KEPT_FOR, LEASE, MOST_ATTEMPTS
from booking.forms import schools as forms
from notifications.tasks import sweep
from tests.factories import create_booking, create_hub_staff, create_lead, create_school, create_work_group
from tests.register_files import CLOSED, LINKS, REGISTER, edited, everything, school_of, take_in

pytestmark = pytest.mark.django_db(transaction=True)

State = RegisterImport.State


@pytest.fixture(autouse=True)
def _files_of_its_own(settings: Settings, tmp_path: Path) -> None:
    settings.FILES_ROOT = tmp_path / "files"


@pytest.fixture
def office() -> Client:
    client = Client()
    client.force_login(create_hub_staff())
    return client


def send(office: Client, file: Path = REGISTER, *, links: Path | None = LINKS, **fields: str) -> RegisterImport:
    """Send a file as the page does. Returns what became of it."""
    data: dict[str, object] = {"file": SimpleUploadedFile(file.name, file.read_bytes()), **fields}
    if links:
        data["links"] = SimpleUploadedFile(links.name, links.read_bytes())
    response = office.post(reverse("office_register"), data)
    assert response.status_code == 302
    return RegisterImport.objects.latest("pk")


def work(register_import: RegisterImport) -> RegisterImport:
    """Let a worker do what is to do."""
    sweep()
    register_import.refresh_from_db()
    return register_import


def answer(office: Client, register_import: RegisterImport, words: str) -> RegisterImport:
    office.post(reverse("office_register_answer", args=[register_import.pk]), {"answer": words})
    register_import.refresh_from_db()
    return register_import


def page_of(office: Client, register_import: RegisterImport, **query: str) -> str:
    return office.get(reverse("office_register_import", args=[register_import.pk]), query).content.decode()


def kept_files() -> list[str]:
    return default_storage.listdir("register")[1] if default_storage.exists("register") else []


def test_register_is_read_looked_at_and_taken_in_whole(office: Client) -> None:
    sent = send(office)
    assert (sent.state, School.objects.count(), len(kept_files())) == (State.SENT, 0, 2)
    assert "being read" in page_of(office, sent)

    read = work(sent)
    assert (read.state, School.objects.count()) == (State.READY, 0)
    assert "Take all of it in" in page_of(office, read)
    approved = answer(office, read, "take")
    assert (approved.state, School.objects.count()) == (State.APPROVED, 0)
    taken = work(approved)

    assert (taken.state, School.objects.count(), kept_files()) == (State.APPLIED, 36, [])
    assert (taken.file.name, taken.links.name) == ("", "")
    verbs = HistoryLine.objects.about(taken).order_by("pk").values_list("verb", "by__name")
    assert list(verbs) == [(f"register_{verb}", "Olive Office") for verb in ("sent", "approved", "applied")]


def test_register_shows_what_becomes_of_each_school(office: Client, tmp_path: Path) -> None:
    take_in(links=LINKS)
    booked = create_lead(school=school_of("120034"))
    create_booking(work_group=create_work_group(), by=booked, people=[None, None])
    changes = {"120034": CLOSED, "120031": {"EstablishmentName": "Tiny Village Academy"}}

    read = work(send(office, edited(tmp_path / "new.csv", changes)))

    page = page_of(office, read)
    assert "1 of 29 open schools would close or are not in the file: 3.4 in a hundred." in page
    assert "2 places in 1 group" in page
    assert "was Tiny Village Primary School" in page_of(office, read, kind="renamed")
    assert "Hilltop Primary School" in page_of(office, read, kind="closed", page="99")


def test_register_by_which_too_many_are_gone_is_not_taken(office: Client, tmp_path: Path) -> None:
    take_in(links=LINKS)
    before = everything()

    read = work(send(office, edited(tmp_path / "few.csv", without=["120033", "120034", "120035"])))

    assert (read.state, kept_files()) == (State.REFUSED, [])
    assert "Not taken: By this file 3 of 29 open schools would close or vanish" in page_of(office, read)
    assert answer(office, read, "take").state == State.REFUSED
    assert everything() == before


def test_register_is_shown_anew_where_the_hub_has_changed_since(office: Client, tmp_path: Path) -> None:
    read = work(send(office))
    take_in(edited(tmp_path / "other.csv", {"120031": {"EstablishmentName": "Tiny Village Academy"}}), links=LINKS)
    before = everything()

    again = work(answer(office, read, "take"))

    assert (again.state, again.made_anew, everything()) == (State.READY, True, before)
    assert "Something has changed in the hub since you said yes." in page_of(office, again)
    assert work(answer(office, again, "take")).state == State.APPLIED
    assert school_of("120031").name == "Tiny Village Primary School"


def test_register_that_is_dropped_leaves_nothing(office: Client) -> None:
    dropped = answer(office, work(send(office)), "drop")

    assert (dropped.state, kept_files(), School.objects.count()) == (State.DROPPED, [], 0)


def test_register_sent_again_takes_the_place_of_the_one_before(office: Client) -> None:
    first = send(office)
    second = send(office)

    first.refresh_from_db()
    assert (first.state, second.state, len(kept_files())) == (State.DROPPED, State.SENT, 2)


def test_register_is_not_sent_while_one_is_taken_in(office: Client) -> None:
    approved = answer(office, work(send(office)), "take")

    response = office.post(reverse("office_register"), {"file": SimpleUploadedFile("x.csv", REGISTER.read_bytes())})

    assert "A register is being taken in at this moment." in response.content.decode()
    assert work(approved).state == State.APPLIED


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"PK\x03\x04 a spreadsheet", "this is a packed file"),
        (b"<html>Service unavailable</html>", "this is a web page"),
        (b"Name,Town\r\nA,B\r\n", "these columns are missing: URN, EstablishmentName"),
        (b"", "empty"),
    ],
    ids=["packed", "web page", "other columns", "empty"],
)
def test_register_that_is_none_is_refused_beside_the_field(office: Client, content: bytes, words: str) -> None:
    response = office.post(reverse("office_register"), {"file": SimpleUploadedFile("register.csv", content)})

    assert (response.status_code, RegisterImport.objects.count(), kept_files()) == (200, 0, [])
    assert words in response.content.decode()


def test_register_larger_than_any_is_refused(office: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forms, "LARGEST_FILE", 1000)

    response = office.post(reverse("office_register"), {"file": SimpleUploadedFile("x.csv", REGISTER.read_bytes())})

    assert "This file is larger than 120 MB" in response.content.decode()
    assert RegisterImport.objects.count() == 0


def test_register_with_a_broken_row_says_on_which_line(office: Client, tmp_path: Path) -> None:
    broken = tmp_path / "broken.csv"
    broken.write_bytes(REGISTER.read_bytes().replace(b"\n120035", b"\n120034"))

    read = work(send(office, broken))

    assert (read.state, kept_files()) == (State.REFUSED, [])
    assert read.problem == "broken.csv, line 41: URN 120034 stands on line 40 already."


def test_register_of_our_authorities_alone(office: Client) -> None:
    work(answer(office, work(send(office, area="ours")), "take"))

    codes = School.objects.order_by("la_code").values_list("la_code", flat=True).distinct()
    assert list(codes) == ["855", "856", "857", "940"]


def test_register_in_the_hands_of_a_worker_that_died_is_tried_again_and_then_refused(office: Client) -> None:
    sent, now = send(office), timezone.now()
    for attempt in range(MOST_ATTEMPTS):
        assert imports.claim(now=now + attempt * 2 * LEASE) == sent
        assert imports.claim(now=now + attempt * 2 * LEASE) is None

    assert imports.claim(now=now + MOST_ATTEMPTS * 2 * LEASE) is None

    sent.refresh_from_db()
    assert (sent.state, kept_files()) == (State.REFUSED, [])


def test_register_is_held_from_when_its_turn_comes(office: Client) -> None:
    sent, now = send(office), timezone.now()
    RegisterImport.objects.update(file="../nobody-foresaw-this.csv")

    incoming.work_through(now=now - 2 * LEASE)

    sent.refresh_from_db()
    assert sent.claimed_until is not None
    assert sent.claimed_until >= now + LEASE


def test_register_whose_file_is_gone_says_so(office: Client) -> None:
    sent = send(office)
    default_storage.delete(str(sent.file))

    assert work(sent).problem == "The file is not where it was kept. Send it again."


def test_register_that_nobody_decides_on_goes(office: Client) -> None:
    read = work(send(office))

    imports.drop_forgotten(now=timezone.now() + KEPT_FOR + timedelta(days=1))

    read.refresh_from_db()
    assert (read.state, kept_files()) == (State.DROPPED, [])


def test_register_dropped_while_it_is_read_stays_dropped(office: Client) -> None:
    sent = send(office)
    claimed = imports.claim(now=timezone.now())
    assert claimed is not None
    register, links = incoming.read_from_disk(REGISTER, LINKS)
    answer(office, sent, "drop")

    kept = imports.keep_plan(register_import=claimed, plan=imports.plan_of(register, links, [], timezone.now()))

    assert kept.state == State.DROPPED


def test_register_page_refreshes_itself_with_and_without_script(office: Client) -> None:
    sent = send(office)

    whole, part = (
        page_of(office, sent),
        office.get(reverse("office_register_import", args=[sent.pk]), headers={"HX-Request": "true"}).content.decode(),
    )

    assert '<noscript><meta http-equiv="refresh" content="5"></noscript>' in whole
    assert 'hx-trigger="every 3s"' in part
    assert "<html" not in part
    assert 'hx-trigger="every 3s"' not in page_of(office, work(sent))


@pytest.mark.parametrize("name", ["office_register", "office_register_import"])
def test_register_pages_ask_as_often_for_many_schools(office: Client, tmp_path: Path, name: str) -> None:
    take_in(links=LINKS)

    def questions(closing: list[str]) -> int:
        file = edited(tmp_path / "closing.csv", dict.fromkeys(closing, CLOSED))
        for urn in closing:
            create_booking(work_group=create_work_group(), by=create_lead(school=school_of(urn)), people=[None])
        read = work(send(office, file))
        with CaptureQueriesContext(
            connection,
        ) as asked:
            office.get(reverse(name, args=[read.pk] if name.endswith("import") else []))
        return len(asked)

    assert questions(["120033"]) == questions(["120034", "120035"])


def test_office_school_list_finds_special_schools_by_their_ages(office: Client) -> None:
    take_in(links=LINKS)

    def found(**query: str) -> str:
        return office.get(reverse("office_school_list"), query).content.decode()

    assert "Meadow View School" in found(phase="primary")
    assert "Meadow View School" in found(q="meadow", phase="post-16")
    assert "Meadow View School" in found(phase="special")
    assert "Cedar House School" not in found(phase="primary")


def test_office_school_says_what_is_not_known(office: Client) -> None:
    school = create_school(low_age=None, telephone="", trust="", pupils=None)

    page = office.get(reverse("office_school", args=[school.pk])).content.decode()

    for label in ("Telephone", "Trust", "Pupils", "Free school meals", "Ages"):
        assert f"<dt>{label}</dt><dd>Not known" in page
