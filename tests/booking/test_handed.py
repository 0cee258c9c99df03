"""Lists that are handed in: what each row would do, what is taken in once somebody agrees, and what is not."""

import io
import zipfile
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import Workbook, load_workbook

from accounts.actions import rights
from accounts.models import HistoryLine, Membership, User
from accounts.personal import retention_rules
from booking.actions import handed, registers
from booking.handing import take_lists_in
from booking.intake import plan
from booking.intake.columns import guess
from booking.integrity import violations
from booking.models import Attendance, Booking, CalendarEntry, HandedList, KnownHeading, Mark, PastEngagement
from booking.reports.handed import known_headings
from booking.spreadsheets import read_text
from notifications.delivery import drain
from notifications.models import Notice
from tests.factories import (
    create_booking,
    create_came,
    create_hub_staff,
    create_lead,
    create_project,
    create_school,
    create_session,
    create_teacher,
    create_work_group,
)

pytestmark = pytest.mark.django_db(transaction=True)


def hand_in(kind: str, rows: str, *, by: User | None = None, **said: Any) -> HandedList:
    """A pasted list whose headings say what its columns are, looked at and not agreed to."""
    by = by or User.objects.hub_staff().first() or create_hub_staff()
    one = handed.hand_in(
        kind=kind, name="", read=read_text(rows.replace("; ", "\t").replace(";", "\t"), most_rows=100), by=by
    )
    columns = guess(kind, one.heading, {})
    return handed.say_columns(handed=one, columns=columns, by=by, **said)


def said(one: HandedList) -> list[tuple[int, str, str]]:
    """(line, what, words) of each row; of a bad one what is wrong."""
    return [(line.number, line.what or "bad", line.problem or line.words) for line in plan(one, timezone.now())]


def take_in(one: HandedList) -> HandedList:
    handed.agree(handed=one, by=User.objects.hub_staff()[0])
    assert take_lists_in() == 1
    one.refresh_from_db()
    assert one.state == HandedList.State.DONE
    assert list(violations()) == []
    return one


PEOPLE = """Name; E-mail; URN; School; Postcode; Books; Role
Kim Bell; kim@oakfield.example; 900111; ; ; yes; Maths lead
Tom Teasel; ; ; Oakfield Primary; ; ;
Jo Marsh; jo@elm.example; ; St Peter’s; LE2 1AB; no; ECT
Al Fox; al@elm.example; ; St Peter's; ; no;
Al Fox; al at elm; 900111; ; ; no;
; none@elm.example; 900111; ; ; ;
Di Ash; di@elm.example; 999999; ; ; ;
Kim Bell; kim@oakfield.example; 900111; ; ; yes; Maths lead
"""


def people() -> HandedList:
    create_school(name="Oakfield Primary", urn="900111")
    create_school(name="St Peter's", postcode="LE2 1AB", urn="900112")
    create_school(name="St Peter's", postcode="LE3 1AB", urn="900113")
    return hand_in("people", PEOPLE)


def test_people_each_row_says_what_it_would_do_and_nothing_is_written() -> None:
    one = people()

    assert said(one) == [
        (2, "new", "Becomes known at Oakfield Primary, and books for it."),
        (3, "new", "Becomes known at Oakfield Primary."),
        (4, "new", "Becomes known at St Peter's."),
        (5, "bad", "2 schools are called “St Peter's”. Give the URN or the postcode."),
        (6, "bad", "“al at elm” is no e-mail address."),
        (7, "bad", "There is no name in it."),
        (8, "bad", "No school has the URN 999999."),
        (9, "there", "The same as row 2."),
    ]
    assert (Membership.objects.count(), User.objects.filter(hub_role="").count()) == (0, 0)


def test_people_are_taken_in_all_at_once_and_the_bad_rows_are_kept_for_a_month() -> None:
    one = take_in(people())

    members = [
        (one.person.name, one.person.email, one.person.job, one.role, one.state)
        for one in Membership.objects.select_related("person")
    ]
    assert members == [
        ("Jo Marsh", "jo@elm.example", "ECT", "teacher", "invited"),
        ("Kim Bell", "kim@oakfield.example", "Maths lead", "lead", "invited"),
        ("Tom Teasel", None, "", "teacher", "invited"),
    ]
    assert one.not_taken[0][2] == "2 schools are called “St Peter's”. Give the URN or the postcode."
    assert (one.rows, [what for _, what, _, _ in one.done]) == ("", ["new", "new", "new", "there"])
    drain()
    assert Notice.objects.count() == 0


