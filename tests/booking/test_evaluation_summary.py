"""What who leads a group, and the office, read of what was said; and the report in five boxes."""

import csv
import io
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from accounts.models import HistoryLine, User
from booking.actions import evaluation
from booking.evaluation import EVALUATION, find, open_to
from booking.models import GroupReport, Round, WorkGroup
from booking.reports.evaluation import across, summary_of
from tests.factories import create_ended_group, create_hub_staff, create_project, create_session, create_user

pytestmark = pytest.mark.django_db(transaction=True)

LogIn = Callable[[User], Client]
BOXES = {"tried": "Bars first.", "teachers": "", "pupils": "", "next": "", "quotation": ""}


def say(group: WorkGroup, people: list[User], kind: str, *given: dict[int, str]) -> None:
    for person, said in zip(people, given, strict=False):
        asking = next(one for one in open_to(person, timezone.now()) if one.kind == kind)
        evaluation.answer(asking=asking, given=said, person=person)


class Group:
    """A group that ended a week ago; eight came, and Fran leads it."""

    def __init__(self, days: int = -7, **fields: object) -> None:
        self.fran = create_user(name="Fran")
        self.group, self.people = create_ended_group(people=8, days=days, leads=[self.fran], **fields)

    def evaluate(self, *given: dict[int, str]) -> None:
        say(self.group, self.people, EVALUATION, *given)

    @property
    def page(self) -> str:
        client = Client()
        client.force_login(self.fran)
        return client.get(f"/registers/summary/{self.group.pk}/").content.decode()


def test_summary_shows_nothing_of_two_answers() -> None:
    hub = Group()
    hub.evaluate({0: "Disagree", 5: "I plan less"}, {0: "Agree", 7: "Less talk"})

    assert ["I plan less" in hub.page, "Less talk" in hub.page, "1 Disagree" in hub.page] == [False] * 3
    assert "Fewer than three of 8 have answered so far" in hub.page


def test_summary_shows_counts_and_sentences_of_three_and_holds_a_fourth_back() -> None:
    hub = Group()
    hub.evaluate({0: "Agree"}, {0: "Agree", 7: "Less talk"}, {0: "Disagree", 5: "I plan less"}, {7: "Only mine"})

    page = hub.page

    assert ["Less talk" in page, "I plan less" in page, "Only mine" in page] == [True, True, False]
    assert "3 of 8 have answered" in page
    assert "<b>2</b> Agree" in page


def test_summary_shows_the_last_ones_when_it_is_closed() -> None:
    hub = Group()
    hub.evaluate(*[{0: "Agree", 7: f"Line {number}"} for number in range(5)])
    later = timezone.now() + timedelta(days=60)

    one = next(one for one in summary_of(hub.group, later).later if one.asking.kind == EVALUATION)

    assert (one.answered, one.results[0].total, len(one.results[7].remarks)) == (5, 5, 5)


def test_summary_keeps_the_last_ones_back_where_certificates_wait_for_them() -> None:
    hub = Group()
    WorkGroup.objects.filter(pk=hub.group.pk).update(certificate_waits_for_evaluation=True)
    hub.evaluate(*[{0: "Agree", 7: f"Line {number}"} for number in range(5)])

    later = summary_of(WorkGroup.objects.get(pk=hub.group.pk), timezone.now() + timedelta(days=60)).later

    one = next(one for one in later if one.asking.kind == EVALUATION)
    assert (one.answered, one.results[0].total, len(one.results[7].remarks)) == (3, 3, 3)


def test_summary_never_shows_two_that_are_all_there_are() -> None:
    hub = Group()
    hub.evaluate({7: "One"}, {7: "Two"})

    later = summary_of(hub.group, timezone.now() + timedelta(days=60)).later

    assert [(one.answered, one.results) for one in later if one.asking.kind == EVALUATION] == [(0, [])]


def test_summary_names_nobody_who_answered() -> None:
    hub = Group()
    hub.evaluate(*[{0: "Agree", 7: "More"}] * 6)

    page = hub.page

    assert [person.name for person in hub.people if person.name in page] == []


