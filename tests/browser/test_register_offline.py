"""A register on phones with poor signal: nothing is lost, and what it says of "saved" is true."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session as WebSession
from django.test import Client
from django.utils import timezone
from playwright.sync_api import BrowserContext, Dialog, Page, expect

from accounts.models import User
from booking.integrity import violations as broken_rules
from booking.models import Attendance, Mark, Session
from tests.booking.test_registers import session_now, standing
from tests.browser.conftest import overflow, screenshot, violations
from tests.factories import create_facilitation, create_user, create_work_group, mark_register

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]

# What this phone's own store holds.
STORE = """
    const base = await new Promise((done) => {
        indexedDB.open("registers").onsuccess = (event) => done(event.target.result);
    });
    const all = (name) => new Promise((done) => {
        base.transaction(name).objectStore(name).getAll().onsuccess = (event) => done(event.target.result);
    });
"""
# Until the phone could do without the line.
KEPT = """async () => {
    const isKept = async () => (await self.kept.keptAt(self.phone.person, location.pathname).catch(() => 0)) > 0;
    while (!navigator.serviceWorker.controller || !(await isKept())) await new Promise((done) => setTimeout(done, 20));
}"""

NewContext = Callable[..., BrowserContext]


def log_in(phone: BrowserContext, person: User) -> None:
    client = Client()
    client.force_login(person)
    key = client.cookies[settings.SESSION_COOKIE_NAME].value
    phone.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": key, "domain": "localhost", "path": "/"}])


def opened(phone: BrowserContext, session: Session) -> Page:
    """The register, kept on this phone."""
    page = phone.new_page()
    page.goto(f"/sessions/{session.pk}/register/")
    page.evaluate(KEPT)
    return page


def tap(page: Page, row: Attendance, what: str) -> None:
    page.locator(f"#row-{row.pk}").get_by_label(what, exact=True).check()


def state(page: Page, words: str | re.Pattern[str]) -> None:
    expect(page.locator("#register-state")).to_have_text(words)


SAVED = re.compile(r"Saved at \d\d:\d\d")


@pytest.mark.parametrize("first", [0, 1])
def test_register_marked_off_line_on_two_phones_ends_the_same_in_either_order(
    new_context: NewContext, first: int
) -> None:
    session, [kim, sam], lead = session_now()
    other = create_user(name="Cole Lead")
    create_facilitation(work_group=session.work_group, person=other)
    phones = [new_context(person, width=390) for person in (lead, other)]
    pages = [opened(phone, session) for phone in phones]
    for phone in phones:
        phone.set_offline(True)

    tap(pages[0], kim, "Present")
    tap(pages[0], sam, "Present")
    tap(pages[1], kim, "Late")
    pages[1].locator(f"#minutes-{kim.pk}").fill("20")
    pages[1].locator(f"#minutes-{kim.pk}").blur()
    state(pages[0], "2 taps wait on this phone: no connection")
    pages[1].reload()
    state(pages[1], "2 taps wait on this phone: no connection")
    expect(pages[1].locator("#register-count")).to_have_text("1 here, 1 to mark")
    assert Mark.objects.count() == 0
    for number in (first, 1 - first):
        phones[number].set_offline(False)
        state(pages[number], SAVED)

    kim.refresh_from_db()
    assert (kim.contested, standing(sam), Mark.objects.count()) == (True, "present", 4)
    late = pages[1 - first]
    expect(late.locator("#register-count")).to_have_text("1 here, 1 to decide")
    expect(late.locator(f"#row-{kim.pk} .is-choice")).to_contain_text("Late, 20 minutes Cole Lead")
    assert violations(late) == []
    screenshot(late, f"register-conflict-{first}")
    late.locator(f"#row-{kim.pk} .is-choice").get_by_label(re.compile("^Late")).click()
    state(late, SAVED)
    expect(late.locator("#register-count")).to_have_text("2 here, all marked")
    kim.refresh_from_db()
    assert (kim.contested, kim.standing_mark.says if kim.standing_mark else ()) == (False, ("late", 20, ""))
    assert list(broken_rules()) == []


def test_register_undone_off_line_says_again_what_was_said_before(new_context: NewContext) -> None:
    session, [kim, _], lead = session_now()
    phone = new_context(lead)
    page = opened(phone, session)
    phone.set_offline(True)
    tap(page, kim, "Present")
    tap(page, kim, "Absent")

    page.get_by_role("button", name="Undo").click()
    state(page, re.compile("3 taps wait on this phone"))
    phone.set_offline(False)

    state(page, SAVED)
    assert [mark.what for mark in Mark.objects.order_by("pk")] == ["present", "absent", "present"]
    assert standing(kim) == "present"


def test_register_waits_for_the_same_person_when_the_log_in_has_ended(new_context: NewContext) -> None:
    session, [kim, _], lead = session_now()
    other = create_user(name="Cole Lead")
    create_facilitation(work_group=session.work_group, person=other)
    phone = new_context(lead)
    page = opened(phone, session)
    phone.set_offline(True)
    tap(page, kim, "Absent")
    WebSession.objects.all().delete()

    phone.set_offline(False)
    state(page, "1 tap waits on this phone until you log in again Log in")
    screenshot(page, "register-log-in-again")
    log_in(phone, other)
    page.goto(f"/sessions/{session.pk}/register/")
    state(page, "Each tap is saved as you make it")
    assert Mark.objects.count() == 0
    log_in(phone, lead)
    page.goto("/my/")
    page.goto(f"/sessions/{session.pk}/register/")

    expect(page.locator("#register-count")).to_have_text("0 here, 1 absent, 1 to mark")
    for _ in range(100):  # what the page shows it keeps on the phone; that it has arrived is another matter
        if Mark.objects.exists():
            break
        page.wait_for_timeout(100)
    assert [(mark.what, mark.by) for mark in Mark.objects.all()] == [("absent", lead)]


def test_register_log_out_with_waiting_taps_asks_and_then_leaves_nothing(new_context: NewContext) -> None:
    session, [kim, _], lead = session_now()
    phone = new_context(lead)
    page = opened(phone, session)
    phone.set_offline(True)
    tap(page, kim, "Present")
    asked: list[str] = []

    def answer(dialog: Dialog) -> None:
        asked.append(dialog.message)
        if len(asked) == 1:
            dialog.dismiss()
        else:
            dialog.accept()

    page.on("dialog", answer)
    log_out = page.get_by_role("button", name="Log out")
    log_out.click()
    state(page, "1 tap waits on this phone: no connection")
    WebSession.objects.all().delete()
    phone.set_offline(False)
    state(page, re.compile("until you log in again"))
    log_out.click()
    page.wait_for_url(re.compile(r"://[^/]+/$"))

    words = "1 tap on registers could not be sent, and would be lost. Log out all the same?"
    left = page.evaluate(
        "async () => {"
        + STORE
        + """
        const stores = await Promise.all(["keys", "pages", "taps", "facts"].map(all));
        return [...stores.map((one) => one.length), (await caches.keys()).length];
        }"""
    )
    assert (asked, left, Mark.objects.count()) == ([words, words], [0, 0, 0, 0, 0], 0)


def test_register_off_line_keeps_nothing_that_can_be_read(new_context: NewContext) -> None:
    session, [kim, _], lead = session_now()
    phone = new_context(lead)
    page = opened(phone, session)
    phone.set_offline(True)
    tap(page, kim, "Present")
    state(page, "1 tap waits on this phone: no connection")

    kept = page.evaluate(
        "async () => {"
        + STORE
        + """
        const key = (await all("keys"))[0];
        const rows = [...(await all("pages")), ...(await all("taps"))];
        const read = (one) => JSON.stringify(one) + new TextDecoder().decode(one.sealed.data);
        return [key.extractable, rows.length, rows.map(read).join(" ")];
        }"""
    )

    assert kept[:2] == [False, 2]
    assert kim.person.name not in kept[2]


def test_register_is_signed_when_all_is_sent_and_amended_with_a_reason(new_context: NewContext) -> None:
    session, [kim, sam], lead = session_now()
    mark_register(session=session, marks={sam.pk: "present"}, by=lead)
    phone = new_context(lead, width=390, dark=True)
    page = opened(phone, session)
    phone.set_offline(True)
    tap(page, kim, "Present")

    page.get_by_role("button", name="Sign the register").click()
    state(page, "Not signed: 1 tap could not be sent yet.")
    phone.set_offline(False)
    page.get_by_role("button", name="Sign the register").click()
    expect(page.get_by_text("You can correct it until").first).to_be_visible()
    assert Session.objects.get(pk=session.pk).signed_by == lead
    phone.set_offline(True)
    tap(page, kim, "Absent")
    Mark.objects.update(received_at=timezone.now() - timedelta(days=11))  # what was marked in time
    Session.objects.filter(pk=session.pk).update(signed_at=timezone.now() - timedelta(days=10))
    phone.set_offline(False)
    expect(page.get_by_text("Say why you change it.")).to_be_visible()
    screenshot(page, "register-refused")
    page.get_by_label("Why do you change it?").last.fill("")
    page.locator("#why").fill("She had gone home")
    page.get_by_role("button", name="Send with this reason").click()
    expect(page.get_by_role("heading", name="Amendments")).to_be_visible()
    assert standing(kim) == "absent"
    tap(page, sam, "Late")
    page.get_by_label("Why do you change it?").fill("Came at half past")
    page.get_by_role("button", name="Amend the register").click()

    expect(page.locator("#amendments ~ table tbody tr")).to_have_count(2)
    assert standing(sam) == "late"
    assert (violations(page), overflow(page)) == ([], 0)
    screenshot(page, "register-amended")
    assert list(broken_rules()) == []


def test_register_by_keyboard_saves_what_is_landed_on_and_not_what_is_passed(new_context: NewContext) -> None:
    session, [kim, sam], lead = session_now()
    page = opened(new_context(lead), session)

    page.locator(f"#row-{kim.pk} input[value=present]").focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowRight"):
        page.keyboard.press(key)
    state(page, "Not saved yet …")
    page.keyboard.press("Enter")
    state(page, SAVED)
    page.get_by_role("button", name="Everyone else is here").click()
    expect(page.locator("#register-count")).to_have_text("1 here, 1 absent, all marked")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#register-count")).to_have_text("0 here, 1 absent, 1 to mark")
    state(page, SAVED)

    assert [mark.what for mark in kim.marks.all()] == ["absent"]
    assert [mark.what for mark in sam.marks.all()] == ["present", "cleared"]


def test_register_in_two_tabs_of_one_phone_is_one_queue(new_context: NewContext) -> None:
    session, [kim, sam], lead = session_now()
    phone = new_context(lead)
    first, second = opened(phone, session), opened(phone, session)
    phone.set_offline(True)

    tap(first, kim, "Present")
    expect(second.locator("#register-count")).to_have_text("1 here, 1 to mark")
    tap(second, sam, "Absent")
    state(first, "2 taps wait on this phone: no connection")
    phone.set_offline(False)

    for page in (first, second):
        state(page, re.compile("^Saved at|^Each tap is saved"))  # whichever of them has sent them
    assert Mark.objects.count() == 2


def test_register_list_says_what_became_of_taps_for_a_register_that_is_gone(new_context: NewContext) -> None:
    session, [kim, _], lead = session_now()
    phone = new_context(lead, width=390)
    page = opened(phone, session)
    phone.set_offline(True)
    tap(page, kim, "Present")
    state(page, "1 tap waits on this phone: no connection")
    page.goto("about:blank")
    work_group = create_work_group(leads=[lead])
    session.work_group.facilitations.all().delete()

    phone.set_offline(False)
    page.goto("/registers/")

    gone = page.get_by_text("You do not take this register any more. Please tell the hub.")
    expect(gone).to_contain_text(f"Not saved: {kim.person.name}, Present.")
    assert (violations(page), work_group.is_led_by(lead)) == ([], True)
    page.get_by_role("button", name="Leave it out").click()
    expect(gone).to_be_hidden()
    assert Mark.objects.count() == 0


def test_register_list_keeps_the_coming_week_on_the_phone(new_context: NewContext) -> None:
    _, _, lead = session_now()
    phone = new_context(lead, width=390)
    page = phone.new_page()
    page.goto("/registers/")
    expect(page.get_by_text("On this phone 1 register opens off line too.")).to_be_visible()
    page.evaluate(KEPT)
    phone.set_offline(True)

    page.goto("/registers/")
    expect(page.get_by_text("You are off line.")).to_be_visible()
    page.get_by_role("link", name=re.compile("Open the register")).click()

    state(page, re.compile("^Off line: this is how it stood on"))
