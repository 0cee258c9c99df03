"""What each side needs before it is measured: rows, and web sessions of people who are logged in.

Run as `python -m benchmarks.seed ours|bare|rush|feeds|registers FILE SCALE`; writes the cookies and addresses as JSON.
"""

import json
import statistics
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import django
from django.utils.crypto import get_random_string

BOOKINGS = 900
# Of one person, in the calendar link that is measured.
SESSIONS = 50
WAITING = 2000
JOURNEYS = 300
# Registers that are taken at once, and people on each.
PHONES, PEOPLE = 40, 30


def log_in(person: Any, **extra: Any) -> str:
    """A web session in which this person is logged in. Returns its key."""
    from django.conf import settings

    store = import_module(settings.SESSION_ENGINE).SessionStore()
    store["_auth_user_id"] = str(person.pk)
    store["_auth_user_backend"] = settings.AUTHENTICATION_BACKENDS[0]
    store["_auth_user_hash"] = person.get_session_auth_hash()
    store["second_step"] = "free"  # settled by every log-in
    store.update(extra)
    store.create()
    return str(store.session_key)


def bare() -> dict[str, Any]:
    from django.contrib.auth.models import User

    from benchmarks.bare.models import Thing

    Thing.objects.bulk_create(Thing(title=f"Thing {number}") for number in range(60))
    user = User.objects.create_user("bench", password=None)
    return {"user": log_in(user), "things": list(Thing.objects.values_list("pk", flat=True))}


def ours(scale: int) -> dict[str, Any]:
    from django.core.management import call_command

    from accounts.models import Membership, School, User
    from booking.demo.large import BENCH_LEAD, BENCH_OFFICE, BENCH_TEACHER
    from booking.forms.places import Draft
    from booking.models import WorkGroup
    from booking.views.drafts import KEY
    from tests.factories import create_lead, create_school, create_teacher, create_work_group

    if not User.objects.exists():
        call_command("demo_data", scale=scale)

    def draft(state: str, group: WorkGroup) -> str:
        school = create_school()
        lead, other = create_lead(school=school, state=state), create_teacher(school=school)
        who = [lead.pk, other.pk if state == Membership.State.ACTIVE else None]
        return log_in(lead, **{KEY: Draft(group.slug, group.pk, school.pk, who).stored()})

    groups = [create_work_group(sessions=6, capacity=2000, title=f"Book me {number}") for number in range(30)]
    slug = WorkGroup.objects.published().filter(slug__startswith="measured-group").order_by("pk").first().slug  # type: ignore[union-attr]
    return {
        "lead": log_in(User.objects.get(email=BENCH_LEAD)),
        "teacher": log_in(User.objects.get(email=BENCH_TEACHER)),
        "office": log_in(User.objects.get(email=BENCH_OFFICE)),
        "slug": slug,
        "postcode": School.objects.open().exclude(postcode="").order_by("pk")[0].postcode.replace(" ", "+"),
        "pairs": [(draft(Membership.State.ACTIVE, groups[n % 30]), groups[n % 30].slug) for n in range(BOOKINGS)],
        "held": [(draft(Membership.State.REQUESTED, groups[n % 30]), groups[n % 30].slug) for n in range(BOOKINGS)],
    }


