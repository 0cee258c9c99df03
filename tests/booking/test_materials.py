"""Materials of a session, the lesson that is watched, and what mails and calendars carry of them."""

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.actions import rights
from accounts.models import User
from accounts.personal import everything_about, retention_rules
from booking.actions import lessons, materials
from booking.actions.people import merge
from booking.files import Taken
from booking.ical import own_words, standings
from booking.links import person_dates_url
from booking.models import Attachment, Comment, LessonRole, LessonStudy, Reflection, Session
from notifications.done import tell_what_was_done
from notifications.models import Notice
from tests.booking.test_files import PDF, stored
from tests.booking.test_tried import Hub
from tests.factories import create_attachment, create_hub_staff, create_user, create_work_group
from tests.notifications.test_after_session import Taught, text

pytestmark = pytest.mark.django_db(transaction=True)

SLIDES = Taken("pdf", "Slides", PDF)


def test_materials_open_when_the_session_is_over_or_at_once_where_ticked(log_in: Callable[[User], Client]) -> None:
    hub = Hub()
    coming = hub.sessions[1]
    materials.save_materials(session=coming, new_files=[SLIDES], by=hub.fran)
    materials.save_materials(
        session=coming, link=("Read before", "https://example.org/before"), new_at_once=True, by=hub.fran
    )
    group = reverse("my_group", args=[hub.group.pk])

    def sees() -> list[bool]:
        page = log_in(hub.kim).get(group).content.decode()
        return [words in page for words in ("Slides</a>", "Read before")]

    before = sees()
    hub.be_over(coming, days=15)
    assert (before, sees()) == ([False, True], [True, True])


def test_materials_of_a_session_to_come_are_no_page_for_its_people(log_in: Callable[[User], Client]) -> None:
    hub = Hub()
    file = create_attachment(session=hub.sessions[1])
    url = reverse("attachment_file", args=[file.pk])

    assert [log_in(person).get(url).status_code for person in (hub.kim, hub.fran)] == [404, 200]


def test_materials_are_opened_early_and_shut_again_by_a_tick(log_in: Callable[[User], Client]) -> None:
    hub = Hub()
    file = create_attachment(session=hub.sessions[1])
    fran, url = log_in(hub.fran), reverse("session_materials", args=[hub.sessions[1].pk])

    states = []
    for ticked in ([file.pk], []):
        fran.post(url, {"link_url": "", "at_once": ticked})
        file.refresh_from_db()
        states.append(file.at_once)

    assert states == [True, False]


def test_materials_stand_with_the_dates_behind_the_link() -> None:
    hub = Hub()
    file = create_attachment(session=hub.sessions[0])
    page = Client().get(urlsplit(person_dates_url(hub.kim)).path).content.decode()

    found = page.partition('href="/my/dates/')[2].partition('"')[0] if file.title in page else ""
    codes = [
        Client().get(f"{urlsplit(person_dates_url(person)).path}files/{file.pk}/").status_code
        for person in (hub.kim, create_user())
    ]

    assert (bool(found), codes) == (True, [200, 404])


def test_link_opens_no_file_of_what_somebody_wrote() -> None:
    hub = Hub()
    photo = create_attachment(reflection=hub.say(hub.kim))

    assert Client().get(f"{urlsplit(person_dates_url(hub.kim)).path}files/{photo.pk}/").status_code == 404


def test_what_we_did_carries_materials_what_to_try_and_the_link_to_it() -> None:
    hub = Taught()
    create_attachment(session=hub.session, title="Slides of Tuesday")
    materials.save_materials(session=hub.session, link=("More bars", "https://example.org/bars"), by=hub.fran)

    tell_what_was_done(hub.sign())

    mail = text(hub.kim)
    words = ("Materials: Slides of Tuesday.", "More bars: https://example.org/bars", "See what to try", "/tasks/")
    assert [one in mail for one in words] == [True] * 4


def test_what_we_did_goes_out_for_materials_alone() -> None:
    hub = Taught(uses_tasks=False, uses_pulse=False)
    create_attachment(session=hub.session)

    assert tell_what_was_done(hub.sign()) == 2
    assert Notice.objects.filter(kind="what_we_did").count() == 2


# ── The lesson that is watched ─────────────────────────────────────────────────────────────────────────────────────
def test_lesson_is_written_with_who_does_what(log_in: Callable[[User], Client]) -> None:
    hub = Hub()
    session = hub.sessions[1]
    url = reverse("session_lesson", args=[session.pk])
    given = {"school": hub.school.urns.get().urn, "year_group": "Year 4", "question": "Who draws first?", "plan": ""}

    response = log_in(hub.fran).post(url, given | {f"role-{hub.kim.pk}": "watches one pair", f"role-{hub.lou.pk}": ""})

    lesson = LessonStudy.objects.get(session=session)
    assert (response.status_code, lesson.school, str(lesson)) == (302, hub.school, f"Year 4 at {hub.school}")
    assert list(lesson.roles.values_list("person", "words")) == [(hub.kim.pk, "watches one pair")]
    page = log_in(hub.lou).get(reverse("my_group", args=[hub.group.pk])).content.decode()
    assert "watches one pair" in page