def test_people_taken_in_twice_are_there_already() -> None:
    take_in(people())

    again = hand_in("people", PEOPLE)

    assert [what for _, what, _ in said(again)] == ["there", "there", "there", "bad", "bad", "bad", "bad", "there"]
    assert take_in(again).not_taken != []
    assert (Membership.objects.count(), HistoryLine.objects.filter(verb="invited").count()) == (3, 3)


def test_people_are_written_to_where_the_office_wants_it() -> None:
    create_school(name="Oakfield Primary", urn="900111")
    take_in(hand_in("people", "Name; E-mail; URN\nKim Bell; kim@oakfield.example; 900111", tells=True))

    drain()

    assert [notice.to for notice in Notice.objects.all()] == ["kim@oakfield.example"]


def test_people_known_already_change_their_part_and_are_never_doubled() -> None:
    school = create_school(name="Oakfield Primary", urn="900111")
    create_teacher(school=school, name="Kim Bell", email="kim@oakfield.example", job="ECT")
    create_teacher(school=school, name="Tom Teasel", email=None)
    rows = """Name; E-mail; URN; Books; Role
Kimberley Bell; KIM@oakfield.example; 900111; yes; Maths lead
Tom Teasel; ; 900111; ;
Tom Teasel; tom@oakfield.example; 900111; ;"""

    one = hand_in("people", rows)
    words = said(one)
    take_in(one)

    assert words == [
        (2, "changed", "Known at Oakfield Primary; books for the school from now on, role in school: Maths lead."),
        (3, "there", "Known at Oakfield Primary already."),
        (
            4,
            "bad",
            "Tom Teasel is known at Oakfield Primary without an address. Open them and add it, or leave it out here.",
        ),
    ]
    kim = Membership.objects.get(person__email="kim@oakfield.example")
    assert (kim.person.name, kim.role, kim.person.job) == ("Kim Bell", "lead", "Maths lead")


def test_people_of_whom_only_the_role_in_school_changes_do_not_book_by_it() -> None:
    school = create_school(urn="900111")
    create_teacher(school=school, name="Kim Bell", email="kim@oakfield.example", job="ECT")
    rows = "Name; E-mail; URN; Role\nKim Bell; kim@oakfield.example; 900111; Maths lead"

    one = take_in(hand_in("people", rows))

    (line,) = HistoryLine.objects.filter(details__has_key="people")
    kim = Membership.objects.get()
    assert (kim.role, kim.person.job) == ("teacher", "Maths lead")
    assert (line.verb, line.details) == (
        "person_edited",
        {"membership": kim.pk, "role": "teacher", "list": one.pk, "people": [kim.person_id]},
    )


def test_people_of_a_closed_school_belong_to_the_one_that_took_it_in() -> None:
    into = create_school(name="Elm Academy", urn="900115")
    create_school(name="Elm Juniors", urn="900114", status="2", merged_into=into)
    create_school(name="Ash Juniors", urn="900116", status="2")

    one = hand_in("people", "Name; URN\nKim Bell; 900114\nJo Marsh; 900116")

    assert said(one) == [
        (2, "new", "Becomes known at Elm Academy."),
        (3, "bad", "Ash Juniors has closed, and no school is known that goes on from it."),
    ]


def test_people_who_asked_to_be_forgotten_do_not_come_back_by_a_list() -> None:
    school, staff = create_school(urn="900111"), create_hub_staff()
    gone = create_teacher(school=school, name="Zed Gone", email="zed@oakfield.example")
    rights.erase(person=gone, by=staff)

    one = hand_in("people", "Name; E-mail; URN\nZed Gone; zed@oakfield.example; 900111")

    assert said(one) == [(2, "bad", "Whoever has this address asked to be forgotten. They can sign up themselves.")]


def test_bookings_are_made_by_the_rules_with_names_and_names_to_follow() -> None:
    create_school(name="Oakfield Primary", urn="900111")
    elm = create_school(name="Elm Primary", urn="900112")
    create_teacher(school=elm, name="Jo Marsh", email="jo@elm.example")
    group = create_work_group(title="Bars", capacity=3)
    rows = """Work group; URN; Name; E-mail; Places
Bars; 900111; Kim Bell; kim@oakfield.example;
Bars; 900111; ; ; 1
bars; 900112; Jo Marsh; ;
Bars; 900112; Al Fox; al@elm.example;
Cubes; 900112; Al Fox; al@elm.example;"""

    one = hand_in("bookings", rows)
    words = said(one)
    take_in(one)

    assert words == [
        (2, "new", "Oakfield Primary on Bars: 2 places booked."),
        (3, "new", "Oakfield Primary on Bars: 2 places booked."),
        (4, "new", "Elm Primary on Bars: 2 places, on the waiting list."),
        (5, "new", "Elm Primary on Bars: 2 places, on the waiting list."),
        (6, "bad", "No work group is called “Cubes”."),
    ]
    first, second = Booking.objects.order_by("pk")
    assert [(one.status, one.places.count()) for one in (first, second)] == [("confirmed", 2), ("waiting", 2)]
    assert [place.person.name if place.person else "" for place in first.places.all()] == ["Kim Bell", ""]
    group.refresh_from_db()
    assert (group.taken, group.waiting) == (2, 1)
    assert CalendarEntry.objects.filter(person__email="kim@oakfield.example").count() == 3
    drain()
    assert {notice.to for notice in Notice.objects.filter(sequence=None)} >= {"kim@oakfield.example"}


