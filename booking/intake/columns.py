"""Which fields a list of each kind has, and which heading probably means which."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.core.exceptions import ValidationError

from booking.intake.lines import folded
from booking.models.handed import HandedKind

MOST_HEADING = 80


@dataclass(frozen=True)
class Field:
    """One thing a row can say; by which headings it is known, folded."""

    name: str
    label: str
    hint: str = ""
    known: tuple[str, ...] = ()


NAME = Field("name", "Name", "first name and surname in one", ("name", "full name", "teacher", "participant", "person"))
FIRST = Field("first", "First name", "", ("first name", "forename", "firstname", "given name"))
LAST = Field("last", "Surname", "", ("surname", "last name", "lastname", "family name"))
EMAIL = Field(
    "email",
    "E-mail",
    "may be empty",
    ("e mail", "email", "email address", "e mail address", "mail", "work email"),
)
URN = Field("urn", "School’s URN", "also one it had before", ("urn", "school urn", "establishment urn", "gias urn"))
SCHOOL = Field(
    "school", "School’s name", "", ("school", "school name", "establishment", "establishment name", "setting")
)
POSTCODE = Field("postcode", "School’s postcode", "tells schools of one name apart", ("postcode", "post code"))
GROUP = Field(
    "group",
    "Work group",
    "its title here",
    ("work group", "group", "workgroup", "cohort", "work group title", "course"),
)
YEAR = Field("year", "School year", "as 2026-27", ("school year", "year", "academic year"))

FIELDS: dict[str, list[Field]] = {
    HandedKind.PEOPLE: [
        NAME,
        FIRST,
        LAST,
        EMAIL,
        URN,
        SCHOOL,
        POSTCODE,
        Field(
            "part",
            "Books for the school?",
            "“lead” or “yes” for who does",
            ("books", "books for the school", "part", "lead", "part in it", "school lead"),
        ),
        Field("job", "Role in school", "maths lead, ECT …", ("role", "job", "job title", "role in school")),
    ],
    HandedKind.BOOKINGS: [
        GROUP,
        YEAR,
        Field("meeting", "Meeting", "its day, of a network meeting", ("meeting", "meeting date", "date")),
        URN,
        SCHOOL,
        POSTCODE,
        NAME,
        FIRST,
        LAST,
        EMAIL,
        Field("part", "Comes as", "where the group has parts: Year 1, maths lead", ("part", "comes as", "strand")),
        Field("places", "Names to follow", "how many, in a row without a name", ("places", "names to follow")),
    ],
    HandedKind.PAST_YEARS: [
        URN,
        SCHOOL,
        POSTCODE,
        Field("project", "Project", "as the list calls it", ("project", "programme", "ncp", "work group")),
        YEAR,
        Field("started", "Somebody came", "yes or no; empty: yes", ("started", "engaged", "attended", "somebody came")),
        Field(
            "outcome",
            "What came of it",
            "completed or withdrew; empty: not known",
            ("outcome", "completed", "status", "result", "what came of it"),
        ),
        Field("source", "Where this is from", "or once for all, below", ("source", "where this is from")),
    ],
    HandedKind.ATTENDANCE: [
        GROUP,
        YEAR,
        Field("session", "Session’s number", "or its day", ("session", "session number", "no", "number")),
        Field("day", "Session’s day", "or its number", ("date", "day", "session date", "starts", "when")),
        NAME,
        FIRST,
        LAST,
        EMAIL,
        URN,
        SCHOOL,
        POSTCODE,
        Field("mark", "Mark", "present, late, absent …", ("mark", "attendance", "attended", "register", "present")),
        Field("minutes", "Minutes late or left early", "", ("minutes", "minutes late", "minutes late or left early")),
    ],
}
_WHO = ({"name", "last"}, "Say which column has the name.")
_WHERE = ({"urn", "school"}, "Say which column has the school: its URN, or its name.")
_GROUP = ({"group"}, "Say which column has the work group.")
# Of each set one is needed.
NEEDED: dict[str, list[tuple[set[str], str]]] = {
    HandedKind.PEOPLE: [_WHO, _WHERE],
    HandedKind.BOOKINGS: [_GROUP, _WHERE],
    HandedKind.PAST_YEARS: [
        _WHERE,
        ({"project"}, "Say which column has the project."),
        ({"year"}, "Say which column has the school year."),
    ],
    HandedKind.ATTENDANCE: [
        _GROUP,
        ({"session", "day"}, "Say which column has the session: its number, or its day."),
        ({"name", "last", "email"}, "Say which column has the person: name or e-mail."),
        ({"mark"}, "Say which column has the mark."),
    ],
}


def guess(kind: str, head: Sequence[str], known: Mapping[str, str]) -> dict[str, int]:
    """Which field probably stands in which column; what the office said of a heading last time goes first."""
    found: dict[str, int] = {}
    fields = {one.name: one for one in FIELDS[kind]}
    headings = [(index, heading_of(words)) for index, words in enumerate(head)]
    for index, heading in headings:
        if known.get(heading) in fields:
            found.setdefault(known[heading], index)
    for one in fields.values():
        for index, heading in headings:
            if heading not in known and index not in found.values() and heading in one.known:
                found.setdefault(one.name, index)
    return found


def heading_of(words: str) -> str:
    return folded(words)[:MOST_HEADING]


def check_columns(kind: str, columns: Mapping[str, int]) -> None:
    """Refuse a list in which something that each row needs stands in no column, or two things in one."""
    missing = [words for names, words in NEEDED[kind] if not names & columns.keys()]
    if missing:
        raise ValidationError(missing)
    twice = {index for index in columns.values() if list(columns.values()).count(index) > 1}
    if twice:
        raise ValidationError("One column cannot hold two things. Choose another for one of them.")


def check_heading(head: Sequence[str]) -> None:
    """Refuse rows without a heading: an address or a URN in the first row is no name of a column."""
    if any("@" in words or (words.isdecimal() and len(words) in (5, 6)) for words in head):
        raise ValidationError(
            "The first row looks like a row of the list, not like headings. Put a row above it that says what each "
            "column is."
        )
