"""Research tasks and what came of them: given when a session ends, due at the next, said, shared, talked about."""

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import HistoryLine, User
from booking.actions import programme, research, swaps
from booking.belonging import attachments_of, reflections_of, sessions_of, tasks_of
from booking.gaps import due_at
from booking.integrity import reflections_are_by_people_of_the_group
from booking.links import person_dates_url, person_reflection_url
from booking.models import Attachment, Comment, Reflection, ResearchTask, Session
from booking.models.places import Reason
from booking.reports.people import my_year
from tests.booking.test_files import PDF, picture, stored
from tests.factories import (
    create_attachment,
    create_booking,
    create_hub_staff,
    create_lead,
    create_session,
    create_task,
    create_teacher,
    create_user,
    create_work_group,
)

pytestmark = pytest.mark.django_db(transaction=True)


class Hub:
    """Kim and Lou hold places in Fran's group: session 1 was a week ago, 2 is in two weeks, 3 in five; a task each."""

    def __init__(self, **fields: object) -> None:
        self.fran, self.lead = create_user(name="Fran"), create_lead()
        self.school = self.lead.memberships.get().school
        self.kim, self.lou = (create_teacher(school=self.school, name=name) for name in ("Kim", "Lou"))
        self.group = create_work_group(sessions=0, leads=[self.fran], title="Bar models", **fields)
        self.sessions = [create_session(work_group=self.group, number=1, days=1)]
        self.sessions += [
            create_session(work_group=self.group, number=number, days=days) for number, days in ((2, 14), (3, 35))
        ]
        self.tasks = [
            create_task(session=session, title=f"Try {session.number}", body=f"Do {session.number} in class.")
            for session in self.sessions
        ]
        self.booking = create_booking(work_group=self.group, by=self.lead, people=[self.kim, self.lou])
        self.be_over(self.sessions[0], days=8)

    def be_over(self, session: Session, days: int) -> None:
        assert session.starts_at
        assert session.ends_at
        earlier = timedelta(days=days)
        Session.objects.filter(pk=session.pk).update(
            starts_at=session.starts_at - earlier, ends_at=session.ends_at - earlier
        )

    @property
    def task(self) -> ResearchTask:
        return ResearchTask.objects.select_related("session__work_group").get(pk=self.tasks[0].pk)

    def say(
        self, person: User, outcome: str = "tried", words: str = "Cubes first.", *, shared: bool = True
    ) -> Reflection:
        return research.reflect(task=self.task, person=person, outcome=outcome, words=words, shared=shared)


def titles(person: User) -> list[str]:
    return [one.task.title for one in my_year(person).tries]


# ── Given, due, next ───────────────────────────────────────────────────────────────────────────────────────────────
def test_task_is_given_when_its_session_is_over_and_not_before(log_in: Callable[[User], Client]) -> None:
    hub = Hub()
    kim, token = log_in(hub.kim), person_dates_url(hub.kim)
    urls = [reverse("my_sessions"), reverse("my_group", args=[hub.group.pk]), urlsplit(token).path]
    pages = "".join(kim.get(url).content.decode() for url in [*urls, hub.group.get_absolute_url()])

    codes = [kim.get(reverse("my_reflection", args=[task.pk])).status_code for task in hub.tasks]

    assert (codes, [f"Do {number} in class." in pages for number in (1, 2, 3)]) == (
        [200, 404, 404],
        [True, False, False],
    )
    assert Client().get(urlsplit(person_reflection_url(hub.kim, hub.tasks[1])).path).status_code == 404


def test_task_in_draft_is_read_by_who_leads_the_group_and_the_hub(log_in: Callable[[User], Client]) -> None:
    hub = Hub()
    url = reverse("task_edit", args=[hub.sessions[2].pk])

    pages = [log_in(person).get(url).content.decode() for person in (hub.fran, create_hub_staff())]

    assert ["Do 3 in class." in page for page in pages] == [True, True]


def test_task_given_is_the_one_next_thing_to_do() -> None:
    hub = Hub()

    before = titles(hub.kim)
    hub.be_over(hub.sessions[1], days=15)

    assert (before, titles(hub.kim)) == (["Try 1"], ["Try 2"])