def test_bookings_that_would_fit_wait_behind_a_row_that_waits() -> None:
    for urn in ("900111", "900112", "900113"):
        create_school(name=f"School {urn}", urn=urn)
    create_work_group(title="Bars", capacity=3)
    rows = "Work group; URN; Places\nBars; 900111; 2\nBars; 900112; 2\nBars; 900113; 1"

    one = hand_in("bookings", rows)
    words = [words for _, _, words in said(one)]
    take_in(one)

    assert words == [
        "School 900111 on Bars: 2 places booked.",
        "School 900112 on Bars: 2 places, on the waiting list.",
        "School 900113 on Bars: 1 place, on the waiting list.",
    ]
    assert [booking.status for booking in Booking.objects.order_by("pk")] == ["confirmed", "waiting", "waiting"]


def test_bookings_taken_in_twice_book_nothing_twice_and_name_who_was_to_follow() -> None:
    create_school(name="Oakfield Primary", urn="900111")
    create_work_group(title="Bars")
    rows = "Work group; URN; Name; Places\nBars; 900111; Kim Bell; \nBars; 900111; ; 1"
    take_in(hand_in("bookings", rows))

    again = said(hand_in("bookings", rows))
    named = hand_in("bookings", "Work group; URN; Name\nBars; 900111; Kim Bell\nBars; 900111; Jo Marsh")
    words = said(named)
    take_in(named)
    full = said(hand_in("bookings", "Work group; URN; Name\nBars; 900111; Al Fox"))

    assert again == [
        (2, "there", "Kim Bell has a place in Bars already."),
        (3, "there", "Oakfield Primary has booked Bars already."),
    ]
    assert words == [
        (2, "there", "Kim Bell has a place in Bars already."),
        (3, "changed", "Jo Marsh takes a place of Oakfield Primary kept for a name to follow."),
    ]
    assert full[0][1:] == (
        "bad",
        "Oakfield Primary has booked Bars already, and no place of it waits for a name. Open the booking.",
    )
    booking = Booking.objects.get()
    assert {place.person.name for place in booking.places.all() if place.person} == {"Kim Bell", "Jo Marsh"}


def test_bookings_of_groups_that_have_begun_tell_nobody_of_what_is_past() -> None:
    create_school(name="Oakfield Primary", urn="900111")
    begun = create_work_group(title="Bars", sessions=1, head_agreement="needed")
    create_session(work_group=begun, days=-20, number=0)
    over = create_work_group(title="Cubes", sessions=0)
    create_session(work_group=over, days=-20)
    rows = """Work group; URN; Name; E-mail
Bars; 900111; Kim Bell; kim@oakfield.example
Cubes; 900111; Kim Bell; kim@oakfield.example"""

    one = hand_in("bookings", rows)
    words = said(one)
    take_in(one)
    drain()

    assert words[1] == (
        3,
        "new",
        "Oakfield Primary on Cubes: 1 place booked. Nobody is written to about what is past.",
    )
    assert [booking.status for booking in Booking.objects.all()] == ["confirmed", "confirmed"]
    assert CalendarEntry.objects.count() == 1
    assert [notice.kind for notice in Notice.objects.all()] == ["invite"]


def test_bookings_name_by_name_take_in_who_can_come_and_refuse_the_others_alone() -> None:
    oakfield, elm = create_school(name="Oakfield Primary", urn="900111"), create_school(urn="900112")
    group = create_work_group(title="Bars")
    create_booking(work_group=group, school=oakfield, people=[None, None], by=create_hub_staff())
    jo = create_teacher(school=oakfield, name="Jo Marsh")
    Membership.objects.create(school=elm, person=jo, state=Membership.State.ACTIVE)
    create_booking(work_group=group, school=elm, people=[jo], by=create_hub_staff())

    one = take_in(hand_in("bookings", "Work group; URN; Name\nBars; 900111; Kim Bell\nBars; 900111; Jo Marsh"))

    assert one.not_taken == [(3, ["Bars", "900111", "Jo Marsh"], "Jo Marsh already has a place in this group.")]
    assert [(number, what) for number, what, _, _ in one.done] == [(2, "changed")]


