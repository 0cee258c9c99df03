"""What each side needs before it is measured: rows, and web sessions of people who are logged in.

Run as `python -m benchmarks.seed ours|bare|feeds FILE SCALE`; writes the cookies and addresses as JSON.
"""

import json
import statistics
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Any

import django

BOOKINGS = 900
# Of one person, in the calendar link that is measured.
SESSIONS = 50


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
    from booking.views.places import DRAFT
    from tests.factories import create_lead, create_school, create_teacher, create_work_group

    if not User.objects.exists():
        call_command("demo_data", scale=scale)

    def draft(state: str, group: WorkGroup) -> str:
        school = create_school()
        lead, other = create_lead(school=school, state=state), create_teacher(school=school)
        who = [lead.pk, other.pk if state == Membership.State.ACTIVE else None]
        return log_in(lead, **{DRAFT: Draft(group.slug, group.pk, school.pk, who).stored()})

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


if __name__ == "__main__":
    django.setup()
    sides = {"ours": lambda: ours(int(sys.argv[3])), "bare": bare, "feeds": feeds}
    Path(sys.argv[2]).write_text(json.dumps(sides[sys.argv[1]]()))
