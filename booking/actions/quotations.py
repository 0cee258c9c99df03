"""Which words of its people a school shows to its governors."""

from collections.abc import Collection

from django.db import transaction
from django.utils import timezone

from accounts import history
from accounts.models import School, User
from booking.models import Quotation, Reflection


@transaction.atomic(durable=True)
def choose(*, school: School, among: Collection[int], chosen: Collection[int], by: User) -> None:
    """Of these reflections, show the chosen ones and no others; only what is shared can be."""
    now = timezone.now()
    school = School.objects.select_for_update(no_key=True).get(pk=school.pk)
    shared = Reflection.objects.filter(pk__in=set(chosen) & set(among), shared=True).exclude(words="")
    wanted = set(shared.values_list("pk", flat=True))
    standing = Quotation.objects.filter(school=school, reflection__in=among)
    before = set(standing.values_list("reflection", flat=True))
    if wanted == before:
        return
    standing.exclude(reflection__in=wanted).delete()
    Quotation.objects.bulk_create(
        Quotation(school=school, reflection_id=pk, chosen_by=by, chosen_at=now) for pk in sorted(wanted - before)
    )
    details = {"school": school.pk, "reflections": sorted(wanted)}
    history.write("quotations_chosen", about=[school], by=by, at=now, details=details, tells=False)
