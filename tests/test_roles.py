"""Who may open what: every URL of ours against every kind of person. A URL that is not listed here fails."""

from dataclasses import dataclass
from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.db import connection, reset_queries
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import (
    AddressProposal,
    BouncedAddress,
    Complaint,
    Membership,
    RegisterImport,
    SchoolNote,
    Subscription,
    User,
)
from accounts.newsletter import confirm_url, topics_url, unsubscribe_url
from booking.actions import catchups, feeds
from booking.codes import paper_url
from booking.links import address_confirm_url, head_url, host_url, offer_url, person_dates_url, register_url
from booking.models import (
    Agreement,
    Arrival,
    Attendance,
    CertificateBundle,
    Comment,
    ListProfile,
    Reflection,
    RegisterLink,
    SchoolHoliday,
)
from notifications.models import Inbound, Notice
from tests.factories import (
    create_api_key,
    create_attachment,
    create_booking,
    create_came,
    create_certificate,
    create_ended_group,
    create_frozen_year,
    create_handed_list,
    create_hub_staff,
    create_issue,
    create_lead,
    create_letter,
    create_news,
    create_own_days,
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
)
from tests.test_conventions import own_urls

pytestmark = pytest.mark.django_db(transaction=True)

ROLES = (
    "visitor",
    "stranger",
    "teacher",
    "lead",
    "held_lead",
    "other_lead",
    "facilitator",
    "other_facilitator",
    "reader",
    "staff",
)

