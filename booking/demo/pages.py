"""What the demonstration's hub says of itself, and its news: invented, but for what everybody knows of Maths Hubs."""

from datetime import date, datetime, timedelta

from accounts.models import NewsItem, Page, User

ABOUT = """East Midlands South Maths Hub brings teachers of mathematics together: in work groups that meet over a school year, and try something in their own classrooms in between. Taking part is free to state-funded schools.

## Who leads it

Meadowbank College (demo) is the lead school. Four people share the lead:

- **Hub lead:** the strategy, and the partners
- **Primary lead:** early years to Year 6
- **Secondary and post-16 lead:** Year 7 to A level and Core Maths
- **Project manager:** every date, place and register; the person who answers first

## Where we work

Leicestershire, Leicester, Rutland and North Northamptonshire, and schools near by. We meet in schools from Market Harborough to Melton Mowbray, and online.

## Who we work with

| Partner | What we do together |
|---|---|
| Three teaching school hubs (demo) | early career teachers come to our subject knowledge groups |
| Two universities (demo) | a lecturer leads the network on the more challenging topics |
| The authorities’ advisers (demo) | we look together at which schools nobody has reached |

The national network of Maths Hubs is coordinated by the NCETM and funded by the Department for Education.

## How to reach us

Write to [hub@hub.example](mailto:hub@hub.example): somebody reads it every school day.
"""

# (days ago, title, text); one day to come: it stands in the office until then.
NEWS = [
    (
        -6,
        "Places next term: a look ahead",
        "Six groups begin after the holiday. Their dates will stand in [the catalogue](/work-groups/) on this day.",
    ),
    (
        9,
        "The mixed-age group has moved to a larger hall",
        "Fourteen schools were on the waiting list, so the **Mixed Age** group now meets where there are more chairs.\n\nIf your school was waiting, look at [your bookings](/bookings/): an offer may be there.",
    ),
    (
        34,
        "What Year 4 did with bar models",
        "In a reasoning group, teachers gave the same problem with and without a bar to draw.\n\n> The ones who drew it argued with each other about the bar. The ones who did not just asked me.\n\nThe task is in the group’s library: take it, and tell us what yours did.",
    ),
    (
        71,
        "Welcome to the new year",
        "Bookings are open. Three things are new:\n\n- every date stands on the page of a group *before* you sign in\n- a name can follow: the place is kept for your school\n- reminders come with the joining notes, a week and a day before",
    ),
]


def tell(*, today: date, now: datetime, by: User) -> None:
    """Fill the page about the hub, and its news."""
    Page.objects.create(slug="about", text=ABOUT, changed_at=now - timedelta(days=60), changed_by=by)
    NewsItem.objects.bulk_create(
        NewsItem(
            title=title,
            text=text,
            dated_on=today - timedelta(days=days),
            made_by=by,
            published_at=now - timedelta(days=max(days, 1)),
            changed_at=now - timedelta(days=max(days, 1)),
        )
        for days, title, text in NEWS
    )
