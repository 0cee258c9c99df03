"""Between two sessions, in a real browser: a reflection from a phone with a photograph, and what becomes of it."""

import io
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.urls import reverse
from django.utils import timezone
from PIL import Image
from playwright.sync_api import BrowserContext, expect

from booking.integrity import reflections_are_by_people_of_the_group
from booking.links import person_dates_url
from booking.models import Comment, Reflection, ResearchTask, Session
from tests.browser.conftest import overflow, screenshot, violations
from tests.factories import (
    create_booking,
    create_lead,
    create_session,
    create_task,
    create_teacher,
    create_user,
    create_work_group,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]

NewContext = Callable[..., BrowserContext]


class Hub:
    def __init__(self) -> None:
        self.fran, self.lead = create_user(name="Fran Lovell"), create_lead()
        self.kim, self.lou = (
            create_teacher(school=self.lead.memberships.get().school, name=name) for name in ("Kim Ash", "Lou Elm")
        )
        self.group = create_work_group(sessions=0, leads=[self.fran], title="Reasoning")
        self.first = create_session(work_group=self.group, number=1, days=1)
        self.second = create_session(work_group=self.group, number=2, days=14)
        self.task = create_task(session=self.first, title="Draw the bars", body="Before you *calculate*.")
        create_booking(work_group=self.group, by=self.lead, people=[self.kim, self.lou])
        assert self.first.starts_at
        assert self.first.ends_at
        week = timedelta(days=8)
        Session.objects.filter(pk=self.first.pk).update(
            starts_at=self.first.starts_at - week, ends_at=self.first.ends_at - week
        )


def photograph() -> dict[str, object]:
    out = io.BytesIO()
    Image.new("RGB", (3000, 2000), "#fbfaf6").save(out, "JPEG")
    return {"name": "IMG_0042.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}


def test_reflection_with_a_photograph_goes_from_a_phone_to_the_group(new_context: NewContext) -> None:
    hub = Hub()
    page = new_context(hub.kim, width=320).new_page()

    page.goto(reverse("my_sessions"))
    expect(page.get_by_role("heading", name="Draw the bars")).to_be_visible()
    page.get_by_role("link", name="Say how it went").click()
    wrong = [*violations(page), overflow(page)]
    page.get_by_label("Tried it").check()
    page.get_by_label("In a few sentences").fill("Year 4 drew the bars, Year 3 needed the cubes.")
    page.get_by_label("Photos of pupils’ work (optional)").set_input_files([photograph()])  # type: ignore[list-item]  # as Playwright takes it
    page.get_by_label("Everybody in our group").check()
    page.get_by_role("button", name="Send it").click()
    expect(page.get_by_text("You said: tried it.")).to_be_visible()
    wrong += [*violations(page), overflow(page)]

    colleague = new_context(hub.lou, width=390).new_page()
    colleague.goto(reverse("my_group", args=[hub.group.pk]))
    photo = colleague.get_by_role("img", name="Photo 1 from Kim Ash")
    expect(photo).to_be_visible()
    photo.scroll_into_view_if_needed()
    expect(photo).to_have_js_property("naturalWidth", 2000)
    colleague.locator("summary", has_text="Comment").click()
    colleague.get_by_label("Your comment").fill("How many cubes each?")
    colleague.get_by_role("button", name="Add it").click()
    expect(colleague.get_by_text("How many cubes each?")).to_be_visible()
    wrong += [*violations(colleague), overflow(colleague)]
    screenshot(colleague, "my_group")

    assert [one for one in wrong if one] == []
    assert (Reflection.objects.get().attachments.get().kind, Comment.objects.get().by) == ("jpeg", hub.lou)
    assert list(reflections_are_by_people_of_the_group(timezone.now())) == []


def test_reflection_goes_by_the_link_without_script_or_account(new_context: NewContext) -> None:
    hub = Hub()
    page = new_context(width=320, script=False).new_page()

    page.goto(urlsplit(person_dates_url(hub.kim)).path)
    page.get_by_role("link", name="Say how it went").click()
    page.get_by_label("Stuck").check()
    page.get_by_label("Only who leads the group").check()
    page.get_by_role("button", name="Send it").click()

    expect(page.get_by_text("You said: stuck.")).to_be_visible()
    assert Reflection.objects.get().shared is False


def test_facilitator_writes_a_task_with_a_preview_and_stars_what_to_talk_about(new_context: NewContext) -> None:
    hub = Hub()
    Reflection.objects.create(task=hub.task, person=hub.kim, outcome="stuck", words="No cubes.")
    page = new_context(hub.fran, width=390).new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)

    page.goto(reverse("work_group_tasks", args=[hub.group.pk]))
    wrong = [*violations(page), overflow(page)]
    page.get_by_role("link", name="Write a task after session 2").click()
    page.get_by_label("What to try, in a few words").fill("One start, two ends")
    page.get_by_label("What to do").fill("- ask **twice**")
    expect(page.locator("#preview strong")).to_have_text("twice")
    page.get_by_role("button", name="Keep the task").click()
    expect(page.get_by_text("A draft: the group reads what to do when session 2 is over")).to_be_visible()
    page.get_by_role("link", name="Who tried what").click()
    page.get_by_role("button", name="To talk about").click()
    expect(page.get_by_role("heading", name="To talk about")).to_be_visible()
    wrong += [*violations(page), overflow(page), *complaints]

    assert [one for one in wrong if one] == []
    assert (ResearchTask.objects.count(), Reflection.objects.get().to_discuss) == (2, True)
