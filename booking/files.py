"""What people hand in: looked through before it is kept, kept outside the web, given out as what it is.

A file is judged by its content. Pictures are drawn anew, which leaves behind where and with what they were taken, and
whatever else was hidden in them; documents are kept as they came, Office files only without macros.
"""

import io
import re
import threading
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import puremagic
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Q, QuerySet, Sum
from PIL import Image, ImageOps

from accounts.models import User
from booking.models import Attachment, Reflection, ResearchTask, Session, WorkGroup

Kind = Attachment.Kind

MEGABYTE = 1_000_000
LARGEST = 10 * MEGABYTE
# All files of one group, in every place of it.
MOST_OF_A_GROUP = 500 * MEGABYTE
MOST_OF_A_REFLECTION, MOST_OF_A_TASK, MOST_OF_A_SESSION = 5, 8, 12
# A picture on a page is never wider; a phone's own is twice that.
MOST_ACROSS = 2000
MOST_PIXELS = 64_000_000
# A JPEG is read at the size that is wanted; of any other kind the whole is unpacked first.
MOST_PIXELS_UNPACKED = 32_000_000
# A document unpacks to no more than this; one that does is made to fill a disk.
MOST_UNPACKED, MOST_PARTS = 200 * MEGABYTE, 5000

CALLED_PICTURES = {"jpg", "jpeg", "png", "gif", "webp", "heic", "heif", "svg", "bmp", "tif", "tiff"}
# What a browser offers to choose: phones turn their own kind of photograph into JPEG where only that is asked for.
CHOOSABLE = "image/jpeg,image/png,image/webp,image/gif,.pdf,.docx,.pptx,.xlsx,.odt,.odp,.ods"
WANTED = "We take pictures, PDF, Word, PowerPoint, Excel and OpenDocument."
TYPES = {
    Kind.JPEG: "image/jpeg",
    Kind.PNG: "image/png",
    Kind.PDF: "application/pdf",
    Kind.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    Kind.PPTX: "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    Kind.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Kind.ODT: "application/vnd.oasis.opendocument.text",
    Kind.ODP: "application/vnd.oasis.opendocument.presentation",
    Kind.ODS: "application/vnd.oasis.opendocument.spreadsheet",
}
_MAIN_PART = {"word/document.xml": Kind.DOCX, "ppt/presentation.xml": Kind.PPTX, "xl/workbook.xml": Kind.XLSX}
_MIMETYPES = {TYPES[kind]: kind for kind in (Kind.ODT, Kind.ODP, Kind.ODS)}
_MACROS = re.compile(r"(^|/)(vbaProject\.bin|vbaData\.xml|macrosheets/.*)$|^(Basic|Scripts)/", re.IGNORECASE)

# Pillow's own guard stands behind ours.
Image.MAX_IMAGE_PIXELS = MOST_PIXELS


# A large picture takes some hundred megabytes for a second.
_ONE_AT_A_TIME = threading.Lock()


@dataclass(frozen=True)
class Taken:
    """A file that was looked through: what it is, what to call it, and the bytes that are kept."""

    kind: str
    title: str
    content: bytes

    @property
    def is_picture(self) -> bool:
        return self.kind in (Kind.JPEG, Kind.PNG)


def take_in(upload: UploadedFile) -> Taken:
    """Look through one file. Slow for large pictures, so outside every lock. Refused in words that name the file."""
    title, called = _title(upload.name or ""), Path(upload.name or "").suffix.lower().lstrip(".")[:10]
    size = upload.size or 0
    if size == 0:
        raise ValidationError(f"“{title}” is empty.")
    if size > LARGEST:
        raise ValidationError(f"“{title}” is larger than {LARGEST // MEGABYTE} MB. Make it smaller, or give a link.")
    content = upload.read(LARGEST + 1)
    try:
        return _look_through(content, title, called)
    except _RefusedError as refused:
        raise ValidationError(f"“{title}”: {refused}") from refused


class _RefusedError(Exception):
    """Why one file is not taken, in a sentence that follows its name."""


