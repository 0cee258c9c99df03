"""The codes of national projects: they change every year, and what a former year says keeps the code it ran under."""

import json
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import HistoryLine, User
from accounts.schoolyear import school_year_of
from booking.actions import copies, programme
from booking.copying import GroupCopy
from booking.models import Project, WorkGroup
from booking.reports.certificates import Facts
from booking.reports.tables import every_list
from booking.reports.tables.listing import Asked, Chosen
from booking.reports.year import schools
from tests.factories import (
    create_booking,
    create_came,
    create_certificate,
    create_hub_staff,
    create_lead,
    create_project,
    create_session,
    create_teacher,
    create_work_group,
)

pytestmark = pytest.mark.django_db(transaction=True)


def this_year() -> int:
    return school_year_of(timezone.localdate())


class Years:
    """A project whose groups ran last year, run this year and are prepared for the next, all by one code."""

    def __init__(self) -> None:
        self.staff = create_hub_staff()
        self.project = create_project(kind="national", code="NCP25-01")
        self.last, self.this, self.next = (
            create_work_group(project=self.project, sessions=0, year=year, status=status)
            for year, status in (
                (this_year() - 1, WorkGroup.Status.ARCHIVED),
                (this_year(), WorkGroup.Status.PUBLISHED),
                (this_year() + 1, WorkGroup.Status.DRAFT),
            )
        )

    def save(self, code: str, **options: int) -> None:
        self.project.code = code
        programme.save_project(project=self.project, by=self.staff, **options)

    @property
    def codes(self) -> list[str]:
        return list(self.project.work_groups.order_by("year").values_list("project_code", flat=True))


def draft(project: Project, year: int) -> WorkGroup:
    return WorkGroup(project=project, title="Bars", slug="bars", year=year, summary="Bars.", audience="Year 2")


def test_save_project_gives_a_new_code_to_the_groups_of_this_year_and_later() -> None:
    years = Years()

    years.save("NCP26-07")

    assert years.codes == ["NCP25-01", "NCP26-07", "NCP26-07"]
    line = HistoryLine.objects.about(years.project).get()
    assert (line.verb, line.details) == ("project_saved", {"code": "NCP25-01"})


def test_save_project_gives_a_code_of_next_year_to_its_groups_alone() -> None:
    years = Years()

    years.save("NCP26-07", code_from=this_year() + 1)

    assert years.codes == ["NCP25-01", "NCP25-01", "NCP26-07"]


def test_save_project_that_changes_words_alone_leaves_the_codes_of_its_groups() -> None:
    years = Years()
    years.save("NCP26-07", code_from=this_year() + 1)

    years.save("NCP26-07")

    assert years.codes == ["NCP25-01", "NCP25-01", "NCP26-07"]
    assert HistoryLine.objects.about(years.project).order_by("-pk")[0].details == {}


def test_save_work_group_gives_a_new_group_the_code_that_others_of_its_year_have() -> None:
    years = Years()
    years.save("NCP26-07", code_from=this_year() + 1)

    late = programme.save_work_group(work_group=draft(years.project, this_year()), leads=[], by=years.staff)

    assert late.project_code == "NCP25-01"


def test_save_work_group_that_moves_to_another_project_or_year_goes_by_its_code() -> None:
    years, other = Years(), create_project(code="RIWG-2")
    years.save("NCP26-07", code_from=this_year() + 1)
    found = []

    for name, value in (("year", this_year() + 1), ("project_id", other.pk)):
        group = WorkGroup.objects.get(pk=years.this.pk)
        setattr(group, name, value)
        found.append(programme.save_work_group(work_group=group, leads=[], by=years.staff).project_code)

    assert found == ["NCP26-07", "RIWG-2"]


def test_copy_groups_that_empties_codes_leaves_those_of_the_years_before() -> None:
    years = Years()
    copy = GroupCopy(years.this.pk, "Second cohort", [])

    copies.copy_groups(copies=[copy], year=this_year() + 1, by=years.staff, empty_codes=True)

    assert years.codes == ["NCP25-01", "NCP25-01", "", ""]


def test_copy_groups_gives_a_copy_the_code_of_its_year() -> None:
    years = Years()
    years.save("NCP26-07", code_from=this_year() + 1)

    [made] = copies.copy_groups(
        copies=[GroupCopy(years.last.pk, "Second cohort", [])], year=this_year() + 1, by=years.staff
    )

    assert made.project_code == "NCP26-07"


@pytest.mark.parametrize(
    ("data", "codes"),
    [
        ({"code": "NCP26-07"}, ["NCP25-01", "NCP25-01", "NCP26-07"]),
        ({"code": "NCP26-07", "code_from": this_year()}, ["NCP25-01", "NCP26-07", "NCP26-07"]),
        ({"title": "Mastery"}, ["NCP25-01", "NCP25-01", "NCP25-01"]),
    ],
)
def test_office_project_edit_asks_from_which_year_a_code_holds(
    log_in: Callable[[User], Client], data: dict[str, str | int], codes: list[str]
) -> None:
    years = Years()
    office, address = log_in(years.staff), reverse("office_project_edit", args=[years.project.pk])
    form = office.get(address).context["form"]
    shown = {field.name: field.value() for field in form}

    office.post(address, shown | data)

    assert shown["code_from"] == this_year() + 1  # whose groups are made already
    assert years.codes == codes


def test_office_project_create_asks_nothing_of_years(log_in: Callable[[User], Client]) -> None:
    office = log_in(create_hub_staff())

    office.post(reverse("office_project_create"), {"title": "Mastery", "kind": "national", "code": "NCP26-07"})

    assert list(Project.objects.values_list("title", "code")) == [("Mastery", "NCP26-07")]


def test_what_a_year_says_keeps_the_code_it_ran_under() -> None:
    lead = create_lead()
    teacher = create_teacher(school=lead.memberships.get().school)
    project = create_project(kind="national", code="NCP24-01")
    group = create_work_group(project=project, sessions=0, year=this_year() - 1)
    create_booking(work_group=group, by=lead, people=[teacher])
    create_came(session=create_session(work_group=group, days=-400), people=[teacher])
    certificate = create_certificate(work_group=group, person=teacher)
    project.code = "NCP26-07"
    programme.save_project(project=project, by=create_hub_staff())

    listings = [every_list()[name](Asked.of({})) for name in ("groups", "bookings", "attendance")]
    codes = [next(column for column in one.columns if column.key == "code") for one in listings]
    listed = [list(one.table([Chosen(column, "Code")]).rows) for one, column in zip(listings, codes, strict=True)]
    [line] = schools.Engagements(group.year)
    answers = [
        json.loads(Client().get("/api/v1/work-groups", {"project": code}).content)["items"]
        for code in ("NCP24-01", "NCP26-07")
    ]

    assert listed == [[["NCP24-01"]]] * 3
    assert line.code == "NCP24-01"
    assert Facts.load([certificate]).page(certificate)["project"] == f"{project.title} (NCP24-01)"
    assert [[one["project"]["code"] for one in some] for some in answers] == [["NCP24-01"], []]
