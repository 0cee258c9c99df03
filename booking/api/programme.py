"""The programme, for anybody: work groups and their dates. No joining links, no notes for people with a place."""

from collections.abc import Callable
from functools import wraps
from typing import Annotated, Any

from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Field, FilterLookup, FilterSchema, Query, Router

from booking.api.access import ByPlace
from booking.api.paging import Asked, Moment, page_of
from booking.api.schemas import GroupStatus, Page, Phase, SessionOut, VenueOut, WorkGroupOut, WorkGroupWhole
from booking.links import absolute
from booking.models import Session, WorkGroup
from booking.models.programme import PHASES

router = Router(tags=["Programme"], throttle=[ByPlace()])


def _for_any_site(operation: Callable[..., Any]) -> Callable[..., HttpResponse]:
    """A school's own page may read it in its visitors' browsers (CORS), and keep it for a minute."""

    @wraps(operation)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = operation(request, *args, **kwargs)
        response["Access-Control-Allow-Origin"] = "*"
        if response.status_code == 200:
            response["Cache-Control"] = "public, max-age=60"
        return response

    return answered


router.add_decorator(_for_any_site, mode="view")


class GroupsAsked(FilterSchema):
    year: Annotated[int | None, FilterLookup("year")] = Field(
        None, ge=2000, le=2100, description="School year: 2026 is 2026-27."
    )
    status: Annotated[GroupStatus | None, FilterLookup("status")] = None
    project: Annotated[str | None, FilterLookup("project_code")] = Field(
        None, max_length=12, description="Its code in the group's own school year."
    )
    phase: Phase | None = None

    def filter_phase(self, value: str | None) -> Q:
        return Q(**{PHASES[value]: True}) if value else Q()


class SessionsAsked(FilterSchema):
    year: Annotated[int | None, FilterLookup("work_group__year")] = Field(None, ge=2000, le=2100)
    work_group: Annotated[str | None, FilterLookup("work_group__slug")] = Field(None, max_length=120)
    starts_from: Annotated[Moment | None, FilterLookup("starts_at__gte")] = None
    starts_before: Annotated[Moment | None, FilterLookup("starts_at__lt")] = None
    changed_since: Annotated[Moment | None, FilterLookup("changed_at__gte")] = None


@router.get("/work-groups", response=Page[WorkGroupOut], summary="Work groups")
def work_groups(request: HttpRequest, narrowed: Query[GroupsAsked], asked: Query[Asked]) -> dict[str, Any]:
    """Every work group that has a public page, with where booking stands."""
    rows = narrowed.filter(WorkGroup.objects.seen_by_anyone().select_related("project"))
    return page_of(request, rows, asked, lambda some: [group_out(one) for one in some])


@router.get("/work-groups/{slug}", response=WorkGroupWhole, summary="A work group with its sessions")
def work_group(request: HttpRequest, slug: str) -> dict[str, Any]:
    """One work group by the slug in its address, with all its sessions in order."""
    sessions = Prefetch("sessions", Session.objects.select_related("venue").order_by("number", "pk"))
    groups = WorkGroup.objects.seen_by_anyone().select_related("project").prefetch_related(sessions)
    found = get_object_or_404(groups, slug=slug)
    return group_out(found) | {"sessions": [session_out(one, found) for one in found.sessions.all()]}


@router.get("/sessions", response=Page[SessionOut], summary="Sessions")
def sessions(request: HttpRequest, narrowed: Query[SessionsAsked], asked: Query[Asked]) -> dict[str, Any]:
    """Sessions of all work groups that have a public page."""
    rows = narrowed.filter(_sessions())
    return page_of(request, rows, asked, lambda some: [session_out(one, one.work_group) for one in some])


@router.get("/sessions/{int:number}", response=SessionOut, summary="A session")
def session(request: HttpRequest, number: int) -> dict[str, Any]:
    """One session by its id."""
    found = get_object_or_404(_sessions(), pk=number)
    return session_out(found, found.work_group)


def _sessions() -> QuerySet[Session]:
    """Those that anybody may know of."""
    public = WorkGroup.objects.seen_by_anyone()
    return Session.objects.filter(work_group__in=public).select_related("work_group", "venue")


def group_out(group: WorkGroup) -> dict[str, Any]:
    """As `schemas.WorkGroupOut`."""
    project = group.project
    return {
        "slug": group.slug,
        "title": group.title,
        "url": absolute(group.get_absolute_url()),
        "project": {"title": project.title, "code": group.project_code, "kind": project.kind},
        "year": group.year,
        "status": group.status,
        "phases": [phase for phase, field in PHASES.items() if getattr(group, field)],
        "summary": group.summary,
        "description": group.description,
        "audience": group.audience,
        "cost": group.cost,
        "recruitment": group.recruitment,
        "unit": group.unit,
        "people_from": group.people_from,
        "people_to": group.people_to,
        "places": group.capacity,
        "places_left": group.places_left,
        "booking": group.booking_state(timezone.now()),
        "opens_at": group.opens_at,
        "closes_at": group.closes_at,
    }


def session_out(session: Session, group: WorkGroup) -> dict[str, Any]:
    """As `schemas.SessionOut`."""
    venue = session.venue
    return {
        "id": session.pk,
        "work_group": group.slug,
        "number": session.number,
        "title": session.title,
        "url": absolute(session.get_absolute_url()),
        "status": session.status,
        "mode": session.mode,
        "starts_at": session.starts_at,
        "ends_at": session.ends_at,
        "when": session.when_words,
        "venue": venue and {field: getattr(venue, field) for field in VenueOut.model_fields},
        "changed_at": session.changed_at,
    }
