"""The main job from end to end in a real browser: find, register, book, be told, take the register, see it."""

import re
from collections.abc import Callable
from datetime import timedelta
from email import message_from_bytes, policy

import pytest
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page, expect

from accounts.models import Membership
from booking.models import Attendance, Booking, CalendarEntry, Session
from notifications.delivery import drain
from notifications.models import Notice
from tests.browser.conftest import screenshot
from tests.days import tuesday
from tests.factories import create_hub_staff, create_school, create_session, create_user, create_work_group

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]


class Hands:
    """Counts what a person does: every click, every field filled, every page that follows."""

    def __init__(self, page: Page) -> None:
        self.page, self.acts, self.pages = page, 0, 0
        page.on("framenavigated", self._navigated)

    def _navigated(self, _: object) -> None:
        self.pages += 1

    def click(self, role: str, name: str | re.Pattern[str]) -> None:
        self.acts += 1
        self.page.get_by_role(role, name=name).first.click()  # type: ignore[arg-type]  # roles are given as plain words

    def fill(self, label: str, value: str) -> None:
        self.acts += 1
        self.page.get_by_label(label).first.fill(value)

    def choose(self, label: str, option: str) -> None:
        self.acts += 1
        self.page.get_by_label(label).first.select_option(label=option)


def code_for(address: str) -> str:
    """The code in the last mail to an address, as its reader would copy it."""
    notice = Notice.objects.filter(to=address).latest("pk")
    body = message_from_bytes(bytes(notice.raw), policy=policy.default).get_body(("plain",))
    assert body is not None
    found = re.search(r"^\s*([A-Z0-9]{3,4}-?[A-Z0-9]{3,4})\s*$", body.get_content(), re.M)
    assert found, body.get_content()
    return found.group(1)


