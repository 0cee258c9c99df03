"""The sign-in sheet: who is expected by school, room for who is not, a code where the group uses it; nothing else."""

from collections.abc import Callable

import pytest
import typst
from django.test import Client
from django.utils import timezone

from accounts.models import User
from booking import papers
from booking.codes import paper_url
from booking.models import Attendance, Session
from booking.reports.sheets import sheet
from tests.factories import (
    create_booking,
    create_lead,
    create_running_session,
    create_school,
    create_session,
    create_teacher,
    create_user,
    create_work_group,
    mark_register,
)
from tests.papers import codes_in, read

pytestmark = pytest.mark.django_db(transaction=True)


def expected(work_group, school: str, *names: str) -> list[User]:
    lead = create_lead(school=create_school(name=school))
    people = [create_teacher(school=lead.memberships.get().school, name=name) for name in names]
    create_booking(work_group=work_group, by=lead, people=people)
    return people


def test_sheet_is_an_accessible_paper_with_people_by_school() -> None:
    work_group = create_work_group(sessions=0, title="Bar models", leads=[create_user(name="Fran Lovell")])
    session = create_session(work_group=work_group, days=1)
    expected(work_group, "Oakfield", "Kim Lee", "王 Li")
    expected(work_group, "Ashfield", "Bo *Star* #1")

    paper = read(sheet(session, at=timezone.now()))

    words = paper.words
    assert (paper.title, paper.language, paper.tagged) == ("Sign-in sheet: Bar models, session 1", "en-GB", True)
    found = [words.find(text) for text in ("Ashfield", "Bo *Star* #1", "Oakfield", "Kim Lee", "Not on the list?")]
    assert -1 not in found
    assert found == sorted(found)
    assert "Led by Fran Lovell" in words
    assert "3 expected" in words


def test_sheet_says_apologies_and_no_reason_and_leaves_out_who_sent_somebody() -> None:
    session = create_running_session(people=3)
    ann, kim, sam = Attendance.objects.of_session(session).select_related("person")
    mark_register(session=session, marks={kim.pk: "apologies", sam.pk: "substitute"}, by=create_user())
    kim.marks.update(reason="A funeral", note="Rang at 8")

    words = read(sheet(session, at=timezone.now())).words

    shown = ["apologies", ann.person.name, kim.person.name, sam.person.name, "funeral", "Rang"]
    assert [text for text in shown if text in words] == shown[:3]


def test_sheet_carries_the_code_of_its_session_where_the_group_uses_it() -> None:
    session = create_running_session()
    made = sheet(session, at=timezone.now())

    assert paper_url(session) in read(made).words.replace("\n", "")
    assert codes_of(session) == [paper_url(session)]

    session.work_group.uses_check_in = False
    assert "Scan" not in read(sheet(session, at=timezone.now())).words


def codes_of(session: Session) -> list[str]:
    """What the codes on the sheet's first page say, drawn as a picture."""
    data: dict[str, object] = {}

    def keep(template: str, words: dict[str, object], **_: object) -> bytes:
        data.update(words)
        return b""

    kept, papers.pdf = papers.pdf, keep  # type: ignore[assignment]
    try:
        sheet(session, at=timezone.now())
    finally:
        papers.pdf = kept
    words = {"data": papers.json.dumps(data)}
    return codes_in(typst.compile(str(papers.ROOT / "sheet.typ"), format="png", sys_inputs=words, ppi=144))


def test_session_sheet_is_a_file_to_print_that_no_cache_keeps(log_in: Callable[[User], Client]) -> None:
    fran = create_user()
    session = create_running_session(leads=[fran], people=2)

    answer = log_in(fran).get(f"/sessions/{session.pk}/sheet/")

    slug = session.work_group.slug
    assert (answer["Content-Type"], answer["Cache-Control"]) == ("application/pdf", "no-store")
    assert answer["Content-Disposition"] == f'inline; filename="sign-in-sheet-{slug}-1.pdf"'


def test_work_group_sheets_are_those_of_sessions_to_come_in_a_room(log_in: Callable[[User], Client]) -> None:
    fran = create_user()
    work_group = create_work_group(sessions=3, title="Bars", leads=[fran])
    create_session(work_group=work_group, days=-7, number=9)
    work_group.sessions.filter(number=2).update(mode="online")

    paper = read(log_in(fran).get(f"/registers/sheets/{work_group.pk}/").content)

    assert [line for line in paper.words.splitlines() if line.startswith("Bars: session") and "page" not in line] == [
        "Bars: session 1",
        "Bars: session 3",
    ]
    assert (paper.title, paper.ua, len(paper.pages)) == ("Sign-in sheets: Bars", "1", 2)


def test_work_group_sheets_of_a_group_that_is_over_say_so(log_in: Callable[[User], Client]) -> None:
    fran = create_user()
    work_group = create_work_group(sessions=0, leads=[fran])

    paper = read(log_in(fran).get(f"/registers/sheets/{work_group.pk}/").content)

    assert "No session of this group is to come" in paper.words


@pytest.mark.parametrize(("schools", "pages"), [(1, 1), (6, 1), (7, 2), (12, 2)])
def test_sheet_keeps_room_for_who_is_not_on_the_list_on_its_last_page(schools: int, pages: int) -> None:
    work_group = create_work_group(sessions=0, capacity=None)
    session = create_session(work_group=work_group, days=1)
    for _ in range(schools):
        create_booking(work_group=work_group, people=2)

    paper = read(sheet(session, at=timezone.now()))

    assert ["Not on the list?" in page for page in paper.pages] == [False] * (pages - 1) + [True]
    assert paper.ua == "1"


def test_sheet_reads_the_database_as_often_for_three_people_as_for_one(django_assert_max_num_queries) -> None:
    work_group = create_work_group(sessions=0, people_to=3)
    session = create_session(work_group=work_group, days=1)
    expected(work_group, "Oakfield", "Kim Lee", "Sam Hill", "Ann Ash")
    expected(work_group, "Ashfield", "Bo Hill")

    session = Session.objects.select_related("work_group", "venue").get(pk=session.pk)

    with django_assert_max_num_queries(2):
        sheet(session, at=timezone.now())
