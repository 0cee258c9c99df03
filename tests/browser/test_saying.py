"""What people say, in a real browser: a minute on a phone by the link in a mail, and what who leads the group reads."""

import re
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from django.urls import reverse
from playwright.sync_api import BrowserContext, expect

from booking.links import person_say_url
from booking.models import GroupReport, Round
from tests.browser.conftest import overflow, violations
from tests.factories import create_ended_group, create_session, create_user

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]

NewContext = Callable[..., BrowserContext]


def test_saying_takes_a_minute_on_a_phone_and_who_leads_reads_it_without_names(new_context: NewContext) -> None:
    fran = create_user(name="Fran Lovell")
    group, people = create_ended_group(title="Bar models", days=-2, leads=[fran])
    create_session(work_group=group, number=2, days=20)
    session = group.sessions.get(number=1)
    wrong: list[object] = []

    for index, person in enumerate(people[:3]):
        page = new_context(width=320, script=index != 1).new_page()
        page.goto(urlsplit(person_say_url(person, "pulse", session.pk)).path)
        wrong += [*violations(page), overflow(page)] if index != 1 else []
        page.get_by_label("Very").check()
        page.get_by_label("About right").check()
        page.get_by_label("One thing to change").fill(f"Sentence number {index}")
        page.get_by_role("button", name="Send it without my name").click()
        expect(page.get_by_text("It is kept without your name.").first).to_be_visible()
        expect(page.get_by_role("link", name="One minute about Bar models")).to_have_count(0)

    reader = new_context(fran, width=390).new_page()
    reader.goto(reverse("register_list"))
    reader.get_by_role("link", name=re.compile("^What people say of Bar models$")).click()
    expect(reader.locator("main")).to_contain_text("3 of 3 answers say that it was very or fairly useful in class.")
    expect(reader.locator(".said li")).to_have_text([f"Sentence number {index}" for index in range(3)])
    for person in people:
        expect(reader.locator("main")).not_to_contain_text(person.name)
    wrong += [*violations(reader), overflow(reader)]
    assert [one for one in wrong if one] == []
    assert Round.objects.get().answered == 3


def test_report_is_saved_as_it_is_typed_and_two_tabs_do_not_overwrite(new_context: NewContext) -> None:
    fran = create_user(name="Fran Lovell")
    group, _ = create_ended_group(title="Bar models", leads=[fran])
    context = new_context(fran, width=390)
    one, other = context.new_page(), context.new_page()
    url = reverse("work_group_report", args=[group.pk])
    one.goto(url)
    other.goto(url)
    one.on("dialog", lambda dialog: dialog.accept())
    other.on("dialog", lambda dialog: dialog.accept())

    one.get_by_label("What we tried").press_sequentially("Bars first.")
    expect(one.locator("#report-state")).to_have_text(re.compile("^Saved at "))
    one.get_by_label("What changed for pupils").press_sequentially("They argue.")
    expect(one.locator("#report-state")).to_have_text("Not saved yet.")
    expect(one.locator("#report-state")).to_have_text(re.compile("^Saved at "))
    other.get_by_label("What we tried").press_sequentially("Something else")
    expect(other.locator("#report-state")).to_have_text(re.compile("^Not saved: this report was changed"))

    report = GroupReport.objects.get()
    assert (report.tried, report.pupils) == ("Bars first.", "They argue.")
    other.get_by_role("button", name="Save").click()
    expect(other.get_by_role("heading", name="What is kept now")).to_be_visible()
    expect(other.get_by_label("What we tried")).to_have_value("Something else")
    assert [*violations(other), overflow(other)] == [0]


def test_report_says_that_nothing_is_saved_without_a_line(new_context: NewContext) -> None:
    fran = create_user(name="Fran Lovell")
    group, _ = create_ended_group(leads=[fran])
    context = new_context(fran)
    page = context.new_page()
    page.goto(reverse("work_group_report", args=[group.pk]))
    context.set_offline(True)

    page.get_by_label("What we tried").press_sequentially("Bars")

    expect(page.locator("#report-state")).to_contain_text("Not saved: no connection.")
    context.set_offline(False)
    page.get_by_label("What we tried").press_sequentially(" first")
    expect(page.locator("#report-state")).to_have_text(re.compile("^Saved at "))
    assert GroupReport.objects.get().tried == "Bars first"
