"""An invented register of schools in the size and shape of the national one: 52,000 rows of 140 columns, and its links.

Every name, place and number in it is made up from the lists below; only the headings are the register's own.
"""

import csv
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

OPEN, CLOSED = 27_000, 25_000
# Of the closed: how many became an open school, and how many were merged, two or three into one.
CONVERTED, MERGED = 9_000, 3_000

HEADINGS = [
    "URN",
    "LA (code)",
    "LA (name)",
    "EstablishmentNumber",
    "EstablishmentName",
    "TypeOfEstablishment (code)",
    "TypeOfEstablishment (name)",
    "EstablishmentStatus (code)",
    "EstablishmentStatus (name)",
    "OpenDate",
    "CloseDate",
    "PhaseOfEducation (code)",
    "PhaseOfEducation (name)",
    "StatutoryLowAge",
    "StatutoryHighAge",
    "NumberOfPupils",
    "PercentageFSM",
    "Trusts (code)",
    "Trusts (name)",
    "Street",
    "Locality",
    "Address3",
    "Town",
    "County (name)",
    "Postcode",
    "SchoolWebsite",
    "TelephoneNum",
    "HeadTitle (name)",
    "HeadFirstName",
    "HeadLastName",
    "Section41Approved (name)",
    "Easting",
    "Northing",
]
# The rest of the register's 140 columns, which the hub never reads, as wide as they are there.
FILLING = ["Not applicable", "999", "", "", "Does not apply", "01-09-2026", "", "No Special Classes", "E09000001", ""]
OTHERS = 140 - len(HEADINGS)

FIRST = [
    "Alder",
    "Ash",
    "Beacon",
    "Birch",
    "Bramble",
    "Brook",
    "Cedar",
    "Chestnut",
    "Clover",
    "Copse",
    "Dale",
    "Elder",
    "Fern",
    "Field",
    "Fox",
    "Gorse",
    "Hazel",
    "Heath",
    "Holly",
    "Hawthorn",
    "Ivy",
    "King's",
    "Lark",
    "Lime",
    "Linden",
    "Maple",
    "Marsh",
    "Meadow",
    "Mill",
    "Moor",
    "Oak",
    "Orchard",
    "Park",
    "Pine",
    "Poplar",
    "Queen's",
    "Ridge",
    "River",
    "Rowan",
    "Rush",
    "Sedge",
    "Spinney",
    "Spring",
    "Stone",
    "Thistle",
    "Thorn",
    "Vale",
    "Willow",
    "Wood",
    "Yew",
]
SECOND = [
    "bank",
    "bridge",
    "brook",
    "bury",
    "croft",
    "dale",
    "field",
    "ford",
    "gate",
    "grove",
    "ham",
    "hill",
    "holme",
    "hurst",
    "lea",
    "ley",
    "mead",
    "side",
    "ton",
    "well",
]
SAINTS = [
    "Aidan",
    "Alban",
    "Andrew",
    "Anne",
    "Bede",
    "Chad",
    "Clare",
    "Cuthbert",
    "Edmund",
    "George",
    "Hilda",
    "John",
    "Luke",
    "Mary",
    "Oswald",
    "Paul",
    "Peter",
]
# (phase, its name, low and high age, what stands at the end of the name, pupils, of a hundred)
PHASES = [
    ("2", "Primary", 4, 11, "Primary School", 240, 60),
    ("2", "Primary", 4, 7, "Infant School", 180, 5),
    ("2", "Primary", 7, 11, "Junior School", 240, 5),
    ("4", "Secondary", 11, 18, "Academy", 1100, 12),
    ("4", "Secondary", 11, 16, "High School", 900, 6),
    ("0", "Not applicable", 2, 19, "Special School", 110, 5),
    ("0", "Not applicable", 5, 16, "Pupil Referral Unit", 40, 2),
    ("0", "Not applicable", 3, 18, "School", 400, 3),
    ("1", "Nursery", 2, 5, "Nursery School", 90, 2),
]


@dataclass
class _Made:
    """What is made: rows one by one, links beside them."""

    chance: random.Random
    towns: list[str]
    links: list[tuple[str, str]] = field(default_factory=list)
    urn: int = 100_000

    def next_urn(self) -> str:
        self.urn += 1
        return str(self.urn)