def test_summary_hides_what_is_switched_off() -> None:
    hub = Group()
    hub.evaluate(*[{7: "More cubes"}] * 3)
    before = "More cubes" in hub.page

    WorkGroup.objects.filter(pk=hub.group.pk).update(uses_evaluation=False, uses_pulse=False)

    page = hub.page
    assert (before, "More cubes" in page, "After each session" in page) == (True, False, False)


def test_summary_says_what_pulses_say_over_the_series() -> None:
    hub = Group()
    create_session(work_group=hub.group, number=2, days=20)
    session = hub.group.sessions.select_related("work_group").get(number=1)
    asking = find("pulse", hub.group, session, timezone.now())
    assert asking is not None
    for person, words in zip(hub.people, ["Very", "Fairly", "Not at all"], strict=False):
        evaluation.answer(asking=asking, given={0: words}, person=person)

    summary = summary_of(hub.group)

    assert summary.sentence == "2 of 3 answers say that it was very or fairly useful in class."
    assert [(series.words, line.said) for series in summary.series for _, line in series.lines] == [
        ("How useful was it for your class?", "1 very, 1 fairly, 1 not at all"),
        ("The pace was", ""),
    ]


def test_summary_is_for_who_leads_the_group_and_for_the_office(log_in: LogIn) -> None:
    hub, other = Group(), Group()
    url = f"/registers/summary/{hub.group.pk}/"

    statuses = [log_in(one).get(url).status_code for one in (hub.fran, create_hub_staff(), other.fran, hub.people[0])]

    assert statuses == [200, 200, 404, 404]


def test_summary_as_a_table_holds_no_formula_and_nobodys_sheet(log_in: LogIn) -> None:
    hub = Group()
    hub.evaluate({0: "Agree", 7: "=HYPERLINK(1)"}, {0: "Agree", 7: "+1 for bars"}, {0: "Agree", 7: "Say “why”, wait"})

    response = log_in(hub.fran).get(f"/registers/summary/{hub.group.pk}/summary.csv")

    rows = list(csv.DictReader(io.StringIO(response.getvalue().decode("utf-8-sig"))))
    said = {row["Answer"]: row["How often"] for row in rows if row["How often"] != "0"}
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert said == {"Agree": "3", "'=HYPERLINK(1)": "1", "'+1 for bars": "1", "Say “why”, wait": "1"}
    assert {row["Asked"] for row in rows} == {"Evaluation"}


def test_across_sums_only_what_may_be_shown_so_that_nothing_can_be_taken_away(log_in: LogIn) -> None:
    project = create_project(title="Bars")
    shown, hidden = Group(project=project), Group(project=project)
    shown.evaluate(*[{0: "Agree"}] * 3)
    hidden.evaluate(*[{0: "Disagree strongly"}] * 2)

    found = across(WorkGroup.objects.filter(project=project))

    first = next(one for one in found.evaluation if one.total)
    assert dict(first.answers) == {
        "Agree strongly": 0,
        "Agree": 3,
        "Neither": 0,
        "Disagree": 0,
        "Disagree strongly": 0,
    }
    page = log_in(create_hub_staff()).get(f"/office/evaluations/?project={project.pk}").content.decode()
    assert [words in page for words in (shown.group.title, hidden.group.title, "<b>3</b> Agree")] == [True] * 3


def test_across_sums_groups_that_were_asked_the_same() -> None:
    project = create_project()
    one, other = Group(project=project), Group(project=project)
    one.evaluate(*[{0: "Agree"}] * 3)
    other.evaluate(*[{0: "Neither"}] * 3)

    first = across(WorkGroup.objects.filter(project=project)).evaluation[0]

    assert [times for _, times in first.answers] == [0, 3, 3, 0, 0]


def test_save_report_keeps_the_boxes_and_one_line_a_day() -> None:
    hub = Group()

    for revision, words in enumerate(["Bars", "Bars first", "Bars first."]):
        evaluation.save_report(
            work_group=hub.group, boxes=BOXES | {"tried": words}, may_quote=False, seen=revision, by=hub.fran
        )

    report = GroupReport.objects.get()
    assert (report.tried, report.revision, report.saved_by) == ("Bars first.", 3, hub.fran)
    assert HistoryLine.objects.filter(verb="report_written").count() == 1