def feeds() -> dict[str, Any]:
    """Kim has fifty sessions and a calendar link; how often a second her calendar is made anew, queries included."""
    from django.utils import timezone

    from booking import feeds as calendars
    from booking.actions import feeds as actions
    from tests.factories import create_booking, create_lead, create_task, create_work_group

    lead = create_lead()
    for _ in range(SESSIONS // 5):
        group = create_work_group(sessions=5)
        for session in group.sessions.all():
            create_task(session=session)
        create_booking(work_group=group, by=lead, people=[lead])
    _, token = actions.make_feed(owner=lead, kind="mine")
    times = []
    for _ in range(300):
        began, now = time.perf_counter(), timezone.now()
        feed = calendars.read(token)
        assert feed is not None
        calendars.kept_body(feed, calendars.state(feed, now=now), now=now)
        times.append(time.perf_counter() - began)
    return {"path": f"/calendar/{token}.ics", "renders": 1 / statistics.median(times)}


def registers() -> dict[str, Any]:
    """Registers of sessions that have just begun, each with somebody who takes it, and one of sixty people."""
    from django.utils import timezone

    from booking.models import Attendance, Session
    from tests.factories import create_session, create_user, create_work_group

    def register(people: int) -> dict[str, Any]:
        lead = create_user()
        start = timezone.now() - timedelta(minutes=5)
        group = create_work_group(sessions=0, leads=[lead])
        session = create_session(work_group=group, starts_at=start, ends_at=start + timedelta(hours=2))
        teachers = leads(people)
        rows = Attendance.objects.bulk_create(
            Attendance(session=session, person=person, school_id=teachers[one // 2][1])
            for one, (person, _) in enumerate(teachers)
        )
        return {"session": session.pk, "person": lead.pk, "key": log_in(lead), "rows": [row.pk for row in rows]}

    found = {"phones": [register(PEOPLE) for _ in range(PHONES)], "large": register(60)}
    assert Session.objects.count() == PHONES + 1
    return found


def rush(people: int) -> dict[str, Any]:
    """As many leads as want one of twenty places, each with the answers given, and a waiting list of two thousand."""
    from booking.forms.places import Draft
    from booking.views.drafts import KEY
    from tests.factories import create_booking, create_hub_staff, create_work_group

    def drafts(slug: str, number: int) -> list[str]:
        group = create_work_group(capacity=20, sessions=6, people_to=1, slug=slug)
        found = leads(number)
        return log_in_all(
            [(lead, {KEY: Draft(slug, group.pk, school, [None]).stored()}) for lead, school in found],
        )

    journeys = [create_work_group(sessions=6, capacity=2000) for _ in range(10)]
    line = create_work_group(capacity=1, sessions=6, slug="line")
    waiting = [create_booking(work_group=line, by=lead, people=[None]) for lead, _ in leads(WAITING + 1)]
    return {
        "rush": drafts("rush", people),
        "race": drafts("race", 200),
        "journeys": [
            (key, journeys[n % 10].slug)
            for n, key in enumerate(log_in_all([(lead, {}) for lead, _ in leads(JOURNEYS)]))
        ],
        "office": log_in(create_hub_staff()),
        "line": line.pk,
        "waits": waiting[WAITING // 2].pk,
    }


def leads(number: int) -> list[tuple[Any, int]]:
    """So many people who each book for a school of their own, with the school."""
    from django.contrib.auth.hashers import make_password

    from accounts.models import Membership, Phase, School, SchoolURN, User

    first = School.objects.count()
    schools = [
        School(
            name=f"School {first + one}", la_code="855", la_name="Leicestershire", phase=Phase.PRIMARY, kind="Community"
        )
        for one in range(number)
    ]
    for school in schools:
        school.set_search()
    schools = School.objects.bulk_create(schools, batch_size=1000)
    SchoolURN.objects.bulk_create(
        (SchoolURN(school=school, urn=str(200_000 + first + one)) for one, school in enumerate(schools)),
        batch_size=1000,
    )
    people = User.objects.bulk_create(
        (
            User(email=f"lead{first + one}@rush.example", name=f"Lead {first + one}", password=make_password(None))
            for one in range(number)
        ),
        batch_size=1000,
    )
    Membership.objects.bulk_create(
        (
            Membership(school=school, person=person, role=Membership.Role.LEAD, state=Membership.State.ACTIVE)
            for school, person in zip(schools, people, strict=True)
        ),
        batch_size=1000,
    )
    return [(person, school.pk) for person, school in zip(people, schools, strict=True)]


def log_in_all(people: list[tuple[Any, dict[str, Any]]]) -> list[str]:
    """Web sessions of all of them, with what each holds. Returns their keys."""
    from django.conf import settings
    from django.contrib.sessions.backends.db import SessionStore
    from django.contrib.sessions.models import Session
    from django.utils import timezone

    store, until = SessionStore(), timezone.now() + timedelta(days=1)
    rows = [
        Session(
            session_key=get_random_string(32, "abcdefghijklmnopqrstuvwxyz0123456789"),
            session_data=store.encode(
                {
                    "_auth_user_id": str(person.pk),
                    "_auth_user_backend": settings.AUTHENTICATION_BACKENDS[0],
                    "_auth_user_hash": person.get_session_auth_hash(),
                    "second_step": "free",
                    **extra,
                }
            ),
            expire_date=until,
        )
        for person, extra in people
    ]
    return [row.session_key for row in Session.objects.bulk_create(rows, batch_size=1000)]


if __name__ == "__main__":
    django.setup()
    side, file, scale = sys.argv[1:]
    sides: dict[str, Callable[[], dict[str, Any]]] = {
        "ours": lambda: ours(int(scale)),
        "rush": lambda: rush(int(scale)),
        "bare": bare,
        "feeds": feeds,
        "registers": registers,
    }
    Path(file).write_text(json.dumps(sides[side]()))
