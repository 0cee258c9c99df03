"""Invented people. Whoever can log in is listed first; everybody else has a name and an address on .example."""

from collections.abc import Iterator

PASSWORD = "maths-hub-demo"  # noqa: S105  # printed by the demo command; the demonstration holds nobody's data
OFFICE, FACILITATOR = "office@hub.example", "facilitator@hub.example"
LEAD, TEACHER, OTHER_LEAD = "lead@oakfield.example", "teacher@oakfield.example", "lead@riverside.example"
LOG_INS = {
    OFFICE: "Olive Brandt",
    FACILITATOR: "Fran Lovell",
    LEAD: "Lena Marsh",
    TEACHER: "Tom Adeyemi",
    OTHER_LEAD: "Rhys Calder",
}
# Others who lead groups, by the key that plans use.
LEADERS = {
    "priya": "Priya Nair",
    "joan": "Joan Whitlock",
    "tunde": "Tunde Bakare",
    "owen": "Owen Prosser",
    "hana": "Hana Novak",
    "rosa": "Rosa Delgado",
    "amos": "Amos Keeble",
}
_FIRST = [
    "Amira",
    "Beth",
    "Callum",
    "Daisy",
    "Ewan",
    "Farah",
    "Gemma",
    "Harpreet",
    "Imogen",
    "Jakub",
    "Katie",
    "Leon",
    "Maya",
    "Nadia",
    "Oscar",
    "Petra",
    "Quinn",
    "Ravi",
    "Sian",
    "Tariq",
    "Una",
    "Viktor",
    "Wendy",
    "Xin",
    "Yusuf",
    "Zara",
    "Aidan",
    "Bronwen",
    "Chidi",
    "Dilys",
    "Esther",
    "Fergus",
    "Grace",
    "Hugo",
    "Isla",
    "Jasmin",
    "Kofi",
    "Lottie",
    "Mina",
    "Noah",
]
_LAST = [
    "Ashdown",
    "Birkett",
    "Chowdhury",
    "Dunmore",
    "Eastwood",
    "Farrow",
    "Garside",
    "Hallam",
    "Iqbal",
    "Jessop",
    "Kumar",
    "Lindley",
    "Mistry",
    "Norwood",
    "Okafor",
    "Pickering",
    "Quayle",
    "Rahman",
    "Sandhu",
    "Thornbury",
    "Upton",
    "Varley",
    "Wetherby",
    "Yardley",
    "Zielinski",
    "Barlow",
    "Croft",
    "Dhillon",
    "Elwood",
    "Fenwick",
]


def names() -> Iterator[str]:
    """Names without end, each once for a long while."""
    number = 0
    while True:
        yield f"{_FIRST[number * 7 % len(_FIRST)]} {_LAST[(number * 11 + number // len(_FIRST)) % len(_LAST)]}"
        number += 1
