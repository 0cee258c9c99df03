"""A named colleague takes one session's register by a link: on its day, until it is ended, and signs nothing."""

import re
from collections.abc import Callable
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from accounts.actions import rights
from accounts.models import HistoryLine, User
from booking.actions import needs, register_links, registers
from booking.links import register_link_of, register_url
from booking.models import Attendance, Mark, RegisterLink, Session
from booking.personal import RETENTION
from notifications.acts import tell_acts
from notifications.models import Notice
from tests.factories import (
    create_hub_staff,
    create_running_session,
    create_school,
    create_session,
    create_task,
    create_user,
    create_work_group,
    mark_register,
)

pytestmark = pytest.mark.django_db(transaction=True)


def given(*, people: int = 2) -> tuple[Session, RegisterLink, str, User]:
    """A session that has just begun, the link to its register, its address, and who leads it."""
    fran = create_user(name="Fran Lead")
    session = create_running_session(leads=[fran], people=people)
    link = register_links.give(session=session, name="Kit Moss", email="Kit@School.example", by=fran)
    return session, link, "/registers/link/" + register_url(link).split("/registers/link/")[1], fran


def marks_for(session: Session, what: str) -> dict[str, str]:
    return {f"mark-{row.pk}": what for row in Attendance.objects.of_session(session)}


def plain(notice: Notice) -> str:
    mail = message_from_bytes(bytes(notice.raw), policy=policy.default)
    assert isinstance(mail, EmailMessage)
    part = mail.get_body(("plain",))
    assert part
    return str(part.get_content())


def path_in(notice: Notice) -> str:
    """The path of the link in a mail's plain text."""
    found = re.search(r"/registers/link/[^\s]+", plain(notice))
    assert found
    return found[0]


def test_give_mails_the_link_at_once_and_keeps_who_gave_it() -> None:
    session, link, _, fran = given()

    tell_acts()

    notice, line = Notice.objects.get(kind="register_link"), HistoryLine.objects.get(verb="register_link_given")
    assert (notice.to, notice.secret, link.email) == ("kit@school.example", True, "kit@school.example")
    assert notice.subject.startswith("TODAY: Please take a register")
    assert Client().get(path_in(notice)).status_code == 200
    assert "Venue to be confirmed." in plain(notice)
    assert (line.by, line.details) == (fran, {"session": session.pk, "link": link.pk})


def test_give_that_was_ended_before_it_left_sends_nothing() -> None:
    _, link, _, fran = given()
    register_links.end(link=link, by=fran)

    tell_acts()

    assert Notice.objects.filter(kind="register_link").count() == 0


def test_give_twice_to_one_address_or_to_too_many_is_refused() -> None:
    session, _, _, fran = given()

    with pytest.raises(ValidationError, match="a link to this register already"):
        register_links.give(session=session, name="Kit", email="kit@school.example", by=fran)
    for number in range(4):
        register_links.give(session=session, name="Kit", email=f"kit{number}@school.example", by=fran)
    with pytest.raises(ValidationError, match="Five people"):
        register_links.give(session=session, name="Kit", email="more@school.example", by=fran)


@pytest.mark.parametrize("days", [-1, None])
def test_give_for_a_day_that_is_over_or_not_known_is_refused(days: int | None) -> None:
    fran = create_user()
    session = create_session(work_group=create_work_group(sessions=0, leads=[fran]), days=days or 1)
    if days is None:
        Session.objects.filter(pk=session.pk).update(starts_at=None, ends_at=None, when_words="May")

    with pytest.raises(ValidationError, match=r"over|date stands"):
        register_links.give(session=session, name="Kit", email="kit@school.example", by=fran)


def test_link_marks_and_the_marks_say_who_made_them() -> None:
    session, link, path, _ = given()
    client = Client()

    client.post(path, marks_for(session, "present"))

    link.refresh_from_db()
    assert {(mark.what, mark.by, mark.maker) for mark in Mark.objects.all()} == {("present", None, "Kit Moss")}
    assert link.used_at is not None
    used = HistoryLine.objects.get(verb="register_link_used")
    assert used.details == {"session": session.pk, "link": link.pk}


def test_link_marks_everyone_else_as_here_without_script() -> None:
    session, _, path, _ = given()
    first, _ = Attendance.objects.of_session(session)

    Client().post(path, {f"mark-{first.pk}": "absent", "then": "rest"})

    assert sorted(Mark.objects.values_list("what", flat=True)) == ["absent", "present"]


def test_link_opened_changes_nothing() -> None:
    _, link, path, _ = given()

    Client().get(path)

    link.refresh_from_db()
    assert link.used_at is None
    assert HistoryLine.objects.filter(verb="register_link_used").count() == 0


def test_link_that_saves_what_it_was_shown_leaves_notes_of_others_alone() -> None:
    session, _, path, fran = given(people=1)
    (row,) = Attendance.objects.of_session(session)
    mark_register(session=session, marks={row.pk: "late"}, by=fran)
    row.marks.update(note="Her bus broke down")
    seen = str(row.marks.get().device_id)

    Client().post(path, {f"seen-{row.pk}": seen, f"mark-{row.pk}": "late", f"note-{row.pk}": ""})

    assert row.marks.get().note == "Her bus broke down"


