"""Any hub can run it: its own name, colour, logo and words, by its settings alone."""

import io
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from PIL import Image
from pytest_django import Settings

from accounts.said import WORDS, own_words, said
from config import logo, look
from tests.factories import create_work_group

_drawn = io.BytesIO()
Image.new("RGBA", (2, 2), "red").save(_drawn, format="PNG")
PNG = _drawn.getvalue()
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 0h9" fill="#123"/></svg>'


@pytest.mark.once
def test_every_hue_can_be_read_in_light_and_in_dark() -> None:
    wrong = {hue: look.unreadable(look.shades_of(hue)) for hue in range(360)}

    assert {hue: words for hue, words in wrong.items() if words} == {}
    assert look.unreadable(look.OURS) == []


@pytest.mark.once
def test_contrast_is_that_of_the_guidelines() -> None:
    assert round(look.contrast("#ffffff", "#000000"), 2) == 21
    assert round(look.contrast("#777777", "#ffffff"), 2) == 4.48


@pytest.mark.once
def test_our_own_shades_are_those_of_the_stylesheet() -> None:
    text = (settings.BASE_DIR / "static/css/hub.css").read_text()
    light, dark = text.split("prefers-color-scheme: dark", 1)

    for name, (one, other) in look.OURS.items():
        assert f"--{name}: {one};" in light
        assert f"--{name}: {other};" in dark
    for name, pair in {"paper": look.PAPER, "ink": look.INK, "soft": look.SOFT}.items():
        assert (f"--{name}: {pair[0]};" in light, f"--{name}: {pair[1]};" in dark) == (True, True)


@pytest.mark.once
@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("HUB_HUE", "400", "HUB_HUE is a number of degrees"),
        ("HUB_HUE", "green", "HUB_HUE is a number of degrees"),
        ("HUB_WORDS", "teacher=pupil", "teacher is no word that a hub can change"),
        ("HUB_WORDS", "network meeting", "“network meeting” says nothing in its place"),
        ("HUB_WORDS", "network meeting=", "“network meeting=” says nothing in its place"),
    ],
)
def test_settings_that_make_no_sense_are_refused_at_the_start(
    name: str, value: str, sentence: str, tmp_path: Path
) -> None:
    environment = {**os.environ, name: value, "HUB_VAR": str(tmp_path)}

    done = subprocess.run(
        [sys.executable, "manage.py", "check"], env=environment, cwd=settings.BASE_DIR, capture_output=True, text=True
    )

    assert done.returncode != 0
    assert sentence in done.stderr


@pytest.mark.once
def test_words_of_a_hub_may_be_written_with_room_between_them() -> None:
    words = own_words(["work group lead=facilitator", " network meeting = network day"])

    assert words == {"work group lead": "facilitator", "network meeting": "network day"}


@pytest.mark.django_db(transaction=True)
def test_pages_bear_the_colour_the_logo_and_the_words_of_the_hub(
    client: Client, settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "logo.svg").write_bytes(SVG)
    create_work_group(unit="session", title="Core Maths network")
    settings.HUB_HUE, settings.HUB_SHADES = 145, look.shades_of(145)
    settings.HUB_LOGO = str(tmp_path / "logo.svg")
    settings.HUB_WORDS = {"network meeting": "network day", "work group lead": "facilitator"}

    page = client.get("/work-groups/").content.decode()
    css = client.get(re.search(r'href="(/look\.css\?[^"]+)"', page)[1])  # type: ignore[index]
    picture = client.get(re.search(r'src="(/logo\?[^"]+)"', page)[1])  # type: ignore[index]

    assert "Network days" in page
    assert "etwork meeting" not in page
    assert f"--blue: {look.shades_of(145)['blue'][0]};" in css.content.decode()
    assert (css["Content-Type"], picture["Content-Type"]) == ("text/css; charset=utf-8", "image/svg+xml")
    assert picture.content == SVG
    assert "sandbox" in picture["Content-Security-Policy"]
    assert said("work group lead", many=True, first=True) == "Facilitators"


@pytest.mark.django_db
def test_a_hub_without_its_own_colour_and_logo_has_neither_address(client: Client) -> None:
    page = client.get("/work-groups/").content.decode()

    assert ("/look.css" in page, '"/logo' in page) == (False, False)
    assert (client.get("/look.css").status_code, client.get("/logo").status_code) == (404, 404)
    assert [said(word) for word in WORDS] == [*WORDS]


@pytest.mark.once
@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (SVG.replace(b"<path", b"<script>alert(1)</script><path"), "which is no shape"),
        (SVG.replace(b"<path", b'<path onload="alert(1)"'), "loads or runs"),
        (SVG.replace(b"<path", b'<use href="https://elsewhere.example/x.svg#a"/><path'), "loads or runs"),
        (SVG.replace(b'"#123"', b'"url(https://elsewhere.example/x)"'), "loads or runs"),
        (SVG.replace(b"<path", b"<foreignObject/><path"), "which is no shape"),
        (b'<!DOCTYPE x [<!ENTITY a "b">]>' + SVG, "neither PNG nor SVG"),
        (b"<html></html>", "neither PNG nor SVG"),
        (b"GIF89a", "neither PNG nor SVG"),
        (PNG[:20], "broken picture"),
        (SVG + b" " * 600_000, "larger than"),
    ],
)
def test_logo_that_is_more_than_a_picture_is_not_shown(
    content: bytes, sentence: str, settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "logo.svg").write_bytes(content)
    settings.HUB_LOGO = str(tmp_path / "logo.svg")

    logo._judged.cache_clear()

    assert sentence in logo.why_not()
    assert [logo.logo() for _page in range(3)] == [None, None, None]
    assert logo._judged.cache_info().misses == 1


@pytest.mark.once
def test_logo_is_judged_by_its_content_and_png_is_drawn_anew(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "logo.svg").write_bytes(PNG + b"hidden words")
    settings.HUB_LOGO = str(tmp_path / "logo.svg")

    found = logo.logo()

    assert found is not None
    assert (found.kind, b"hidden" in found.content) == ("image/png", False)
    settings.HUB_LOGO = str(tmp_path / "none.png")
    assert logo.why_not() == f"HUB_LOGO: There is no file {tmp_path / 'none.png'}."
