"""The office adds several sessions: by a rule, or pasted; every date is looked at before anything is written."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from booking.models import SchoolHoliday, Session, Venue, WorkGroup
from booking.reports.proposals import hosts_of
from booking.reports.venue_names import VenueNames
from booking.templatetags.words import day
from tests.factories import (
    create_booking,
    create_hub_staff,
    create_lead,
    create_school,
    create_venue,
    create_work_group,
)

pytestmark = pytest.mark.django_db(transaction=True)

TUESDAY = date(2031, 9, 23)
RULE = {
    "often": "w3",
    "weekday": "1",
    "first": "2031-09-22",
    "times": "3",
    "begins": "13:15",
    "ends": "16:00",
    "holidays": "leave_out",
    "authority": "all",
    "place": "online",
}


@pytest.fixture
def office(log_in: Callable[[User], Client]) -> Client:
    return log_in(create_hub_staff())


def draft(**fields: object) -> WorkGroup:
    return create_work_group(sessions=0, status="draft", year=2031, **fields)


def rows_of(response: HttpResponse) -> list[dict[str, object]]:
    """The rows as the page shows them, each as what its fields hold."""
    context = response.context  # type: ignore[attr-defined]  # a test's answer has it
    return [{name: row[name].value() for name in row.fields} for row in context["rows"]]


def posted(response: HttpResponse, **changes: str) -> dict[str, str]:
    """What the page of dates would send, with some of it changed."""
    context = response.context  # type: ignore[attr-defined]  # a test's answer has it
    data = {field.html_name: field.value() for row in context["rows"] for field in row}
    data |= {field.html_name: field.value() for field in context["rows"].management_form}
    data |= {field.html_name: field.value() for field in context["form"]}
    data["looked"] = context["looked"]
    kept = {name: value for name, value in data.items() if value not in (None, False)}
    return {name: "on" if value is True else str(value) for name, value in kept.items()} | changes


def rule(group: WorkGroup) -> str:
    return reverse("office_sessions_rule", args=[group.pk])


def paste(group: WorkGroup) -> str:
    return reverse("office_sessions_paste", args=[group.pk])


def starts(group: WorkGroup) -> list[str]:
    return [
        f"{timezone.localtime(one):%d %b %H:%M}" for one in group.sessions.values_list("starts_at", flat=True) if one
    ]


def test_office_sessions_rule_shows_every_date_and_writes_nothing(office: Client) -> None:
    group = draft()

    response = office.post(rule(group), RULE)

    days = [row["day"] for row in rows_of(response)]
    assert days == [TUESDAY, TUESDAY + timedelta(weeks=3), TUESDAY + timedelta(weeks=6)]
    assert "Nothing has been added yet" in response.content.decode()
    assert group.sessions.count() == 0


def test_office_sessions_rule_leaves_holidays_out(office: Client) -> None:
    group = draft()
    SchoolHoliday.objects.create(la_code="855", name="Half term", first_on="2031-10-13", last_on="2031-10-17")

    response = office.post(rule(group), RULE)

    days = [row["day"] for row in rows_of(response)]
    assert days == [TUESDAY, TUESDAY + timedelta(weeks=6), TUESDAY + timedelta(weeks=9)]


def test_office_sessions_rule_keeps_holidays_and_warns_beside_them(office: Client) -> None:
    group = draft()
    SchoolHoliday.objects.create(la_code="855", name="Half term", first_on="2031-10-13", last_on="2031-10-17")

    response = office.post(rule(group), RULE | {"holidays": "keep"})

    words = [words for *_, words in response.context["lines"]]
    assert words == [[], ["Half term in Leicestershire."], []]


def test_office_sessions_rule_adds_what_was_looked_at(office: Client) -> None:
    group = draft()
    page = office.post(rule(group), RULE)

    response = office.post(rule(group), posted(page, **{"row-1-title": "Bars"}), follow=True)

    assert "3 sessions have been added." in response.content.decode()
    assert starts(group) == ["23 Sep 13:15", "14 Oct 13:15", "04 Nov 13:15"]
    assert list(group.sessions.values_list("title", "mode")) == [("", "online"), ("Bars", "online"), ("", "online")]


def test_office_sessions_rule_leaves_out_what_is_not_ticked_whatever_it_holds(office: Client) -> None:
    group = draft()
    data = posted(office.post(rule(group), RULE), **{"row-1-day": "rubbish"})
    del data["row-1-take"]

    office.post(rule(group), data)

    assert starts(group) == ["23 Sep 13:15", "04 Nov 13:15"]


def test_office_sessions_rule_shows_a_changed_day_once_more_with_its_warnings(office: Client) -> None:
    group = draft()
    page = office.post(rule(group), RULE)

    again = office.post(rule(group), posted(page, **{"row-1-day": "2031-12-25"}))

    assert group.sessions.count() == 0
    assert [words for *_, words in again.context["lines"]] == [[], ["It is a bank holiday: Christmas Day."], []]
    office.post(rule(group), posted(again))
    assert starts(group) == ["23 Sep 13:15", "04 Nov 13:15", "25 Dec 13:15"]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"row-0-day": "31 June"}, "“31 June” is no day: June 2032 has 30 days."),
        ({"row-0-day": ""}, "Give the day, or take the tick away."),
        ({"row-0-ends": "12:00"}, "The session must end after it begins."),
        ({"row-0-begins": "quarter past"}, "Give a time such as 13:15."),
        ({"row-0-where": ""}, "Choose where you meet, or online."),
        ({"row-0-where": "v999999"}, "Choose a place from the list."),
        ({"row-0-day": "2031-10-26", "row-0-begins": "01:30"}, "this time comes twice"),
        ({"row-0-day": "2032-03-28", "row-0-begins": "01:30"}, "this time does not exist"),
    ],
)
def test_office_sessions_rule_refuses_a_row_in_a_sentence_and_adds_none(
    office: Client, changes: dict[str, str], sentence: str
) -> None:
    group = draft()
    page = office.post(rule(group), RULE)

    response = office.post(rule(group), posted(page, **changes))

    assert sentence in response.content.decode()
    assert group.sessions.count() == 0


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"first": "31 June 2031"}, "June 2031 has 30 days"),
        ({"first": ""}, "Give the day from which on dates are looked for."),
        ({"ends": "12:00"}, "The session must end after it begins."),
        ({"times": "9999"}, "At most 40 sessions can be added at once."),
        ({"place": "venue"}, "Choose where you meet, or meet online."),
        ({"place": "members"}, "No school has places in this group yet."),
        ({"place": "turns"}, "Name the venues, one a line."),
        ({"place": "turns", "turns": "Nowhere"}, "“Nowhere” is no venue that we know."),
        ({"often": "h1"}, "so that half terms are not known"),
    ],
)
def test_office_sessions_rule_that_cannot_be_followed_says_why(
    office: Client, changes: dict[str, str], sentence: str
) -> None:
    group = draft()

    response = office.post(rule(group), RULE | changes)

    assert sentence in response.content.decode()
    assert "See the dates" in response.content.decode()


def test_office_sessions_rule_lets_venues_take_turns(office: Client) -> None:
    group, hall, lab = draft(), create_venue(name="Town Hall"), create_venue(name="Maths Lab")
    page = office.post(rule(group), RULE | {"place": "turns", "turns": "Town Hall\nMaths"})

    office.post(rule(group), posted(page))

    assert [one.venue for one in group.sessions.all()] == [hall, lab, hall]


def test_office_sessions_rule_meets_in_a_room_and_online_at_once(office: Client) -> None:
    group, hall = draft(), create_venue()
    page = office.post(rule(group), RULE | {"place": "venue", "venue": str(hall.pk), "hybrid": "on"})

    office.post(rule(group), posted(page))

    assert set(group.sessions.values_list("mode", "venue")) == {("hybrid", hall.pk)}


def test_office_sessions_rule_suggests_the_venue_that_is_meant(office: Client) -> None:
    create_venue(name="Beauchamp College")

    response = office.post(rule(draft()), RULE | {"place": "turns", "turns": "Beachamp College"})

    assert "Did you mean Beauchamp College?" in response.content.decode()


def test_office_sessions_rule_meets_at_each_member_school_in_turn(office: Client) -> None:
    group = create_work_group(sessions=0, capacity=None, year=2031)
    leads = [create_lead(school=create_school(name=name)) for name in ("Ash", "Birch")]
    for lead in leads:
        create_booking(work_group=group, by=lead, people=1)
    WorkGroup.objects.filter(pk=group.pk).update(status="draft")
    birch = create_venue(name="Birch, the hall", school=leads[1].memberships.get().school)
    page = office.post(rule(group), RULE | {"place": "members"})
    assert [str(row["where"])[0] for row in rows_of(page)] == ["s", "v", "s"]

    office.post(rule(group), posted(page))

    ash = Venue.objects.get(name="Ash")
    assert [one.venue for one in group.sessions.all()] == [ash, birch, ash]


def test_office_sessions_rule_of_a_published_group_says_first_who_is_told(office: Client) -> None:
    group = create_work_group(sessions=0, year=2031)
    create_booking(work_group=group, people=1)
    page = office.post(rule(group), RULE)

    rehearsed = office.post(rule(group), posted(page))

    assert "Nothing has happened yet." in rehearsed.content.decode()
    assert group.sessions.count() == 0
    data = {field.html_name: str(field.value() or "") for field in rehearsed.context["form"]}
    office.post(rule(group), data | {"seen": rehearsed.context["stands"]})
    assert group.sessions.count() == 3


def test_office_sessions_rule_can_be_changed_again(office: Client) -> None:
    group = draft()
    page = office.post(rule(group), RULE)

    response = office.post(rule(group), posted(page, again="1"))

    assert "See the dates" in response.content.decode()
    assert response.context["form"]["often"].value() == "w3"


def test_office_sessions_rule_twice_adds_them_once(office: Client) -> None:
    group = draft()
    data = posted(office.post(rule(group), RULE))
    office.post(rule(group), data)

    response = office.post(rule(group), data)

    assert f"The group meets on {day(TUESDAY)} at 1.15pm already" in response.content.decode()
    assert group.sessions.count() == 3


def test_office_sessions_paste_reads_columns_in_any_order_under_their_heading(office: Client) -> None:
    group, hall = draft(), create_venue(name="Town Hall")
    text = (
        "Venue\tTitle\tEnd\tStart\tDate\n"
        "Town Hall\tBars\t4pm\t1.15pm\t23/9/2031\n"
        "online\tArea\t16:00\t13:15\tTue 14 Oct\n"
    )

    page = office.post(paste(group), {"text": text})
    office.post(paste(group), posted(page))

    rows = list(group.sessions.values_list("title", "venue", "mode"))
    assert rows == [("Bars", hall.pk, "in_person"), ("Area", None, "online")]
    assert starts(group) == ["23 Sep 13:15", "14 Oct 13:15"]


def test_office_sessions_paste_reads_columns_without_a_heading(office: Client) -> None:
    create_venue(name="Town Hall")
    text = "23/9/2031\t1.15-4pm\tTown Hall\tBars\n14 October 2031\t9-11.30am\tOnline\tArea\n"

    page = office.post(paste(draft()), {"text": text})

    rows = [
        (f"{row['day']:%d%m}", f"{row['begins']:%H%M}", f"{row['ends']:%H%M}", row["title"]) for row in rows_of(page)
    ]
    assert rows == [("2309", "1315", "1600", "Bars"), ("1410", "0900", "1130", "Area")]


def test_office_sessions_paste_of_dates_alone_takes_the_times_and_the_venue_beside_it(office: Client) -> None:
    hall = create_venue(name="Town Hall")

    page = office.post(
        paste(draft()), {"text": "23/9/2031\n14/10/2031\n", "begins": "13:15", "ends": "16:00", "venue": str(hall.pk)}
    )

    assert [(row["where"], f"{row['begins']:%H:%M}") for row in rows_of(page)] == [(f"v{hall.pk}", "13:15")] * 2


def test_office_sessions_paste_names_each_bad_row_and_reads_the_others(office: Client) -> None:
    create_venue(name="Town Hall")
    text = (
        "Date\tTime\tVenue\n31 June\t1.15-4pm\tonline\n23/9/2031\t4pm-1.15pm\tonline\n24/9/2031\t\tonline\n"
        "Mon 23 Sep\t1.15-4pm\tonline\n\t1.15-4pm\tonline\n25/9/2031\t1.15-4pm\tTwon Hall\n26/9/2031\t1-2pm\tMoon\n"
    )

    page = office.post(paste(draft()), {"text": text})

    assert page.context["pasted"].bad == [
        "Row 2: “31 June” is no day: June 2032 has 30 days.",
        "Row 3: it would end at 13:15 and begin at 16:00.",
        "Row 4: it does not say when it begins.",
        "Row 5: 23 September 2031 is a Tuesday, not a Monday.",
        "Row 6: there is no date in it.",
    ]
    assert [words for *_, words in page.context["lines"]] == [
        ["“Twon Hall” was read as Town Hall. Is that right?"],
        ["“Moon” is no venue that we know. Choose one."],
    ]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "Paste the rows first."),
        ("Dear all,\nplease find the dates attached.\nKind regards", "No column with dates was found."),
        ("Date\tTime\nsoon\tlater\n", "None of these rows could be read."),
        ("\n".join("23/9/2031\t1.15-4pm\tonline" for _ in range(5000)), "At most 60 rows can be taken in at once."),
        ("23/9/2031\t" + "x" * 300_000, "Paste only its own rows."),
        ("=HYPERLINK(1)\t<script>\nx\t💥", "No column with dates was found."),
        ('Date,Time\n"23/9/2031,1-2pm', "None of these rows could be read."),
    ],
)
def test_office_sessions_paste_of_rubbish_is_refused_in_a_sentence(office: Client, text: str, sentence: str) -> None:
    group = draft()

    response = office.post(paste(group), {"text": text})

    assert response.status_code == 200
    assert sentence in response.content.decode()
    assert Session.objects.filter(work_group=group).count() == 0


def test_venue_names_find_one_by_a_part_of_its_name_alone() -> None:
    hall, other = create_venue(name="Town Hall, Wigston (demo)"), create_venue(name="Village Hall")
    names = VenueNames.load()

    found = [names.find(words) for words in ("wigston", "VILLAGE HALL", "hall", "", "Vilage Hall")]

    assert [one and (one.venue, one.sure) for one in found] == [
        (hall, True),
        (other, True),
        None,
        None,
        (other, False),
    ]


def test_office_session_remove_takes_one_out_of_a_draft(office: Client) -> None:
    group = create_work_group(status="draft", sessions=2)
    first = group.sessions.get(number=1)

    page = office.get(reverse("office_session", args=[first.pk]))
    response = office.post(reverse("office_session_remove", args=[first.pk]), follow=True)

    assert "Nobody has seen this draft." in page.content.decode()
    assert "Taken out." in response.content.decode()
    assert [one.number for one in group.sessions.all()] == [1]


def test_office_session_remove_of_a_published_group_is_refused(office: Client) -> None:
    session = create_work_group(sessions=1).sessions.get()

    response = office.post(reverse("office_session_remove", args=[session.pk]), follow=True)

    assert "Cancel it instead" in response.content.decode()
    assert Session.objects.filter(pk=session.pk).exists()


@pytest.mark.parametrize(
    ("day_typed", "sentence"), [("2031-10-26", "this time comes twice"), ("2032-03-28", "this time does not exist")]
)
def test_office_session_create_on_a_night_on_which_the_clocks_change_is_refused(
    office: Client, day_typed: str, sentence: str
) -> None:
    group = draft()
    data = {"day": day_typed, "begins": "01:30", "ends": "03:30", "mode": "online"}

    response = office.post(reverse("office_session_create", args=[group.pk]), data)

    assert sentence in response.content.decode()
    assert group.sessions.count() == 0


def test_office_work_group_edit_opens_booking_at_no_time_that_comes_twice(office: Client) -> None:
    group = draft()
    data = {"opens_at_0": "2031-10-26", "opens_at_1": "01:30"}

    response = office.post(reverse("office_work_group_edit", args=[group.pk]), data)

    words = "On that night the clocks go back, and this time comes twice. Choose another."
    assert response.context["form"].errors["opens_at"] == [words]


def test_office_session_create_refuses_a_group_that_is_over_and_a_moment_twice(
    office: Client,
) -> None:
    over, going = create_work_group(sessions=1, status="cancelled"), create_work_group(sessions=1, status="draft")
    starts = timezone.localtime(going.sessions.get().starts_at)
    data = {"title": "More", "day": f"{starts:%Y-%m-%d}", "begins": f"{starts:%H:%M}", "ends": "23:00"}
    data |= {"mode": "online"}

    pages = []
    for group in (over, going):
        url = reverse("office_session_create", args=[group.pk])
        looked = office.post(url, data)
        page = office.post(url, data | {"seen": (looked.context or {}).get("stands", "")})
        pages.append(page.content.decode())

    assert "has been called off or is in the archive" in pages[0]
    assert "already. Take one of the two out." in pages[1]
    assert Session.objects.count() == 2


def test_hosts_of_a_group_are_at_no_venue_of_another_school_nor_of_a_name_that_two_share() -> None:
    group = create_work_group()
    own, moved, free = (create_school(name=name) for name in ("Ash Primary", "Beech Primary", "Cedar Primary"))
    twins = [create_school(name="St Mary's") for _ in range(2)]
    venues = [create_venue(name="The hall", school=own), create_venue(name="Cedar Primary")]
    create_venue(name="Beech Primary", school=create_school())
    create_venue(name="St Mary's")
    for school in (own, moved, free, *twins):
        create_booking(work_group=group, by=create_lead(school=school))

    hosts = [(one.school, one.venue) for one in hosts_of(group)]

    assert hosts == [(own, venues[0]), (moved, None), (free, venues[1]), *((one, None) for one in twins)]
