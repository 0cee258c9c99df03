"""How long it takes to copy a whole year: every date looked at, the drafts made, and all of them published.

HUB_VAR=/tmp/bench-copies .venv/bin/python -m benchmarks.copies

On SQLite in HUB_VAR, or on the empty database that DATABASE_URL names; filled once with `demo_data --scale 1`, and
copied into the next year that is empty each time. Whole requests, as the office's pages send them; as many sessions are
looked at in one go as the page lets through.
"""

import os
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.conf import settings
from django.core.management import call_command
from django.db.models import Max
from django.test import Client
from django.test.utils import setup_test_environment
from django.utils import timezone

from accounts.models import User
from accounts.schoolyear import school_year_of
from booking.demo.large import BENCH_OFFICE
from booking.models import Session, WorkGroup
from booking.reports.copies import groups_of
from booking.views.office.copies import MOST_SESSIONS

# For everything, on a hub of ordinary size.
TARGET = 120.0


def portions(groups: list[WorkGroup]) -> Iterator[list[int]]:
    """The groups in the order of the page, as many at once as can be looked at in one go."""
    some: list[int] = []
    many = 0
    for group in groups:
        count = group.sessions.count()
        if some and many + count > MOST_SESSIONS:
            yield some
            some, many = [], 0
        some.append(group.pk)
        many += count
    if some:
        yield some


def filled_in(form: Any) -> dict[str, str]:
    """What the page would send when somebody presses its button."""
    values = {field.html_name: field.value() for field in form if field.value() not in (None, False, "")}
    return {name: "on" if value is True else str(value) for name, value in values.items()} | {"looked": form.looked()}


class Watch:
    """Adds up seconds under a few words."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    def time(self, words: str, ask: Callable[[], Any]) -> Any:
        began = time.perf_counter()
        response = ask()
        self.seconds[words] = self.seconds.get(words, 0.0) + time.perf_counter() - began
        return response


def main() -> int:
    """Returns 0 where everything together takes less than the target."""
    call_command("migrate", verbosity=0)
    if not User.objects.filter(email=BENCH_OFFICE).exists():
        call_command("demo_data", scale=1)
    setup_test_environment()  # a page's form is read from its context
    settings.SECOND_STEP_REQUIRED = False
    source = school_year_of(timezone.localdate())
    target = (WorkGroup.objects.aggregate(last=Max("year"))["last"] or source) + 1
    client, watch = Client(), Watch()
    client.force_login(User.objects.get(email=BENCH_OFFICE))
    for some in portions(groups_of(source)):
        url = f"/office/work-groups/copy/check/?{urlencode({'to': target, 'group': some}, doseq=True)}"
        page = watch.time("every date looked at", lambda url=url: client.get(url))
        data = filled_in(page.context["form"])
        made = watch.time("the drafts made", lambda url=url, data=data: client.post(url, data))
        if made.status_code != 302:
            print(f"The copy was refused: {made.context['form'].errors}")
            return 1
    url = f"/office/work-groups/drafts/?year={target}"
    drafts = watch.time("drafts and what clashes", lambda: client.get(url)).context["drafts"]
    chosen = [one.work_group.pk for one, ticked in drafts if ticked]
    watch.time("all published", lambda: client.post(url, {"group": chosen, "act": "publish"}))
    published, whole = WorkGroup.objects.of_year(target).published().count(), sum(watch.seconds.values())
    sessions = Session.objects.filter(work_group__year=target).count()
    for words, seconds in watch.seconds.items():
        print(f"{words:<26} {seconds:6.1f} s")
    print(f"{len(drafts)} groups with {sessions} sessions, {published} published: {whole:.1f} s (wanted: {TARGET:.0f})")
    return 0 if published and published == len(chosen) and whole < TARGET else 1


if __name__ == "__main__":
    sys.exit(main())