# For each URL who gets a page (200 or a redirect of its own); everyone else gets 404, a visitor the log-in page.
ANYONE = set(ROLES)
PEOPLE = ANYONE - {"visitor"}
LEADS = {"lead", "held_lead", "other_lead"}
STAFF = {"staff"}
FACILITATORS = {"facilitator", "other_facilitator", "staff"}
MATRIX: dict[str, set[str]] = {
    "home": ANYONE,
    "work_group_list": ANYONE,
    "work_group_detail": ANYONE,
    "work_group_sessions_ics": ANYONE,
    "hub_sessions_ics": ANYONE,
    "developers": ANYONE,
    "my_session_ics": {"teacher"},
    "person_session_ics": ANYONE,
    "booking_create": LEADS | {"stranger", "facilitator", "other_facilitator"},
    "booking_check": LEADS | {"stranger", "facilitator", "other_facilitator"},
    "booking_questions": LEADS | {"stranger", "facilitator", "other_facilitator"},
    "booking_place": PEOPLE,  # places nothing but one's own draft; the action asks for whom one books
    "booking_list": LEADS | {"stranger", "facilitator", "other_facilitator"},
    "booking_detail": {"lead", "facilitator", "staff"},
    "booking_head": {"lead", "facilitator", "staff"},
    "booking_answers": {"lead", "facilitator", "staff"},
    "my_questions": {"teacher"},
    "work_group_answers": {"facilitator", "staff"},
    "work_group_certificates": {"facilitator", "staff"},
    "work_group_certificates_issue": {"facilitator", "staff"},
    "work_group_certificates_all": {"facilitator", "staff"},
    "certificate_bundle": {"facilitator", "staff"},
    "certificate_paper": {"teacher", "lead", "facilitator", "staff"},
    "certificate_anew": {"facilitator", "staff"},
    "certificate_revoke": {"facilitator", "staff"},
    "certificate_check": ANYONE,
    "person_certificate": ANYONE,
    "school_certificates": {"lead", "other_lead"},
    "our_school": {"lead", "other_lead"},
    "our_school_paper": {"lead", "other_lead"},
    "school_standing": {"lead", "other_lead"},
    "work_group_standing": {"facilitator", "staff"},
    "head_answer": ANYONE,
    "host_session": ANYONE,
    "booking_withdraw": {"lead", "facilitator", "staff"},
    "offer_by_link": ANYONE,
    "offer_answer": {"lead", "facilitator", "staff"},
    "place_name": {"lead", "facilitator", "staff"},
    "booking_transfer": {"lead", "facilitator", "staff"},
    "place_change": {"lead", "facilitator", "staff"},
    "place_come": {"teacher", "lead", "facilitator", "staff"},
    "nobody_comes": {"lead", "other_lead"},
    "school_nobody": {"facilitator", "staff"},
    "place_missed": {"lead", "facilitator", "staff"},
    "office_booking_create": {"facilitator", "staff"},
    "my_missed": {"teacher"},
    "person_missed": ANYONE,
    "colleague_invite": {"lead", "other_lead"},
    "people_check": {"lead", "other_lead"},
    "colleague_detail": {"lead"},
    "colleague_role": {"lead"},
    "colleague_away": {"lead"},
    "colleague_leave": {"lead"},
    "colleague_answer": {"lead"},
    "membership_answer": {"teacher"},
    "membership_leave": {"teacher"},
    "school_code": {"held_lead"},
    "my_away": PEOPLE,
    "my_sessions": PEOPLE,
    "my_name": PEOPLE,
    "my_data": PEOPLE,
    "my_data_file": PEOPLE,
    "my_erasure": PEOPLE,
    "my_newsletter": PEOPLE,
    "my_need": {"teacher"},
    "person_need": ANYONE,
    "session_needs": {"facilitator", "staff"},
    "session_today": {"facilitator", "staff"},
    "session_calls": {"facilitator", "staff"},
    "my_mobile": {"teacher"},
    "retention": ANYONE,
    "complaint_make": ANYONE,
    "newsletter": ANYONE,
    "newsletter_confirm": ANYONE,
    "newsletter_unsubscribe": ANYONE,
    "newsletter_topics": ANYONE,
    "newsletter_archive": ANYONE,
    "newsletter_issue": ANYONE,
    "newsletter_feed": ANYONE,
    "my_mail": PEOPLE,
    "my_mail_choices": PEOPLE,
    "school_mail": {"lead", "other_lead"},
    "letter_list": {"facilitator", "staff"},
    "letter_create": {"facilitator", "staff"},
    "letter_detail": {"facilitator", "staff"},
    "my_pulse": {"teacher"},
    "my_evaluation": {"teacher"},
    "my_impact": {"teacher"},
    "person_pulse": ANYONE,
    "person_evaluation": ANYONE,
    "person_impact": ANYONE,
    "work_group_summary": {"facilitator", "staff"},
    "work_group_summary_csv": {"facilitator", "staff"},
    "work_group_summary_paper": {"facilitator", "staff"},
    "work_group_report": {"facilitator", "staff"},
    "my_answer": {"teacher"},
    "my_reflection": {"teacher"},
    "person_reflection": ANYONE,
    "my_group": {"teacher", "facilitator", "staff"},
    "attachment_file": {"teacher", "facilitator", "staff"},
    "person_file": ANYONE,
    "comment_add": {"teacher", "facilitator", "staff"},
    "comment_remove": {"teacher", "facilitator", "staff"},
    "work_group_tasks": {"facilitator", "staff"},
    "task_edit": {"facilitator", "staff"},
    "task_library": {"facilitator", "staff"},
    "task_remove": {"facilitator", "staff"},
    "session_materials": {"facilitator", "staff"},
    "session_tried": {"facilitator", "staff"},
    "session_lesson": {"facilitator", "staff"},
    "reflection_star": {"facilitator", "staff"},
    "person_dates": ANYONE,
    "address_confirm": {"teacher"},
    "calendar_links": PEOPLE,
    "calendar_feed": ANYONE,
    "register_list": FACILITATORS,
    "register_practice": FACILITATORS,
    "session_register": {"facilitator", "staff"},
    "register_marks": {"facilitator", "staff"},
    "register_add": {"facilitator", "staff"},
    "register_sign": {"facilitator", "staff"},
    "session_sheet": {"facilitator", "staff"},
    "work_group_sheets": {"facilitator", "staff"},
    "session_check_in": {"facilitator", "staff"},
    "session_arrival": {"facilitator", "staff"},
    "session_links": {"facilitator", "staff"},
    "check_in": ANYONE,
    "check_in_done": ANYONE,
    "register_by_link": ANYONE,
    "register_link_add": ANYONE,
    "school_find": PEOPLE,
    "school_join": PEOPLE,
    "school_people": {"lead", "other_lead"},
    "school_days": {"lead", "other_lead"},
    "school_days_edit": {"lead"},
    "carry_on": {"lead"},
    "acting_for": PEOPLE,
    "my_account": PEOPLE,
    "login_end": {"teacher"},
    "privacy": ANYONE,
    "accessibility": ANYONE,
    "security_txt": ANYONE,
    "change_password": ANYONE,
    "robots_txt": ANYONE,
    "manifest": ANYONE,
    "hub_look": set(),  # this hub has neither colour nor logo of its own
    "hub_logo": set(),
    "about": ANYONE,
    "news_list": ANYONE,
    "news_item": ANYONE,
    "news_feed": ANYONE,
    "service_worker": ANYONE,
    "office_figures": {"reader", "staff"},
    "office_figures_paper": {"reader", "staff"},
    "office_frozen": {"reader", "staff"},
    "healthz": ANYONE,
    "readyz": ANYONE,
    "metrics": set(),
}
POSTS = {"login_end", "booking_place", "offer_answer", "my_answer", "register_sign", "acting_for"}
POSTS |= {"office_school_note_remove", "office_work_group_publish", "office_work_group_run", "office_holiday_remove"}
POSTS |= {"office_work_group_unarchive", "office_session_remove"}
POSTS |= {
    "colleague_role",
    "colleague_answer",
    "membership_answer",
    "office_person_role",
    "my_erasure",
    "my_newsletter",
}
POSTS |= {"colleague_role", "colleague_answer", "membership_answer", "office_person_role"}
POSTS |= {"office_address_again", "office_register_answer", "place_come", "office_selection_release"}
POSTS |= {"office_notice_sample", "register_link_add", "certificate_anew"}
POSTS |= {"work_group_certificates_issue", "work_group_certificates_all"}
POSTS |= {"office_list_columns_remove", "office_handed_answer", "office_news_remove", "office_key_end"}
POSTS |= {"comment_add", "comment_remove", "reflection_star", "task_remove"}


