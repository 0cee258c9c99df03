"""How long a worker takes for all certificates of a group in one file, and how long a page takes with one.

HUB_VAR=/tmp/bench .venv/bin/python -m benchmarks.certificates [COUNT]
"""

import os
import sys
import time

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from booking.actions import certificates
from booking.bundling import make
from booking.models import Certificate, CertificateBundle, Project, WorkGroup
from booking.reports.certificates import paper

TARGET = 60.0


def main(count: int) -> int:
    """Make so many, and take them away again. Returns 0 where the target is met."""
    call_command("migrate", verbosity=0)
    by = User.objects.create_user(email=f"bench{time.time_ns()}@hub.example", name="Bench")
    project = Project.objects.create(title="Bench", kind="local")
    today = timezone.localdate()
    group = WorkGroup.objects.create(
        project=project, title="Bench", slug=f"bench-{time.time_ns()}", year=today.year, audience="All", summary="Bench"
    )
    people = User.objects.bulk_create(User(name=f"Person {number}", email=None) for number in range(count))
    with transaction.atomic():
        Certificate.objects.bulk_create(
            Certificate(
                person=person,
                work_group=group,
                name=person.name,
                sessions=4,
                of_sessions=5,
                minutes=600,
                parts={"attended": 600, "missed": 150},
                first_on=today,
                last_on=today,
                issued_by=by,
            )
            for person in people
        )
    bundle = certificates.ask_for_bundle(work_group=group, by=by)
    began = time.perf_counter()
    make(bundle)
    took = time.perf_counter() - began
    size = bundle.file.size
    one = Certificate.objects.filter(work_group=group)[:1]
    began = time.perf_counter()
    paper(list(one))
    single = time.perf_counter() - began
    CertificateBundle.objects.get(pk=bundle.pk).file.delete(save=False)
    print(f"{count} certificates in one file: {took:.1f} s, {size / 1e6:.1f} MB (target: under {TARGET:.0f} s)")
    print(f"one certificate: {1000 * single:.0f} ms")
    bundle.delete()
    Certificate.objects.filter(work_group=group).delete()
    return 0 if took * 1000 / count < TARGET else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000))
