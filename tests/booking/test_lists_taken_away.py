"""Lists that are taken away: each with its columns, narrowed as asked; with names only to whom and why is said."""

import csv
import io
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from accounts.actions import rights
from accounts.models import HistoryLine, User
from accounts.personal import everything_about, retention_rules
from booking.actions import disclosures, needs, places
from booking.actions.disclosures import Taken
from booking.models import Attendance, Disclosure, ListProfile, Mark, PastEngagement, SchoolHoliday
from booking.models.places import Reason
from booking.reports.tables import every_list
from booking.reports.tables.listing import Asked, Chosen, Column, Listing
from booking.tables import written
from notifications.models import Notice
from tests.factories import (
    create_booking,
    create_came,
    create_certificate,
    create_hub_staff,
    create_lead,
    create_school,
    create_session,
    create_teacher,
    create_work_group,
)

pytestmark = pytest.mark.django_db(transaction=True)

TO_WHOM = {"to": "NCETM", "why": "funder", "words": ""}


class Hub:
    """A school that books a group with a past session, an absence with a reason, a need, and a place given up."""

    def __init__(self) -> None:
        self.staff = create_hub_staff()
        self.school = create_school(name="Oakfield Primary", urn="900111")
        self.lead = create_lead(school=self.school, name="Lena Marsh", email="lena@oakfield.example")
        self.teacher = create_teacher(school=self.school, name="Tom Teasel", email="tom@oakfield.example")
        fran = create_teacher(school=self.school, name="Fran Lovell")
        self.group = create_work_group(title="=Bars", sessions=2, capacity=2, leads=[fran])
        self.booking = create_booking(work_group=self.group, by=self.lead, people=[self.teacher, None])
        self.past = create_session(work_group=self.group, days=-7, number=9)
        (row,) = create_came(session=self.past, people=[self.teacher], what="apologies")
        Mark.objects.filter(pk=row.standing_mark_id).update(reason="Chemotherapy", note="Rang in tears")
        place = self.booking.places.get(person=self.teacher)
        needs.say(place=place, access="Wheelchair", food="Peanuts", contact_me=False, agreed=True, by=self.teacher)
        other = create_booking(work_group=create_work_group(title="Cubes"), people=1)
        places.withdraw(booking=other, reason=Reason.ILLNESS, by=other.made_by)
        create_booking(work_group=self.group)
        create_booking(work_group=create_work_group(title="Chosen", recruitment="application"))
        visitor = create_teacher(school=self.school, name="Vi Sitor")
        create_came(session=self.past, people=[visitor])
        create_certificate(person=self.teacher, school=self.school, work_group=self.group)
        SchoolHoliday.objects.create(la_code="855", name="Half term", first_on="2026-10-19", last_on="2026-10-23")
        PastEngagement.objects.create(
            school=self.school, title="Mastery", year=2023, source="Return", taken_in_at=timezone.now()
        )
        Notice.objects.create(kind="x", to="tom@oakfield.example", subject="Hello", text="Peanuts")


def rows_of(code: str, **asked: Any) -> list[dict[str, Any]]:
    listing = every_list()[code](Asked(**asked))
    table = listing.table(listing.chosen(None))
    found = [dict(zip(table.head, row, strict=True)) for row in table.rows]
    assert len(found) == listing.count()
    return found


def texts(response: Any) -> list[list[str]]:
    body = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(body)))


def test_lists_each_can_be_read_in_all_their_columns_and_narrowed_in_every_way() -> None:
    hub = Hub()
    narrow = Asked(
        q="a",
        year=hub.group.year,
        project=hub.group.project_id,
        group=hub.group.pk,
        session=hub.past.pk,
        school=hub.school.pk,
        phase="primary",
    )

    for make in every_list().values():
        for asked in (Asked(), narrow, Asked(status="confirmed")):
            listing = make(asked)
            chosen = [Chosen(one, one.head) for one in listing.columns]
            assert all(len(row) == len(chosen) for row in listing.table(chosen).rows)
            assert len(listing.words) <= 300


def test_lists_hold_neither_needs_nor_why_somebody_was_away() -> None:
    Hub()

    said = " ".join(str(list(row.values())) for code in every_list() for row in rows_of(code))

    assert "Tom Teasel" in said
    secret = ("Wheelchair", "Peanuts", "Chemotherapy", "tears", "Illness", "illness")
    assert [word for word in secret if word in said] == []