@dataclass
class World:
    people: dict[str, User | None]
    arguments: dict[str, list[Any]]
    coming: int


def build() -> World:
    lead, other = create_lead(name="Lena Lead"), create_lead(name="Otto Other")
    school = lead.memberships.get().school
    known = create_school(contact_email="office@known.example")
    held = create_lead(name="Hanna Held", school=known, state=Membership.State.REQUESTED)
    teacher = create_teacher(school=school, name="Tess Teacher")
    facilitator, other_facilitator = create_user(name="Fran"), create_user(name="Fred")
    work_group = create_work_group(leads=[facilitator], capacity=None, head_agreement="asked")
    create_work_group(leads=[other_facilitator])
    booking = create_booking(work_group=work_group, by=lead, people=[teacher, None])
    agreement = Agreement.objects.get(booking=booking)
    item = create_news()
    waiting = create_booking(work_group=create_work_group(capacity=0))
    session = work_group.sessions.get(number=1)
    hall = create_venue(name="Hall", host_name="Hal", host_email="hal@hall.example")
    hosted = create_session(work_group=work_group, days=80, number=8, venue=hall)
    past = create_session(work_group=work_group, days=-7, number=9)
    create_came(session=past, people=[teacher])
    over, came = create_ended_group(days=-105)
    note = SchoolNote.objects.create(school=school, on="2026-11-02", words="Rang", why="To ring again")
    create_came(session=over.sessions.get(), people=[teacher])
    Attendance.objects.filter(person=teacher, session__work_group=over).update(place=came[0].places.get())
    token_of_teacher = person_dates_url(teacher).rstrip("/").rsplit("/", 1)[1]
    create_question(project=work_group.project, seen_by="leads")
    task = create_task(session=past)  # it is over, so the task is given
    handout = create_attachment(session=past)
    tried = Reflection.objects.create(task=task, person=teacher, outcome="tried", words="Cubes first.")
    Comment.objects.create(reflection=tried, by=facilitator, words="How many cubes?")
    _, token = feeds.make_feed(owner=teacher, kind="mine")
    notice = Notice.objects.create(kind="test", to="x@school.example", subject="Hello")
    came = Inbound.objects.create(digest="x", kind="other", state="waiting", subject="A question")
    bounced = BouncedAddress.objects.create(address="x@school.example", code="5.1.1")
    place = booking.places.get(person=None)
    wanted = Membership.objects.create(school=create_school(), person=create_user(), role="lead", state="requested")
    asking = Membership.objects.create(school=school, person=create_user(), state="requested")
    named = Membership.objects.create(school=create_school(), person=teacher, state="invited")
    own = booking.places.get(person=teacher)
    complaint = Complaint.objects.create(name="Carla", email="carla@home.example", words="You wrote to me twice.")
    subscription = Subscription.objects.create(email="carla@home.example", wording="Yes", source="test")
    certificate = create_certificate(person=teacher, school=school, work_group=work_group)
    bundle = CertificateBundle.objects.create(work_group=work_group, of=1)
    webhook = create_webhook()
    draft, gone, letter = create_issue(), create_issue(gone=True), create_letter(work_group=work_group)
    register = RegisterImport.objects.create(state="ready", sent_at=timezone.now())
    address = AddressProposal.objects.create(
        person=teacher, school=school, email="new@school.example", asked_at=timezone.now()
    )
    beside = create_session(work_group=create_work_group(parallel_to=work_group, sessions=0), days=16, number=2)
    home = Attendance.objects.get(session=work_group.sessions.get(number=2), person=teacher)
    catchups.catch_up_at(row=home, session=beside, by=teacher)
    running = create_running_session(leads=[facilitator])
    arrival = Arrival.objects.create(session=running, name="Jo Bell", school="Oakfield", at=timezone.now())
    link = RegisterLink.objects.create(session=running, name="Kit", email="kit@school.example")
    visitor = Attendance.objects.create(session=past, person=create_user(), school=school)
    elsewhere = UserSession.objects.create(user=teacher, ip="127.0.0.1", session_key="elsewhere")
    by_name: dict[str, list[Any]] = {
        "login_end": [elsewhere.pk],
        "colleague_answer": [asking.pk],
        "membership_answer": [named.pk],
        "membership_leave": [teacher.memberships.get(school=school).pk],
        "school_code": [held.memberships.get().pk],
        "booking_detail": [booking.pk],
        "booking_withdraw": [booking.pk],
        "booking_head": [booking.pk],
        "head_answer": [head_url(agreement).rstrip("/").rsplit("/", 1)[1]],
        "host_session": [host_url(hosted, hall).rstrip("/").rsplit("/", 1)[1]],
        "offer_answer": [booking.pk],
        "offer_by_link": [offer_url(waiting, waiting.made_by).rstrip("/").rsplit("/", 1)[1]],
        "office_waiting_booking": [waiting.pk],
        "booking_transfer": [booking.pk],
        "place_change": [own.pk],
        "place_come": [own.pk, session.pk],
        "my_missed": [session.pk],
        "place_missed": [own.pk, session.pk],
        "person_missed": [person_dates_url(teacher).rstrip("/").rsplit("/", 1)[1], session.pk],
        "school_nobody": [school.pk],
        "my_session_ics": [beside.pk],
        "person_session_ics": [person_dates_url(teacher).rstrip("/").rsplit("/", 1)[1], beside.pk],
        "my_pulse": [past.pk],
        "my_evaluation": [over.pk],
        "my_impact": [over.pk],
        "person_pulse": [token_of_teacher, past.pk],
        "person_evaluation": [token_of_teacher, over.pk],
        "person_impact": [token_of_teacher, over.pk],
        "place_name": [place.pk],
        "my_reflection": [task.pk],
        "person_reflection": [person_dates_url(teacher).rstrip("/").rsplit("/", 1)[1], task.pk],
        "attachment_file": [handout.pk],
        "person_file": [person_dates_url(teacher).rstrip("/").rsplit("/", 1)[1], handout.pk],
        "comment_add": [tried.pk],
        "comment_remove": [tried.pk],
        "reflection_star": [tried.pk],
        "person_dates": [person_dates_url(teacher).rstrip("/").rsplit("/", 1)[1]],
        "calendar_feed": [token],
        "session_register": [past.pk],
        "register_marks": [past.pk],
        "register_add": [past.pk],
        "register_sign": [past.pk],
        "session_sheet": [past.pk],
        "work_group_sheets": [work_group.pk],
        "session_check_in": [running.pk],
        "session_arrival": [running.pk, arrival.pk],
        "session_links": [session.pk],
        "check_in": paper_url(running).rstrip("/").rsplit("/", 2)[1:],
        "register_by_link": [register_url(link).rstrip("/").rsplit("/", 1)[1]],
        "register_link_add": [register_url(link).rstrip("/").rsplit("/", 1)[1]],
        "office_visitor": [visitor.pk],
        "school_join": [create_school().pk],
        "office_lead": [wanted.pk],
        "office_school": [school.pk],
        "office_school_contact": [school.pk],
        "office_school_note": [school.pk],
        "office_school_note_remove": [note.pk],
        "office_school_addresses": [school.pk],
        "office_school_edit": [create_school(on_register=False).pk],
        "address_confirm": [address_confirm_url(address).rstrip("/").rsplit("/", 1)[1]],
        "office_session": [session.pk],
        "office_session_cancel": [session.pk],
        "office_session_remove": [session.pk],
        "office_venue_edit": [create_venue().pk],
        "office_person": [teacher.pk],
        "office_person_erase": [teacher.pk],
        "office_person_data": [teacher.pk],
        "office_complaint": [complaint.pk],
        "office_page": ["privacy"],
        "office_todo": ["decide"],
        "news_item": [item.pk],
        "office_news_edit": [item.pk],
        "office_news_remove": [item.pk],
        "my_need": [own.pk],
        "person_need": [person_dates_url(teacher).rstrip("/").rsplit("/", 1)[1], own.pk],
        "session_needs": [session.pk],
        "session_today": [session.pk],
        "session_calls": [session.pk],
        "my_mobile": [work_group.pk],
        "newsletter_confirm": [confirm_url(subscription).rstrip("/").rsplit("/", 1)[1]],
        "newsletter_topics": [topics_url(subscription).rstrip("/").rsplit("/", 1)[1]],
        "newsletter_issue": [gone.pk],
        "office_issue": [draft.pk],
        "office_issue_edit": [draft.pk],
        "letter_list": [work_group.pk],
        "letter_create": [work_group.pk],
        "letter_detail": [work_group.pk, letter.pk],
        "newsletter_unsubscribe": [unsubscribe_url(subscription).rstrip("/").rsplit("/", 1)[1]],
        "office_person_edit": [teacher.pk],
        "office_person_role": [teacher.pk],
        "office_person_merge": [teacher.pk],
        "office_project_edit": [create_project().pk],
        "office_register_import": [register.pk],
        "office_register_answer": [register.pk],
        "office_notice": [notice.pk],
        "office_notice_sample": [notice.pk],
        "office_wording": ["reminder"],
        "office_mail_pause": [work_group.pk],
        "office_webhook": [webhook.pk],
        "office_webhook_edit": [webhook.pk],
        "office_inbound": [came.pk],
        "office_address_again": [bounced.pk],
    }
    for name in (
        "work_group_detail",
        "work_group_sessions_ics",
        "booking_create",
        "booking_questions",
        "booking_check",
        "booking_place",
    ):
        by_name[name] = [work_group.slug]
    for name in ("task_edit", "task_library", "task_remove", "session_materials", "session_tried", "session_lesson"):
        by_name[name] = [session.pk]
    for name in ("my_group", "work_group_tasks"):
        by_name[name] = [work_group.pk]
    for name in ("detail", "role", "away", "leave"):
        by_name[f"colleague_{name}"] = [teacher.memberships.get(school=school).pk]
    holiday, out = (
        SchoolHoliday.objects.create(la_code="855", name="Half term", first_on=first, last_on=first)
        for first in ("2026-10-19", "2027-02-15")
    )
    own = create_own_days(school=school)
    by_name |= {"school_days_edit": [own.pk], "office_school_days_edit": [own.pk], "office_school_days": [school.pk]}
    by_name |= {"office_phase_dates_edit": [create_phase_dates().pk], "office_carry_on": [work_group.pk]}
    by_name |= {"carry_on": [create_proposal(before=booking).pk]}
    columns, gone_columns = (
        ListProfile.objects.create(list_code="groups", name=name, columns=[["title", "", {}]], saved_at=timezone.now())
        for name in ("Return", "Old return")
    )
    handed, looked = create_handed_list(), create_handed_list()
    by_name |= {"office_list": ["groups"], "office_list_columns_create": ["groups"]}
    by_name |= {"office_list_columns": ["groups", columns.pk]}
    by_name |= {"office_list_columns_remove": ["groups", gone_columns.pk], "office_handed_create": ["people"]}
    by_name |= {f"office_handed{name}": [handed.pk] for name in ("", "_columns", "_rest")}
    by_name |= {"office_handed_answer": [looked.pk], "office_key_end": [create_api_key()[0].pk]}
    by_name |= {"office_holiday_edit": [holiday.pk], "office_holiday_remove": [out.pk]}
    for name in ("", "_edit", "_leads", "_publish", "_cancel", "_run", "_unarchive"):
        by_name[f"office_work_group{name}"] = [work_group.pk]
    by_name |= {
        "office_session_create": [work_group.pk],
        "office_sessions_rule": [work_group.pk],
        "office_sessions_paste": [work_group.pk],
        "office_booking_create": [work_group.pk],
        "office_parts": [work_group.pk],
        "office_questions": [work_group.project_id],
        "office_evaluation": [work_group.project_id],
        "work_group_summary": [work_group.pk],
        "work_group_summary_csv": [work_group.pk],
        "work_group_summary_paper": [work_group.pk],
        "office_figures_freeze": [work_group.year],
        "office_frozen": [(frozen := create_frozen_year(year=work_group.year)).pk],
        "office_frozen_engagements": [frozen.pk],
        "work_group_report": [work_group.pk],
        "work_group_answers": [work_group.pk],
        "work_group_standing": [work_group.pk],
        "office_our_school": [school.pk],
        "office_our_school_paper": [school.pk],
        "work_group_certificates": [work_group.pk],
        "work_group_certificates_issue": [work_group.pk],
        "work_group_certificates_all": [work_group.pk],
        "certificate_bundle": [bundle.pk],
        "certificate_paper": [certificate.pk],
        "certificate_anew": [certificate.pk],
        "certificate_revoke": [certificate.pk],
        "certificate_check": [certificate.token],
        "person_certificate": [person_dates_url(teacher).rstrip("/").rsplit("/", 1)[1], certificate.pk],
        "booking_answers": [booking.pk],
        "my_questions": [booking.places.get(person=teacher).pk],
        "office_rules": [work_group.pk],
        "office_contribution": [work_group.pk],
        "office_school_rules": [work_group.pk],
        "office_selection": [work_group.pk],
        "office_waiting": [work_group.pk],
        "office_selection_release": [work_group.pk],
    }
    people = {
        "visitor": None,
        "stranger": create_user(),
        "teacher": teacher,
        "lead": lead,
        "held_lead": held,
        "other_lead": other,
        "facilitator": facilitator,
        "other_facilitator": other_facilitator,
        "reader": create_user(name="Rita Reader", hub_role=User.HubRole.READER),
        "staff": create_hub_staff(),
    }
    return World(people, by_name, session.pk)


