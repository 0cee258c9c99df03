"""Every page, for whoever it is for: axe finds nothing, nothing scrolls sideways at 320 px, CSP blocks nothing."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page, expect

from accounts.actions import members, rights
from accounts.colleagues import NewColleague
from accounts.models import AddressProposal, BouncedAddress, Membership, PeopleCheck, RegisterImport, User
from accounts.newsletter import confirm_url, topics_url, unsubscribe_url
from booking.actions import evaluation, needs, places
from booking.codes import paper_url
from booking.evaluation import EVALUATION, Asking, open_to
from booking.links import address_confirm_url, head_url, host_url, offer_url, person_dates_url, register_url
from booking.models import (
    Arrival,
    Attendance,
    Booking,
    CalendarEntry,
    CertificateBundle,
    Comment,
    Contribution,
    Disclosure,
    GroupReport,
    LessonRole,
    LessonStudy,
    ListProfile,
    Reflection,
    RegisterLink,
    SchoolHoliday,
)
from booking.question_sets import fresh_questions
from notifications.models import Inbound, Notice
from tests.browser.conftest import overflow, violations
from tests.factories import (
    create_attachment,
    create_booking,
    create_came,
    create_certificate,
    create_delivery,
    create_ended_group,
    create_frozen_year,
    create_handed_list,
    create_hub_staff,
    create_issue,
    create_lead,
    create_letter,
    create_news,
    create_own_days,
    create_past,
    create_phase_dates,
    create_project,
    create_proposal,
    create_question,
    create_running_session,
    create_school,
    create_session,
    create_task,
    create_teacher,
    create_user,
    create_venue,
    create_webhook,
    create_work_group,
    mark_register,
)
from tests.test_conventions import own_urls

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]

# Pages of whoever leads the group, by name.
OF_LEADS = {"work_group_answers", "work_group_standing", "work_group_certificates", "work_group_tasks"}
OF_LEADS |= {"certificate_bundle", "certificate_revoke"}
# These are not pages: files, figures, and acts that only take a POST.
NO_PAGE = {
    "work_group_sessions_ics",
    "hub_sessions_ics",
    "my_session_ics",
    "person_session_ics",
    "calendar_feed",
    "healthz",
    "readyz",
    "metrics",
    "offer_answer",
    "my_answer",
}
NO_PAGE |= {"session_sheet", "work_group_sheets", "register_link_add"}  # papers, and an act
NO_PAGE |= {"login_end", "register_sign", "acting_for", "office_work_group_publish"}
# The last is reached through the form, and looked at there.
NO_PAGE |= {"booking_place", "booking_questions", "booking_check"}
NO_PAGE |= {"newsletter_feed", "certificate_paper", "person_certificate", "certificate_anew", "school_certificates"}
NO_PAGE |= {"work_group_certificates_issue", "work_group_certificates_all", "register_marks"}
NO_PAGE |= {"our_school_paper", "office_our_school_paper", "work_group_summary_csv"}
NO_PAGE |= {"office_figures_paper", "work_group_summary_paper"}
NO_PAGE |= {"news_feed", "office_news_remove", "hub_look", "hub_logo"}
NO_PAGE |= {"security_txt", "change_password", "robots_txt", "manifest", "service_worker"}
NO_PAGE |= {"place_come", "office_selection_release", "office_work_group_run", "office_holiday_remove"}
NO_PAGE |= {"office_address_again", "office_notice_sample", "office_session_remove", "office_work_group_unarchive"}
NO_PAGE |= {"office_copy_check", "office_school_note_remove"}  # reached from pages that are looked at
NO_PAGE |= {"colleague_role", "colleague_answer", "membership_answer", "office_person_role"}
NO_PAGE |= {"attachment_file", "person_file", "comment_add", "comment_remove", "reflection_star", "task_remove"}
NO_PAGE |= {"office_list_columns_remove", "office_handed_answer", "office_handed_rest", "office_key_end"}
NO_PAGE |= {"my_erasure", "my_newsletter", "my_data_file", "office_register_answer", "office_person_data"}


FACILITATORS = {"work_group_answers", "work_group_summary", "work_group_report"}


def choice_of(asking: Asking) -> str:
    """The best answer to its first question."""
    return str(fresh_questions(asking.kind, asking.work_group.project_id)[0]["choices"][0])


class Hub:
    """A small hub in which every page has something to show."""

    def __init__(self) -> None:
        self.staff, self.facilitator = create_hub_staff(), create_user(name="Fran Lovell")
        self.lead = create_lead(name="Lena Marsh")
        self.school = self.lead.memberships.get().school
        self.teacher = create_teacher(school=self.school, name="Tom Teasel")
        SchoolHoliday.objects.create(la_code="855", name="Half term", first_on="2026-10-19", last_on="2026-10-23")
        self.own_days, self.phase_dates = create_own_days(school=self.school), create_phase_dates()
        self.work_group = create_work_group(
            sessions=4,
            leads=[self.facilitator],
            capacity=4,
            description="**Bars**",
            head_agreement="asked",
        )
        beside = create_work_group(parallel_to=self.work_group, sessions=0, title="Fractions beside")
        create_session(work_group=beside, days=16)
        create_teacher(school=self.school, name="Ann Ash")
        create_work_group(status="draft", title="A draft")
        for session in self.work_group.sessions.all():
            create_task(session=session)
        kinds = {"trn": "Teacher reference number", "years": "Year groups", "one": "Which scheme?", "long": "Why?"}
        for kind, words in kinds.items():
            create_question(project=self.work_group.project, kind=kind, words=words, choices=["White Rose", "None"])
        create_question(
            project=self.work_group.project, kind="yes_no", of="booking", seen_by="leads", words="A mixed class?"
        )
        self.news = create_news(text="**Bars** for Year 4.\n\n- one\n- two")
        rights.change_page(slug="about", text="## Who leads it\n\nA school.", by=self.staff)
        self.booking = create_booking(work_group=self.work_group, by=self.lead, people=[self.teacher, None])
        self.proposal = create_proposal(before=self.booking)
        self.frozen = create_frozen_year(year=self.work_group.year)
        Contribution.objects.create(work_group=self.work_group, amount=100)
        create_past(school=create_school(name="Formerly"), year=2024)
        create_work_group(recruitment="invitation", title="For invited schools")
        create_booking(work_group=self.work_group)
        waiting = create_booking(work_group=self.work_group)
        soon = timezone.now() + timedelta(hours=5)
        near = create_work_group(sessions=0, leads=[self.facilitator])
        self.soon = create_session(work_group=near, starts_at=soon, ends_at=soon + timedelta(hours=1))
        self.past = create_session(work_group=self.work_group, days=-7, number=9)
        self.hall = create_venue(name="Hall", room="Upstairs", host_name="Hal Moss", host_email="hal@hall.example")
        self.hosted = create_session(work_group=self.work_group, days=80, number=8, venue=self.hall)
        place = self.booking.places.get(person=self.teacher)
        Attendance.objects.create(session=self.hosted, person=self.teacher, place=place, school=self.school)
        row = Attendance.objects.create(session=self.past, person=self.teacher, place=place, school=self.school)
        mark_register(session=self.past, marks={row.pk: "late"}, by=self.facilitator)
        self.be_at_a_session()
        self.between()
        self.over, came = create_ended_group(days=-105)
        create_came(session=self.over.sessions.get(), people=[self.teacher])
        Attendance.objects.filter(person=self.teacher, session__work_group=self.over).update(place=came[0].places.get())
        self.said, people = create_ended_group(days=-7, leads=[self.facilitator], project=self.work_group.project)
        create_came(session=self.said.sessions.get(), people=[self.teacher])
        for asking in open_to(people[0], timezone.now()):
            for person in people[:3]:
                evaluation.answer(
                    asking=asking,
                    given={0: choice_of(asking), 7: "More cubes"}
                    if asking.kind == EVALUATION
                    else {0: choice_of(asking), 2: "More cubes"},
                    person=person,
                )
        boxes = dict.fromkeys(GroupReport.BOXES, "We drew first, and wrote later.")
        evaluation.save_report(work_group=self.said, boxes=boxes, may_quote=True, seen=0, by=self.facilitator)
        known = create_school(contact_email="office@known.example")
        self.held = create_lead(name="Hanna Held", school=known, state=Membership.State.REQUESTED)
        asking, named = create_user(name="Asha Asks"), NewColleague("Kim Lee", "kim@school.example")
        members.ask_to_join(person=asking, school=self.school, role="teacher")
        members.invite(school=self.school, colleagues=[named], role="teacher", by=self.lead)
        self.complaint = rights.complain(name="Carla Moss", email="carla@home.example", words="You wrote to me twice.")
        self.draft, self.gone = create_issue(), create_issue(gone=True)
        self.going = create_issue(gone=True, done_at=None)
        self.letter = create_letter(work_group=self.work_group)
        self.certificate = create_certificate(person=self.teacher, school=self.school, work_group=self.work_group)
        self.bundle = CertificateBundle.objects.create(work_group=self.work_group, of=12)
        self.register_import = RegisterImport.objects.create(state="ready", sent_at=timezone.now())
        self.subscription = rights.subscribe(email="carla@home.example", source="test")
        needs.say(
            place=self.booking.places.get(person=self.teacher),
            access="A step-free way in",
            food="No nuts",
            contact_me=True,
            agreed=True,
            by=self.teacher,
        )
        PeopleCheck.objects.create(school=self.school, year=2026, asked_at=timezone.now())
        create_booking(work_group=create_work_group(), by=self.held)
        self.waiting = waiting
        entry = CalendarEntry.objects.filter(person=self.teacher, session__work_group=self.work_group).last()
        self.came = Inbound.objects.create(
            digest="x",
            kind="reply",
            state="waiting",
            sender="tom@school.example",
            subject="Declined: Bars",
            text="Sorry!",
            says="cannot",
            entry=entry,
            person=self.teacher,
            why="It says that it is from Tom Teasel.",
        )
        BouncedAddress.objects.create(address=self.teacher.email, code="5.1.1", words="550 5.1.1 No such user")
        self.webhook = create_webhook()
        create_delivery(webhook=self.webhook, attempts=1, error="It could not be reached.")
        self.handed = create_handed_list()
        self.columns = ListProfile.objects.create(
            list_code="people", name="Return", columns=[["name", "Who", {}]], saved_at=timezone.now()
        )
        Disclosure.objects.create(
            list_code="people",
            title="People",
            columns=["Name", "E-mail"],
            rows=12,
            file="csv",
            at=timezone.now(),
            by=self.staff,
            to="NCETM",
            why="funder",
        )
        self.notice = Notice.objects.create(
            kind="x", to="a@school.example", subject="Hello", text="Hello", reason="A test"
        )

    def be_at_a_session(self) -> None:
        """One that runs now: some say themselves that they are here, somebody has a link, one came off the list."""
        self.running = create_running_session(leads=[self.facilitator], minutes=20, people=3)
        first, second, _ = Attendance.objects.of_session(self.running)
        now = timezone.now()
        Arrival.objects.create(session=self.running, attendance=first, at=now - timedelta(minutes=21))
        Arrival.objects.create(session=self.running, attendance=second, at=now)
        self.arrival = Arrival.objects.create(session=self.running, name="Jo Bell", school="Oakfield", at=now)
        self.link = RegisterLink.objects.create(session=self.running, name="Kit Moss", email="kit@school.example")
        before = create_session(work_group=create_work_group(sessions=0), days=-5)
        self.visitor = Attendance.objects.create(session=before, person=create_user(), school=self.school)

    def between(self) -> None:
        """What lies between two sessions: a task that is given, what was tried, a comment, files, a lesson."""
        lesson = LessonStudy.objects.create(session=self.past, school=self.school, year_group="Year 4", plan="**Bars**")
        LessonRole.objects.create(lesson=lesson, person=self.facilitator, words="teaches")
        task = create_task(session=self.past, title="Draw the bars", body="Before you calculate.")
        create_attachment(session=self.past)
        create_attachment(task=task)
        tried = Reflection.objects.create(task=task, person=self.teacher, outcome="tried", words="Cubes first.")
        create_attachment(reflection=tried)
        Comment.objects.create(reflection=tried, by=self.facilitator, words="How many cubes?")
        second = self.work_group.sessions.get(number=2)
        soon = Reflection(task=second.task, person=self.teacher, outcome="stuck", words="No cubes.", to_discuss=True)
        soon.save()

    def arguments(self, name: str) -> list[object]:
        coming = self.work_group.sessions.get(number=1)
        token = person_dates_url(self.teacher).rstrip("/").rsplit("/", 1)[1]
        given = {"school": self.school, "email": "new@school.example", "asked_at": timezone.now()}
        address, _ = AddressProposal.objects.update_or_create(person=self.teacher, defaults=given)
        member = self.teacher.memberships.get()
        by_name: dict[str, list[object]] = {
            "colleague_detail": [member.pk],
            "colleague_away": [member.pk],
            "colleague_leave": [member.pk],
            "membership_leave": [self.lead.memberships.get().pk],
            "school_code": [self.held.memberships.get().pk],
            "address_confirm": [address_confirm_url(address).rstrip("/").rsplit("/", 1)[1]],
            "carry_on": [self.proposal.pk],
            "school_days_edit": [self.own_days.pk],
            "office_school_days": [self.school.pk],
            "office_school_days_edit": [self.own_days.pk],
            "office_phase_dates_edit": [self.phase_dates.pk],
            "office_holiday_edit": [SchoolHoliday.objects.get().pk],
            "office_person": [self.teacher.pk],
            "office_register_import": [self.register_import.pk],
            "office_person_erase": [self.teacher.pk],
            "office_complaint": [self.complaint.pk],
            "office_page": ["about"],
            "office_todo": ["registers"],
            "news_item": [self.news.pk],
            "office_news_edit": [self.news.pk],
            "my_need": [self.booking.places.get(person=self.teacher).pk],
            "person_need": [token, self.booking.places.get(person=self.teacher).pk],
            "session_needs": [coming.pk],
            "session_today": [self.soon.pk],
            "session_calls": [coming.pk],
            "my_mobile": [self.work_group.pk],
            "newsletter_confirm": [confirm_url(self.subscription).rstrip("/").rsplit("/", 1)[1]],
            "newsletter_topics": [topics_url(self.subscription).rstrip("/").rsplit("/", 1)[1]],
            "newsletter_issue": [self.gone.pk],
            "office_issue": [self.going.pk],
            "office_issue_edit": [self.draft.pk],
            "letter_list": [self.work_group.pk],
            "letter_create": [self.work_group.pk],
            "letter_detail": [self.work_group.pk, self.letter.pk],
            "newsletter_unsubscribe": [unsubscribe_url(self.subscription).rstrip("/").rsplit("/", 1)[1]],
            "office_person_edit": [self.teacher.pk],
            "office_person_merge": [self.teacher.pk],
            "office_school_edit": [create_school(on_register=False).pk],
            "office_school_contact": [self.school.pk],
            "office_school_note": [self.school.pk],
            "office_school_addresses": [self.school.pk],
            "booking_detail": [self.booking.pk],
            "booking_withdraw": [self.booking.pk],
            "booking_head": [self.booking.pk],
            "booking_answers": [self.booking.pk],
            "my_questions": [self.booking.places.get(person=self.teacher).pk],
            "office_questions": [self.work_group.project_id],
            "head_answer": [head_url(self.booking.agreement).rstrip("/").rsplit("/", 1)[1]],
            "host_session": [host_url(self.hosted, self.hall).rstrip("/").rsplit("/", 1)[1]],
            "booking_transfer": [self.booking.pk],
            "place_change": [self.booking.places.get(person=self.teacher).pk],
            "my_missed": [coming.pk],
            "person_missed": [token, coming.pk],
            "place_missed": [self.booking.places.get(person=self.teacher).pk, coming.pk],
            "school_nobody": [self.school.pk],
            "my_pulse": [self.said.sessions.get().pk],
            "my_evaluation": [self.over.pk],
            "my_impact": [self.over.pk],
            "person_pulse": [token, self.said.sessions.get().pk],
            "person_evaluation": [token, self.over.pk],
            "person_impact": [token, self.over.pk],
            "work_group_summary": [self.said.pk],
            "work_group_report": [self.said.pk],
            "office_figures_freeze": [self.work_group.year],
            "office_frozen": [self.frozen.pk],
            "office_frozen_engagements": [self.frozen.pk],
            "office_evaluation": [self.work_group.project_id],
            "place_name": [self.booking.places.get(person=None).pk],
            "person_dates": [token],
            "my_reflection": [self.past.task.pk],
            "person_reflection": [token, self.past.task.pk],
            "my_group": [self.work_group.pk],
            "task_edit": [coming.pk],
            "task_library": [coming.pk],
            "session_materials": [self.past.pk],
            "session_tried": [self.hosted.pk],
            "session_lesson": [coming.pk],
            "session_register": [self.past.pk],
            "register_add": [self.running.pk],
            "session_check_in": [self.running.pk],
            "session_arrival": [self.running.pk, self.arrival.pk],
            "session_links": [self.running.pk],
            "check_in": paper_url(self.running).rstrip("/").rsplit("/", 2)[1:],
            "register_by_link": [register_url(self.link).rstrip("/").rsplit("/", 1)[1]],
            "office_visitor": [self.visitor.pk],
            "school_join": [create_school().pk],
            "office_lead": [self.held.memberships.get().pk],
            "office_school": [self.school.pk],
            "office_session": [coming.pk],
            "office_session_cancel": [coming.pk],
            "office_venue_edit": [create_venue().pk],
            "office_project_edit": [create_project().pk],
            "office_notice": [self.notice.pk],
            "office_wording": ["place_confirmed"],
            "office_our_school": [self.school.pk],
            "certificate_check": [self.certificate.token],
            "certificate_revoke": [self.certificate.pk],
            "certificate_bundle": [self.bundle.pk],
            "office_inbound": [self.came.pk],
            "office_webhook": [self.webhook.pk],
            "office_webhook_edit": [self.webhook.pk],
            "office_waiting_booking": [self.waiting.pk],
            "office_list": ["people"],
            "office_list_columns_create": ["attendance"],
            "office_list_columns": ["people", self.columns.pk],
            "office_handed_create": ["bookings"],
            "office_handed": [self.handed.pk],
            "office_handed_columns": [self.handed.pk],
            "offer_by_link": [offer_url(self.waiting, self.waiting.made_by).rstrip("/").rsplit("/", 1)[1]],
        }
        if name.startswith("work_group_d") or name == "booking_create":
            return [self.work_group.slug]
        if name in {
            "office_work_group",
            "office_work_group_edit",
            "office_work_group_leads",
            "office_work_group_cancel",
            "office_session_create",
            "office_sessions_rule",
            "office_sessions_paste",
            "office_booking_create",
            "office_parts",
            "work_group_answers",
            "work_group_standing",
            "work_group_certificates",
            "office_rules",
            "office_carry_on",
            "office_contribution",
            "office_school_rules",
            "office_selection",
            "office_waiting",
            "office_mail_pause",
            "work_group_tasks",
        }:
            return [self.work_group.pk]
        return by_name.get(name, [])

    def viewer(self, name: str) -> User:
        if name == "school_code":
            return self.held
        if name.startswith("office") or name == "school_nobody":
            return self.staff
        if name.startswith(("register", "session", "letter", "task_")) or name in OF_LEADS | FACILITATORS:
            return self.facilitator
        return self.teacher if name.startswith(("my_", "address_")) else self.lead


def look(page: Page, url: str, complaints: list[str]) -> list[str]:
    complaints.clear()
    page.goto(url)
    wrong = [f"{url}: {line}" for line in [*violations(page), *complaints]]
    wide = overflow(page)
    return [*wrong, f"{url}: {wide} px too wide"] if wide > 0 else wrong


def test_pages_of_everybody_are_accessible_and_fit_a_small_phone(new_context: Callable[..., BrowserContext]) -> None:
    hub = Hub()
    opened: dict[int, tuple[Page, list[str]]] = {}
    wrong = []

    for name in sorted({name for name, _ in own_urls()} - NO_PAGE):
        person = hub.viewer(name)
        if person.pk not in opened:
            page, complaints = new_context(person, width=320).new_page(), []
            page.on(
                "console", lambda message, to=complaints: to.append(message.text) if message.type == "error" else None
            )
            opened[person.pk] = (page, complaints)
        wrong += look(opened[person.pk][0], reverse(name, args=hub.arguments(name)), opened[person.pk][1])

    assert wrong == []


def test_pages_for_visitors_and_doors_are_accessible_in_the_dark(new_context: Callable[..., BrowserContext]) -> None:
    hub = Hub()
    page, complaints = new_context(width=320, dark=True).new_page(), []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    wrong = []

    names = ["account_login", "account_signup", "account_request_login_code", "account_reset_password", "home"]
    names.append("account_signup_by_passkey")
    for url in [*(reverse(name) for name in [*names, "work_group_list"]), hub.work_group.get_absolute_url()]:
        wrong += look(page, url, complaints)

    assert wrong == []


def test_pages_of_an_account_are_accessible(new_context: Callable[..., BrowserContext]) -> None:
    person = create_lead()
    page, complaints = new_context(person, width=320).new_page(), []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)

    wrong = []
    names = ["account_email", "account_set_password", "mfa_index", "account_logout", "usersessions_list"]
    for name in [*names, "socialaccount_connections", "socialaccount_login_cancelled"]:
        wrong += look(page, reverse(name), complaints)

    assert wrong == []


def test_pages_with_errors_are_accessible(new_context: Callable[..., BrowserContext]) -> None:
    hub = Hub()
    page = new_context(create_lead(), width=320).new_page()

    page.goto(reverse("booking_create", args=[hub.work_group.slug]))
    page.get_by_role("button", name="Continue").click()

    expect(page.locator(".error-summary")).to_be_visible()
    assert violations(page) == []


def test_pages_of_a_booking_with_questions_are_accessible_step_by_step(
    new_context: Callable[..., BrowserContext],
) -> None:
    hub = Hub()
    lead = create_lead(name="Lisa Sky")
    page = new_context(lead, width=320).new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)

    page.goto(reverse("booking_create", args=[hub.work_group.slug]))
    page.get_by_label("First colleague").select_option("Lisa Sky")
    page.get_by_label("Second colleague").select_option("later")
    page.get_by_role("button", name="Continue").click()
    number = page.get_by_label("The number")
    expect(number).to_be_hidden()
    expect(page.get_by_label("Teacher reference number")).to_be_visible()
    wrong = [*violations(page), overflow(page)]
    page.get_by_label("Teacher reference number").select_option("number")
    number.fill("1234567")
    page.get_by_label("Year 4").check()
    page.get_by_role("button", name="Check your answers").click()
    wrong += [*violations(page), overflow(page)]

    expect(page.locator("main")).to_contain_text("•••• 567")
    expect(page.locator("main")).to_contain_text("Year 4")
    assert [one for one in [*wrong, *complaints] if one] == []


def test_pages_of_the_office_that_show_first_are_accessible(new_context: Callable[..., BrowserContext]) -> None:
    hub = Hub()
    page = new_context(hub.staff, width=320).new_page()

    page.goto(reverse("office_work_group_edit", args=[hub.work_group.pk]))
    page.get_by_label("Places for people").fill("1")
    page.get_by_label("Why the number of places changes").fill("A smaller room")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Too many for that number")).to_be_visible()
    wrong = [*violations(page), overflow(page)]
    page.goto(reverse("office_venue_edit", args=[hub.work_group.sessions.all()[0].venue_id]))
    page.get_by_label("Room").fill("The library")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Nothing has happened yet.")).to_be_visible()
    wrong += [*violations(page), overflow(page)]
    page.goto(reverse("office_today"))
    page.get_by_label("Why, in a few words").fill("Snow")
    page.get_by_role("button", name="Cancel these").click()
    page.goto(reverse("office_term_dates"))
    page.get_by_role("link", name="Add a holiday of Leicestershire").click()
    expect(page.get_by_label("Authority", exact=True)).to_have_value("855")
    wrong += [*violations(page), overflow(page)]

    assert [one for one in wrong if one] == []


def test_pages_can_be_walked_by_keyboard_alone(new_context: Callable[..., BrowserContext]) -> None:
    hub = Hub()
    page = new_context(hub.facilitator).new_page()
    page.goto(reverse("session_register", args=[hub.past.pk]))

    page.keyboard.press("Tab")
    first = page.evaluate("document.activeElement.textContent")
    page.locator("input[type=radio]:checked").focus()
    page.keyboard.press("ArrowRight")

    assert first == "Skip to the main content"
    assert page.locator("input[type=radio]:checked").get_attribute("value") == "apologies"
    expect(page.locator("#register-state")).to_contain_text("Saved at")
    assert Attendance.objects.get(session=hub.past).standing_mark.what == "apologies"  # type: ignore[union-attr]  # it has one


def test_pages_not_found_have_a_face_of_their_own(client: Client) -> None:
    response = client.get("/no-such-page/")

    assert response.status_code == 404
    assert "There is no page here" in response.content.decode()


def test_pages_of_an_offer_let_it_be_taken(new_context: Callable[..., BrowserContext]) -> None:
    hub = Hub()
    places.withdraw(booking=hub.booking, by=hub.lead, reason="other")
    page = new_context(hub.waiting.made_by, width=390).new_page()

    page.goto(hub.waiting.get_absolute_url())
    page.get_by_role("button", name="Take the places").click()

    assert Booking.objects.get(pk=hub.waiting.pk).status == "confirmed"