def test_lists_of_bookings_have_a_row_for_each_place_with_the_urn() -> None:
    hub = Hub()

    rows = rows_of("bookings", group=hub.group.pk, school=hub.school.pk)

    assert [(row["School"], row["URN"], row["Name"], row["Booking"]) for row in rows] == [
        ("Oakfield Primary", "900111", "Tom Teasel", "Confirmed"),
        ("Oakfield Primary", "900111", "", "Confirmed"),
    ]


def test_lists_of_who_came_say_the_mark_and_no_more() -> None:
    hub = Hub()

    rows = rows_of("attendance", group=hub.group.pk, status="apologies")

    assert [(row["Name"], row["Register"], row["On the list"]) for row in rows] == [("Tom Teasel", "Apologies", True)]
    assert [row["Name"] for row in rows_of("visitors")] == ["Vi Sitor"]


def test_lists_of_waiting_number_the_line() -> None:
    hub = Hub()
    create_booking(work_group=hub.group)

    rows = rows_of("waiting", group=hub.group.pk)

    assert [(row["Status"], row["Number in the line"], row["People"]) for row in rows] == [
        ("On the waiting list", 1, 2),
        ("On the waiting list", 2, 2),
    ]


def test_list_without_names_leaves_at_once(log_in: Callable[[User], Client]) -> None:
    hub = Hub()

    response = log_in(hub.staff).get(reverse("office_list", args=["groups"]), {"as": "csv", "q": "Bars"})

    rows = texts(response)
    assert rows[1][0] == "'=Bars"
    assert (len(rows), Disclosure.objects.count()) == (2, 0)


def test_list_with_names_asks_first_and_a_look_writes_nothing(log_in: Callable[[User], Client]) -> None:
    hub = Hub()
    client, url = log_in(hub.staff), reverse("office_list", args=["people"])

    asked = client.get(url, {"as": "csv"})
    empty = client.post(url, {"as": "csv"})
    without = client.post(url, {"as": "csv", "to": "Somebody", "why": "other"})

    assert "To whom does it go?" in asked.text
    assert "Say to whom it goes." in empty.text
    assert "Say in a few words what it is for." in without.text
    assert Disclosure.objects.count() == 0


def test_list_with_names_leaves_once_it_is_said_to_whom_and_that_is_kept(log_in: Callable[[User], Client]) -> None:
    hub = Hub()
    client, url = log_in(hub.staff), reverse("office_list", args=["bookings"])

    response = client.post(f"{url}?group={hub.group.pk}&year={hub.group.year}", TO_WHOM | {"as": "csv"})

    rows = texts(response)
    kept = Disclosure.objects.get()
    assert len(rows) == 1 + kept.rows == 5
    assert (kept.title, kept.to, kept.why, kept.by, kept.file) == ("Bookings", "NCETM", "funder", hub.staff, "csv")
    assert (kept.columns, kept.filters.endswith("=Bars")) == (rows[0], True)
    assert (list(kept.work_groups.all()), list(kept.schools.all()), kept.year) == ([hub.group], [], hub.group.year)
    assert HistoryLine.objects.about(kept).get().verb == "list_passed_on"
    assert "NCETM" in client.get(reverse("office_disclosures")).text
    assert 'value="NCETM"' in client.get(url).text  # for an hour the words are filled in


def test_list_as_a_workbook_opens_with_dates(log_in: Callable[[User], Client]) -> None:
    hub = Hub()
    url = reverse("office_list", args=["attendance"])

    response = log_in(hub.staff).post(url, TO_WHOM | {"as": "xlsx"})

    sheet = load_workbook(io.BytesIO(b"".join(response.streaming_content))).worksheets[0]
    head, *rows = sheet.iter_rows(values_only=True)
    starts = timezone.localtime(hub.past.starts_at).replace(tzinfo=None)
    assert [row[head.index("Starts")] for row in rows] == [starts, starts]
    assert sheet["A2"].data_type == "s"


