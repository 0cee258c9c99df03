"""The shapes of the answers. Moments are ISO 8601 with their offset; a school year is the year in which it begins."""

from datetime import datetime
from typing import Generic, Literal, TypeVar

from ninja import Field, Schema

Item = TypeVar("Item")

# Written out: the description would call the choices of several models by one name.
BookingStatus = Literal[
    "applied",
    "waiting",
    "offered",
    "held",
    "confirmed",
    "not_selected",
    "declined",
    "withdrawn",
    "lapsed",
    "cancelled",
    "transferred",
]
GroupStatus = Literal["published", "cancelled", "archived"]
Phase = Literal["early-years", "primary", "secondary", "post-16", "special"]
MarkOut = Literal["present", "late", "left_early", "online", "apologies", "absent", "substitute"]


class Page(Schema, Generic[Item]):
    """A page of a list, in the order in which things came to be. `next` is asked for as it stands."""

    items: list[Item]
    next: str | None = Field(description="Address of the next page; null on the last.")


class Problem(Schema):
    """Why there is no answer (RFC 9457)."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str


class SchoolOut(Schema):
    urn: str = Field(description="Its number in the register of schools today; empty where it has none any more.")
    name: str


class ProjectOut(Schema):
    title: str
    code: str = Field(description="As on the national list of the group's school year; empty where it is not on it.")
    kind: Literal["national", "local"]


class VenueOut(Schema):
    name: str
    address: str
    postcode: str
    easting: int | None = Field(description="Metres, British National Grid (EPSG:27700).")
    northing: int | None = Field(description="Metres, British National Grid (EPSG:27700).")


class SessionOut(Schema):
    id: int
    work_group: str = Field(description="The group's slug.")
    number: int
    title: str
    url: str
    status: Literal["planned", "cancelled"]
    mode: Literal["in_person", "online", "hybrid"]
    starts_at: datetime | None
    ends_at: datetime | None
    when: str = Field(description="Where there is no date yet: when, in words.")
    venue: VenueOut | None
    changed_at: datetime


class WorkGroupOut(Schema):
    slug: str
    title: str
    url: str
    project: ProjectOut
    year: int = Field(description="School year: 2026 is 2026-27.")
    status: GroupStatus
    phases: list[Phase]
    summary: str
    description: str = Field(description="Markdown")
    audience: str
    cost: str
    recruitment: Literal["interest", "open", "application", "invitation"] = Field(description="How places are given.")
    unit: Literal["series", "session"] = Field(description="Whether places are for all sessions or for one.")
    people_from: int = Field(description="Fewest people of one school.")
    people_to: int = Field(description="Most people of one school.")
    places: int | None = Field(description="null: no limit")
    places_left: int | None = Field(description="null: no limit")
    booking: Literal["open", "full", "not_open", "closed"] = Field(description="Now.")
    opens_at: datetime | None
    closes_at: datetime | None


class WorkGroupWhole(WorkGroupOut):
    sessions: list[SessionOut]


class PersonOut(Schema):
    id: int = Field(description="The same for one person everywhere; it says nothing by itself.")
    name: str | None = Field(description="null unless the key reads names.")
    email: str | None = Field(description="null unless the key reads names.")


class PlaceOut(Schema):
    id: int
    person: PersonOut | None = Field(description="null: the name is still to follow.")
    withdrawn_at: datetime | None


class BookingOut(Schema):
    id: int
    work_group: str = Field(description="The group's slug.")
    session: int | None = Field(description="The meeting it is for, where meetings are booked one at a time.")
    school: SchoolOut
    status: BookingStatus
    via: Literal["web", "telephone", "email", "paper", "in_person"] = Field(description="How it came to the hub.")
    made_at: datetime
    ended_at: datetime | None
    notice_days: int | None = Field(description="School days between its end and the next session then.")
    places: list[PlaceOut]


class AttendanceOut(Schema):
    id: int
    session: int
    work_group: str = Field(description="The group's slug.")
    starts_at: datetime | None
    person: PersonOut
    school: SchoolOut | None = Field(description="For which they came; null for a guest without one.")
    mark: MarkOut | None = Field(description="What the register says; null while nothing stands there.")
    minutes: int | None = Field(description="Minutes late, or by which somebody left early.")
    credited_to: int | None = Field(description="The session of their own group for which this one counts.")
    signed_at: datetime | None = Field(description="null: the register is not signed yet, and may still change.")
