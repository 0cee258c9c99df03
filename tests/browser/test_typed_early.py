"""Somebody who types faster than a slow line brings the scripts."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Route, expect

from tests.factories import create_school, create_user

pytestmark = pytest.mark.browser


def test_school_typed_before_the_script_came_is_found(new_context: Callable[..., BrowserContext]) -> None:
    create_school(name="Harebell Primary", town="Oadby")
    page = new_context(create_user()).new_page()
    held: list[Route] = []
    page.route("**/htmx*.js", lambda route: held.append(route))

    page.goto("/schools/find/", wait_until="commit")
    page.get_by_label("Find your school").fill("harebell")
    page.wait_for_timeout(100)
    for route in held:
        route.continue_()

    expect(page.get_by_role("link", name="Harebell Primary")).to_be_visible()
