"""The hub's logo: a picture that whoever runs the hub has laid beside it, judged by its content and given out by us."""

import io
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException
from django.conf import settings
from PIL import Image

LARGEST = 500_000
TALLEST = 160
# What draws, and nothing that runs, loads or speaks.
_DRAWS = {"svg", "g", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "title", "desc", "defs"}
_DRAWS |= {"linearGradient", "radialGradient", "stop", "clipPath", "use", "symbol", "mask"}
_SVG = "{http://www.w3.org/2000/svg}"
_LINK = re.compile(r"(^|\})href$")


@dataclass(frozen=True)
class Logo:
    content: bytes
    kind: str
    version: str


def logo() -> Logo | None:
    """The logo, or none where none is set or it is not one that can be shown (`why_not` says why)."""
    found = _looked_at()
    return found if isinstance(found, Logo) else None


def why_not() -> str:
    """Why the logo that is set is not shown, in a sentence; empty where all is well."""
    found = _looked_at()
    return f"HUB_LOGO: {found}" if isinstance(found, str) else ""


def _looked_at() -> Logo | str | None:
    path = settings.HUB_LOGO
    if not path:
        return None
    try:
        stands = Path(path).stat()
    except OSError:
        return f"There is no file {path}."
    return _judged(path, stands.st_mtime_ns, stands.st_size)


@lru_cache(maxsize=4)
def _judged(path: str, changed: int, size: int) -> Logo | str:
    """The picture, or why it is none: each page asks, so that a refusal is kept as well."""
    if size > LARGEST:
        return f"{path} is larger than {LARGEST // 1000} kB."
    try:
        content = Path(path).read_bytes()
        if content.startswith(b"\x89PNG"):
            return Logo(_drawn_anew(path, content), "image/png", f"{changed:x}")
        _check_svg(path, content)
    except OSError as refused:
        return f"{path} cannot be read ({refused.strerror})."
    except ValueError as refused:
        return str(refused)
    return Logo(content, "image/svg+xml", f"{changed:x}")


def _drawn_anew(path: str, content: bytes) -> bytes:
    try:
        image = Image.open(io.BytesIO(content), formats=("PNG",)).convert("RGBA")
        image.thumbnail((TALLEST * 6, TALLEST))
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as broken:
        raise ValueError(f"{path} is a broken picture.") from broken
    out = io.BytesIO()
    image.save(out, format="PNG", optimize=True)
    return out.getvalue()


def _check_svg(path: str, content: bytes) -> None:
    """Only shapes: no script, no style, nothing from elsewhere, no words that a program could act on."""
    try:
        root = ElementTree.fromstring(content, forbid_dtd=True)
    except (ElementTree.ParseError, DefusedXmlException, ValueError) as broken:
        raise ValueError(f"{path} is neither PNG nor SVG.") from broken
    if root.tag != f"{_SVG}svg":
        raise ValueError(f"{path} is neither PNG nor SVG.")
    for element in root.iter():
        name = str(element.tag).removeprefix(_SVG)
        # What a drawing program notes for itself has a name of its own, and no browser draws or runs it.
        if name not in _DRAWS and not (name.startswith("{") and "xhtml" not in name):
            raise ValueError(f"{path} holds “{name}”, which is no shape. Save it as plain SVG.")
        for key, value in element.attrib.items():
            loads = _LINK.search(key) and not value.startswith("#")
            if key.lower().startswith("on") or loads or re.search(r"url\(\s*[\"']?(?!#)|javascript:", value, re.I):
                raise ValueError(f"{path} loads or runs something (“{key}”). Save it as plain SVG.")