def test_roles_every_url_is_in_the_matrix() -> None:
    named = {name for name, _ in own_urls()}

    assert {name for name in named if not name.startswith("office_")} == set(MATRIX) - {
        "office_figures",
        "office_figures_paper",
        "office_frozen",
        "office_booking_create",
    }


def test_roles_everyone_sees_exactly_what_is_theirs() -> None:
    world = build()
    clients = {}
    for role, person in world.people.items():
        clients[role] = Client(raise_request_exception=False)
        if person:
            clients[role].force_login(person)
    wrong = []
    # Acts that end something come last, so that they do not hide what they end from the others.
    for name in sorted({name for name, _ in own_urls()}, key=lambda name: (name in POSTS, name)):
        allowed = MATRIX.get(name, STAFF)
        url = reverse(name, args=world.arguments.get(name, []))
        for role in ROLES:
            data = {"cannot": world.coming} if name == "my_answer" else {}
            response = clients[role].post(url, data) if name in POSTS else clients[role].get(url)
            to_login = response.status_code == 302 and response["Location"].startswith("/accounts/login/")
            if role in allowed:
                fits = response.status_code in (200, 302, 422) and not to_login
            elif role == "visitor" and name not in ("metrics", "hub_look", "hub_logo"):
                fits = to_login
            else:
                fits = response.status_code == 404
            if not fits:
                wrong.append(f"{role} at {name}: {response.status_code}")

    assert wrong == []