def test_bookings_name_somebody_new_for_one_place_alone() -> None:
    school = create_school(name="Oakfield Primary", urn="900111")
    group = create_work_group(title="Bars")
    create_booking(work_group=group, school=school, people=[None, None], by=create_hub_staff())

    one = hand_in("bookings", "Work group; URN; Name\nBars; 900111; Kim Bell\nBars; 900111; Kim Bell")

    assert [words for _, _, words in said(one)] == ["Kim Bell stands in two rows of this booking."] * 2


def test_bookings_name_people_in_groups_that_have_begun_without_a_word_about_what_is_past() -> None:
    school = create_school(name="Oakfield Primary", urn="900111")
    group = create_work_group(title="Bars", sessions=1)
    create_session(work_group=group, days=-20, number=0)
    create_booking(work_group=group, school=school, people=[None], by=create_hub_staff(), looking_back=True)
    rows = "Work group; URN; Name; E-mail\nBars; 900111; Kim Bell; kim@oakfield.example"

    one = hand_in("bookings", rows)
    words = said(one)
    take_in(one)
    drain()

    assert words[0][2] == (
        "Kim Bell takes a place of Oakfield Primary kept for a name to follow. Nobody is written to about what is past."
    )
    assert [(notice.to, notice.kind) for notice in Notice.objects.all()] == [("kim@oakfield.example", "invite")]


def test_bookings_against_a_rule_need_the_offices_reason() -> None:
    create_school(name="Oakfield Primary", urn="900111")
    create_work_group(title="Bars", people_to=1)
    rows = "Work group; URN; Name\nBars; 900111; Kim Bell\nBars; 900111; Jo Marsh"

    without = said(hand_in("bookings", rows))
    one = take_in(hand_in("bookings", rows, words="Agreed on the telephone"))

    assert without[0][1:] == (
        "bad",
        "Bars takes at most 1 people from a school. Under “Change the columns” you can say why you book more.",
    )
    assert one.not_taken == []
    assert "Agreed on the telephone" in HistoryLine.objects.get(verb="booked").reason


def test_bookings_refused_when_they_are_made_are_kept_with_the_reason() -> None:
    create_school(name="Oakfield Primary", urn="900111")
    group = create_work_group(title="Bars")
    one = hand_in("bookings", "Work group; URN; Name\nBars; 900111; Kim Bell")
    handed.agree(handed=one, by=User.objects.hub_staff()[0])
    group.status = "cancelled"
    group.save()

    take_lists_in()

    one.refresh_from_db()
    assert one.not_taken == [(2, ["Bars", "900111", "Kim Bell"], "Bars was called off.")]
    assert Booking.objects.count() == 0


def test_bookings_of_a_meeting_mean_the_one_of_that_day_that_takes_place() -> None:
    create_school(name="Oakfield Primary", urn="900111")
    network = create_work_group(title="Network", sessions=0, unit="session")
    create_session(work_group=network, days=14, status="cancelled")
    create_session(work_group=network, days=14, number=2)
    create_session(work_group=network, days=21, status="cancelled")
    for number in (3, 4):
        create_session(work_group=network, days=28, number=number)
    days = [timezone.localdate() + timedelta(days=days) for days in (14, 21, 28, 35)]
    rows = "".join(f"\nNetwork; 900111; Kim Bell; {day:%d/%m/%Y}" for day in days)

    one = hand_in("bookings", "Work group; URN; Name; Meeting" + rows)

    assert [words for _, _, words in said(one)] == [
        "Oakfield Primary on Network: 1 place booked.",
        f"Network, meeting on {days[1]:%d/%m/%Y}, was cancelled.",
        f"Network has 2 meetings on {days[2]:%d/%m/%Y}, and this does not say which.",
        f"Network has no meeting on {days[3]:%d/%m/%Y}.",
    ]


def test_bookings_with_one_bad_row_are_not_made_in_half() -> None:
    create_school(name="Oakfield Primary", urn="900111")
    create_work_group(title="Bars")

    one = hand_in("bookings", "Work group; URN; Name; E-mail\nBars; 900111; Kim Bell;\nBars; 900111; Jo; nothing")

    assert [words for _, _, words in said(one)] == [
        "Row 3, of the same booking, cannot be taken in as it is.",
        "“nothing” is no e-mail address.",
    ]


