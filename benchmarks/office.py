"""Every page of the office in a large hub: what the server takes for it, and the query that costs most.

    HUB_VAR=… python3 -m benchmarks.office [NAME…]      on a hub that `demo_data` has filled
    python3 -m benchmarks.run --scale 40        makes one, and comes here at its end

Pages are found in the URLconf, so that a new one is measured by being there. Milliseconds are the median of three
answers in one process, without network and without the browser. Wanted: 300; reports 1,000; a search as one types 50.
"""

import os
import re
import statistics
import sys
import time
from collections.abc import Iterator
from typing import Any

PAGE, REPORT, SEARCH = 300, 1000, 50
ROUNDS = 3
# What takes longer than this is measured once.
ENOUGH_SEEN = 3000
REPORTS = re.compile(
    r"figures|engagements|evaluations|standing|withdrawals|area|no_contact|contributions|our_school|year|frozen"
)
SEARCHES = re.compile(r"search|find")
# What is no page: files that take their own time, and what only takes a POST answers 405.
LEAVE = re.compile(r"(_csv|_data|_file|_xlsx)$")
# Which thing stands in an address, by how its name begins; the longest that fits.
THINGS = {
    "office_work_group": "WorkGroup",
    "office_selection": "WorkGroup",
    "office_mail_pause": "WorkGroup",
    "office_waiting": "WorkGroup",
    "office_booking": "WorkGroup",
    "office_bulk": "WorkGroup",
    "office_school": "School",
    "office_our_school": "School",
    "office_lead": "Membership",
    "office_person": "User",
    "office_session": "Session",
    "office_venue": "Venue",
    "office_project": "Project",
    "office_holiday": "SchoolHoliday",
    "office_notice": "Notice",
    "office_inbound": "Inbound",
    "office_issue": "Issue",
    "office_news": "NewsItem",
    "office_complaint": "Complaint",
    "office_question": "Question",
    "office_standing": "WorkGroup",
    "office_carry_on": "WorkGroup",
    "office_contribution": "WorkGroup",
    "office_rules": "WorkGroup",
    "office_parts": "WorkGroup",
    "office_evaluation": "Project",
    "office_questions": "Project",
    "office_visitor": "Attendance",
    "office_frozen": "FrozenYear",
    "office_phase_dates": "PhaseDates",
    "office_handed": "HandedList",
    "office_key": "ApiKey",
}
# And which word, where an address holds one.
WORDS = {
    "office_todo": "slipping",
    "office_list": "attendance",
    "office_handed_create": "people",
    "office_wording": "reminder",
    "office_page": "about",
}


def pages() -> Iterator[tuple[str, str]]:
    """(name, address) of each page of the office; an empty address where no example of its thing is here."""
    from django.urls import URLPattern, URLResolver, get_resolver, reverse

    def walk(patterns: list[Any], before: str = "") -> Iterator[tuple[str, str, dict[str, Any]]]:
        for one in patterns:
            route = before + str(one.pattern)
            if isinstance(one, URLResolver):
                yield from walk(one.url_patterns, route)
            elif isinstance(one, URLPattern) and one.name and route.startswith("office/"):
                yield str(one.name), route, one.pattern.converters

    for name, _, converters in walk(get_resolver().url_patterns):
        if LEAVE.search(name):
            continue
        given = {key: example(name, key) for key in converters}
        yield name, "" if None in given.values() else reverse(name, kwargs=given)


def example(name: str, key: str) -> Any:
    """Something that this page is about: the oldest of its kind."""
    from django.apps import apps
    from django.utils import timezone

    from accounts.schoolyear import school_year_of
    from booking.models import WorkGroup

    if key == "year":
        return school_year_of(timezone.localdate())
    if key in ("slug", "kind", "code", "name"):
        return next((word for begin, word in WORDS.items() if name.startswith(begin)), None)
    fits = max((begin for begin in THINGS if name.startswith(begin)), key=len, default="")
    ours = ("accounts", "booking", "notifications")
    models = {model.__name__: model for model in apps.get_models() if model._meta.app_label in ours}
    model = models.get(THINGS.get(fits, ""))
    if key != "pk" or model is None:
        return None
    rows = WorkGroup.objects.published() if model is WorkGroup else model._base_manager.all()
    return rows.order_by("pk").values_list("pk", flat=True).first()


def wanted(name: str) -> int:
    return SEARCH if SEARCHES.search(name) else REPORT if REPORTS.search(name) else PAGE


def main() -> None:
    from django.conf import settings
    from django.db import connection, reset_queries
    from django.test import Client

    from accounts.models import User
    from benchmarks.seed import log_in
    from booking.demo.large import BENCH_OFFICE

    settings.ALLOWED_HOSTS.append("testserver")
    client = Client(raise_request_exception=False)
    client.cookies[settings.SESSION_COOKIE_NAME] = log_in(User.objects.get(email=BENCH_OFFICE))
    only, missed, skipped = set(sys.argv[1:]), 0, []
    print(f"{'page of the office':34}{'ms':>8}{'wanted':>8}{'queries':>9}{'kB':>7}")
    for name, address in pages():
        if only and name not in only:
            continue
        first = client.get(address, HTTP_HOST="localhost") if address and not only else None
        if not address or (first is not None and first.status_code != 200):
            skipped.append(f"{name} ({first.status_code if first else 'nothing of its kind here'})")
            continue
        connection.force_debug_cursor = True
        reset_queries()
        took, size = answered(client, address)
        queries = [*connection.queries]
        connection.force_debug_cursor = False
        times = [took]
        while took <= ENOUGH_SEEN and len(times) < ROUNDS:
            times.append(answered(client, address)[0])
        ms, most = statistics.median(times), wanted(name)
        verdict = "" if ms <= most else "  MISSED"
        print(f"{name:34}{ms:8.0f}{most:8}{len(queries):9}{size / 1000:7.0f}{verdict}", flush=True)
        if verdict:
            missed += 1
            spent = [float(one["time"]) * 1000 for one in queries]
            slow = max(queries, key=lambda one: float(one["time"]))
            print(
                f"    {sum(spent):.0f} ms in the database, {max(spent):.0f} of them for\n    {slow['sql'][:1200]}",
                flush=True,
            )
    print(f"\n{missed} missed. Not walked: {', '.join(skipped) or 'none'}")


def answered(client: Any, address: str) -> tuple[float, int]:
    """Milliseconds for one answer, and how many bytes it has."""
    began = time.perf_counter()
    answer = client.get(address, HTTP_HOST="localhost")
    size = len(b"".join(answer)) if answer.streaming else len(answer.content)
    return (time.perf_counter() - began) * 1000, size


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ.setdefault("HUB_LOG_LEVEL", "ERROR")
    import django

    django.setup()
    main()
