"""A school is one identity for life; its URNs are dated rows, because becoming an academy changes the URN."""

import re
import unicodedata
from collections.abc import Iterable
from typing import Self

from django.db import models
from django.db.models import Case, F, Q, When

# As many digits as no other part of a name or postcode has.
_URN = re.compile(r"[0-9]{5,6}")


def searchable(text: str) -> str:
    """Fold a name for searching: no accents, no apostrophes or points, lower case, "saint" as "st"."""
    folded = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", " ", re.sub(r"['.]", "", folded)).split()
    return " ".join("st" if word == "saint" else word for word in words)


class Phase(models.TextChoices):
    """Phase of education, with the codes of the national register."""

    NOT_APPLICABLE = "0", "Special or alternative"
    NURSERY = "1", "Nursery"
    PRIMARY = "2", "Primary"
    MIDDLE_PRIMARY = "3", "Middle (primary)"
    SECONDARY = "4", "Secondary"
    MIDDLE_SECONDARY = "5", "Middle (secondary)"
    POST_16 = "6", "16 plus"
    ALL_THROUGH = "7", "All-through"


# For each phase of the programme: children taught there are older than the first and younger than the second.
AGES = {"early-years": (0, 5), "primary": (5, 11), "secondary": (11, 16), "post-16": (16, 26)}
# And the register's phases that say the same of a school whose ages are not known.
PHASES_OF = {
    "early-years": [Phase.NURSERY, Phase.PRIMARY, Phase.ALL_THROUGH],
    "primary": [Phase.PRIMARY, Phase.MIDDLE_PRIMARY, Phase.MIDDLE_SECONDARY, Phase.ALL_THROUGH],
    "secondary": [Phase.SECONDARY, Phase.MIDDLE_PRIMARY, Phase.MIDDLE_SECONDARY, Phase.ALL_THROUGH],
    "post-16": [Phase.POST_16, Phase.SECONDARY, Phase.ALL_THROUGH],
}
# What special schools, pupil referral units and alternative provision have in the names of their types.
SPECIAL_KINDS = ("special", "pupil referral", "alternative")


def phases_taught(low: int | None, high: int | None, phase: str, kind: str) -> set[str]:
    """The phases of the programme that a school teaches, as `SchoolQuerySet.teaching` finds them, without a query."""
    if low is None or high is None:
        found = {name for name, codes in PHASES_OF.items() if phase == Phase.NOT_APPLICABLE or phase in codes}
    else:
        found = {name for name, (youngest, oldest) in AGES.items() if low < oldest and high > youngest}
    is_special = any(words in kind.lower() for words in SPECIAL_KINDS)
    return found | {"special"} if is_special else found


class SchoolQuerySet(models.QuerySet["School"]):
    def open(self) -> Self:
        """Open, or open but proposed to close (the register's status 3): its children are there today."""
        return self.filter(status__in=[School.Status.OPEN, School.Status.CLOSING])

    def counted(self) -> Self:
        """Those that shares of the area are of: open, state-funded, and on the national register."""
        return self.open().filter(state_funded=True, on_register=True)

    def teaching(self, phase: str) -> Self:
        """Schools with children of a phase of the programme ("early-years", "primary", …, "special"), by their ages.

        The register calls special, alternative and many other schools "not applicable": by ages none of them is lost,
        and one whose ages are not known is found in every phase.
        """
        if phase == "special":
            kinds = Q()
            for words in SPECIAL_KINDS:
                kinds |= Q(kind__icontains=words)
            return self.filter(kinds)
        youngest, oldest = AGES[phase]
        by_age = Q(low_age__lt=oldest, high_age__gt=youngest)
        by_phase = Q(phase__in=[Phase.NOT_APPLICABLE, *PHASES_OF[phase]])
        return self.filter(by_age | Q(low_age__isnull=True) & by_phase | Q(high_age__isnull=True) & by_phase)

    def without_lead(self) -> Self:
        """People belong to it, and nobody books for it."""
        people, lead = Q(memberships__state="active"), Q(memberships__role="lead")
        return self.filter(pk__in=School.objects.filter(people)).exclude(pk__in=School.objects.filter(people & lead))

    def matching(self, words: str) -> Self:
        """Every word found in the name (former ones too), town, postcode or URN; an old URN finds the school of today.

        Best first: open schools, and of them whose name begins with what was typed, then where it begins a word.
        """
        typed = searchable(words)
        found = self if typed else self.none()
        for word in typed.split():
            if _URN.fullmatch(word):
                found = found.filter(pk__in=SchoolURN.objects.filter(urn=word).values("school"))
            else:
                found = found.filter(search__contains=word)
        begins = Case(When(search__startswith=typed, then=0), When(search__contains=f" {typed}", then=1), default=2)
        closed = Case(When(status=School.Status.CLOSED, then=1), default=0)
        return found.annotate(is_closed=closed, begins=begins).order_by("is_closed", "begins", "search", "pk")

    def get_locked(self, pk: int) -> "School":
        return self.select_for_update(no_key=True).get(pk=pk)


class School(models.Model):
    class Status(models.TextChoices):
        OPEN = "1", "Open"
        CLOSED = "2", "Closed"
        CLOSING = "3", "Open, but proposed to close"
        PROPOSED = "4", "Proposed to open"

    name = models.CharField(max_length=120)
    la_code = models.CharField("local authority code", max_length=3, blank=True)
    la_name = models.CharField("local authority", max_length=60, blank=True)
    phase = models.CharField(max_length=1, choices=Phase, default=Phase.NOT_APPLICABLE)
    kind = models.CharField("type of establishment", max_length=60, blank=True)
    state_funded = models.BooleanField(default=True)
    status = models.CharField(max_length=1, choices=Status, default=Status.OPEN)
    street = models.CharField(max_length=120, blank=True)
    town = models.CharField(max_length=60, blank=True)
    postcode = models.CharField(max_length=8, blank=True)
    telephone = models.CharField(max_length=20, blank=True)
    # Not in the register, which holds no addresses: what the hub knows to be read at the school itself.
    contact_email = models.EmailField("the school's own address, known to the hub", blank=True)
    easting = models.IntegerField(null=True, blank=True, help_text="metres, British National Grid (EPSG:27700)")
    northing = models.IntegerField(null=True, blank=True, help_text="metres, British National Grid (EPSG:27700)")
    pupils = models.PositiveIntegerField(null=True, blank=True)
    low_age = models.PositiveSmallIntegerField(null=True, blank=True)
    high_age = models.PositiveSmallIntegerField(null=True, blank=True)
    trust = models.CharField(max_length=120, blank=True)
    fsm_percent = models.DecimalField(
        "pupils with free school meals, per cent", max_digits=4, decimal_places=1, null=True, blank=True
    )
    on_register = models.BooleanField("on the national register", default=True)
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="merged_from")
    search = models.CharField(max_length=300, editable=False, default="")

    objects = SchoolQuerySet.as_manager()

    class Meta:
        ordering = ["name", "town", "pk"]
        indexes = [
            # The picker and the catalogue's "near": schools of one place.
            models.Index(fields=["postcode"], name="school_by_postcode"),
            # The office's list of schools, a page on from any row.
            models.Index(fields=["name", "id"], name="school_by_name"),
            models.Index(fields=["la_code", "phase"], name="school_by_authority_and_phase"),
            # Finding a school by its words: all that `matching` asks and sorts by, so that no whole row is read.
            models.Index(fields=["status", "search", "id"], name="school_to_be_found"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(easting__isnull=True, northing__isnull=True)
                | Q(easting__isnull=False, northing__isnull=False),
                name="school_has_both_coordinates_or_none",
                violation_error_message="Give both easting and northing, or neither.",
            ),
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True) | ~Q(merged_into=F("id")),
                name="school_is_not_merged_into_itself",
                violation_error_message="A school cannot be merged into itself.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def set_search(self, former: Iterable[str] = ()) -> None:
        """Keep the searchable text; called by whoever writes the name or address. `former`: names it bore before."""
        compact = self.postcode.replace(" ", "")
        text = searchable(f"{self.name} {self.town} {self.postcode} {compact}")
        known = set(text.split())
        before = dict.fromkeys(word for name in former for word in searchable(name).split() if word not in known)
        self.search = " ".join([text, *before])[:300]

    @property
    def is_open(self) -> bool:
        return self.status in (self.Status.OPEN, self.Status.CLOSING)

    @property
    def successor(self) -> "School | None":
        """The school this one was merged into in the end, for one merger may follow another."""
        school, passed = self.merged_into, {self.pk}
        while school is not None and school.merged_into is not None and school.pk not in passed:
            passed.add(school.pk)
            school = school.merged_into
        return school

    @property
    def address_line(self) -> str:
        """Town and postcode: what tells apart the eight schools called St Peter's."""
        return ", ".join(part for part in (self.town, self.postcode) if part)


class SchoolURN(models.Model):
    """A unique reference number this school bears or bore, from the day it opened to the day it closed."""

    school = models.ForeignKey(School, models.PROTECT, related_name="urns")
    urn = models.CharField("URN", max_length=6, unique=True)
    opened_on = models.DateField(null=True, blank=True)
    closed_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["school"],
                condition=Q(closed_on__isnull=True),
                name="school_has_one_open_urn",
                violation_error_message="This school already has a URN that is still open.",
            ),
        ]

    def __str__(self) -> str:
        return self.urn


def urns_of(schools: Iterable[int]) -> dict[int, str]:
    """The number that each of these schools bears today, by its id; one that has closed bears none."""
    rows = SchoolURN.objects.filter(school__in=set(schools), closed_on__isnull=True)
    return dict(rows.values_list("school", "urn"))


def taken_in(schools: Iterable[int]) -> set[int]:
    """These schools and all that they took in, by their ids."""
    before = set(schools)
    while found := set(School.objects.filter(merged_into__in=before).values_list("pk", flat=True)) - before:
        before |= found
    return before
