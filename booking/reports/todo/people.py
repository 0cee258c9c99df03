"""What of people, schools and their mail needs a person, and rights that have a clock."""

from datetime import datetime

from django.db.models import OuterRef, Subquery
from django.urls import reverse

from accounts.models import (
    BouncedAddress,
    Complaint,
    Erasure,
    Membership,
    PeopleCheck,
    RegisterImport,
    School,
    User,
)
from booking.models import HandedList
from booking.reports.todo import Found, Press, ToDo, first_of, telephone
from booking.schooldays import school_days_before
from booking.templatetags.words import day

# How long a school has for September's question before the office hears of it.
ANSWER_SCHOOL_DAYS = 5


def schools_to_confirm(now: datetime, most: int) -> Found:
    requested = Membership.objects.requested().select_related("school", "person").order_by("started_at", "pk")
    rows, total = first_of(requested, most)
    return Found(
        [
            ToDo(
                "School to confirm",
                f"{one.person}, {one.school}",
                reverse("office_lead", args=[one.pk]),
                f"asked {day(one.started_at)} to {'book for the school' if one.role == 'lead' else 'take part'}",
                one.started_at,
            )
            for one in rows
        ],
        total,
    )


def bounced(now: datetime, most: int) -> Found:
    """Addresses from which mail comes back; with whose each is."""
    whose = User.objects.filter(email=OuterRef("address"))
    rows, total = first_of(
        BouncedAddress.objects.standing()
        .annotate(person_pk=Subquery(whose.values("pk")[:1]), person_name=Subquery(whose.values("name")[:1]))
        .order_by("at", "pk"),
        most,
    )
    return Found(
        [
            ToDo(
                "Mail comes back",
                one.person_name or one.address,
                reverse("office_person_edit", args=[one.person_pk])
                if one.person_pk
                else f"{reverse('office_notice_list')}?q={one.address}",
                f"{one.why}, since {day(one.at)}",
                one.at,
                Press("Try this address again", reverse("office_address_again", args=[one.pk])),
            )
            for one in rows
        ],
        total,
    )


def without_lead(now: datetime, most: int) -> Found:
    """Schools to which people belong, and nobody books for them; a time is not known of them."""
    rows, total = first_of(School.objects.open().without_lead().order_by("name", "pk"), most)
    return Found(
        [ToDo("Nobody books", str(one), reverse("office_school", args=[one.pk]), telephone(one), None) for one in rows],
        total,
    )


def unchecked(now: datetime, most: int) -> Found:
    """Schools that were asked in September whether these are still their people, and have not said."""
    asked = PeopleCheck.objects.open().asked_before(school_days_before(now, ANSWER_SCHOOL_DAYS))
    rows, total = first_of(asked.select_related("school").order_by("asked_at", "pk"), most)
    return Found(
        [
            ToDo(
                "List of people",
                str(one.school),
                reverse("office_school", args=[one.school_id]),
                f"not looked through since {day(one.asked_at)}; {telephone(one.school)}",
                one.asked_at,
            )
            for one in rows
        ],
        total,
    )


def complaints(now: datetime, most: int) -> Found:
    rows, total = first_of(Complaint.objects.open(), most)
    return Found(
        [
            ToDo(
                "Complaint",
                f"{one.reference}, {one.name}",
                reverse("office_complaint", args=[one.pk]),
                _clock_words(one.days_left),
                one.made_at,
            )
            for one in rows
        ],
        total,
    )


def erasures(now: datetime, most: int) -> Found:
    rows, total = first_of(Erasure.objects.to_answer().select_related("person").order_by("asked_at", "pk"), most)
    return Found(
        [
            ToDo(
                "Asks to be forgotten",
                str(one.person),
                reverse("office_person_erase", args=[one.person_id]),
                f"since {day(one.asked_at)}; the law gives a month",
                one.asked_at,
            )
            for one in rows
        ],
        total,
    )


def imports(now: datetime, most: int) -> Found:
    """Registers of schools that have been read, and that nobody has taken in or refused yet."""
    ready = RegisterImport.objects.filter(state=RegisterImport.State.READY).order_by("read_at", "pk")
    rows, total = first_of(ready.defer("plan"), most)
    return Found(
        [
            ToDo(
                "Import to apply",
                str(one),
                reverse("office_register_import", args=[one.pk]),
                f"read {day(one.read_at)}; nothing is changed until you say so",
                one.read_at,
            )
            for one in rows
        ],
        total,
    )


def lists_handed_in(now: datetime, most: int) -> Found:
    """Lists that were handed in, and that nobody has agreed to or dropped yet."""
    waiting = HandedList.objects.filter(state__in=[HandedList.State.COLUMNS, HandedList.State.READY])
    rows, total = first_of(waiting.defer("rows").order_by("sent_at", "pk"), most)
    return Found(
        [
            ToDo(
                "List to take in",
                str(one),
                reverse("office_handed", args=[one.pk]),
                f"handed in {day(one.sent_at)}; nothing is changed until you say so",
                one.sent_at,
            )
            for one in rows
        ],
        total,
    )


def _clock_words(days: int) -> str:
    if days < 0:
        return f"{-days} day{'' if days == -1 else 's'} late"
    return f"{days} day{'' if days == 1 else 's'} left to answer"