def test_main_job_from_the_postcode_to_the_register(new_context: Callable[..., BrowserContext]) -> None:
    facilitator = create_user(name="Fran Lovell", email="fran@hub.example")
    staff = create_hub_staff()
    work_group = create_work_group(
        sessions=6, title="Teaching for Mastery in Mixed Age Classes", leads=[facilitator], capacity=20
    )
    create_school(name="Harebell Primary", town="Oadby", postcode="LE2 5AB")
    page = new_context().new_page()

    # 1. Signed out, with a postcode: what fits, every date, is it for us.
    page.goto("/")
    page.get_by_label("Your postcode or school").fill("le2 5ab")
    page.get_by_role("button", name="Show what fits").click()
    page.get_by_role("link", name=work_group.title).click()
    expect(page.get_by_role("heading", name="Is it for us?")).to_be_visible()
    expect(page.get_by_role("heading", name=re.compile("^6. Session 6"))).to_be_visible()
    screenshot(page, "1-group")

    # 2. Sign up with a code, find the school, become its lead.
    page.get_by_role("link", name="Book two places").click()
    page.get_by_role("link", name="Sign up with your work e-mail").click()
    page.get_by_label("Your name").fill("Mel Harper")
    page.get_by_label("E-mail").fill("mel@harebell.example")
    page.get_by_label("Password").fill("correct horse battery")
    page.get_by_role("button", name="Send me the code").click()
    page.get_by_label("Code").fill(code_for("mel@harebell.example"))
    page.get_by_role("button", name="Go on").click()
    page.get_by_label("Find your school").fill("harebell")
    page.get_by_role("link", name="Harebell Primary").click()
    page.get_by_role("button", name="This is my school").click()

    # 3. Book two on the whole series, one name to follow: from here at most 4 pages and 12 acts.
    hands = Hands(page)
    expect(page.get_by_role("heading", name="Who comes?")).to_be_visible()
    hands.choose("First colleague", "Mel Harper")
    hands.choose("Second colleague", "Name to follow: keep the place for us")
    hands.fill("Copy the dates to whoever arranges cover (optional)", "office@harebell.example")
    hands.click("button", "Check your answers")
    screenshot(page, "3-check")
    hands.click("button", "Book two places")
    expect(page.get_by_role("heading", name="Held for you")).to_be_visible()
    expect(page.get_by_text("you need do nothing").first).to_be_visible()
    screenshot(page, "3-held")
    assert hands.pages <= 4
    assert hands.acts <= 12
    assert Booking.objects.get().status == "held"

    # The hub confirms the school; what was held is booked.
    office = new_context(staff).new_page()
    office.goto("/office/")
    office.get_by_role("link", name="Mel Harper, Harebell Primary").click()
    office.get_by_role("button", name="Yes, confirm and book what is held").click()
    expect(office.get_by_text("books for Harebell Primary")).to_be_visible()
    assert Membership.objects.get(person__email="mel@harebell.example").state == "active"

    # 4. Told: a confirmation, one invite a session, and the dates for cover.
    drain()
    kinds = list(Notice.objects.filter(to="mel@harebell.example", state="sent").values_list("kind", flat=True))
    assert kinds.count("invite") == 6
    assert Notice.objects.filter(to="office@harebell.example", state="sent").count() == 1
    office.goto("/office/mail/")
    expect(office.get_by_role("heading", name="Mail")).to_be_visible()
    screenshot(office, "4-mail")

    # 5. A calendar link, shown once.
    page.goto("/calendar/")
    page.get_by_role("button", name=re.compile("^Make")).first.click()
    link = page.locator("input[readonly]").first.input_value()
    feed = page.request.get(re.sub(r"^\w+://[^/]+", "", link))
    assert feed.status == 200
    assert feed.text().count("BEGIN:VEVENT") == 6
    screenshot(page, "5-calendar")

    # 6. The facilitator's register, on a phone: mark, save, correct.
    today = create_session(work_group=work_group, days=0, number=7, title="Today")
    start = timezone.now() - timedelta(minutes=10)
    Session.objects.filter(pk=today.pk).update(starts_at=start, ends_at=start + timedelta(hours=2))
    mel = Booking.objects.get().places.get(person__isnull=False)
    Attendance.objects.create(session=today, person=mel.person, place=mel, school=mel.booking.school)
    phone = new_context(facilitator, width=390, script=False).new_page()
    phone.goto("/registers/")
    phone.get_by_role("link", name=re.compile("Open the register")).first.click()
    phone.get_by_label("Late", exact=True).check()
    phone.get_by_role("button", name="Save").click()
    expect(phone.get_by_text("1 here, all marked")).to_be_visible()
    phone.get_by_label("Present", exact=True).check()
    phone.get_by_role("button", name="Save").click()
    screenshot(phone, "6-register")

    # 7. Seen: by the lead on the booking, by the teacher on her own page.
    page.goto(Booking.objects.get().get_absolute_url())
    expect(page.get_by_text("Present").first).to_be_visible()
    page.goto("/my/")
    expect(page.get_by_role("heading", name="My sessions")).to_be_visible()
    screenshot(page, "7-my")
    assert CalendarEntry.objects.filter(person=mel.person).wanted().count() == 6


def test_main_job_the_office_sets_a_group_up_and_publishes_it(new_context: Callable[..., BrowserContext]) -> None:
    staff = create_hub_staff()
    work_group = create_work_group(sessions=1)
    page = new_context(staff).new_page()

    page.goto("/office/work-groups/new/")
    page.get_by_label("Project").select_option(label=str(work_group.project))
    page.get_by_label("Title").fill("Strategies for Fluency")
    page.get_by_label("In one sentence").fill("Number facts that stay, in five short sessions.")
    page.get_by_label("Who it is for").fill("Teachers of Years 2 to 4")
    page.get_by_label("Primary", exact=True).check()
    page.get_by_label("Who leads it").fill("Fran Lovell fran@hub.example")
    page.get_by_role("button", name="Make the draft").click()
    page.get_by_role("link", name="Add a session").click()
    page.get_by_label("Title").fill("Facts within ten")
    page.get_by_label("Day").fill(tuesday().isoformat())
    page.get_by_label("Begins").fill("13:15")
    page.get_by_label("Ends").fill("15:45")
    page.get_by_label("Venue").select_option(index=1)
    page.get_by_role("button", name="Add the session").click()
    page.get_by_role("button", name="Publish").click()

    visitor = new_context().new_page()
    visitor.goto("/work-groups/")
    expect(visitor.get_by_role("link", name="Strategies for Fluency")).to_be_visible()
