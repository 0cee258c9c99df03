"""A row that was handed in, by its fields; and what it would do, or why it can't."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from accounts.models.schools import searchable
from accounts.names import clean_name
from booking.models import HandedList

NEW, CHANGED, THERE = "new", "changed", "there"
YES = {"yes", "y", "true", "1", "x", "ja", "completed", "started"}
NO = {"no", "n", "false", "0", "", "none"}


@dataclass(frozen=True)
class Given:
    """One row: its line in what was handed in, its cells, and what stands in the columns that are known."""

    number: int
    cells: list[str]
    values: Mapping[str, str]

    def __getitem__(self, name: str) -> str:
        return self.values.get(name, "").strip()

    @property
    def name(self) -> str:
        """Who is meant; in one column, or in two. Raises ValidationError for what is no name."""
        words = self["name"] or " ".join(filter(None, [self["first"], self["last"]]))
        if not words:
            raise ValidationError("There is no name in it.")
        if len(words) > 100:
            raise ValidationError("The name is too long.")
        return clean_name(words)

    @property
    def has_name(self) -> bool:
        return bool(self["name"] or self["first"] or self["last"])

    @property
    def email(self) -> str:
        """Their address, or none."""
        address = self["email"].lower()
        if not address:
            return ""
        try:
            validate_email(address)
        except ValidationError:
            raise ValidationError(f"“{self['email'][:60]}” is no e-mail address.") from None
        return address


@dataclass
class Line:
    """What one row would do (new, changes, is there already), in words; or in a sentence why it cannot be taken in."""

    given: Given
    problem: str = ""
    what: str = ""
    words: str = ""
    # What is to be done, for the action that does it.
    act: Any = None
    # The page that shows it: "school", "booking" or "session", and its id.
    about: tuple[str, int] | None = None
    # Good to know beside it.
    note: str = ""

    @property
    def number(self) -> int:
        return self.given.number

    @property
    def is_good(self) -> bool:
        return not self.problem

    @property
    def cells(self) -> str:
        """What stands in the row, for who looks for it."""
        return words_of(self.given.cells)

    @property
    def who(self) -> str:
        """Whom a good row names."""
        return self.given.name if self.is_good and self.given.has_name else ""


@dataclass
class Seen:
    """Rows of one list that speak of the same thing: the first decides, another that differs is said to."""

    rows: dict[Any, tuple[int, Any]] = field(default_factory=dict)

    def again(self, key: Any, says: Any, number: int) -> int:
        """The line of an earlier row that says the same of it; 0 for the first. Raises ValidationError otherwise."""
        if key not in self.rows:
            self.rows[key] = (number, says)
            return 0
        before, said = self.rows[key]
        if said != says:
            raise ValidationError(f"Row {before} says something else of the same.")
        return before


def given_of(handed: HandedList) -> list[Given]:
    where = {name: int(index) for name, index in handed.columns.items()}
    return [
        Given(number, cells, {name: cells[index] for name, index in where.items() if index < len(cells)})
        for number, cells in handed.lines
    ]


def words_of(cells: Sequence[str]) -> str:
    return " · ".join(filter(None, cells))


def yes_or_no(text: str, *, of: str) -> bool:
    word = text.strip().lower()
    if word in YES:
        return True
    if word in NO:
        return False
    raise ValidationError(f"“{text[:30]}” under “{of}” is neither yes nor no.")


def folded(text: str) -> str:
    """A title or a name without capitals, accents and points, to compare by."""
    return searchable(text)