PAST = """URN; Project; School year; Started; Outcome
900111; Mastery; 2023-24; ; completed
900099; Mastery; 2022/23; no; withdrew
900111; Mastery; 2041-42; ;
900111; Mastery; 2023-27; ;
900111; Mastery; 2021; no; completed
900111; ; 2021; ;
"""


def test_past_years_are_held_by_any_urn_the_school_bore_and_change_when_they_differ() -> None:
    school = create_school(name="Oakfield Primary", urn="900111")
    school.urns.create(urn="900099", closed_on="2020-08-31")
    project = create_project(title="Mastery")

    one = hand_in("past-years", PAST, words="The return of July 2024")
    words = said(one)
    take_in(one)
    again = said(hand_in("past-years", PAST))
    changed = hand_in("past-years", "URN; Project; Year; Outcome\n900111; mastery; 2023; withdrew")
    change = said(changed)
    take_in(changed)

    assert words == [
        (2, "new", "Oakfield Primary: Mastery, 2023-24, completed."),
        (3, "new", "Oakfield Primary: Mastery, 2022-23, withdrew before it started."),
        (4, "bad", "2041-42 has not begun yet."),
        (5, "bad", "“2023-27” is no school year. Write it as 2023-24."),
        (6, "bad", "Who completed had started."),
        (7, "bad", "There is no project in it."),
    ]
    assert [what for _, what, _ in again[:2]] == ["there", "there"]
    assert change == [(2, "changed", "Oakfield Primary: mastery, 2023-24: completed becomes started and withdrew.")]
    held = PastEngagement.objects.get(year=2023)
    assert (held.title, held.project, held.outcome, held.source) == ("Mastery", project, "withdrew", "Not given")
    line = HistoryLine.objects.filter(verb="past_years_taken_in").first()
    assert line in HistoryLine.objects.about(school)


class Autumn:
    """A group with two sessions that have been, and a pair that booked it."""

    def __init__(self) -> None:
        self.staff = create_hub_staff()
        self.school = create_school(name="Oakfield Primary", urn="900111")
        self.kim = create_teacher(school=self.school, name="Kim Bell", email="kim@oakfield.example")
        self.tom = create_teacher(school=self.school, name="Tom Teasel", email=None)
        self.group = create_work_group(title="Bars", sessions=0)
        self.first = create_session(work_group=self.group, days=-20, number=1)
        self.second = create_session(work_group=self.group, days=-6, number=2)
        create_session(work_group=self.group, days=14, number=3)
        lead = create_lead(school=self.school)
        create_booking(work_group=self.group, by=lead, people=[self.kim, self.tom])


def test_attendance_becomes_marks_on_the_registers_of_each_session() -> None:
    autumn = Autumn()
    visitor = create_teacher(school=autumn.school, name="Vi Sitor")
    day = timezone.localdate(autumn.second.starts_at)
    rows = f"""Work group; Session; Date; Name; E-mail; URN; Mark; Minutes
Bars; 1; ; Kim Bell; kim@oakfield.example; ; Present;
Bars; 1; ; Tom Teasel; ; 900111; late; 20
Bars; ; {day:%d %B %Y} 13:15; Tom Teasel; ; ; apologies;
Bars; Session 2 of 3; ; Vi Sitor; ; 900111; yes;
Bars; 3; ; Kim Bell; kim@oakfield.example; ; Present;
Bars; 9; ; Kim Bell; kim@oakfield.example; ; Present;
Bars; 1; ; Nobody Known; ; 900111; present;
Bars; 2; ; Kim Bell; ; 900111; perhaps;
Bars; 2; 31/06/2026; Kim Bell; ; 900111; present;
Bars; 1; ; Kim Bell; kim@oakfield.example; ; Absent;"""

    one = hand_in("attendance", rows)
    words = said(one)
    take_in(one)

    assert words == [
        (2, "new", "Kim Bell, Bars, session 1: present."),
        (3, "new", "Tom Teasel, Bars, session 1: late."),
        (4, "new", "Tom Teasel, Bars, session 2: apologies."),
        (5, "new", "Vi Sitor, Bars, session 2: present."),
        (6, "bad", "Bars, session 3, has not been yet."),
        (7, "bad", "Bars has no session 9."),
        (8, "bad", "Nobody called Nobody Known is known at this school. Take the people in first."),
        (9, "bad", "“perhaps” is no mark. Write present, late, left early, apologies or absent."),
        (10, "bad", "“31/06/2026” is no day: June 2026 has 30 days."),
        (11, "bad", "Row 2 says something else of the same."),
    ]
    marked = {
        (row.session.number, row.person.name): (str(row.standing_mark), row.place is not None, row.school)
        for row in Attendance.objects.filter(standing_mark__isnull=False).select_related("session", "person", "school")
    }
    assert marked == {
        (1, "Kim Bell"): ("Present", True, autumn.school),
        (1, "Tom Teasel"): ("Late", True, autumn.school),
        (2, "Tom Teasel"): ("Apologies", True, autumn.school),
        (2, "Vi Sitor"): ("Present", False, autumn.school),
    }
    assert Attendance.objects.to_sort_out().get().person == visitor