def test_link_shows_names_and_neither_needs_nor_reasons_nor_what_was_written() -> None:
    session, _, path, fran = given()
    row = Attendance.objects.of_session(session).select_related("place", "person")[0]
    assert row.place
    needs.say(place=row.place, access="Ramp", food="", contact_me=False, agreed=True, by=row.person)
    before = create_session(work_group=session.work_group, days=-7, number=0)
    create_task(session=before, title="Sort the cubes")
    mark_register(session=session, marks={row.pk: "apologies"}, by=fran)
    row.marks.update(reason="A funeral", note="Her sister rang")

    page = Client().get(path)

    words = page.content.decode()
    shown = [
        row.person.name,
        "Kit Moss",
        "Ramp",
        "What people need",
        "A funeral",
        "Sort the cubes",
        "Sign the register",
    ]
    assert [text for text in shown if text in words] == shown[:2]
    assert "Sheet to print" not in words
    assert page["Cache-Control"].startswith("max-age=0, no-cache, no-store")


@pytest.mark.parametrize("day", [-1, 1])
def test_link_opens_on_no_other_day(day: int) -> None:
    session, link, path, _ = given()
    assert session.starts_at
    assert session.ends_at
    moved = {"starts_at": session.starts_at + timedelta(days=day), "ends_at": session.ends_at + timedelta(days=day)}
    Session.objects.filter(pk=session.pk).update(**moved)
    client = Client()

    answers = [client.get(path).status_code, client.post(path, marks_for(session, "present")).status_code]

    assert (answers, Mark.objects.count()) == ([404, 404], 0)
    with pytest.raises(ValidationError, match=r"This link is over|opens two hours"):
        registers.mark(session=session, taps=[], rest=True, by=None, link=link)


def test_link_to_end_that_is_no_number_is_no_page(log_in: Callable[[User], Client]) -> None:
    session, link, _, fran = given()
    client = log_in(fran)

    answers = [
        client.post(f"/sessions/{session.pk}/register/links/", {"act": "end", "link": typed}).status_code
        for typed in ("", "x", "9" * 30)
    ]

    link.refresh_from_db()
    assert (answers, link.ended_at) == ([404] * 3, None)


def test_link_that_was_ended_or_altered_opens_nothing() -> None:
    session, link, path, fran = given()
    other = create_running_session(people=1)
    token = path.split("/")[3]
    altered = f"/registers/link/{token[:-1]}{'A' if token[-1] != 'A' else 'B'}/"
    client = Client()

    assert client.get(path).status_code == 200
    assert client.get(altered).status_code == 404
    with pytest.raises(ValidationError, match="This link is over"):
        registers.mark(session=other, taps=[], rest=True, by=None, link=link)
    register_links.end(link=link, by=fran)
    assert client.get(path).status_code == 404
    with pytest.raises(ValidationError, match="This link is over"):
        registers.mark(session=session, taps=[], rest=True, by=None, link=link)
    assert HistoryLine.objects.filter(verb="register_link_ended", by=fran).count() == 1


def test_link_ends_with_the_address_it_went_to() -> None:
    _, link, path, _ = given()
    RegisterLink.objects.filter(pk=link.pk).update(email="other@school.example")

    assert register_link_of(path.split("/")[3], timezone.now()) is None


def test_link_adds_somebody_who_is_not_on_the_list() -> None:
    _, link, path, _ = given()
    create_school(name="Ashfield Infants")

    answer = Client().post(f"{path}add/", {"name": "Jo Bell", "school": "Ashfield Infants"})

    row = Attendance.objects.to_sort_out().get()
    assert (answer.status_code, row.person.name, row.marks.get().link) == (302, "Jo Bell", link)


def test_link_says_that_all_is_marked_and_the_lead_is_told() -> None:
    session, link, path, fran = given()
    client = Client()

    client.post(path, {"then": "done"})
    client.post(path, {"then": "done"})

    tell_acts()
    notice = Notice.objects.get(kind="register_done")
    link.refresh_from_db()
    assert link.done_at is not None
    assert (notice.to, notice.subject) == (
        fran.email,
        f"Kit Moss has taken the register: {session.work_group}, session 1",
    )
    assert HistoryLine.objects.filter(verb="register_link_done").count() == 1


def test_session_links_gives_shows_once_and_ends(log_in: Callable[[User], Client]) -> None:
    fran = create_user()
    session = create_running_session(leads=[fran])
    client, page = log_in(fran), f"/sessions/{session.pk}/register/links/"

    shown = client.post(page, {"act": "give", "name": "Kit Moss", "email": "kit@school.example"}, follow=True)
    again = client.get(page)
    link = RegisterLink.objects.get()
    opened = Client().get("/registers/link/" + shown.context["given"].split("/registers/link/")[1])
    client.post(page, {"act": "end", "link": link.pk})

    link.refresh_from_db()
    assert opened.status_code == 200
    assert (shown.context["given"] in shown.content.decode(), b"id_given" in again.content) == (True, False)
    assert b"Kit Moss" in again.content
    assert link.ended_at is not None


def test_erase_takes_the_address_and_the_name_of_who_had_a_link() -> None:
    person = create_user(name="Kit Moss", email="kit@school.example")
    _, link, path, _ = given()

    rights.erase(person=person, by=create_hub_staff())

    link.refresh_from_db()
    assert (link.email, "Kit" in link.name) == ("", False)
    assert Client().get(path).status_code == 404


def test_address_of_a_link_goes_thirty_days_after_the_session() -> None:
    _, link, _, _ = given()
    rule = next(rule for rule in RETENTION if "by a link" in rule.what)
    later = timezone.now() + timedelta(days=31)

    rule.dispose(rule.due(later), later)

    link.refresh_from_db()
    assert (link.email, link.name, rule.due(later).count()) == ("", "Kit Moss", 0)