def test_task_is_due_at_the_session_after_when_the_next_is_cancelled() -> None:
    hub = Hub()

    programme.cancel_session(session=hub.sessions[1], reason="Snow", by=create_hub_staff())

    (one,) = my_year(hub.kim).tries
    assert (one.task.title, one.due) == ("Try 1", hub.sessions[2])
    assert due_at(hub.task) == hub.sessions[2]


def test_task_of_a_session_that_was_cancelled_is_never_given() -> None:
    hub = Hub()
    Session.objects.filter(pk=hub.sessions[0].pk).update(status="cancelled")

    assert (titles(hub.kim), list(tasks_of(hub.kim, timezone.now()))) == ([], [])


def test_task_stays_the_next_thing_where_a_network_meets_first() -> None:
    hub = Hub()
    network = create_work_group(sessions=1, unit="session", uses_tasks=False)
    network.sessions.update(
        starts_at=timezone.now() + timedelta(days=2), ends_at=timezone.now() + timedelta(days=2, hours=1)
    )
    create_booking(work_group=network, by=hub.lead, people=[hub.kim], session=network.sessions.get())

    year = my_year(hub.kim)

    assert year.next is not None
    assert (year.next.session.work_group, titles(hub.kim)) == (network, ["Try 1"])


def test_task_after_the_last_session_is_asked_for_eight_weeks() -> None:
    hub = Hub()
    Session.objects.filter(pk__in=[one.pk for one in hub.sessions[1:]]).update(status="cancelled")
    asked = titles(hub.kim)

    hub.be_over(Session.objects.get(pk=hub.sessions[0].pk), days=60)

    assert (asked, titles(hub.kim)) == (["Try 1"], [])


def test_task_that_was_tried_makes_room_for_what_was_not() -> None:
    hub, other = Hub(), Hub()
    create_booking(work_group=other.group, by=hub.lead, people=[hub.kim])
    ResearchTask.objects.filter(pk=other.tasks[0].pk).update(title="Also")
    hub.be_over(hub.sessions[1], days=3)  # so that it is due sooner than the other
    first = titles(hub.kim)

    hub.say(hub.kim)

    assert (first, titles(hub.kim)) == (["Try 1", "Also"], ["Also", "Try 1"])


def test_tasks_are_off_where_the_group_has_none() -> None:
    hub = Hub(uses_tasks=False)

    assert (titles(hub.kim), list(tasks_of(hub.kim, timezone.now()))) == ([], [])


# ── Saying how it went ─────────────────────────────────────────────────────────────────────────────────────────────
def test_reflect_keeps_words_and_photos_and_says_them_anew(log_in: Callable[[User], Client]) -> None:
    hub = Hub()
    kim, url = log_in(hub.kim), reverse("my_reflection", args=[hub.task.pk])
    photo = SimpleUploadedFile("Jayden IMG_1.jpg", picture())
    kim.post(url, {"outcome": "not_yet", "words": "Half term.", "shared": "lead", "new_files": [photo]})
    first = Reflection.objects.get()
    (kept,) = first.attachments.all()

    again = SimpleUploadedFile("plan.pdf", PDF)
    response = kim.post(
        url, {"outcome": "tried", "words": "They drew it.", "shared": "group", "drop": [kept.pk], "new_files": [again]}
    )

    page = kim.get(url).content.decode()
    said = Reflection.objects.get()
    assert "Before that: not yet" in page
    assert (response["Location"], said.pk, said.outcome, said.words, said.shared) == (
        "/my/",
        first.pk,
        "tried",
        "They drew it.",
        True,
    )
    assert (kept.title, list(said.attachments.values_list("kind", "title"))) == ("Photo 1", [("pdf", "plan")])
    assert len(stored()) == 1
    broken = list(reflections_are_by_people_of_the_group(timezone.now()))
    outcomes = HistoryLine.objects.filter(verb="reflected").order_by("pk").values_list("details__outcome", flat=True)
    assert (list(outcomes), broken) == (["not_yet", "tried"], [])


def test_reflect_asks_who_reads_it_and_remembers_it_for_the_group(log_in: Callable[[User], Client]) -> None:
    hub = Hub()
    kim, url = log_in(hub.kim), reverse("my_reflection", args=[hub.task.pk])

    unsaid = kim.post(url, {"outcome": "stuck", "words": "Help."}).content.decode()
    assert ("Choose who reads it." in unsaid, Reflection.objects.count()) == (True, 0)
    hub.say(hub.kim, shared=False)

    assert 'value="lead" required id="id_shared_1" checked' in kim.get(url).content.decode()