def test_attendance_of_two_sessions_on_one_day_needs_the_number() -> None:
    autumn = Autumn()
    create_session(work_group=autumn.group, days=-6, number=4)
    day = timezone.localdate(autumn.second.starts_at)
    rows = "".join(f"\nBars; {number}; {day:%d/%m/%Y}; Kim Bell; present" for number in ("", 4, 1))

    one = hand_in("attendance", "Work group; Session; Date; Name; Mark" + rows)

    assert [words for _, _, words in said(one)] == [
        f"Bars has 2 sessions on {day:%d/%m/%Y}, and this does not say which.",
        "Kim Bell, Bars, session 4: present.",
        f"Bars has no session 1 on {day:%d/%m/%Y}.",
    ]


def test_attendance_taken_in_twice_marks_nothing_twice() -> None:
    Autumn()
    rows = "Work group; Session; E-mail; Mark\nBars; 1; kim@oakfield.example; present"
    take_in(hand_in("attendance", rows))

    again = hand_in("attendance", rows)
    words = said(again)
    take_in(again)

    assert words == [(2, "there", "kim@oakfield.example, Bars, session 1: present, as marked already.")]
    assert Mark.objects.count() == 1


def test_attendance_changes_a_signed_register_only_with_a_reason_that_is_kept() -> None:
    autumn = Autumn()
    create_came(session=autumn.first, people=[autumn.kim, autumn.tom])
    registers.sign(session=autumn.first, by=autumn.staff)
    rows = "Work group; Session; E-mail; Mark\nBars; 1; kim@oakfield.example; absent"

    without = hand_in("attendance", rows)
    refused = said(without)
    with pytest.raises(ValidationError, match="No row of it can be taken in"):
        handed.agree(handed=without, by=autumn.staff)
    take_in(hand_in("attendance", rows, words="The paper register was found"))

    assert refused == [
        (2, "bad", "The register of Bars, session 1, is signed. Under “Change the columns” you can say why.")
    ]
    mark = Attendance.objects.get(session=autumn.first, person=autumn.kim).standing_mark
    assert mark is not None
    assert (mark.what, mark.amendment) == ("absent", "The paper register was found")
    assert HistoryLine.objects.get(verb="register_amended").reason == "The paper register was found"


def test_attendance_of_a_register_signed_meanwhile_is_left_out() -> None:
    autumn = Autumn()
    create_came(session=autumn.first, people=[autumn.tom])
    one = hand_in("attendance", "Work group; Session; E-mail; Mark\nBars; 1; kim@oakfield.example; present")
    handed.agree(handed=one, by=autumn.staff)
    registers.sign(session=autumn.first, by=autumn.staff)

    take_lists_in()

    one.refresh_from_db()
    assert [why for _, _, why in one.not_taken] == [
        "The register of Bars, session 1, is signed. Under “Change the columns” you can say why."
    ]


def test_headings_are_guessed_and_what_the_office_said_goes_first_next_time() -> None:
    staff = create_hub_staff()
    head = ["Teacher", "E-mail address", "URN", "Establishment", "Shoe size"]
    first = guess("people", head, {})
    one = handed.hand_in(
        kind="people", name="", read=read_text("\t".join(head) + "\nKim\t\t900111\t\t5", most_rows=9), by=staff
    )

    handed.say_columns(handed=one, columns=first | {"job": 4}, by=staff)

    assert first == {"name": 0, "email": 1, "urn": 2, "school": 3}
    assert guess("people", head, known_headings("people")) == first | {"job": 4}
    assert guess("people", ["Name"], known_headings("people")) == {"name": 0}
    assert KnownHeading.objects.count() == 5


def test_columns_that_are_needed_or_twice_are_asked_for() -> None:
    staff = create_hub_staff()
    one = handed.hand_in(kind="people", name="", read=read_text("A\tB\n1\t2", most_rows=9), by=staff)

    with pytest.raises(ValidationError) as lacks:
        handed.say_columns(handed=one, columns={}, by=staff)
    with pytest.raises(ValidationError, match="cannot hold two things"):
        handed.say_columns(handed=one, columns={"name": 0, "urn": 0}, by=staff)

    assert lacks.value.messages == [
        "Say which column has the name.",
        "Say which column has the school: its URN, or its name.",
    ]


