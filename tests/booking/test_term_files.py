"""Term dates from a file: a calendar or a table, every line in a preview, and only what was agreed is written."""

import io
import re
from collections.abc import Callable
from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import Workbook

from accounts.models import HistoryLine, User
from booking.actions import term_dates
from booking.actions.term_dates import HolidayRow
from booking.models import SchoolHoliday, WorkGroup
from booking.reports.term_files import rows_of
from booking.term_files import lines_of_calendar, lines_of_file, lines_of_text
from tests.factories import create_hub_staff, create_work_group

pytestmark = pytest.mark.django_db(transaction=True)

LogIn = Callable[[User], Client]
URL = "/office/term-dates/import/"
TODAY = date(2026, 11, 25)
CALENDAR = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//An authority//EN
BEGIN:VEVENT
UID:1
SUMMARY:February half term
DTSTART;VALUE=DATE:20270215
DTEND;VALUE=DATE:20270220
END:VEVENT
BEGIN:VEVENT
UID:2
SUMMARY:Summer term starts
DTSTART;VALUE=DATE:20270412
END:VEVENT
BEGIN:VEVENT
UID:3
SUMMARY:Closed at midnight
DTSTART;TZID=Europe/London:20270601T000000
DTEND;TZID=Europe/London:20270605T000000
END:VEVENT
BEGIN:VEVENT
UID:4
SUMMARY:Assembly
DTSTART;VALUE=DATE:20270104
RRULE:FREQ=WEEKLY
END:VEVENT
BEGIN:VEVENT
UID:5
SUMMARY:Some day
END:VEVENT
END:VCALENDAR
"""
TABLE = """Holiday\tFirst day\tLast day
Half term\t15/02/2027\t19/02/2027
Easter\tMonday 22nd March 2027\tFri 2 April 2027
Broken\t31/06/2027\t
Backwards\t2027-07-20\t2027-07-19
Easter week\t2027-03-29\t2027-04-02
Spring term\t04/01/2027\t12/02/2027
May Day\t03/05/2027\t
"""


def test_calendar_is_read_event_by_event() -> None:
    lines = lines_of_calendar(CALENDAR.encode())

    assert [(line.name, line.first, line.last, line.problem) for line in lines] == [
        ("February half term", date(2027, 2, 15), date(2027, 2, 19), ""),
        ("Summer term starts", date(2027, 4, 12), date(2027, 4, 12), ""),
        ("Closed at midnight", date(2027, 6, 1), date(2027, 6, 4), ""),
        ("Assembly", date(2027, 1, 4), date(2027, 1, 4), "It comes again and again; enter it by hand."),
        ("Some day", None, None, "It has no day that can be read."),
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Term dates of the council", "The first row says what stands in each column"),
        ("BEGIN:VCALENDAR\nnonsense", "cannot be read"),
        ("BEGIN:VCALENDAR\nVERSION:2.0\nEND:VCALENDAR", "no date in this calendar"),
        ("Holiday\tFirst day\n" + "Easter\t01/04/2027\n" * 401, "At most 400 rows"),
    ],
)
def test_what_is_no_list_of_dates_is_refused_in_a_sentence(text: str, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        lines_of_text(text)


def test_workbook_is_read_like_what_is_pasted() -> None:
    book, body = Workbook(), io.BytesIO()
    sheet = book.active
    assert sheet
    for row in (["Authority", "Title", "Start date", "End date"], ["Leicester", "Easter", date(2027, 3, 22), None]):
        sheet.append(row)
    book.save(body)
    body.seek(0)

    [line] = lines_of_file(body, "dates.xlsx")

    assert (line.authority, line.name, line.first, line.last) == (
        "Leicester",
        "Easter",
        date(2027, 3, 22),
        date(2027, 3, 22),
    )


def test_rows_say_what_is_held_what_overlaps_and_what_wants_a_look() -> None:
    SchoolHoliday.objects.create(la_code="856", name="Half term", first_on="2027-02-15", last_on="2027-02-19")

    rows = rows_of(lines_of_text(TABLE), "856", TODAY)

    assert [(row.number, row.problem, row.doubt) for row in rows] == [
        (2, "It is held already, as “Half term”.", ""),
        (3, "", ""),
        (4, "“31/06/2027” is no day: June 2027 has 30 days.", ""),
        (5, "It ends before it begins.", ""),
        (6, "It overlaps line 3, “Easter”.", ""),
        (7, "", "It reads like days on which schools are open. Only days on which they are shut belong here."),
        (8, "", "It is a weekend or a bank holiday, and known already."),
    ]


def test_rows_of_an_authority_that_is_not_known_cannot_be_taken_in() -> None:
    lines = lines_of_text("Council,Holiday,From,To\nRutland,Easter,22/03/2027,02/04/2027\nNowhere,Easter,22/03/2027,\n")

    known, unknown = rows_of(lines, "856", TODAY)

    assert (known.la_code, known.problem) == ("857", "")
    assert "is no authority that the hub knows" in unknown.problem


def test_page_writes_what_was_ticked_and_nothing_before(log_in: LogIn) -> None:
    group, staff = create_work_group(), create_hub_staff()
    client = log_in(staff)
    data = {"authority": "856", "pasted": TABLE, "source": "The council's page"}

    preview = client.post(URL, data).content.decode()
    before = SchoolHoliday.objects.count()
    agreed = re.search(r'name="agreed" value="([^"]+)"', preview)
    assert agreed
    ticked = re.findall(r'name="take" value="(\d+)"[^>]* checked', preview)
    client.post(URL, {"agreed": agreed[1], "take": ticked})

    assert (before, "2 rows can be taken in, 2 want a look first, 3 cannot" in preview) == (0, True)
    assert list(SchoolHoliday.objects.values_list("la_code", "name", "first_on")) == [
        ("856", "Half term", date(2027, 2, 15)),
        ("856", "Easter", date(2027, 3, 22)),
    ]
    line = HistoryLine.objects.get(verb="holidays_imported")
    assert (line.reason, line.details["la_code"], line.by) == ("The council's page", "856", staff)
    assert WorkGroup.objects.get(pk=group.pk).revision == group.revision + (group.year == 2026)


def test_page_reads_pasted_rows_whose_first_column_has_no_heading(log_in: LogIn) -> None:
    client = log_in(create_hub_staff())

    pasted = "\tHoliday\tFirst day\n1\tHalf term\t15/02/2027\n"
    preview = client.post(URL, {"authority": "856", "pasted": pasted}).content.decode()

    assert "1 row can be taken in" in preview


def test_page_keeps_rows_and_ticks_where_one_cannot_stand_meanwhile(log_in: LogIn) -> None:
    client, staff = log_in(create_hub_staff()), create_hub_staff(email="other@hub.example")
    preview = client.post(URL, {"authority": "856", "pasted": TABLE, "source": "The council's page"}).content.decode()
    agreed = re.findall(r'name="agreed" value="([^"]+)"', preview)
    easter, spring = "1", "5"
    term_dates.take_in(rows=[HolidayRow("856", "Snow", date(2027, 3, 24), date(2027, 3, 24))], source="", by=staff)

    page = client.post(URL, {"agreed": agreed, "take": [easter, spring]}).content.decode()
    again = re.findall(r'name="agreed" value="([^"]+)"', page)
    client.post(URL, {"agreed": again, "take": [spring]})

    assert "“Easter”, Mon 22 Mar: “Snow” lies there meanwhile." in page
    assert re.findall(r'name="take" value="(\d+)"[^>]* checked', page) == [easter, spring]
    assert "“31/06/2027” is no day: June 2027 has 30 days." in page
    assert list(SchoolHoliday.objects.values_list("name", flat=True)) == ["Spring term", "Snow"]


def test_take_in_names_the_row_that_cannot_stand() -> None:
    rows = [HolidayRow("855", "", date(2027, 3, 22), date(2027, 4, 2))]

    with pytest.raises(ValidationError, match="“”, Mon 22 Mar: This field cannot be blank"):
        term_dates.take_in(rows=rows, source="", by=create_hub_staff())


def test_page_takes_a_calendar_file_and_refuses_what_was_altered(log_in: LogIn) -> None:
    client = log_in(create_hub_staff())

    file = SimpleUploadedFile("terms.ics", CALENDAR.encode())
    preview = client.post(URL, {"authority": "855", "file": file}).content.decode()
    altered = client.post(URL, {"agreed": "altered:text", "take": ["0"]}, follow=True).content.decode()
    both = client.post(URL, {"authority": "855", "file": SimpleUploadedFile("a.ics", b"x"), "pasted": "y"})
    rubbish = client.post(URL, {"authority": "855", "file": SimpleUploadedFile("a.ics", b"\x00\x01\x02")})

    assert ("February half term" in preview, "comes again and again" in preview) == (True, True)
    assert "This page is too old. Send the file again." in altered
    assert "one of the two" in both.content.decode()
    assert "does not begin as one does" in rubbish.content.decode()
    assert SchoolHoliday.objects.count() == 0


def test_take_in_refuses_all_where_one_row_cannot_stand_meanwhile() -> None:
    rows = [
        HolidayRow("855", "Easter", date(2027, 3, 22), date(2027, 4, 2)),
        HolidayRow("855", "Half term", date(2027, 2, 15), date(2027, 2, 19)),
    ]
    SchoolHoliday.objects.create(la_code="855", name="Snow", first_on="2027-02-19", last_on="2027-02-19")

    with pytest.raises(ValidationError, match="Nothing was kept"):
        term_dates.take_in(rows=rows, source="", by=create_hub_staff())
    with pytest.raises(ValidationError, match="Tick at least one row"):
        term_dates.take_in(rows=[], source="", by=create_hub_staff())

    assert SchoolHoliday.objects.count() == 1
