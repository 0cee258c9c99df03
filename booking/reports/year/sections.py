"""The year's figures section by section: the sentence it says, the picture, and the table beside it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from booking.pictures import Column, Part, Row
from booking.reports.year.coverage import Share
from booking.reports.year.leaving import Counted
from booking.reports.year.registers import Marked
from booking.reports.year.report import ProjectLine, Year
from booking.reports.year.years import YearLine
from booking.tables import Cell, Table

STAGE_WORDS = {
    "applied": ("Applied", "lost"),
    "accepted": ("Accepted", "coming"),
    "started": ("Started", "done"),
    "active": ("Active", "credit"),
    "completed": ("Completed", "full"),
    "withdrew": ("Withdrew", "rest"),
    "ended": ("Ended without completing", "rest"),
}
SHARE_KEY = [
    ("completed a group", "full"),
    ("started", "done"),
    ("accepted, not come yet", "coming"),
    ("not with us this year", "rest"),
]
REACH_KEY = [*SHARE_KEY[:3], ("not in it this year", "rest")]
STARTED_KEY = [
    ("completed", "full"),
    ("active", "credit"),
    ("ended without completing", "lost"),
    ("withdrew", "rest"),
    ("accepted, not come yet", "coming"),
]
MARKED_KEY = [("came", "done"), ("told us, or sent somebody", "credit"), ("absent", "rest")]
YEARS_KEY = [("completed", "full"), ("started", "done")]
NOT_HELD = "not held here"


@dataclass
class Section:
    """One part of the page. `says` is what the picture shows, in a sentence."""

    key: str
    title: str
    says: str
    head: Sequence[str]
    lines: list[list[Cell]]
    rows: list[Row] = field(default_factory=list)
    bars: list[Column] = field(default_factory=list)
    picture_key: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    # The labels of the bars are sessions on a line.
    points: bool = False
    is_wide: bool = False

    def table(self, label: str) -> Table:
        """For a spreadsheet; `label`: of which school year."""
        return Table(f"{self.title} {label}", self.head, self.lines)

    @property
    def cells(self) -> Iterator[list[tuple[str, Cell, bool]]]:
        """(heading, what stands there, is it a number?) of each cell, line by line."""
        for line in self.lines:
            yield [(head, cell, isinstance(cell, int)) for head, cell in zip(self.head, line, strict=True)]

    @property
    def numbers(self) -> list[tuple[str, bool]]:
        """Each heading, and whether numbers stand below it."""
        first = self.lines[0] if self.lines else [""] * len(self.head)
        return [(head, isinstance(cell, int)) for head, cell in zip(self.head, first, strict=True)]


@dataclass
class Whole:
    """A bar model: the whole above, its parts below."""

    parts: list[Part]
    whole: str
    unit: str = ""


def hero(year: Year) -> Whole:
    """The state-funded schools there are: completed, started, still expected, and not with us this year."""
    one = year.coverage.whole
    parts = _share_parts(one)
    named = [replace(part, label=words) for part, (words, _) in zip(parts, SHARE_KEY, strict=True) if part.value]
    return Whole(named, f"{one.of:,} open state-funded schools" if one.of != 1 else "1 open state-funded school")


def of_started(year: Year) -> Whole:
    """What became of the engagements that started: the parts make the whole."""
    stages, schools = year.stages, year.engagement.schools
    after = len(schools.withdrew & schools.started)
    named = [
        Part("completed", stages["completed"], "full"),
        Part("active", stages["active"], "credit"),
        Part("ended without completing", stages["ended"], "lost"),
        Part("withdrew after starting", after, "rest"),
    ]
    return Whole([part for part in named if part.value], f"{count_words(stages['started'], 'engagement')} started")


def sections(year: Year) -> list[Section]:
    """All that has something to show, in the order of the page."""
    found = [
        funnel(year),
        _coverage("phases", "By phase", "Phase", year.coverage.phases, year),
        _coverage("authorities", "By local authority", "Local authority", year.coverage.authorities, year),
        projects(year),
        reach(year),
        _attendance("sessions", "Attendance from session to session", "Session", year.registers.numbers, points=True),
        _attendance("months", "Attendance from month to month", "Month", year.registers.months, points=False),
        withdrawals(year),
        notice(year),
        _reflections(year),
        year_on_year(year),
    ]
    return [one for one in found if one.lines]


def funnel(year: Year) -> Section:
    """From applying to completing: each stage by itself, for none is a part of the one before in every case."""
    stages, people, schools = year.stages, year.people, year.engagement.schools
    most = max(stages.values())
    rows = [
        Row(words, [Part("", stages[stage], kind)], most, f"{stages[stage]}")
        for stage, (words, kind) in STAGE_WORDS.items()
    ]
    lines: list[list[Cell]] = [
        [words, stages[stage], len(schools.who(stage)), people[stage]] for stage, (words, _) in STAGE_WORDS.items()
    ]
    says = (
        f"{count_words(stages['applied'], 'engagement')} applied for, {stages['accepted']} accepted, "
        f"{stages['started']} started; "
        f"{stages['active']} are active, {stages['completed']} completed, {stages['withdrew']} withdrew."
    )
    head = ["Stage", "Engagements", "Schools, each once", "People in a project"]
    notes = [
        "Each stage is counted by itself. A school that started is in “accepted” too, unless it came without a booking."
    ]
    return Section("funnel", "From applying to completing", says, head, lines if most else [], rows, notes=notes)


def _coverage(key: str, title: str, kind: str, shares: list[Share], year: Year) -> Section:
    rows = [
        Row(
            one.title,
            _share_parts(one),
            one.of,
            one.words,
        )
        for one in shares
        if one.of
    ]
    lines: list[list[Cell]] = [
        [one.title, one.of, one.accepted, one.started, one.completed, f"{one.per_cent}\u00a0%" if one.of else ""]
        for one in shares
    ]
    whole = year.coverage.whole
    says = "; ".join(f"{one.title}: {one.started} of {one.of} started" for one in shares[:2] if one.of)
    says = f"{says}. {whole.per_cent} per cent in all." if whole.of else ""
    notes = []
    if year.is_for_board and any("together" in one.title for one in shares):
        notes.append("Lines of fewer than three schools are put together, so that none points to one school.")
    head = [kind, "Schools", "Accepted", "Started", "Completed", "Share"]
    return Section(key, title, says, head, lines, rows, picture_key=SHARE_KEY, notes=notes)


def _share_parts(one: Share) -> list[Part]:
    return [
        Part("", one.completed, "full"),
        Part("", one.started - one.completed, "done"),
        Part("", one.expected, "coming"),
        Part("", one.of - one.started - one.expected, "rest"),
    ]


def projects(year: Year) -> Section:
    shown = sorted((one for one in year.projects if one.schools), key=lambda one: (-one.stages["started"], one.title))
    most = max((one.stages["started"] + one.expected + _left_before(one) for one in shown), default=0)
    rows = [
        Row(
            one.title,
            [
                Part("", one.stages["completed"], "full"),
                Part("", one.stages["active"], "credit"),
                Part("", one.stages["ended"], "lost"),
                Part("", one.withdrew_after + _left_before(one), "rest"),
                Part("", one.expected, "coming"),
            ],
            most,
            f"{one.stages['started']} started",
        )
        for one in shown
    ]
    lines: list[list[Cell]] = [
        [
            one.title,
            one.groups,
            one.sessions,
            *(one.stages[stage] for stage in STAGE_WORDS),
            one.people["started"],
            one.people["completed"],
            one.came,
        ]
        for one in year.projects
    ]
    head = ["Project", "Groups", "Sessions", *(words.partition(" ")[0] for words, _ in STAGE_WORDS.values())]
    head += ["People", "People completed", "Times came"]
    largest = max(shown, key=lambda one: one.stages["started"], default=None)
    every = sum(one.projects for one in year.projects)
    says = f"{count_words(len(year.engagement.project_of), 'group')} in {count_words(every, 'project')}"
    says += f"; most schools started in {largest.title} ({largest.stages['started']})." if largest else "."
    notes = [
        "Schools, from “Applied” to “Ended” (without completing); then the people who came, who completed, and how "
        "often somebody came. One school in two projects stands in both."
    ]
    if year.is_for_board and any(one.projects > 1 for one in year.projects):
        notes.append("Projects of fewer than three schools are put together, so that no line points to one school.")
    return Section(
        "projects", "By project", says, head, lines, rows, picture_key=STARTED_KEY, notes=notes, is_wide=True
    )


def reach(year: Year) -> Section:
    """Each project against the schools there are that it is for; a school in two projects is in two lines."""
    shares = sorted((one.reach for one in year.projects if one.reach and one.reach.of), key=lambda one: -one.started)
    section = _coverage("reach", "By project, of the schools it is for", "Project", shares, year)
    says = "; ".join(f"{one.title}: {one.words}" for one in shares[:2])
    notes = [
        "Open state-funded schools that teach a phase which the project’s groups are for, by the ages of their pupils; "
        "a group that names no phase is for all. Schools of another kind or phase that came all the same are in no "
        "share."
    ]
    if year.is_for_board and len(shares) < len(year.projects):
        notes.append("Projects of fewer than three schools are left out, so that no line points to one school.")
    return replace(section, says=f"{says}." if says else "", notes=notes, picture_key=REACH_KEY)


def _left_before(one: ProjectLine) -> int:
    return one.stages["withdrew"] - one.withdrew_after


def _attendance(key: str, title: str, kind: str, marked: list[Marked], *, points: bool) -> Section:
    bars = [
        Column(
            one.short,
            [Part("", one.came, "done"), Part("", one.told, "credit"), Part("", one.absent, "rest")]
            if one.marked
            else [],
            one.marked,
            f"{one.per_cent}\u00a0%" if one.marked else "?",
        )
        for one in marked
    ]
    lines: list[list[Cell]] = [
        [
            one.title,
            one.sessions,
            one.came,
            one.told,
            one.absent,
            one.unmarked,
            f"{one.per_cent}\u00a0%" if one.marked else "",
        ]
        for one in marked
    ]
    known = [one for one in marked if one.marked]
    says = ""
    if known:
        best, least = (pick(known, key=lambda one: one.per_cent or 0) for pick in (max, min))
        came, every = sum(one.came for one in known), sum(one.marked for one in known)
        says = f"{round(100 * came / every)} per cent of those expected came: {came} of {every}"
        says += f"; most at {_low(best.title)}, fewest at {_low(least.title)}." if best is not least else "."
    unmarked = sum(one.unmarked for one in marked)
    notes = [f"{count_words(unmarked, 'line')} of registers nobody has marked: in no share."] if unmarked else []
    head = [kind, "Sessions", "Came", "Told us", "Absent", "Not marked", "Share"]
    return Section(key, title, says, head, lines, bars=bars, picture_key=MARKED_KEY, notes=notes, points=points)


def withdrawals(year: Year) -> Section:
    left, total = year.leavings, year.stages["withdrew"]
    whole = count_words(total, "engagement")
    says = f"{whole} ended by withdrawing, {left.before} before starting and {left.after} after."
    notes = []
    if left.months:
        notes.append("By month: " + ", ".join(f"{one.title} {one.count}" for one in left.months) + ".")
    elif total:
        notes.append("Dates are left out of this copy: a date can point to one school.")
    return Section(
        "withdrawals",
        "Why schools withdrew",
        says,
        ["Reason", "Engagements"],
        [[one.title, one.count] for one in left.reasons],
        _counted_rows(left.reasons),
        notes=notes,
    )


def notice(year: Year) -> Section:
    left = year.leavings
    says = f"{count_words(left.places, 'place')} given up with sessions to come"
    says += f", {left.late} of them with less notice than we ask for." if left.late else "."
    lines: list[list[Cell]] = [[one.title, one.count] for one in left.notice]
    if left.undated:
        lines.append(["Nothing was confirmed, or had a date", left.undated])
    return Section(
        "notice",
        "Notice given",
        says,
        ["Notice", "Places"],
        lines if left.places or left.undated else [],
        _counted_rows(left.notice),
    )


def _counted_rows(counted: list[Counted]) -> list[Row]:
    most = max((one.count for one in counted), default=0)
    return [Row(one.title, [Part("", one.count, "done")], most, f"{one.count}") for one in counted]


def _reflections(year: Year) -> Section:
    one, total = year.reflections, year.reflections.total
    says = f"{count_words(one.tasks, 'research task')} given; {one.people} people wrote {one.whole}."
    rows = [Row(words.capitalize(), [Part("", count, kind)], total, f"{count}") for words, count, kind in one.outcomes]
    lines: list[list[Cell]] = [[words.capitalize(), count] for words, count, _ in one.outcomes]
    return Section(
        "reflections", "Between sessions", says, ["What came of the task", "Reflections"], lines if total else [], rows
    )


def year_on_year(year: Year) -> Section:
    held = [one for one in year.years if one.is_held]
    most = max((one.started or 0 for one in held), default=0)
    bars = [
        Column(
            one.label,
            [Part("", one.completed or 0, "full"), Part("", (one.started or 0) - (one.completed or 0), "done")]
            if one.is_held
            else [],
            most,
            f"{one.started}" if one.is_held else NOT_HELD,
        )
        for one in year.years
    ]
    lines: list[list[Cell]] = [[one.label, *_held(one, *one.figures), one.source or NOT_HELD] for one in year.years]
    says = _compared(held)
    head = ["School year", "Started", "Completed", "Withdrew", "Schools, each once", "Where from"]
    return Section("years", "Year on year", says, head, lines[::-1], bars=bars, picture_key=YEARS_KEY)


def _held(one: YearLine, *figures: int | None) -> list[Cell]:
    return [figure if one.is_held else NOT_HELD for figure in figures]


def _compared(held: list[YearLine]) -> str:
    if len(held) < 2:
        return "One year is held here: there is nothing yet to set beside it." if held else ""
    last, before = held[-1], held[-2]
    return f"{last.started} engagements started in {last.label}, {before.started} in {before.label}."


def count_words(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _low(words: str) -> str:
    return words[:1].lower() + words[1:] if words.startswith("Session") else words