def _look_through(content: bytes, title: str, called: str) -> Taken:
    picture = _picture(content)
    if picture is not None:
        return Taken(picture[0], title, picture[1])
    if called in CALLED_PICTURES:
        if _looks_like(content, ".heic", ".heif"):
            raise _RefusedError("your phone keeps pictures in its own way (HEIC). Please send it as JPEG.")
        raise _RefusedError("this says it is a picture and is not one that we can show. Please send JPEG or PNG.")
    if content.startswith(b"%PDF-") and _looks_like(content, ".pdf"):
        return Taken(Kind.PDF, title, content)
    if content.startswith(b"PK\x03\x04"):
        return Taken(_document(content), title, content)
    if _looks_like(content, ".doc", ".ppt", ".xls"):
        raise _RefusedError(
            "this is of an older kind of Office, or locked by a password. Save it as docx, pptx, xlsx or PDF, unlocked."
        )
    if called in {"pdf", *Kind.values}:
        raise _RefusedError(f"this says it is {called.upper()} and is not. Save it again, or send it as PDF.")
    raise _RefusedError(f"this is not a kind of file that we take. {WANTED}")


def _looks_like(content: bytes, *extensions: str) -> bool:
    """Is it one of these, as its first bytes tell?"""
    try:
        found = puremagic.magic_string(content[:4096])
    except (puremagic.PureError, ValueError):
        return False
    return any(match.extension in extensions for match in found)


def _picture(content: bytes) -> tuple[str, bytes] | None:
    """A picture drawn anew: upright, at most so wide, without what was hidden in it. None where it is no picture."""
    try:
        image = Image.open(io.BytesIO(content), formats=("JPEG", "PNG", "GIF", "WEBP"))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as bomb:
        raise _RefusedError("this picture is larger than any camera's. Make it smaller.") from bomb
    except (OSError, SyntaxError, ValueError):
        return None
    if image.width * image.height > (MOST_PIXELS if image.format == "JPEG" else MOST_PIXELS_UNPACKED):
        raise _RefusedError("this picture is larger than any camera's. Make it smaller.")
    drawn = image.format in ("PNG", "GIF")  # a screenshot or a drawing: JPEG would blur its letters
    try:
        with _ONE_AT_A_TIME:
            clean = _drawn_anew(image)
    except (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError) as broken:
        raise _RefusedError("this picture is broken. Please take or save it again.") from broken
    out = io.BytesIO()
    if drawn:
        clean.save(out, format="PNG", optimize=True)
    else:
        clean.save(out, format="JPEG", quality=85)
    return (Kind.PNG if drawn else Kind.JPEG), out.getvalue()


def _drawn_anew(image: Image.Image) -> Image.Image:
    """On a new sheet, upright and small; made small first, so that few pictures do not fill the memory."""
    if image.format == "JPEG":
        image.draft("RGB", (MOST_ACROSS, MOST_ACROSS))
    small = image if image.mode in ("RGB", "RGBA", "L") else image.convert("RGBA")
    small.thumbnail((MOST_ACROSS, MOST_ACROSS))
    upright = ImageOps.exif_transpose(small).convert("RGBA")
    clean = Image.new("RGB", upright.size, "white")  # place, camera and comments stay on the old sheet
    clean.paste(upright, mask=upright.getchannel("A"))
    return clean