def test_list_in_the_columns_of_a_profile_with_their_headings_and_codes(log_in: Callable[[User], Client]) -> None:
    hub = Hub()
    client, url = log_in(hub.staff), reverse("office_list_columns_create", args=["attendance"])
    given = {
        "name": "Return",
        "urn-wanted": "on",
        "urn-place": "1",
        "urn-head": "URN of school",
        "mark-wanted": "on",
        "mark-place": "2",
        "mark-codes": "Apologies = 2; Present = 1",
    }

    client.post(url, given)
    profile = ListProfile.objects.get()
    response = client.get(profile.get_absolute_url() + "&as=csv")

    # No column of it is about a person, so nothing is asked.
    head, *rows = texts(response)
    assert (head, sorted(rows)) == (["URN of school", "Register"], [["", "1"], ["900111", "2"]])
    assert "Codes" in client.get(reverse("office_list_columns", args=["attendance", profile.pk])).text


@pytest.mark.parametrize(
    ("value", "words"),
    [(True, "yes"), (False, "no"), (date(2026, 3, 2), "02/03/2026"), (7, "7"), ("Present", "Present")],
)
def test_code_stands_for_what_a_file_would_say(value: Any, words: str) -> None:
    assert Chosen(Column("any", "Any"), "Any", {words: "coded"}).cell([value]) == "coded"


@pytest.mark.parametrize("file", ["csv", "xlsx"])
def test_list_whose_rows_are_worked_out_is_worked_out_once_though_it_is_counted(file: str) -> None:
    worked_out = []

    def rows() -> Iterator[dict[str, int]]:
        worked_out.append(1)
        yield {"one": 1}
        yield {"one": 2}

    listing = Listing("any", "Any", [Column("one", "One")], rows, Asked())

    whole, count = written(listing.table(listing.defaults), file)

    with whole:
        assert (count, worked_out, len(whole.read()) > 0) == (2, [1], True)


@pytest.mark.parametrize("file", ["csv", "xlsx"])
def test_list_whose_rows_are_worked_out_leaves_with_their_number_written_down(
    log_in: Callable[[User], Client], file: str
) -> None:
    hub = Hub()
    url = reverse("office_list", args=["standing"])

    response = log_in(hub.staff).post(f"{url}?group={hub.group.pk}", TO_WHOM | {"as": file})

    whole = b"".join(response.streaming_content)
    lines = (
        whole.decode("utf-8-sig").splitlines()
        if file == "csv"
        else [*load_workbook(io.BytesIO(whole)).worksheets[0].iter_rows()]
    )
    kept = Disclosure.objects.get()
    assert (kept.rows, kept.file, len(lines)) == (2, file, 3)
    assert response["Content-Disposition"].endswith(f'.{file}"')


def test_profile_without_columns_of_a_taken_name_or_with_odd_codes_is_refused(log_in: Callable[[User], Client]) -> None:
    hub = Hub()
    client, url = log_in(hub.staff), reverse("office_list_columns_create", args=["groups"])
    good = {"name": "Return", "title-wanted": "on"}
    client.post(url, good)

    none = client.post(url, {"name": "Other"})
    again = client.post(url, good)
    odd = client.post(url, {"name": "Odd", "title-wanted": "on", "title-codes": "Present"})

    assert "Choose at least one column." in none.text
    assert "This list has columns of that name already." in again.text
    assert "“Present” is no code." in odd.text
    assert ListProfile.objects.count() == 1


def test_profile_removed_leaves_what_was_passed_on(log_in: Callable[[User], Client]) -> None:
    hub = Hub()
    profile = disclosures.save_profile(
        profile=None, list_code="groups", name="Return", columns=[("title", "", {})], by=hub.staff
    )

    log_in(hub.staff).post(reverse("office_list_columns_remove", args=["groups", profile.pk]))

    assert ListProfile.objects.count() == 0


def pass_on(hub: Hub, **fields: Any) -> Disclosure:
    known = {"list_code": "people", "title": "People", "filters": "", "columns": ["Name"], "rows": 3, "file": "csv"}
    taken = Taken(**known | fields)
    return disclosures.pass_on(taken=taken, to="NCETM", why="funder", words="", by=hub.staff)


def test_passed_on_stands_in_what_is_held_about_who_may_have_been_in_it() -> None:
    hub = Hub()
    stranger = create_teacher(school=create_school())
    pass_on(hub, title="Of their group", work_groups=[hub.group.pk])
    pass_on(hub, title="Of their school", schools=[hub.school.pk])
    pass_on(hub, title="Of their year", year=hub.group.year)
    pass_on(hub, title="Of another year", year=hub.group.year - 1)
    pass_on(hub, title="Of everybody")
    pass_on(hub, title="Of another group", work_groups=[create_work_group().pk])

    def titles(person: User) -> list[str]:
        return [one["list"] for one in everything_about(person)["passed_on"]]

    for person in (hub.teacher, hub.lead, User.objects.get(name="Fran Lovell")):  # who comes, who booked, who leads
        assert titles(person) == ["Of everybody", "Of their year", "Of their school", "Of their group"]
    assert titles(stranger) == ["Of everybody"]


