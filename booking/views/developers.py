"""How another system reads the hub: written from the interface's own description, so that it is never out of date."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from booking.api.root import api
from booking.links import absolute


@dataclass(frozen=True)
class Said:
    """A parameter of an address or a field of an answer: its name, what kind of thing it is, and what it means."""

    name: str
    kind: str
    words: str
    required: bool = False


@dataclass(frozen=True)
class Operation:
    title: str
    words: str
    address: str
    needs_key: bool
    parameters: list[Said]
    fields: list[Said]


@login_not_required
def developers(request: HttpRequest) -> HttpResponse:
    context = {
        "operations": operations(),
        "base": absolute(reverse("api:api-root")).rstrip("/"),
        "openapi": absolute(reverse("api:openapi-json")),
    }
    return render(request, "booking/developers.html", context)


@lru_cache(maxsize=1)
def operations() -> list[Operation]:
    """Every address of the interface, in its own order."""
    schema = api.get_openapi_schema()
    return [
        Operation(
            title=get["summary"],
            words=get["description"],
            address=address,
            needs_key="security" in get,
            parameters=[
                Said(one["name"], _kind(one["schema"]), one["schema"].get("description", ""), one["required"])
                for one in get.get("parameters", [])
            ],
            fields=_fields(schema, get["responses"][200]["content"]["application/json"]["schema"]),
        )
        for address, methods in schema["paths"].items()
        if (get := methods.get("get"))
    ]


def _fields(schema: dict[str, Any], shape: dict[str, Any], before: str = "") -> list[Said]:
    """The fields of an answer and, below each that has fields itself, those: "school", "school.urn"."""
    shape = _named(schema, shape)
    if "items" in shape.get("properties", {}) and not before:  # a page: what it is a page of
        shape = _named(schema, shape["properties"]["items"]["items"])
    found = []
    for name, field in shape.get("properties", {}).items():
        found.append(Said(before + name, _kind(_named(schema, field)), field.get("description", "")))
        inside, mark = field, ""
        while "items" in inside or "anyOf" in inside:
            mark = "[]" if "items" in inside else mark
            inside = inside["items"] if "items" in inside else inside["anyOf"][0]
        if "$ref" in inside and "properties" in _named(schema, inside):
            found += _fields(schema, inside, f"{before}{name}{mark}.")
    return found


def _named(schema: dict[str, Any], shape: dict[str, Any]) -> dict[str, Any]:
    """What a reference stands for."""
    name = shape.get("$ref", "").rpartition("/")[2]
    found: dict[str, Any] = schema["components"]["schemas"][name] if name else shape
    return found


def _kind(shape: dict[str, Any]) -> str:
    """What kind of thing it is, in few words: "integer", "date-time or null", "planned, cancelled"."""
    if "anyOf" in shape:
        return " or ".join(_kind(one) for one in shape["anyOf"])
    if "enum" in shape:
        return ", ".join(shape["enum"])
    if "$ref" in shape:
        return "object"
    return str(shape.get("format") or shape.get("type", "object"))