def _document(content: bytes) -> str:
    """Which kind of document a zip is; refused where it is none, can run something, or unpacks without end."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            parts = package.infolist()
            if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
                raise _RefusedError("this unpacks to more than we can take. Make it smaller.")
            names = {part.filename for part in parts}
            kind = next((kind for name, kind in _MAIN_PART.items() if name in names), None)
            types = _part(package, "[Content_Types].xml")
            if kind is None:
                kind = _MIMETYPES.get(_part(package, "mimetype").strip())
    except (zipfile.BadZipFile, OSError, ValueError, RuntimeError, NotImplementedError, EOFError) as broken:
        raise _RefusedError("this cannot be opened. Save it again, or send it as PDF.") from broken
    if kind is None:
        raise _RefusedError(f"we do not take folders packed into one file. {WANTED}")
    if "macroenabled" in types.lower() or any(_MACROS.search(name) for name in names):
        raise _RefusedError("this holds macros, which can do harm. Save it without them, or as PDF.")
    return kind


def _part(package: zipfile.ZipFile, name: str) -> str:
    """The first 100 kB of one part; nothing where there is none."""
    if name not in package.namelist():
        return ""
    with package.open(name) as part:
        return part.read(100_000).decode("utf-8", "replace")


def _title(name: str) -> str:
    """What to call a file: the last part of its name, without its ending and whatever is no letter of a name."""
    last = re.split(r"[/\\]", name)[-1]
    stem = last.rsplit(".", 1)[0] if "." in last.strip(".") else last
    plain = "".join(letter for letter in stem if unicodedata.category(letter)[0] != "C" and letter not in '<>:"|?*')
    return " ".join(plain.split())[:100].strip(" .") or "File"


# ── Keeping and letting go ─────────────────────────────────────────────────────────────────────────────────────────
def keep(taken: Iterable[Taken], *, by: User, at: datetime, most: int, **place: Any) -> list[Attachment]:
    """Keep files in one place (session=, task= or reflection=), inside the caller's transaction.

    Refused where there are too many of them, or the group's files fill what it has. A file whose transaction fails is
    found by `sweep`.
    """
    taken = list(taken)
    if not taken:
        return []
    here = Attachment.objects.filter(**place)
    if here.count() + len(taken) > most:
        raise ValidationError(f"At most {most} files and links stand here. Take one out first, or put two into one.")
    check_room(next(iter(place.values())), sum(len(one.content) for one in taken))
    kept = []
    for one in taken:
        attachment = Attachment(
            kind=one.kind, title=one.title, size=len(one.content), added_at=at, added_by=by, **place
        )
        attachment.file.save("new", ContentFile(one.content), save=False)
        attachment.full_clean(exclude=["file"])
        attachment.save(force_insert=True)
        kept.append(attachment)
    return kept


def keep_link(title: str, url: str, *, by: User, at: datetime, most: int, **place: Any) -> Attachment:
    """Put a link in one place."""
    if Attachment.objects.filter(**place).count() >= most:
        raise ValidationError(f"At most {most} files and links stand here. Take one out first, or put two into one.")
    attachment = Attachment(kind=Kind.LINK, title=title, url=url, added_at=at, added_by=by, **place)
    attachment.full_clean(exclude=["file"])
    attachment.save(force_insert=True)
    return attachment


def copy(attachments: Iterable[Attachment], *, by: User, at: datetime, most: int, **place: Any) -> None:
    """The same files and links in another place; each file lies there a second time, and goes by itself."""
    for one in attachments:
        if one.is_link:
            keep_link(one.title, one.url, by=by, at=at, most=most, **place)
        elif default_storage.exists(str(one.file.name)):
            with one.file.open("rb") as content:
                keep([Taken(one.kind, one.title, content.read())], by=by, at=at, most=most, **place)


def check_room(place: Session | ResearchTask | Reflection, size: int) -> None:
    """Refuse, in words, what would not fit into what a group has."""
    used = of_group(_session_of(place).work_group_id).aggregate(size=Sum("size"))["size"] or 0
    if used + size > MOST_OF_A_GROUP:
        raise ValidationError(
            f"The files of this group fill {MOST_OF_A_GROUP // MEGABYTE} MB. Ask who leads it to take some out."
        )


def group_of(attachment: Attachment) -> WorkGroup:
    """The group in which it was handed in."""
    return _session_of(attachment.session or attachment.task or attachment.reflection).work_group


def _session_of(place: Session | ResearchTask | Reflection | None) -> Session:
    assert place is not None  # a constraint holds that it is in one place
    if isinstance(place, Reflection):
        return place.task.session
    return place.session if isinstance(place, ResearchTask) else place


def of_group(work_group: WorkGroup | int) -> QuerySet[Attachment]:
    """Everything handed in anywhere in a group."""
    return Attachment.objects.filter(
        Q(session__work_group=work_group)
        | Q(task__session__work_group=work_group)
        | Q(reflection__task__session__work_group=work_group)
    )


def discard(attachments: QuerySet[Attachment]) -> int:
    """Delete rows, and their files from the disk once that has been committed. Returns how many."""
    rows = list(attachments.values_list("pk", "file"))
    Attachment.objects.filter(pk__in=[pk for pk, _ in rows]).delete()
    names = [name for _, name in rows if name]
    if names:
        transaction.on_commit(lambda: _delete(names))
    return len(rows)


def files_are_on_the_disk(now: datetime) -> Iterator[str]:
    """Every file that a row knows is where it says; after a backup was brought back, both must have come back."""
    for pk, name in Attachment.objects.exclude(file="").order_by("pk").values_list("pk", "file"):
        if not default_storage.exists(name):
            yield f"Attachment {pk}: its file is not on the disk."


def sweep(now: datetime) -> int:
    """Delete files that no row knows: left where a transaction failed, or the machine stopped. Returns how many."""
    root = Path(default_storage.path(""))
    if not root.is_dir():
        return 0
    # A day, so that no upload of this moment is taken for one.
    old = (now - timedelta(days=1)).timestamp()
    found = {str(path.relative_to(root)) for path in root.glob("??/*") if path.is_file() and path.stat().st_mtime < old}
    orphans = sorted(found - set(Attachment.objects.filter(file__in=found).values_list("file", flat=True)))
    _delete(orphans)
    return len(orphans)


def _delete(names: Iterable[str]) -> None:
    for name in names:
        default_storage.delete(name)