def test_disclosure_without_words_for_something_else_is_refused() -> None:
    hub = Hub()
    taken = Taken("people", "People", "", ["Name"], 3, "csv")

    with pytest.raises(ValidationError, match="what it is for"):
        disclosures.pass_on(taken=taken, to="Somebody", why="other", words=" ", by=hub.staff)

    assert Disclosure.objects.count() == 0


def test_lists_ask_the_database_as_often_for_many_rows_as_for_few() -> None:
    hub = Hub()

    def asked(code: str) -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            rows_of(code)
        return len(queries)

    before = {code: asked(code) for code in every_list()}
    for number in range(3):
        create_came(session=hub.past, people=[create_teacher(school=create_school(urn=f"90020{number}"))])
        create_booking(work_group=create_work_group(sessions=1))
    Attendance.objects.update(sorted_at=None)

    assert {code: asked(code) for code in every_list()} == before


def test_list_that_there_is_not_is_not_found(log_in: Callable[[User], Client]) -> None:
    client = log_in(create_hub_staff())

    assert client.get(reverse("office_list", args=["nothing"])).status_code == 404
    assert client.get(reverse("office_list", args=["groups"]), {"profile": "999"}).status_code == 404


def test_list_keeps_what_it_is_narrowed_to_while_its_columns_are_chosen(log_in: Callable[[User], Client]) -> None:
    hub = Hub()
    client, narrowed = log_in(hub.staff), f"group={hub.group.pk}"
    url = reverse("office_list", args=["bookings"])

    start = client.get(f"{url}?{narrowed}").text
    create = reverse("office_list_columns_create", args=["bookings"])
    kept = client.post(f"{create}?{narrowed}", {"name": "Return", "status-wanted": "on"})
    profile = ListProfile.objects.get()
    shown = client.get(kept["Location"]).text
    edit = reverse("office_list_columns", args=["bookings", profile.pk])
    remove = reverse("office_list_columns_remove", args=["bookings", profile.pk])
    gone = client.post(f"{remove}?{narrowed}")

    assert f'href="{create}?{narrowed}"' in start
    assert kept["Location"] == f"{url}?profile={profile.pk}&{narrowed}"
    assert [f'href="?{narrowed}">As we have them' in shown, f'href="{edit}?{narrowed}"' in shown] == [True, True]
    assert gone["Location"] == f"{url}?{narrowed}"


def test_list_passed_on_says_it_was_narrowed_only_by_what_the_list_knows(log_in: Callable[[User], Client]) -> None:
    hub = Hub()
    client, address = log_in(hub.staff), f"?group={hub.group.pk}&year={hub.group.year}&status=nonsense"

    for code in ("people", "standing"):
        client.post(reverse("office_list", args=[code]) + address, TO_WHOM | {"as": "csv"}).close()

    standing, people = Disclosure.objects.order_by("list_code")[1], Disclosure.objects.order_by("list_code")[0]
    assert (list(people.work_groups.all()), people.year, people.filters) == ([], None, "")
    assert (list(standing.work_groups.all()), standing.year) == ([hub.group], hub.group.year)
    assert "nonsense" not in standing.filters


@pytest.mark.parametrize("year", ["5", "9999"])
def test_list_of_term_dates_of_a_year_that_is_none_is_of_all(log_in: Callable[[User], Client], year: str) -> None:
    hub = Hub()

    response = log_in(hub.staff).get(reverse("office_list", args=["term-dates"]), {"year": year, "as": "csv"})

    assert len(texts(response)) == 2


def test_retention_lets_go_what_was_passed_on_six_years_ago() -> None:
    hub = Hub()
    old, new = pass_on(hub), pass_on(hub)
    Disclosure.objects.filter(pk=old.pk).update(at=timezone.now() - timedelta(days=6 * 365 + 1))

    (rule,) = [one for one in retention_rules() if one.what.startswith("What was passed on")]
    count = rights.apply_rule(rule=rule, now=timezone.now())

    assert (count, list(Disclosure.objects.all())) == (1, [new])
