"""How schools came to their places: applications, invitations, rules, parts, heads who agree, and a waiting list."""

from datetime import datetime, timedelta

from django.utils.text import slugify

from accounts import history
from accounts.models import School
from booking.asking import Given, keep_answers, keep_whether_asked
from booking.demo.groups import Programme
from booking.demo.people import OFFICE
from booking.demo.programme import PLANS
from booking.models import Agreement, Booking, EligibilityRule, Part, Question, SchoolRule, WorkGroup
from booking.models.places import Status
from booking.models.questions import Of
from booking.schooldays import after_working_hours

HEADS = ["Agnes Thorne", "Barnaby Quill", "Celia Frost", "Desmond Achebe", "Ingrid Vale"]
BY_KEY = {plan.key: plan for plan in PLANS}
Kind = EligibilityRule.Kind


def after_filling(programme: Programme, groups: dict[str, WorkGroup]) -> None:
    _interested(programme, groups["shanghai"])
    for key in ("secondary-specialists", "post16"):
        _invited(programme, groups[key], key)
    _rules(groups)
    _parts(groups["transition"])
    _waiting_list(programme, groups["reasoning"])
    _heads(programme, groups["variation"])
    _heads_needed(programme, groups["primary-specialists"])
    _questions(programme, groups["variation"])
    closes = programme.now.replace(hour=12, minute=0, second=0, microsecond=0) + timedelta(days=21)
    WorkGroup.objects.filter(pk=groups["pd-lead"].pk).update(closes_at=closes)


def _interested(programme: Programme, group: WorkGroup) -> None:
    """Schools that would like to come: how many people, and no names yet."""
    for index, key in enumerate(programme.schools_for(BY_KEY["shanghai"], 6, without=["riverside"])):
        programme.book(group, key, [None] * (1 + index % 3), status=Status.APPLIED, days_ago=30 - 4 * index)
    by = programme.today + timedelta(days=5)
    WorkGroup.objects.filter(pk=group.pk).update(fewest_schools=8, decide_by=by)


def _invited(programme: Programme, group: WorkGroup, key: str) -> None:
    """Who is in was invited; one more school is, and has not booked yet. The reasons are the hub's own."""
    booked = list(School.objects.filter(bookings__work_group=group).order_by("pk"))
    more = [programme.cast.schools[one] for one in programme.schools_for(BY_KEY[key], 3)]
    asked = [*booked, *[school for school in more if school not in booked][:1]]
    reasons = ["In the second year of the programme", "Asked by the local authority", "Works with our specialist"]
    SchoolRule.objects.bulk_create(
        SchoolRule(work_group=group, school=school, kind=SchoolRule.Kind.ONLY, reason=reasons[index % len(reasons)])
        for index, school in enumerate(asked)
    )
    WorkGroup.objects.filter(pk=group.pk).update(lists_schools=True)


def _rules(groups: dict[str, WorkGroup]) -> None:
    """Whom a group is for: most rules warn, one stands in the way."""
    rows: list[tuple[str, Kind, bool, list[str | int]]] = [
        ("ske", Kind.ROLE, False, ["teacher", "HLTA"]),
        ("gcse", Kind.PHASE, False, []),
        ("gcse", Kind.STATE_FUNDED, True, []),
        ("deepening", Kind.PREREQUISITE, False, [groups["primary-specialists"].project_id]),
        ("pd-lead", Kind.ONCE_PERSON, True, []),
    ]
    EligibilityRule.objects.bulk_create(
        EligibilityRule(work_group=groups[key], kind=kind, blocks=blocks, values=values)
        for key, kind, blocks, values in rows
    )
    WorkGroup.objects.filter(pk__in=[groups[key].pk for key, *_ in rows]).update(has_rules=True)


def _parts(group: WorkGroup) -> None:
    """The two people who hand a class over: one from Reception, and where there is one, one from Year 1."""
    parts = [
        Part.objects.create(work_group=group, name="Reception", required=True),
        Part.objects.create(work_group=group, name="Year 1"),
    ]
    for booking in group.bookings.live():
        for place, part in zip(booking.places.live(), parts, strict=False):
            place.part = part
            place.save(update_fields=["part"])
    WorkGroup.objects.filter(pk=group.pk).update(has_parts=True)