def test_reflect_works_by_the_link_without_an_account() -> None:
    hub = Hub()
    url = urlsplit(person_reflection_url(hub.kim, hub.task)).path

    photo = SimpleUploadedFile("x.jpg", picture())
    response = Client().post(url, {"outcome": "stuck", "words": "No cubes.", "shared": "group", "new_files": [photo]})

    assert response["Location"] == url.partition("tasks/")[0]
    said = Reflection.objects.get()
    assert (said.person, said.outcome, said.attachments.count()) == (hub.kim, "stuck", 1)


def test_reflect_by_the_link_of_who_has_no_address_shows_nothing_that_was_said() -> None:
    hub = Hub()
    User.objects.filter(pk=hub.kim.pk).update(email=None)
    hub.kim.refresh_from_db()
    hub.say(hub.kim, words="Between us.", shared=False)

    page = Client().get(urlsplit(person_reflection_url(hub.kim, hub.task)).path).content.decode()

    assert "Between us." not in page


def test_reflect_is_closed_a_week_after_it_was_talked_about(log_in: Callable[[User], Client]) -> None:
    hub = Hub()
    hub.say(hub.kim)
    hub.be_over(hub.sessions[1], days=14 + 8)
    hub.be_over(Session.objects.get(pk=hub.sessions[0].pk), days=30)

    page = log_in(hub.kim).get(reverse("my_reflection", args=[hub.task.pk])).content.decode()
    with pytest.raises(ValidationError, match="stands since"):
        hub.say(hub.kim, "stuck")

    assert ("what you said stands" in page, "<textarea" in page) == (True, False)


def test_reflect_is_refused_before_the_task_is_given_and_to_strangers() -> None:
    hub = Hub()
    draft = ResearchTask.objects.get(pk=hub.tasks[1].pk)

    with pytest.raises(ValidationError, match="is given when"):
        research.reflect(task=draft, person=hub.kim, outcome="tried", words="", shared=True)
    with pytest.raises(ValidationError, match="do not take part"):
        research.reflect(task=hub.task, person=create_user(), outcome="tried", words="", shared=True)

    assert Reflection.objects.count() == 0


def test_reflect_keeps_at_most_five_files() -> None:
    hub = Hub()
    six = [SimpleUploadedFile(f"{number}.pdf", PDF) for number in range(6)]
    url = urlsplit(person_reflection_url(hub.kim, hub.task)).path

    page = Client().post(url, {"outcome": "tried", "shared": "group", "new_files": six}).content.decode()

    assert ("At most 5 files at a time." in page, stored()) == (True, [])


# ── Shared with the group ──────────────────────────────────────────────────────────────────────────────────────────
def test_shared_words_and_files_reach_the_group_and_others_only_who_leads(log_in: Callable[[User], Client]) -> None:
    hub = Hub()
    open_to_all, kept = hub.say(hub.kim, words="Shared."), hub.say(hub.lou, words="Kept.", shared=False)
    photos = [create_attachment(reflection=one, kind="jpeg") for one in (open_to_all, kept)]
    group = reverse("my_group", args=[hub.group.pk])
    opened = {
        name: (
            [words in log_in(person).get(group).content.decode() for words in ("Shared.", "Kept.")],
            [log_in(person).get(reverse("attachment_file", args=[photo.pk])).status_code for photo in photos],
        )
        for name, person in (("kim", hub.kim), ("lou", hub.lou), ("fran", hub.fran), ("stranger", create_user()))
    }

    assert opened == {
        "kim": ([True, False], [200, 404]),
        "lou": ([True, False], [200, 200]),
        "fran": ([True, False], [200, 200]),
        "stranger": ([False, False], [404, 404]),
    }


def test_shared_words_stay_readable_when_the_group_is_over(log_in: Callable[[User], Client]) -> None:
    hub = Hub()
    hub.say(hub.kim)
    long_ago = timedelta(days=400)
    for session in Session.objects.filter(work_group=hub.group):
        assert session.starts_at
        assert session.ends_at
        times = {"starts_at": session.starts_at - long_ago, "ends_at": session.ends_at - long_ago}
        Session.objects.filter(pk=session.pk).update(**times)

    page = log_in(hub.lou).get(reverse("my_group", args=[hub.group.pk])).content.decode()

    assert "Cubes first." in page


