"""The rules of the house that a machine can hold."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.db import models
from django.forms import BaseForm
from django.urls import URLPattern, URLResolver, get_resolver

ROOT = Path(__file__).resolve().parent.parent
OURS = ("config", "accounts", "booking", "notifications")
# Pages of two views share one form: adding and editing are the same template, named for editing.
SHARED_TEMPLATES = {
    "office_venue_create": "office_venue_edit",
    "office_holiday_create": "office_holiday_edit",
    "office_phase_dates_create": "office_phase_dates_edit",
    "office_project_create": "office_project_edit",
    "office_school_create": "office_school_edit",
    "office_issue_create": "office_issue_edit",
    "office_list_columns_create": "office_list_columns",
    "office_news_create": "office_news_edit",
    "office_webhook_create": "office_webhook_edit",
}


def own_urls() -> Iterator[tuple[str, Any]]:
    """Every (name, view) of our own; allauth keeps its own rules."""

    def walk(patterns: list[Any]) -> Iterator[tuple[str, Any]]:
        for pattern in patterns:
            if isinstance(pattern, URLResolver):
                yield from walk(pattern.url_patterns)
            elif isinstance(pattern, URLPattern) and pattern.callback.__module__.startswith(OURS):
                yield str(pattern.name), pattern.callback

    yield from walk(get_resolver().url_patterns)


def product_files() -> list[Path]:
    return [path for app in OURS for path in sorted((ROOT / app).rglob("*.py")) if "migrations" not in path.parts]


def own_models() -> list[type[models.Model]]:
    return [
        model for app in ("accounts", "booking", "notifications") for model in apps.get_app_config(app).get_models()
    ]


def test_every_view_says_who_may_see_it() -> None:
    silent = [
        name for name, view in own_urls() if not hasattr(view, "seen_by") and getattr(view, "login_required", True)
    ]

    assert silent == []


def test_every_view_is_named_as_its_url() -> None:
    wrong = {
        name: view.__name__ for name, view in own_urls() if view.__name__ not in (name, SHARED_TEMPLATES.get(name))
    }

    assert wrong == {}


def test_every_page_has_a_template_of_its_name() -> None:
    templates = {path.stem for path in (ROOT / "templates").rglob("*.html")}
    rendered = {
        match
        for path in product_files()
        for match in re.findall(r"render\([^)]*?\"\w+/(\w+)\.html\"", path.read_text(), re.S)
    }

    assert rendered - templates == set()


def test_no_drawer_without_a_name() -> None:
    drawers = [path for path in product_files() if path.stem in {"utils", "common", "helpers", "core", "misc"}]

    assert drawers == []


def test_no_file_is_longer_than_a_reader_can_hold() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for path in product_files()
        if (lines := len(path.read_text().splitlines())) > 420
    }

    assert long == {}


def test_actions_are_atomic_and_keyword_only_and_never_call_actions() -> None:
    wrong = []
    for path in [path for app in OURS for path in (ROOT / app / "actions").glob("*.py")]:
        tree = ast.parse(path.read_text())
        for node in tree.body:
            if isinstance(node, ast.ImportFrom) and node.module and ".actions" in node.module:
                wrong.append(f"{path.stem} imports {node.module}")
            if not isinstance(node, ast.FunctionDef) or node.name.startswith("_"):
                continue
            decorators = [ast.unparse(one) for one in node.decorator_list]
            asks_only = not decorators and not any(isinstance(inner, ast.With) for inner in ast.walk(node))
            writes = any(
                isinstance(inner, ast.Attribute) and inner.attr in {"save", "create"} for inner in ast.walk(node)
            )
            if asks_only and not writes:
                continue  # a question beside the actions, such as locks_at
            if "transaction.atomic(durable=True)" not in decorators:
                wrong.append(f"{path.stem}.{node.name} is not one transaction")
            if node.args.args:
                wrong.append(f"{path.stem}.{node.name} takes arguments by position")

    assert wrong == []


def test_models_neither_save_by_themselves_nor_listen_to_signals() -> None:
    saving = [model.__name__ for model in own_models() if "save" in vars(model) or "delete" in vars(model)]
    signals = [path.name for path in product_files() if "django.db.models.signals" in path.read_text()]

    assert (saving, signals) == ([], [])


def test_every_constraint_refuses_in_words() -> None:
    default = models.CheckConstraint(condition=models.Q(pk=1), name="x").get_violation_error_message()
    silent = [
        constraint.name
        for model in own_models()
        for constraint in model._meta.constraints
        if constraint.get_violation_error_message() == default.replace("“x”", f"“{constraint.name}”")
    ]

    assert silent == []


def test_moments_and_days_are_named_for_what_they_are() -> None:
    known = {"last_login", "until", "since", "on", "at", "decide_by", "away_from", "away_to", "tell_after", "starts_at"}
    wrong = [
        f"{model.__name__}.{field.name}"
        for model in own_models()
        for field in model._meta.fields
        if field.name not in known
        and (
            (isinstance(field, models.DateTimeField) and not field.name.endswith(("_at", "_until")))
            or (
                isinstance(field, models.DateField)
                and not isinstance(field, models.DateTimeField)
                and not field.name.endswith("_on")
            )
        )
    ]

    assert wrong == []


@pytest.mark.parametrize("folder", ["templates", "static"])
def test_pages_hold_no_inline_script_or_style(folder: str) -> None:
    found = []
    for path in (ROOT / folder).rglob("*"):
        if path.suffix not in {".html", ".svg", ".js"} or "emails" in path.parts or "email" in path.parts:
            continue
        text = path.read_text()
        if re.search(r"\sstyle=|<style|\son(click|change|submit|load|input)=|<script(?![^>]*\ssrc=)[^>]*>", text):
            found.append(str(path.relative_to(ROOT)))

    assert found == []


def test_page_templates_are_short() -> None:
    long = {
        path.name: lines
        for path in (ROOT / "templates").rglob("*.html")
        if (lines := len(path.read_text().splitlines())) > 150
    }

    assert long == {}


def test_every_dependency_says_what_it_is_for() -> None:
    lines = (ROOT / "pyproject.toml").read_text().splitlines()
    listed = [line for line in lines if re.match(r'\s+"[a-z0-9-]+(\[.*\])?>=', line)]

    assert [line for line in listed if "#" not in line] == []


def test_logged_in_is_the_default() -> None:
    assert "django.contrib.auth.middleware.LoginRequiredMiddleware" in settings.MIDDLEWARE
    assert settings.ATOMIC_REQUESTS is False


def forms_below(kind: type[BaseForm]) -> set[type[BaseForm]]:
    return {kind} | {one for below in kind.__subclasses__() for one in forms_below(below)}


def test_no_form_leaves_an_empty_field_without_a_sentence_that_says_what_to_do() -> None:
    assert list(own_urls())  # every view, and so every form, has been read

    bare = {
        f"{form.__module__}.{form.__qualname__}.{name}: {field.error_messages['required']}"
        for form in forms_below(BaseForm)
        for name, field in getattr(form, "base_fields", {}).items()
        if form.__module__.partition(".")[0] in ("accounts", "booking", "notifications", "allauth")
        if field.required and "required" in str(field.error_messages["required"])
    }

    assert bare == set()