def test_lesson_stands_in_the_calendar_in_one_line_and_makes_it_newer() -> None:
    hub = Hub()
    session = hub.sessions[1]
    before = session.revision

    lessons.save_lesson(lesson=LessonStudy(session=session, year_group="Year 4"), roles={}, by=hub.fran)

    session.refresh_from_db()
    words = own_words(session, standings([session])[session.pk])
    assert ("We watch a lesson: Year 4" in words, session.revision) == (True, before + 1)
    lessons.remove_lesson(session=session, by=hub.fran)
    assert (LessonStudy.objects.count(), standings([session])[session.pk].lesson) == (0, "")


def test_lesson_has_parts_for_people_of_the_session_only() -> None:
    hub = Hub()
    lesson = LessonStudy(session=hub.sessions[1], year_group="Year 4")

    with pytest.raises(Exception, match="not expected at this session"):
        lessons.save_lesson(lesson=lesson, roles={create_user().pk: "teaches"}, by=hub.fran)

    assert LessonStudy.objects.count() == 0


# ── What is held about people ──────────────────────────────────────────────────────────────────────────────────────
def test_export_holds_files_comments_and_parts() -> None:
    hub = Hub()
    said = hub.say(hub.kim)
    create_attachment(reflection=said, title="Photo 1")
    Comment.objects.create(reflection=said, by=hub.lou, words="How many?")
    lesson = LessonStudy.objects.create(session=hub.sessions[0], year_group="Year 4")
    LessonRole.objects.create(lesson=lesson, person=hub.kim, words="teaches")

    kim, lou = everything_about(hub.kim), everything_about(hub.lou)

    (task,) = kim["research_tasks"]
    assert (task["files"], task["comments_of_others"]) == (["Photo 1"], ["How many?"])
    assert kim["what_i_did_at_observed_lessons"] == [{"lesson": "Year 4", "what": "teaches"}]
    assert [one["words"] for one in lou["comments_i_made"]] == ["How many?"]


def test_erase_takes_files_from_the_disk_and_counts_on() -> None:
    hub = Hub()
    said = hub.say(hub.kim)
    create_attachment(reflection=said)
    Comment.objects.create(reflection=said, by=hub.lou, words="How many?")

    rights.erase(person=hub.kim, by=create_hub_staff())

    said.refresh_from_db()
    assert (said.outcome, said.words, said.shared) == ("tried", "", False)
    assert (Attachment.objects.count(), Comment.objects.count(), stored()) == (0, 0, [])


def test_merge_brings_files_and_comments_along_and_is_read_by_no_more_people() -> None:
    hub = Hub()
    ours, theirs = hub.say(hub.kim), hub.say(hub.lou, shared=False)
    for one in (ours, theirs):
        create_attachment(reflection=one)
        Comment.objects.create(reflection=one, by=hub.fran, words="How many?")
    lesson = LessonStudy.objects.create(session=hub.sessions[0], year_group="Year 4")
    for person in (hub.kim, hub.lou):
        LessonRole.objects.create(lesson=lesson, person=person, words="teaches")

    merge(keep=hub.kim, gone=hub.lou, by=create_hub_staff())

    said = Reflection.objects.get()
    assert (said.person, said.shared, said.attachments.count(), said.comments.count()) == (hub.kim, False, 2, 2)
    assert LessonRole.objects.get().person == hub.kim


def test_retention_lets_words_files_and_comments_go_three_years_after_the_group() -> None:
    old, young = Hub(), Hub()
    for hub in (old, young):
        said = hub.say(hub.kim)
        create_attachment(reflection=said)
        Comment.objects.create(reflection=said, by=hub.lou, words="How many?")
        lesson = LessonStudy.objects.create(session=hub.sessions[0], year_group="Year 4")
        LessonRole.objects.create(lesson=lesson, person=hub.kim, words="teaches")
    long_ago = timezone.now() - timedelta(days=3 * 365 + 1)
    Session.objects.filter(work_group=old.group).update(starts_at=long_ago - timedelta(hours=2), ends_at=long_ago)
    rules = [rule for rule in retention_rules() if rule.how_long == "3 years after the last session of the group"]

    for _ in range(2):
        for rule in rules:
            rights.apply_rule(rule=rule, now=timezone.now())

    assert sorted(Reflection.objects.values_list("words", flat=True)) == ["", "Cubes first."]
    counts = [model.objects.count() for model in (Reflection, Attachment, Comment, LessonRole)]
    assert (counts, len(stored())) == ([2, 1, 1, 1], 1)


def test_kept_page_shows_a_task_that_was_changed_at_once(log_in: Callable[[User], Client]) -> None:
    hub = Hub()
    kim = log_in(hub.kim)
    kim.get(reverse("my_sessions"))

    log_in(hub.fran).post(reverse("task_edit", args=[hub.sessions[0].pk]), {"title": "Count anew", "body": "Aloud."})

    assert "Count anew" in kim.get(reverse("my_sessions")).content.decode()


def test_tasks_of_a_group_stand_on_its_line_with_what_is_given_and_what_is_drafted(
    log_in: Callable[[User], Client],
) -> None:
    hub = Hub()
    hub.say(hub.kim)

    page = log_in(hub.fran).get(reverse("work_group_tasks", args=[hub.group.pk])).content.decode()

    assert [
        words in page for words in ("1 person has said how it went", "A draft: the group reads", "number-line")
    ] == [True] * 3
    stranger = create_work_group(leads=[create_user()]).facilitations.get().person
    assert log_in(stranger).get(reverse("work_group_tasks", args=[hub.group.pk])).status_code == 404
