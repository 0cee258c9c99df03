"""Forms of a school: who comes, and what to do with a place."""

import hashlib
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Self

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField
from django.utils import timezone

from accounts.colleagues import Named, NewColleague
from accounts.forms import NameField
from accounts.models import School, User
from booking.asking import ALL, Asked, Given
from booking.models import Booking, Session, WorkGroup
from booking.templatetags.words import ordinal_word

SAY_WHY = "Say why it is to be done all the same."
NEW, LATER, NOBODY = "new", "later", "nobody"


@dataclass(frozen=True)
class Draft:
    """A booking in the making: what step one accepted, kept in the web session, so that no name stands in an address.

    The key is the booking's: a double click or two tabs book once.
    """

    slug: str
    work_group: int
    school: int
    who: list[Named]
    parts: list[int | None] = field(default_factory=list)
    session: int | None = None
    cover_email: str = ""
    head_email: str = ""
    # What the project asks, by the key of whom: "all", or the number of a person in `who`.
    answers: dict[str, list[Given]] = field(default_factory=dict)
    is_answered: bool = False
    key: str = field(default_factory=lambda: str(uuid.uuid4()))

    @classmethod
    def of(cls, stored: dict[str, Any] | None, slug: str) -> Self | None:
        """The draft for this group as it was stored; None where there is none, or one for another group."""
        if not stored or stored.get("slug") != slug:
            return None
        who = [NewColleague(**one) if isinstance(one, dict) else one for one in stored["who"]]
        answers = {key: [Given(**one) for one in given] for key, given in stored.get("answers", {}).items()}
        return cls(**stored | {"who": who, "answers": answers})

    def stored(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def seen(self) -> str:
        """What stands for all of it on the page on which it is checked: another tab may have changed it since."""
        return hashlib.sha256(repr(sorted(self.stored().items())).encode()).hexdigest()[:16]

    def answered(self, given: Mapping[str, Sequence[Given]]) -> Self:
        return replace(self, answers={key: list(some) for key, some in given.items()}, is_answered=True)

    def with_answers(self, asked: Asked) -> Asked:
        """What is asked of one of them, with what was answered in this draft above what is known from before."""
        given = {one.question: one for one in self.answers.get(asked.key, [])}
        return replace(asked, known={**asked.known, **given})

    @property
    def answers_by_number(self) -> dict[int | None, list[Given]]:
        """For the booking: by the number of the person in `who`; None: of the booking itself."""
        return {None if key == ALL else int(key): given for key, given in self.answers.items()}

    def after(self, before: "Draft | None") -> Self:
        """This draft, under the key of the one it changes, with what was answered there about the same people."""
        if before is None:
            return self
        answers = {}
        for key, given in before.answers.items():
            if key == ALL:
                answers[ALL] = given
            elif (one := before.who[int(key)]) in self.who:
                answers[str(self.who.index(one))] = given
        return replace(self, key=before.key, answers=answers)

    def initial(self, slots: Sequence["Slot"]) -> dict[str, Any]:
        """What the form of step one opens with when somebody comes back to it."""
        answers: dict[str, Any] = {"session": self.session, "cover_email": self.cover_email}
        answers["head_email"] = self.head_email
        for number, one in enumerate(self._slots(slots)):
            if isinstance(one, NewColleague):
                answers |= {f"who_{number}": NEW, f"name_{number}": one.name, f"email_{number}": one.email}
            else:
                answers[f"who_{number}"] = LATER if one is None else one
        return answers

    def _slots(self, slots: Sequence["Slot"]) -> Iterator[Named | str]:
        """What was answered for each slot: by its part, or one after the other."""
        by_part = dict(zip(self.parts, self.who, strict=False))
        for number, slot in enumerate(slots):
            if slot.part is not None:
                yield by_part.get(slot.part, NOBODY)
            else:
                yield self.who[number] if number < len(self.who) else NOBODY


@dataclass(frozen=True)
class Slot:
    """One place that can be booked: of a named part, or simply the next."""

    label: str
    required: bool
    part: int | None = None


def slots_of(work_group: WorkGroup, more: int = 0) -> list[Slot]:
    """The places a school can book: one for each part where the group has parts, else as many as it takes.

    `more`: so many beyond what the group takes from a school, which the hub alone may give.
    """
    if work_group.has_parts:
        return [
            Slot(f"{part}{'' if part.required else ' (welcome, not needed)'}", part.required, part.pk)
            for part in work_group.parts.all()
        ]
    count = work_group.people_to + more
    one = count == 1
    return [
        Slot(
            "Who comes?" if one else f"{ordinal_word(number + 1).capitalize()} colleague",
            number < work_group.people_from,
        )
        for number in range(count)
    ]


class WhoForm(forms.Form):
    """Who comes: for each place a colleague, somebody new, or a name to follow.

    `colleagues` are the people whom this person may see; an unconfirmed lead sees only herself.
    """

    def __init__(
        self, *args: Any, work_group: WorkGroup, colleagues: Sequence[User], more: int = 0, **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self.work_group = work_group
        self.colleagues = {person.pk: person for person in colleagues}
        self.slots = slots_of(work_group, more)
        if work_group.is_network:
            self.fields["session"] = forms.ModelChoiceField(
                Session.objects.coming(timezone.now()).filter(work_group=work_group).select_related("work_group"),
                label="Which meeting?",
                empty_label=None,
                widget=forms.RadioSelect,
                error_messages={"required": "Choose the meeting you want to come to."},
            )
            self.fields["session"].label_from_instance = _meeting_words  # type: ignore[attr-defined]
        for number, slot in enumerate(self.slots):
            self._add_place(number, slot)
        self.fields["cover_email"] = forms.EmailField(
            label="Copy the dates to whoever arranges cover (optional)",
            required=False,
            help_text="They get a plain table of dates, times and miles, now and when something changes.",
        )

        if work_group.head_agreement:
            self.fields["head_email"] = forms.EmailField(
                label="Your head teacher’s e-mail (optional)",
                required=False,
                help_text="They are asked to agree, on one short page. Without an address you get a link to hand over.",
            )

    def _add_place(self, number: int, slot: Slot) -> None:
        choices = [(str(pk), person.name) for pk, person in self.colleagues.items()]
        choices += [(NEW, "Somebody new: I give the name below"), (LATER, "Name to follow: keep the place for us")]
        if not slot.required:
            choices.append((NOBODY, "Nobody: one place fewer"))
        self.fields[f"who_{number}"] = forms.ChoiceField(
            label=slot.label, choices=[("", "Choose …"), *choices], error_messages={"required": "Say who comes."}
        )
        self.fields[f"name_{number}"] = NameField(label="Name of the new colleague", required=False)
        self.fields[f"email_{number}"] = forms.EmailField(
            label="Their work e-mail",
            required=False,
            help_text="Leave it empty if they have none: notices then go to you, headed with their name.",
        )

    def rows(self) -> Iterator[tuple[BoundField, BoundField, BoundField]]:
        """The three fields of each place, for the template."""
        for number in range(len(self.slots)):
            yield self[f"who_{number}"], self[f"name_{number}"], self[f"email_{number}"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for number in range(len(self.slots)):
            if (
                data.get(f"who_{number}") == NEW
                and not data.get(f"name_{number}")
                and f"name_{number}" not in self.errors
            ):
                self.add_error(f"name_{number}", "Enter the name of your colleague, or choose “Name to follow”.")
        chosen = [data.get(f"who_{number}") or "" for number in range(len(self.slots))]
        for number, one in enumerate(chosen):
            if one.isdecimal() and one in chosen[:number]:
                self.add_error(f"who_{number}", "You have chosen this colleague already.")
        if not self.errors and not self.who:
            self.add_error("who_0", "Book at least one place.")
        return data

    def draft(self, school: School, before: Draft | None) -> Draft:
        """What was answered, under the key of the draft that it changes."""
        session = self.cleaned_data.get("session")
        draft = Draft(
            slug=self.work_group.slug,
            work_group=self.work_group.pk,
            school=school.pk,
            who=self.who,
            parts=self.parts,
            session=session and session.pk,
            cover_email=self.cleaned_data["cover_email"],
            head_email=self.cleaned_data.get("head_email", ""),
        )
        return draft.after(before)

    @property
    def who(self) -> list[Named]:
        """Who comes, place by place."""
        return [one for _, one in self.answers()]

    @property
    def parts(self) -> list[int | None]:
        """As what each of them comes; empty where the group has no parts."""
        return [slot.part for slot, _ in self.answers()] if self.work_group.has_parts else []

    def answers(self) -> Iterator[tuple[Slot, Named]]:
        for number, slot in enumerate(self.slots):
            chosen = self.cleaned_data.get(f"who_{number}", "")
            if chosen == NEW:
                yield slot, NewColleague(self.cleaned_data[f"name_{number}"], self.cleaned_data[f"email_{number}"])
            elif chosen == LATER:
                yield slot, None
            elif chosen.isdecimal():
                yield slot, int(chosen)


def _meeting_words(session: Session) -> str:
    if session.starts_at is None:
        return f"{session.title or 'Meeting'}: {session.when_words}"
    start = timezone.localtime(session.starts_at)
    left = "" if session.capacity is None else f", {max(session.capacity - session.taken, 0)} places left"
    return f"{start:%A} {start.day} {start:%B}, {session.place_words}{left}"


class NameForm(forms.Form):
    """Name the colleague for a place that was held."""

    who = forms.ChoiceField(label="Who comes?", error_messages={"required": "Say who comes."})
    name = NameField(label="Name of the new colleague", required=False)
    email = forms.EmailField(label="Their work e-mail (optional)", required=False)

    may_follow = False

    def __init__(self, *args: Any, colleagues: Sequence[User], **options: Any) -> None:
        super().__init__(*args, **options)
        self.colleagues = {str(person.pk): person for person in colleagues}
        follows = [(LATER, "Name to follow: keep the place for us")] if self.may_follow else []
        self.fields["who"] = forms.ChoiceField(
            label="Who comes?",
            choices=[
                ("", "Choose …"),
                *((pk, person.name) for pk, person in self.colleagues.items()),
                (NEW, "Somebody new: I give the name below"),
                *follows,
            ],
            error_messages={"required": "Say who comes."},
        )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("who") == NEW and not data.get("name") and "name" not in self.errors:
            raise ValidationError({"name": "Enter the name of your colleague."})
        return data

    @property
    def called(self) -> str:
        """The chosen colleague as this school knows them."""
        return self.person.name

    @property
    def person(self) -> User | NewColleague:
        if self.cleaned_data["who"] == NEW:
            return self._new
        return self.colleagues[self.cleaned_data["who"]]

    @property
    def _new(self) -> NewColleague:
        return NewColleague(self.cleaned_data["name"], self.cleaned_data["email"])

    @property
    def named(self) -> Named:
        """The same as an id, a new colleague, or nobody yet."""
        who = self.cleaned_data["who"]
        return int(who) if who.isdecimal() else self._new if who == NEW else None


class ReachedForm(forms.Form):
    """How a school's wish reached whoever acts for it: the hub, or who leads the group."""

    via = forms.ChoiceField(
        label="How did they ask?",
        choices=[choice for choice in Booking.Via.choices if choice[0] != Booking.Via.WEB],
        initial=Booking.Via.TELEPHONE,
    )
    note = forms.CharField(label="Note (optional)", required=False, max_length=200)
    all_the_same = forms.CharField(
        label="Something stands in the way: why is it to be done all the same?",
        required=False,
        max_length=200,
        help_text="Needed. Stands in the history.",
    )

    def __init__(self, *args: Any, overrides: bool = False, must: str = "", **options: Any) -> None:
        """`overrides`: who acts may set a rule aside. `must`: asks why, as something stands in the way in any case."""
        super().__init__(*args, **options)
        if not overrides:
            del self.fields["all_the_same"]
        else:
            self.fields["all_the_same"].required = bool(must)
            self.fields["all_the_same"].error_messages["required"] = must

    @property
    def asks_why(self) -> bool:
        """Shown only once something stands in the way, so that nobody wonders what it is for."""
        field = self.fields.get("all_the_same")
        return field is not None and (field.required or bool(self["all_the_same"].data))

    def ask_why(self) -> bool:
        """Ask why it is to be done all the same, where that may be said and has not been. Was it asked?"""
        if "all_the_same" not in self.fields or self.why:
            return False
        self.fields["all_the_same"].required = True
        self.add_error("all_the_same", SAY_WHY)
        return True

    @property
    def why(self) -> str:
        """Why whoever may set a rule aside does so; empty where nobody does."""
        return str(self.cleaned_data.get("all_the_same", ""))

    @property
    def words(self) -> str:
        """By telephone: Sarah rang at eight."""
        return ": ".join(filter(None, [Booking.Via(self.cleaned_data["via"]).label, self.cleaned_data["note"]]))


class OfficeBookingForm(ReachedForm):
    """The hub, or who leads the group, books for a school: a pair in under a minute."""

    school = forms.ModelChoiceField(School.objects.open(), widget=forms.HiddenInput)