def write(folder: Path, *, opened: int = OPEN, closed: int = CLOSED) -> tuple[Path, Path]:
    """Write the register and its links; the same files whenever it is asked. Returns where they are."""
    chance = random.Random(20260901)
    places = [f"{first}{second}" for first in FIRST for second in SECOND]
    made = _Made(chance, chance.sample([place.replace("'s", "s") for place in places], 700))
    register, links = folder / "edubasealldata.csv", folder / "links_edubasealldata.csv"
    with register.open("w", encoding="cp1252", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*HEADINGS, *(f"Other{number}" for number in range(OTHERS))])
        writer.writerows(_rows(made, opened, closed))
    with links.open("w", encoding="cp1252", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["URN", "LinkURN", "LinkName", "LinkType", "LinkEstablishedDate"])
        for before, after in made.links:
            writer.writerow([before, after, "", "Successor", "01-09-2016"])
            writer.writerow([after, before, "", "Predecessor", "01-09-2016"])
    return register, links


def _rows(made: _Made, opened: int, closed: int) -> Iterator[list[str]]:
    converted, merged = CONVERTED * closed // CLOSED, MERGED * closed // CLOSED
    schools = [_school(made) for _ in range(opened)]
    for number, school in enumerate(schools):
        before = []
        if number < converted:
            before = [made.next_urn()]
        elif number < converted + merged // 2:
            before = [made.next_urn(), made.next_urn()]
        for urn in before:
            yield _row(urn, school, closes="31-08-2016", name=school["name"].replace("Academy", "School"))
        urn = made.next_urn()
        made.links += [(one, urn) for one in before]
        yield _row(urn, school, opens="01-09-2016" if before else "")
    for _ in range(closed - converted - merged // 2 * 2):
        yield _row(made.next_urn(), _school(made), closes="31-08-2009")


def _school(made: _Made) -> dict[str, str]:
    chance = made.chance
    town = chance.choice(made.towns)
    phase, phase_name, low, high, ending, pupils, _ = chance.choices(PHASES, [one[-1] for one in PHASES])[0]
    first = f"St {chance.choice(SAINTS)}'s" if chance.random() < 0.2 else chance.choice(FIRST)
    middle = chance.choice(["", "", f" {town}", " Church of England", " Catholic", " Community"])
    area = made.towns.index(town)
    authority = 200 + area % 150
    return {
        "name": f"{first}{middle} {ending}",
        "town": town,
        "la": str(authority),
        "phase": phase,
        "phase_name": phase_name,
        "low": str(low),
        "high": str(high),
        "pupils": str(chance.randint(pupils // 2, pupils * 2)),
        "fsm": f"{chance.uniform(2, 60):.1f}",
        "trust": f"{chance.choice(FIRST)}{chance.choice(SECOND)} Learning Trust" if chance.random() < 0.4 else "",
        "postcode": f"{_district(area)} {chance.randint(1, 9)}{chance.choice('ABDEF')}{chance.choice('GHJLN')}",
        "street": f"{chance.randint(1, 200)} {chance.choice(FIRST)} Lane",
        "telephone": str(chance.randint(1_100_000_000, 1_999_999_999)),
        "easting": str(300_000 + (area % 26) * 12_000 + chance.randint(-4_000, 4_000)),
        "northing": str(100_000 + (area // 26) * 16_000 + chance.randint(-4_000, 4_000)),
    }


def _district(area: int) -> str:
    return f"{'ABCDEFGHJKLMNPRSTW'[area % 18]}{'ABDEGHLNPRSTY'[area % 13]}{1 + area % 60}"


def _row(urn: str, school: dict[str, str], *, opens: str = "", closes: str = "", name: str = "") -> list[str]:
    status = ("2", "Closed") if closes else ("1", "Open")
    return [
        urn,
        school["la"],
        f"Authority {school['la']}",
        urn[-4:],
        name or school["name"],
        "1",
        "Community school",
        *status,
        opens,
        closes,
        school["phase"],
        school["phase_name"],
        school["low"],
        school["high"],
        school["pupils"],
        school["fsm"],
        "",
        school["trust"],
        school["street"],
        "",
        "",
        school["town"],
        "",
        school["postcode"],
        f"https://www.school{urn}.example",
        school["telephone"],
        "Ms",
        "Never",
        "Readme",
        "Not applicable",
        school["easting"],
        school["northing"],
        *(FILLING[number % len(FILLING)] for number in range(OTHERS)),
    ]


if __name__ == "__main__":
    print(*write(Path()), sep="\n")
