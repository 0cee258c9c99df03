"""The booking somebody is making, kept in their web session, so that no name stands in an address."""

from django.http import HttpRequest

from accounts.access import SchoolRequest
from accounts.colleagues import NewColleague
from booking.asking import Asked, asked_for
from booking.forms.places import Draft
from booking.models import WorkGroup
from booking.reports.colleagues import colleagues_of

KEY = "booking_draft"


def draft_of(request: SchoolRequest, slug: str) -> Draft | None:
    """The draft for this group, by the school this person acts for."""
    draft = any_draft_of(request, slug)
    return draft if draft and draft.school == request.school.pk else None


def any_draft_of(request: HttpRequest, slug: str) -> Draft | None:
    """The draft for this group, whichever school it is for."""
    return Draft.of(request.session.get(KEY), slug)


def keep_draft(request: HttpRequest, draft: Draft) -> None:
    request.session[KEY] = draft.stored()


def drop_draft(request: HttpRequest) -> None:
    """Forget it: it has become a booking."""
    if KEY in request.session:
        del request.session[KEY]


def draft_questions(request: SchoolRequest, work_group: WorkGroup, draft: Draft) -> list[Asked]:
    """What the project asks of a booking in the making, with what was answered in it, or is known from before."""
    names = {one.pk: one.name for one in colleagues_of(request.school, request.membership)}
    people: list[tuple[str, str, int | None]] = []
    for number, one in enumerate(draft.who):
        if isinstance(one, NewColleague):
            people.append((str(number), one.name, None))
        elif one in names:
            people.append((str(number), names[one], one))
    return [draft.with_answers(one) for one in asked_for(work_group, request.school, people)]