def test_shared_things_of_one_session_are_all_that_a_stand_in_sees(log_in: Callable[[User], Client]) -> None:
    hub = Hub()
    hub.say(hub.kim)
    ada = create_teacher(school=hub.school, name="Ada")
    second = hub.sessions[1]
    swaps.send(place=hub.booking.places.get(person=hub.kim), sessions=[second.pk], to=ada.pk, by=hub.lead)
    hub.be_over(second, days=15)

    assert list(sessions_of(ada)) == [second]
    page = log_in(ada).get(reverse("my_group", args=[hub.group.pk])).content.decode()
    assert ("Do 2 in class." in page, "Cubes first." in page) == (True, False)


def test_shared_things_of_before_stay_open_to_who_gives_the_place_up_and_no_others() -> None:
    hub = Hub()
    said = hub.say(hub.lou)

    swaps.withdraw_place(place=hub.booking.places.get(person=hub.kim), reason=Reason.COVER, by=hub.lead)
    hub.be_over(hub.sessions[1], days=15)

    now = timezone.now()
    create_attachment(session=hub.sessions[1])
    left = (sessions_of(hub.kim), tasks_of(hub.kim, now), reflections_of(hub.kim, now), attachments_of(hub.kim, now))
    assert [list(one) for one in left] == [[hub.sessions[0]], [hub.tasks[0]], [said], []]


def test_comment_is_read_by_the_group_and_taken_out_by_its_writer_or_who_leads(
    log_in: Callable[[User], Client],
) -> None:
    hub = Hub()
    said = hub.say(hub.kim)
    url = reverse("comment_add", args=[said.pk])
    for person in (hub.lou, hub.kim):
        log_in(person).post(url, {"words": f"From {person.name}."})
    ours, theirs = Comment.objects.order_by("pk")

    page = log_in(hub.kim).get(reverse("my_group", args=[hub.group.pk])).content.decode()
    out = reverse("comment_remove", args=[said.pk])
    log_in(hub.kim).post(out, {"comment": ours.pk})
    left = list(Comment.objects.all())
    log_in(hub.lou).post(out, {"comment": ours.pk})
    log_in(hub.fran).post(out, {"comment": theirs.pk})

    assert ["From Lou." in page, "From Kim." in page] == [True, True]
    assert (left, Comment.objects.count()) == ([ours, theirs], 0)


@pytest.mark.parametrize("why", ["turned off", "not shared", "empty", "stranger"])
def test_comment_is_refused_where_the_group_does_not_talk(log_in: Callable[[User], Client], why: str) -> None:
    hub = Hub(uses_comments=why != "turned off")
    said = hub.say(hub.kim, shared=why != "not shared")
    by = create_user() if why == "stranger" else hub.lou

    response = log_in(by).post(reverse("comment_add", args=[said.pk]), {"words": "" if why == "empty" else "Hello"})

    assert (response.status_code, Comment.objects.count()) == (404 if why in ("not shared", "stranger") else 302, 0)


# ── For who leads ──────────────────────────────────────────────────────────────────────────────────────────────────
def test_tried_shows_who_said_what_who_is_stuck_and_who_is_silent(log_in: Callable[[User], Client]) -> None:
    hub = Hub()
    hub.say(hub.kim, "stuck", "No cubes.", shared=False)
    fran, url = log_in(hub.fran), reverse("session_tried", args=[hub.sessions[1].pk])

    page = fran.get(url).content.decode()

    assert [words in page for words in ("Stuck: 1", "No cubes.", "Not said yet: 1", "please do not read it out")] == [
        True
    ] * 4
    assert "To talk about</h2>" not in page


def test_star_puts_words_where_they_are_talked_about(log_in: Callable[[User], Client]) -> None:
    hub = Hub()
    said = hub.say(hub.kim)
    fran, star = log_in(hub.fran), reverse("reflection_star", args=[said.pk])

    on = fran.post(star, {"star": "on", "session": hub.sessions[1].pk})
    page = fran.get(on["Location"]).content.decode()
    fran.post(star, {"star": "off"})

    said.refresh_from_db()
    assert (on["Location"], "To talk about</h2>" in page, said.to_discuss) == (
        reverse("session_tried", args=[hub.sessions[1].pk]),
        True,
        False,
    )
    assert log_in(hub.kim).post(star, {"star": "on"}).status_code == 404