# Reads that are recorded: who looked at what people need, or at all that is held of one, and a calendar's last fetch.
RECORDED = {"session_needs", "calendar_feed", "office_person_data", "office_person_erase"}


@pytest.mark.once
def test_roles_looking_changes_nothing() -> None:
    world = build()
    wrote = set()

    for role, person in world.people.items():
        client = Client(raise_request_exception=False)
        if person:
            client.force_login(person)
        for name in sorted({name for name, _ in own_urls()} - RECORDED):
            reset_queries()  # the log of all pages together would be too long
            with CaptureQueriesContext(connection) as asked:
                client.get(reverse(name, args=world.arguments.get(name, [])))
            changes = [query["sql"] for query in asked if query["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]
            wrote |= {f"{role} at {name}: {sql[:80]}" for sql in changes if "django_session" not in sql}

    assert wrote == set()


def test_roles_unknown_ids_are_404_for_everybody() -> None:
    staff = Client(raise_request_exception=False)
    staff.force_login(create_hub_staff())
    urls = [
        reverse(name, args=[argument])
        for name, argument in [
            ("booking_detail", 999999),
            ("session_register", 999999),
            ("office_work_group", 999999),
            ("office_session", 999999),
            ("work_group_detail", "no-such-group"),
            ("person_dates", "altered:token"),
            ("head_answer", "altered:token"),
            ("calendar_feed", "altered-token"),
            ("booking_detail", 10**30),
        ]
    ]

    assert [staff.get(url).status_code for url in urls] == [404] * len(urls)
