"""Lists in which somebody was, or may have been, when they left the hub."""

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import Membership, User
from booking.models import Attendance, Booking, Disclosure, Facilitation, Place, WorkGroup


def passed_on_about(person: User) -> QuerySet[Disclosure]:
    """By what a list was narrowed to, as far as that can be known: their groups, their schools, their years.

    Which people stood in a list is not kept: that would be one more list of everybody. So one may stand here that they
    were not in, and none is missing.
    """
    placed = Place.objects.filter(person=person).values("work_group")
    came = Attendance.objects.filter(person=person).values("session__work_group")
    booked = Booking.objects.filter(made_by=person)
    led = Facilitation.objects.filter(person=person).values("work_group")
    groups = WorkGroup.objects.filter(
        Q(pk__in=placed) | Q(pk__in=came) | Q(pk__in=booked.values("work_group")) | Q(pk__in=led)
    )
    belonged = Membership.objects.filter(person=person).values("school")
    counted = Attendance.objects.filter(person=person, school__isnull=False).values("school")
    its_groups = Disclosure.work_groups.through.objects.filter(disclosure=OuterRef("pk"))
    its_schools = Disclosure.schools.through.objects.filter(disclosure=OuterRef("pk"))
    of_school = its_schools.filter(
        Q(school__in=belonged) | Q(school__in=counted) | Q(school__in=booked.values("school"))
    )
    return Disclosure.objects.filter(
        Q(Exists(its_groups.filter(workgroup__in=groups))) | ~Q(Exists(its_groups)),
        Q(Exists(of_school)) | ~Q(Exists(its_schools)),
        Q(year__in=groups.values("year")) | Q(year__isnull=True),
        at__gte=person.joined_at,
    )