def test_rows_without_a_heading_are_refused(log_in: Callable[[User], Client]) -> None:
    client, url = log_in(create_hub_staff()), reverse("office_handed_create", args=["people"])

    response = client.post(url, {"rows": "Kim\tkim@oakfield.example\nJo\tjo@oakfield.example"})

    assert "looks like a row of the list" in response.text
    assert HandedList.objects.count() == 0


def workbook(rows: Sequence[Sequence[Any]]) -> SimpleUploadedFile:
    book, out = Workbook(), io.BytesIO()
    sheet = book.active
    for row in rows:
        sheet.append(row)
    if len(rows) > 2:
        sheet.merge_cells("A2:A3")
    book.save(out)
    return SimpleUploadedFile("people.xlsx", out.getvalue())


def bomb() -> SimpleUploadedFile:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/workbook.xml", b"0" * (201 * 1024 * 1024))
    return SimpleUploadedFile("bomb.xlsx", out.getvalue())


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (dict, "Choose a file, or paste the rows."),
        (lambda: {"rows": "Name"}, "There is a heading in it, and no row below it."),
        (lambda: {"rows": "Name\n" + "Kim\n" * 5001}, "At most 5,000 rows can be taken in at once."),
        (lambda: {"file": SimpleUploadedFile("a.xls", b"\xd0\xcf\x11\xe0" + b"x" * 99)}, "workbook of the old kind"),
        (lambda: {"file": SimpleUploadedFile("a.xlsx", b"PK nonsense")}, "This workbook cannot be read."),
        (lambda: {"file": SimpleUploadedFile("a.csv", b"")}, "There is nothing in this file."),
        (lambda: {"file": bomb()}, "far larger than it looks"),
        (lambda: {"rows": "x", "file": workbook([["Name"], ["Kim"]])}, "Send one of them."),
    ],
)
def test_what_cannot_be_read_is_refused_in_a_sentence(
    given: Callable[[], dict[str, Any]], words: str, log_in: Callable[[User], Client]
) -> None:
    client, url = log_in(create_hub_staff()), reverse("office_handed_create", args=["people"])

    response = client.post(url, given())

    assert (response.status_code, words in response.text) == (200, True)
    assert HandedList.objects.count() == 0


def test_pasted_rows_keep_their_columns_where_the_first_has_no_heading(log_in: Callable[[User], Client]) -> None:
    client, url = log_in(create_hub_staff()), reverse("office_handed_create", args=["people"])

    client.post(url, {"rows": "\tName\tURN\n1\tKim Bell\t900111\n"})

    one = HandedList.objects.get()
    assert (one.heading, one.lines) == (["", "Name", "URN"], [(2, ["1", "Kim Bell", "900111"])])


def test_list_from_file_to_done_in_the_office(log_in: Callable[[User], Client]) -> None:
    school = create_school(name="Oakfield Primary", urn="900111")
    client = log_in(create_hub_staff())
    file = workbook([["Name", "URN"], ["Kim Bell", 900111], [None, 900111], ["=1+1", 900112]])

    sent = client.post(reverse("office_handed_create", args=["people"]), {"file": file}, follow=True)
    one = HandedList.objects.get()
    looked = client.post(reverse("office_handed_columns", args=[one.pk]), {"name": "0", "urn": "1"}, follow=True)
    rest = client.get(reverse("office_handed_rest", args=[one.pk]), {"as": "xlsx"})
    agreed = client.post(reverse("office_handed_answer", args=[one.pk]), {"answer": "take"}, follow=True)
    take_lists_in()
    done = client.get(one.get_absolute_url())

    assert "Which column is what?" in sent.text
    assert "Take 1 row in" in looked.text
    assert "There is no name in it." in looked.text
    sheet = load_workbook(io.BytesIO(b"".join(rest.streaming_content))).worksheets[0]
    assert [row[-1] for row in sheet.iter_rows(values_only=True)] == [
        "Why it was not taken in",
        "Row 3: There is no name in it.",
        "Row 4: There is no name in it.",
    ]
    assert "being taken in" in agreed.text
    assert "new 1" in done.text
    assert reverse("office_school", args=[school.pk]) in done.text
    assert "Row 3." in done.text