def test_write_task_keeps_words_files_and_a_link(log_in: Callable[[User], Client]) -> None:
    hub = Hub()
    session = create_session(work_group=hub.group, number=4, days=60)
    given = {"title": "Draw it", "body": "- *twice*", "link_url": "https://example.org/x", "link_title": "Bars"}

    response = log_in(hub.fran).post(
        reverse("task_edit", args=[session.pk]), given | {"new_files": [SimpleUploadedFile("cards.pdf", PDF)]}
    )

    task = ResearchTask.objects.get(session=session)
    assert response["Location"] == reverse("work_group_tasks", args=[hub.group.pk])
    assert (task.title, task.body) == ("Draw it", "- *twice*")
    assert list(task.attachments.values_list("kind", "title")) == [("pdf", "cards"), ("link", "Bars")]


def test_write_task_shows_how_it_reads_with_script_and_without(log_in: Callable[[User], Client]) -> None:
    hub = Hub()
    fran, url = log_in(hub.fran), reverse("task_edit", args=[hub.sessions[2].pk])
    given = {"title": "Draw it", "body": "**twice** <script>x()</script>"}

    pages = [
        fran.post(url, given | {"preview": "1"}).content.decode(),
        fran.post(url, given, headers={"HX-Request": "true"}).content.decode(),
    ]

    assert [("<strong>twice</strong>" in page, "<script>x()" in page) for page in pages] == [(True, False)] * 2
    assert ResearchTask.objects.get(pk=hub.tasks[2].pk).title == "Try 3"


def test_library_holds_tasks_of_the_project_and_of_groups_one_led(log_in: Callable[[User], Client]) -> None:
    hub, elsewhere = Hub(), Hub(year=2020)
    last_year = create_work_group(sessions=1, project=hub.group.project, year=2025)
    create_task(session=last_year.sessions.get(), title="From last year")
    led = create_work_group(sessions=1, leads=[hub.fran])
    create_task(session=led.sessions.get(), title="From another group of mine")
    ResearchTask.objects.filter(session__work_group=elsewhere.group).update(title="Of strangers")
    elsewhere.group.title = "Elsewhere"
    elsewhere.group.save()

    page = log_in(hub.fran).get(reverse("task_library", args=[hub.sessions[2].pk])).content.decode()

    found = [words in page for words in ("From last year", "From another group of mine", "Of strangers")]
    assert found == [True, True, False]


def test_library_brings_words_files_and_links_along(log_in: Callable[[User], Client]) -> None:
    hub = Hub()
    last_year = create_work_group(sessions=1, project=hub.group.project, year=2025)
    source = create_task(session=last_year.sessions.get(), title="Cubes", body="Ten of each.")
    create_attachment(task=source)
    session = create_session(work_group=hub.group, number=4, days=60)
    fran, url = log_in(hub.fran), reverse("task_edit", args=[session.pk])

    page = fran.get(f"{url}?from={source.pk}").content.decode()
    fran.post(url, {"title": "Cubes", "body": "Five of each.", "copied_from": source.pk})

    task = ResearchTask.objects.get(session=session)
    assert ("Ten of each." in page, task.body, task.copied_from) == (True, "Five of each.", source)
    names = set(Attachment.objects.values_list("file", flat=True))
    assert (task.attachments.get().title, len(names), sorted(names)) == ("Bar models", 2, stored())


def test_library_of_strangers_cannot_be_taken_by_guessing(log_in: Callable[[User], Client]) -> None:
    hub, other = Hub(), create_work_group(sessions=1)
    theirs = create_task(session=other.sessions.get(), title="Theirs", body="Secret.")
    session = create_session(work_group=hub.group, number=4, days=60)
    fran, url = log_in(hub.fran), reverse("task_edit", args=[session.pk])

    page = fran.get(f"{url}?from={theirs.pk}").content.decode()
    fran.post(url, {"title": "Cubes", "copied_from": theirs.pk})

    assert ("Secret." in page, ResearchTask.objects.filter(session=session).count()) == (False, 0)


def test_task_with_answers_stays(log_in: Callable[[User], Client]) -> None:
    hub = Hub()
    hub.say(hub.kim)

    page = log_in(hub.fran).post(reverse("task_remove", args=[hub.sessions[0].pk]), follow=True).content.decode()

    assert ("so it stays" in page, ResearchTask.objects.filter(pk=hub.task.pk).count()) == (True, 1)