def test_save_report_refuses_a_window_that_shows_an_older_state() -> None:
    hub = Group()
    evaluation.save_report(work_group=hub.group, boxes=BOXES, may_quote=False, seen=0, by=hub.fran)

    with pytest.raises(ValidationError, match="in another window, or by Fran"):
        evaluation.save_report(
            work_group=hub.group, boxes=BOXES | {"tried": "Old"}, may_quote=False, seen=0, by=hub.fran
        )

    assert GroupReport.objects.get().tried == "Bars first."


def test_report_page_saves_without_script_and_shows_both_where_another_window_was_first(log_in: LogIn) -> None:
    hub = Group()
    client, url = log_in(hub.fran), f"/registers/report/{hub.group.pk}/"

    saved = client.post(url, BOXES | {"seen": "0"}, follow=True).content.decode()
    older = client.post(url, BOXES | {"seen": "0", "tried": "Typed in another tab"}).content.decode()

    assert "Saved at" in saved
    assert ["Bars first." in older, "Typed in another tab" in older, "Not saved" in older] == [True] * 3
    assert GroupReport.objects.get().tried == "Bars first."


def test_report_page_answers_script_with_what_is_true(log_in: LogIn) -> None:
    hub = Group()
    client, url, script = log_in(hub.fran), f"/registers/report/{hub.group.pk}/", {"HX-Request": "true"}

    kept = client.post(url, BOXES | {"seen": "0"}, headers=script)
    late = client.post(url, BOXES | {"seen": "0"}, headers=script)
    long = client.post(url, BOXES | {"seen": "1", "tried": "x" * 3001}, headers=script)

    assert (kept.status_code, kept["X-Revision"], kept.content.decode()[:9]) == (200, "1", "Saved at ")
    assert (late.status_code, late.content.decode()[:10]) == (422, "Not saved:")
    assert (long.status_code, "3000" in long.content.decode()) == (422, True)


def test_report_page_takes_a_tick_without_a_quotation_for_none(log_in: LogIn) -> None:
    hub = Group()

    log_in(hub.fran).post(f"/registers/report/{hub.group.pk}/", BOXES | {"seen": "0", "may_quote": "on"})

    assert GroupReport.objects.get().may_quote is False


def test_summary_shows_the_report_beside_what_people_say() -> None:
    hub = Group()
    boxes = BOXES | {"quotation": "I draw first now."}
    evaluation.save_report(work_group=hub.group, boxes=boxes, may_quote=False, seen=0, by=hub.fran)

    page = hub.page

    assert ["Bars first." in page, "I draw first now." in page, "Not to be quoted outside" in page] == [True] * 3
    assert Round.objects.count() == 0


def test_what_people_say_stands_beside_its_pictures_as_a_table_of_the_same_three(log_in: LogIn) -> None:
    shown, hidden = Group(), Group()
    shown.evaluate(*[{0: "Agree"}] * 3)
    hidden.evaluate(*[{0: "Disagree strongly"}] * 2)
    client = log_in(create_hub_staff())

    page = client.get("/office/evaluations/").content.decode()
    of_page = client.get("/office/evaluations/?table=said&as=csv").getvalue().decode("utf-8-sig")
    of_year = client.get("/office/figures/?table=said&as=csv").getvalue().decode("utf-8-sig")
    figures = client.get("/office/figures/").content.decode()
    by_group = client.get("/office/evaluations/?as=xlsx")
    by_group.close()

    rows = list(csv.DictReader(io.StringIO(of_page)))
    given = [(row["Asked"], row["Answer"], row["How often"]) for row in rows if row["How often"] != "0"]
    assert given == [("Evaluation", "Agree", "3")]
    assert of_year == of_page
    assert [page.count("What people say, as a table"), figures.count("What people say, as a table")] == [1, 1]
    assert by_group["Content-Type"].endswith("spreadsheetml.sheet")
