"""The pictures of the style page, drawn from an invented year whose parts add up."""

from datetime import date, timedelta
from fractions import Fraction

from django.utils.safestring import SafeString

from booking.pictures import Holiday, Part, Stop, bar_model, number_line, ten_frame

FIRST = date(2024, 9, 1)
HOLIDAYS = [
    Holiday("Autumn half term", date(2024, 10, 14), date(2024, 10, 18)),
    Holiday("Christmas", date(2024, 12, 23), date(2025, 1, 3)),
    Holiday("February half term", date(2025, 2, 17), date(2025, 2, 21)),
    Holiday("Easter", date(2025, 4, 14), date(2025, 4, 25)),
    Holiday("May half term", date(2025, 5, 26), date(2025, 5, 30)),
    Holiday("Summer", date(2025, 7, 11), date(2025, 8, 31)),
]
STOPS = [
    Stop(1, date(2024, 10, 8), "Sort and explain", "Oadby", "done", task="Always, sometimes, never"),
    Stop(2, date(2024, 11, 12), "One lesson, two years", "Swinford", "done", task="Same start, two ends"),
    Stop(3, date(2024, 12, 10), "What varies, what stays", "online", "done", task="Change one thing"),
    Stop(4, date(2025, 1, 21), "Bars before rules", "Corby", "today", task="Draw it first"),
    Stop(5, date(2025, 3, 11), "Ratio tables", "Oakham", "next", task="Two numbers, four questions"),
    Stop(6, date(2025, 5, 13), "What we keep", "Oadby", "coming"),
]


def pictures() -> dict[str, SafeString]:
    """Each picture by name. Six sessions of 2½ hours make 15: 7½ attended, 2½ caught up, 5 to come."""
    today = date(2025, 1, 21)
    last = FIRST + timedelta(days=364)
    hours = [
        Part("attended", Fraction(15, 2), "done"),
        Part("caught up", Fraction(5, 2), "credit"),
        Part("to come", Fraction(5), "coming"),
    ]
    return {
        "line": number_line(STOPS, HOLIDAYS, today, FIRST, last, detail=True),
        "mini": number_line(STOPS, [], today, FIRST, last, detail=False),
        "frames": ten_frame(20, 1, 1, 14, 2),
        "full": ten_frame(12, 0, 0, 12, 0),
        "large": ten_frame(120, 3, 0, 84, 0),
        "bar": bar_model(hours, "15 hours", "hours", whole=15),
    }
