"""Papers: a sign-in sheet, a certificate; PDF that prints well and is read aloud well.

What is promised:

- `pdf` gives PDF/UA-1: tagged, with title and language, pictures with words. The typesetter checks it and refuses what
  is not, so a paper that came out is one.
- A text is never markup. Templates get what they say as JSON, so a school named `#import` or `*Star*` prints as that.
- The same template, data and moment give the same bytes on every machine: only fonts inside the typesetter are used.
- A name in letters those fonts lack (王, ހ) is tried with the fonts that the server has. Where none has them either,
  the paper is made all the same, tagged as ever, with a box for each such letter; only the standard's mark is left out
  of the file, as it would not be true, and the log says so.

Templates are in `templates/papers`; each begins with `#import "paper.typ": *` and reads its `data`.
"""

import json
import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import Any

import typst
from django.conf import settings

log = logging.getLogger(__name__)

ROOT = Path(settings.BASE_DIR) / "templates" / "papers"

# A compiler keeps what it has read, and serves one thread at a time: a page takes some milliseconds.
_one_at_a_time = Lock()
_compilers: dict[bool, typst.Compiler] = {}


def pdf(template: str, data: Mapping[str, Any], *, made_at: datetime) -> bytes:
    """The PDF/UA-1 of a template such as "sheet.typ" and what it is to say; `data` needs a "title" and is JSON-able.

    `made_at` is the moment that the file says it was made at.
    """
    words = {"data": json.dumps(data)}
    with _one_at_a_time:
        try:
            return _pdf(template, words, made_at, ["ua-1"], of_server=False)
        except typst.TypstError as refusal:
            if "could not be displayed with font" not in str(refusal):
                raise
        try:
            return _pdf(template, words, made_at, ["ua-1"], of_server=True)
        except typst.TypstError as refusal:
            if "could not be displayed with font" not in str(refusal):
                raise
        # Which letters is not said: they are of somebody's name.
        log.warning("No font here has all letters of a paper (%s): it is made without the mark of PDF/UA.", template)
        return _pdf(template, words, made_at, [], of_server=False)


def _pdf(template: str, words: dict[str, str], made_at: datetime, standards: list[Any], *, of_server: bool) -> bytes:
    made = _compiler(of_server).compile(
        input=str(ROOT / template),
        format="pdf",
        sys_inputs=words,
        pdf_standards=standards,
        timestamp=made_at.astimezone(UTC),
    )
    assert isinstance(made, bytes)
    return made


def _compiler(of_server: bool) -> typst.Compiler:
    if of_server not in _compilers:
        fonts = typst.Fonts(include_system_fonts=of_server)
        _compilers[of_server] = typst.Compiler(root=str(ROOT), font_paths=fonts)
    return _compilers[of_server]
