"""What was before: projects of former years from the hub's own list, and what it contributes to cover."""

from datetime import timedelta
from decimal import Decimal

from accounts import history
from accounts.models import SchoolURN
from booking.contributing import dues
from booking.demo.groups import Programme
from booking.demo.people import OFFICE
from booking.demo.schools import COMMUNITY, LEICESTER, LEICESTERSHIRE, NORTH_NORTHANTS, RUTLAND, Invented, P, S
from booking.models import Contribution, PassedOn, PastEngagement, Project, WorkGroup

SOURCE = "the hub's spreadsheet of former years"
# (title, how many years ago, which schools: every so many, from which one on, how many of them completed it)
FORMER = [
    ("Mastery Specialists Programme", 2, 3, 0, 4),
    ("Developing Mathematical Reasoning in Key Stage 3", 2, 7, 26, 2),
    ("Primary Text Book Project", 3, 4, 1, 5),
    ("Developing Number Skills in Early Years", 3, 9, 2, 1),
]
# The group's key, what it contributes.
RULES = [
    ("primary-specialists", Decimal(1000), "school", "completed", None),
    ("mixed", Decimal(80), "person", "sessions", 1),
    ("ske", Decimal(120), "school", "sessions", 2),
]


# Schools of the area that never came: name, authority, town, postcode, place, phase, pupils, kind.
STRANGERS = [
    Invented("-1", "Mill Lane Primary", LEICESTERSHIRE, "Ibstock", "LE67 6ZX", 440500, 310300, P, 214, COMMUNITY),
    Invented("-2", "Gorse Hill Primary", LEICESTERSHIRE, "Anstey", "LE7 7ZX", 454900, 308700, P, 402),
    Invented("-3", "Belvoir View Primary", LEICESTERSHIRE, "Bottesford", "NG13 0ZX", 480600, 338700, P, 190, COMMUNITY),
    Invented("-4", "Cobbler’s Row Primary", LEICESTERSHIRE, "Earl Shilton", "LE9 7ZX", 447100, 297800, P, 260),
    Invented("-5", "Wreake Bank Primary", LEICESTERSHIRE, "Asfordby", "LE14 3ZX", 470900, 318900, P, 96, COMMUNITY),
    Invented("-6", "Market Place Academy", LEICESTERSHIRE, "Lutterworth", "LE17 5ZX", 454100, 285200, S, 1040),
    Invented("-7", "Lantern Street Primary", LEICESTER, "Leicester", "LE5 0ZX", 461000, 304900, P, 630, COMMUNITY),
    Invented("-8", "Highfield Gate Primary", LEICESTER, "Leicester", "LE2 1ZX", 460000, 303600, P, 420),
    Invented("-9", "Pilgrim’s Way Primary", LEICESTER, "Leicester", "LE3 9ZX", 455300, 306100, P, 388, COMMUNITY),
    Invented("-10", "Barnsdale Primary", RUTLAND, "Cottesmore", "LE15 7ZX", 490200, 313600, P, 170),
    Invented("-11", "Willow Brook Village Primary", NORTH_NORTHANTS, "Oundle", "PE8 4ZX", 503900, 288200, P, 205),
    Invented("-12", "Rockingham Edge Primary", NORTH_NORTHANTS, "Corby", "NN17 3ZX", 488800, 291000, P, 312, COMMUNITY),
    Invented("-13", "Crown Close Primary", NORTH_NORTHANTS, "Irthlingborough", "NN9 6ZX", 494700, 270700, P, 420),
    Invented("-14", "Tollgate Academy", NORTH_NORTHANTS, "Raunds", "NN9 7ZX", 499800, 272900, S, 870),
]
STRANGERS_URN = 900901


def strangers(programme: Programme) -> None:
    """Schools that are on the register, and that nobody ever came for."""
    schools = [programme.cast.school(one) for one in STRANGERS]
    SchoolURN.objects.bulk_create(
        SchoolURN(school=school, urn=str(STRANGERS_URN + number)) for number, school in enumerate(schools)
    )


def former_years(programme: Programme, year: int) -> None:
    """Lists of former years that were taken in at the start of this one."""
    office, schools = programme.cast.log_ins[OFFICE], list(programme.cast.schools.values())
    at = programme.now - timedelta(days=60)
    projects = {project.title: project for project in Project.objects.all()}
    rows = []
    for title, ago, every, first, completed in FORMER:
        for number, school in enumerate(schools[first::every]):
            outcome = "completed" if number < completed else "withdrew" if number == completed else ""
            rows.append(
                PastEngagement(
                    school=school,
                    title=title,
                    project=projects.get(title),
                    year=year - ago,
                    outcome=outcome,
                    source=SOURCE,
                    taken_in_at=at,
                    taken_in_by=office,
                )
            )
    PastEngagement.objects.bulk_create(rows)


def contribute(programme: Programme, groups: dict[str, WorkGroup]) -> None:
    """What some groups contribute to cover; of one of them some has been passed to finance."""
    office = programme.cast.log_ins[OFFICE]
    for key, amount, per, condition, sessions in RULES:
        Contribution.objects.create(
            work_group=groups[key], amount=amount, per=per, condition=condition, sessions=sessions
        )
    at = programme.now - timedelta(days=3)
    for due in [one for one in dues([groups["mixed"]], now=programme.now) if one.due > 0][:2]:
        PassedOn.objects.create(work_group=due.work_group, school_id=due.school, amount=due.due, at=at, by=office)
        details = {"amount": str(due.due), "school": due.school, "work_group": due.work_group.pk}
        history.write("contribution_passed", about=[due.work_group], by=office, at=at, details=details, tells=False)