def _waiting_list(programme: Programme, group: WorkGroup) -> None:
    """Full: an offer is open for Riverside, and three wait; a smaller booking may pass, and the hub holds one back."""
    cast = programme.cast
    group.smaller_may_pass = True
    while group.capacity is not None and group.taken < group.capacity - 2:
        key = programme.schools_for(BY_KEY["reasoning"], 1, without=["riverside"])[0]
        if not group.bookings.filter(school=cast.schools[key]).exists():
            programme.book(group, key, cast.staff[key][: min(2, group.capacity - 2 - group.taken)])
    offered_at = programme.now - timedelta(hours=5)
    offered = programme.book(
        group,
        "riverside",
        cast.staff["riverside"][:2],
        status=Status.OFFERED,
        days_ago=40,
        offered_at=offered_at,
        offer_ends_at=after_working_hours(programme.now, group.offer_hours, la_code=cast.schools["riverside"].la_code),
    )
    about = [offered, group, offered.school]
    history.write("offered", about=about, by=None, at=offered_at, details={"booking": offered.pk})
    free = [
        key
        for key, staff in cast.staff.items()
        if cast.schools[key].phase == "2" and len(staff) >= 2
        if not group.bookings.filter(school=cast.schools[key]).exists()
    ]
    waits = [(free[0], 2), (free[1], 2), (free[2], 1)]
    first, *_ = [
        programme.book(group, key, cast.staff[key][:people], status=Status.WAITING, days_ago=30 - 5 * turn, turn=turn)
        for turn, (key, people) in enumerate(waits, start=1)
    ]
    first.held_back, first.held_back_by = "We are talking with your head about the dates first.", cast.log_ins[OFFICE]
    first.save(update_fields=["held_back", "held_back_by"])
    history.write(
        "held_back",
        about=[first, group, first.school],
        by=first.held_back_by,
        at=programme.now - timedelta(days=2),
        reason=first.held_back,
        details={"booking": first.pk},
        tells=False,
    )


def _heads(programme: Programme, group: WorkGroup) -> None:
    """Heads are asked to agree: most have; Oakfield's was asked this week, one is late, one says no, one asks."""
    WorkGroup.objects.filter(pk=group.pk).update(head_agreement=WorkGroup.HeadAgreement.ASKED)
    coming = group.sessions.filter(starts_at__gt=programme.now).order_by("starts_at").values("pk")[:1]
    group.sessions.filter(number=1).update(for_heads=True)
    group.sessions.filter(pk__in=coming).update(for_heads=True)
    answers = {
        0: (None, ""),
        1: (None, ""),
        2: (Agreement.Answer.DISAGREES, "We cannot release two people this term."),
        3: (Agreement.Answer.ASKS, "Is there a contribution to cover for the second colleague?"),
    }
    for number, booking in enumerate(group.bookings.confirmed().select_related("school").order_by("pk")):
        answer, words = answers.get(number, (Agreement.Answer.AGREES, ""))
        asked = programme.now - timedelta(days=16 if number else 2)
        _agreement(booking, asked, number, answer, words)
        if not number:  # this one can be opened: the mail with the head's own link is there to read
            details = {"booking": booking.pk, "asked": asked.isoformat()}
            about = [booking, group, booking.school]
            history.write("head_asked", about=about, by=booking.made_by, at=asked, details=details)


def _heads_needed(programme: Programme, group: WorkGroup) -> None:
    """Places stand once the head has agreed: one school's are held until then."""
    WorkGroup.objects.filter(pk=group.pk).update(head_agreement=WorkGroup.HeadAgreement.NEEDED)
    for number, booking in enumerate(group.bookings.live().select_related("school").order_by("pk")):
        agrees = Agreement.Answer.AGREES if booking.status == Status.CONFIRMED else None
        _agreement(booking, programme.now - timedelta(days=4 if agrees is None else 40), number, agrees, "")


def _agreement(booking: Booking, asked: datetime, number: int, answer: str | None, words: str) -> None:
    address = f"head@{slugify(booking.school.name.removesuffix(' (demo)')).replace('-', '')}.example"
    agreement = Agreement(booking=booking, asked_at=asked, email=address)
    if answer:
        agreement.answer, agreement.words = answer, words
        agreement.name, agreement.role = HEADS[number % len(HEADS)], "Headteacher"
        agreement.answered_at = asked + timedelta(days=1 + number % 5)
    agreement.save(force_insert=True)


def _questions(programme: Programme, group: WorkGroup) -> None:
    """What the project asks: of each teacher their number and years, of the school one thing; all answered but one."""
    rows = [
        ("trn", "Teacher reference number", Of.PERSON, "hub", "The project’s evaluators ask for it.", True),
        ("years", "Year groups taught", Of.PERSON, "leads", "", False),
        ("short", "Which scheme of work do you use?", Of.BOOKING, "leads", "None is an answer too.", False),
    ]
    questions = [
        Question.objects.create(
            project=group.project,
            number=number,
            kind=kind,
            words=words,
            of=of,
            seen_by=seen_by,
            hint=hint,
            required=needs,
        )
        for number, (kind, words, of, seen_by, hint, needs) in enumerate(rows, start=1)
    ]
    keep_whether_asked(group.project)
    trn, years, scheme = questions
    for number, booking in enumerate(group.bookings.live().order_by("pk")):
        schemes = ["White Rose", "Power Maths", "Our own", "None"]
        keep_answers(booking, None, [Given(scheme.pk, schemes[number % 4])], now=booking.made_at)
        for place in booking.places.live().named().select_related("person").order_by("pk"):
            said = [Given(years.pk, ["Year 3; Year 4", "Year 5", "Reception; Year 1"][place.pk % 3])]
            known = (
                Given(trn.pk, f"{3_100_000 + place.pk * 37 % 800_000}") if number else Given(trn.pk, lacks="unknown")
            )
            keep_answers(booking, place, [known, *said], now=booking.made_at)