def test_list_dropped_leaves_nothing_behind(log_in: Callable[[User], Client]) -> None:
    one, client = people(), log_in(User.objects.hub_staff()[0])

    client.post(reverse("office_handed_answer", args=[one.pk]), {"answer": "drop"})
    again = client.post(reverse("office_handed_answer", args=[one.pk]), {"answer": "take"}, follow=True)

    one.refresh_from_db()
    assert (one.state, one.rows, one.left) == ("dropped", "", "")
    assert "not waiting for an answer any more" in again.text
    assert take_lists_in() == 0


def test_list_stays_without_an_answer_that_is_one(log_in: Callable[[User], Client]) -> None:
    one, client = people(), log_in(User.objects.hub_staff()[0])

    client.post(reverse("office_handed_answer", args=[one.pk]))

    one.refresh_from_db()
    assert (one.state, len(one.lines)) == ("ready", 8)


def test_lists_are_named_and_waited_for_without_reading_their_rows(log_in: Callable[[User], Client]) -> None:
    one, client = people(), log_in(User.objects.hub_staff()[0])
    handed.agree(handed=one, by=User.objects.hub_staff()[0])

    with CaptureQueriesContext(connection) as queries:
        client.get(reverse("office_handed_lists"))
        client.get(one.get_absolute_url(), headers={"HX-Request": "true"})

    assert [one["sql"] for one in queries if '"booking_handedlist"."rows"' in one["sql"]] == []


def test_list_that_no_worker_survives_is_given_up_with_its_rows_kept() -> None:
    one = people()
    handed.agree(handed=one, by=User.objects.hub_staff()[0])
    HandedList.objects.update(attempts=3)

    take_lists_in()

    one.refresh_from_db()
    assert (one.state, len(one.not_taken), one.rows) == ("done", 8, "")
    assert (last := HistoryLine.objects.order_by("pk").last()) is not None
    assert (last.verb, last.by, last.details) == ("list_given_up", None, {"list": one.pk, "kind": "people"})


def test_retention_drops_lists_after_a_month_and_lets_their_rows_go() -> None:
    waiting, done, new = people(), hand_in("people", PEOPLE), hand_in("people", PEOPLE)
    take_in(done)
    old = timezone.now() - timedelta(days=31)
    HandedList.objects.filter(pk=waiting.pk).update(sent_at=old)
    HandedList.objects.filter(pk=done.pk).update(ended_at=old)

    (rule,) = [one for one in retention_rules() if one.what.startswith("Lists handed in")]
    count = rights.apply_rule(rule=rule, now=timezone.now())

    states = {one.pk: (one.state, one.rows, one.left) for one in HandedList.objects.all()}
    assert count == 2
    assert states[waiting.pk] == ("dropped", "", "")
    assert states[done.pk] == ("done", "", "")
    assert states[new.pk][0] == "ready"
    assert states[new.pk][1] != ""


@pytest.mark.parametrize("kind", ["people", "bookings", "past-years", "attendance"])
def test_lists_are_looked_at_with_as_many_questions_for_many_rows_as_for_few(kind: str) -> None:
    autumn = Autumn()
    head = "Work group; Session; Name; URN; Project; Year; Mark\n"
    row = "Bars; 1; {name}; 900111; {name}; ; present\n" if kind != "past-years" else "; ; ; 900111; {name}; 2021; \n"
    few, many = (
        hand_in(kind, head + "".join(row.format(name=f"Kim {letter}") for letter in letters), by=autumn.staff)
        for letters in ("a", "abcdefgh")
    )

    counted = []
    for one in (few, many):
        with CaptureQueriesContext(connection) as asked:
            plan(one, timezone.now())
        counted.append(len(asked))

    assert counted[0] == counted[1] <= 14


def test_erase_takes_somebody_out_of_lists_that_wait() -> None:
    school, staff = create_school(urn="900111"), create_hub_staff()
    person = create_teacher(school=school, name="Zebedee Quill", email="zeb@oakfield.example")
    rows = """First name; Surname; E-mail; URN
Zebedee; Quill; ; 900111
Quill; Zebedee; ; 900111
Z.; Q.; ZEB@oakfield.example; 900111
Zebedee; Marsh; ; 900111
Kim; Quill; ; 900111"""
    one = hand_in("people", rows, by=staff)
    one.keep("left", [[number, cells, "Zebedee Quill stands there."] for number, cells in one.lines])
    one.name = "For Zebedee Quill.xlsx"
    one.save()

    rights.erase(person=person, by=staff)

    one.refresh_from_db()
    others = [(5, ["Zebedee", "Marsh", "", "900111"]), (6, ["Kim", "Quill", "", "900111"])]
    assert (one.name, one.lines) == ("For ….xlsx", others)
    assert one.not_taken == [(*line, "… stands there.") for line in others]
