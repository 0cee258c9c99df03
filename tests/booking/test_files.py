"""Files that people hand in: judged by content, cleaned, capped, kept out of the web, given out as what they are."""

import io
import os
import zipfile
import zlib
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import ExifTags, Image

from accounts.models import User
from booking import files
from booking.actions import materials, programme
from booking.models import Attachment
from tests.factories import (
    create_attachment,
    create_booking,
    create_session,
    create_task,
    create_user,
    create_work_group,
)

pytestmark = pytest.mark.django_db(transaction=True)

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"


def picture(kind: str = "JPEG", size: tuple[int, int] = (60, 40), **options: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "#c2410c").save(out, kind, **options)  # type: ignore[arg-type]  # what a kind takes
    return out.getvalue()


def package(*names: str, **contents: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, contents.get(name.split(".")[0], "<x/>"))
    return out.getvalue()


def handed_in(content: bytes, name: str) -> files.Taken:
    return files.take_in(SimpleUploadedFile(name, content, content_type="image/png"))


def bomb() -> bytes:
    """A picture of a few bytes that says it is 30,000 by 30,000 points."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4) + kind + data + zlib.crc32(kind + data).to_bytes(4)

    head = (30_000).to_bytes(4) * 2 + bytes([8, 2, 0, 0, 0])
    rows = zlib.compress(b"\0" * 1000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def unpacks_without_end() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"0" * (files.MOST_UNPACKED + 1))
    return out.getvalue()


REFUSED: dict[str, tuple[Callable[[], bytes], str, str]] = {
    "a page that says it is a picture": (lambda: b"<html><script>alert(1)</script>", "x.png", "says it is a picture"),
    "a drawing that can run": (lambda: b"<svg onload='x()'></svg>", "x.svg", "JPEG or PNG"),
    "a program": (lambda: b"MZ" + b"\0" * 200, "setup.exe", "not a kind of file that we take"),
    "a program that says it is a document": (lambda: b"MZ" + b"\0" * 200, "plan.docx", "says it is DOCX and is not"),
    "a page that says it is a PDF": (lambda: b"<html>%PDF-1.7", "x.pdf", "says it is PDF and is not"),
    "plain words": (lambda: b"Dear all", "notes.txt", "not a kind of file that we take"),
    "a picture that unpacks without end": (bomb, "x.png", "larger than any camera"),
    "a picture that ends half way": (lambda: picture(size=(900, 900))[:2000], "x.jpg", "broken"),
    "eleven megabytes": (lambda: PDF + b"0" * 11_000_000, "x.pdf", "larger than 10 MB"),
    "nothing": (lambda: b"", "x.pdf", "is empty"),
    "a folder packed into one file": (lambda: package("a.txt"), "x.zip", "folders packed into one"),
    "a document with macros": (
        lambda: package("word/document.xml", "word/vbaProject.bin"),
        "x.docx",
        "holds macros",
    ),
    "a document whose list says macros": (
        lambda: package("word/document.xml", "[Content_Types].xml", **{"[Content_Types]": "x.macroEnabled.12"}),
        "x.docx",
        "holds macros",
    ),
    "a text with scripts": (
        lambda: package("mimetype", "Basic/Standard/x.xml", mimetype=files.TYPES[files.Kind.ODT]),
        "x.odt",
        "macros",
    ),
    "a document that unpacks without end": (unpacks_without_end, "x.docx", "unpacks to more"),
    "half a document": (lambda: package("word/document.xml")[:40], "x.docx", "cannot be opened"),
    "an older document": (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "x.doc", "older kind of Office"),
    "a telephone's own kind of picture": (
        lambda: b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + b"\0" * 40,
        "x.heic",
        "HEIC",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_file_is_refused_in_a_sentence_that_names_it(name: str) -> None:
    content, called, words = REFUSED[name]

    with pytest.raises(ValidationError) as refusal:
        handed_in(content(), called)

    (sentence,) = refusal.value.messages
    assert sentence.startswith(f"“{called.split('.')[0]}”")
    assert words in sentence


TAKEN: dict[str, tuple[Callable[[], bytes], str, str]] = {
    "a photograph": (picture, "x.jpg", "jpeg"),
    "a photograph that says it is something else": (picture, "x.pdf", "jpeg"),
    "a screenshot": (lambda: picture("PNG"), "x.png", "png"),
    "a moving picture": (lambda: picture("GIF"), "x.gif", "png"),
    "a picture of the web": (lambda: picture("WEBP"), "x.webp", "jpeg"),
    "a PDF": (lambda: PDF, "x.pdf", "pdf"),
    "a document": (lambda: package("[Content_Types].xml", "word/document.xml"), "x.docx", "docx"),
    "slides": (lambda: package("ppt/presentation.xml"), "x.pptx", "pptx"),
    "a sheet": (lambda: package("xl/workbook.xml"), "x.xlsx", "xlsx"),
    "an open text": (lambda: package("mimetype", mimetype=files.TYPES[files.Kind.ODT]), "x.odt", "odt"),
}


@pytest.mark.parametrize("name", TAKEN)
def test_file_is_what_its_content_is(name: str) -> None:
    content, called, kind = TAKEN[name]

    assert handed_in(content(), called).kind == kind


def test_photograph_is_turned_upright_and_loses_where_and_with_what_it_was_taken() -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation], exif[ExifTags.Base.Make] = 6, "Acme Telephone"
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (52.0, 36.0, 0.0)
    sent = picture(size=(4000, 3000), exif=exif, comment=b"Jayden's book")

    kept = Image.open(io.BytesIO(handed_in(sent, "IMG_1.jpg").content))

    assert (b"Acme" in sent, b"Jayden" in sent) == (True, True)
    assert (kept.size, dict(kept.getexif()), kept.info.get("comment")) == ((1500, 2000), {}, None)


@pytest.mark.parametrize(
    ("called", "title"),
    [
        ("../../etc/passwd.pdf", "passwd"),
        ("C:\\Users\\kim\\Bar models.pdf", "Bar models"),
        ("a\r\nSet-Cookie: x=1.pdf", "aSet-Cookie x=1"),
        ("Würfel 🎲.pdf", "Würfel 🎲"),
        ("x" * 300 + ".pdf", "x" * 100),
        ("\u202efdp.exe.pdf", "fdp.exe"),
        (".pdf", "pdf"),
        ("<b>.pdf", "b"),
    ],
)
def test_file_is_called_by_what_is_plain_in_its_name(called: str, title: str) -> None:
    upload = SimpleUploadedFile("x", PDF)
    upload._name = called  # type: ignore[attr-defined]  # as a browser sent it, before Django looks at it

    assert files.take_in(upload).title == title


def test_file_lies_under_a_name_of_its_own_for_this_user_alone() -> None:
    attachment = create_attachment(session=create_session(work_group=create_work_group(sessions=0)), title="../../x")

    path = Path(attachment.file.path)
    assert path.is_relative_to(Path(default_storage.path("")))
    assert (path.suffix, path.stat().st_mode & 0o077, "x" in path.stem) == (".pdf", 0, False)


def test_upload_that_is_refused_leaves_nothing(log_in: Callable[[User], Client]) -> None:
    fran = create_user()
    session = create_session(work_group=create_work_group(sessions=0, leads=[fran]), days=-1)
    good, bad = SimpleUploadedFile("a.pdf", PDF), SimpleUploadedFile("b.png", b"<html>")

    response = log_in(fran).post(reverse("session_materials", args=[session.pk]), {"new_files": [good, bad]})

    assert "“b”: this says it is a picture and is not one that we can show." in response.content.decode()
    assert (response.status_code, Attachment.objects.count(), stored()) == (200, 0, [])


def test_upload_takes_several_files_and_a_link(log_in: Callable[[User], Client]) -> None:
    fran = create_user()
    session = create_session(work_group=create_work_group(sessions=0, leads=[fran]), days=-1)
    given = {"new_files": [SimpleUploadedFile("a.pdf", PDF), SimpleUploadedFile("b.png", picture("PNG"))]}

    response = log_in(fran).post(
        reverse("session_materials", args=[session.pk]),
        given | {"link_url": "https://example.org/bars", "link_title": "More bars"},
    )

    assert response.status_code == 302
    assert list(session.materials.values_list("kind", "title")) == [("pdf", "a"), ("png", "b"), ("link", "More bars")]
    assert len(stored()) == 2


@pytest.mark.parametrize("url", ["http://example.org/x", "javascript:alert(1)", "file:///etc/passwd"])
def test_link_to_anything_but_a_safe_address_is_refused(log_in: Callable[[User], Client], url: str) -> None:
    fran = create_user()
    session = create_session(work_group=create_work_group(sessions=0, leads=[fran]), days=-1)

    response = log_in(fran).post(
        reverse("session_materials", args=[session.pk]), {"link_url": url, "link_title": "More"}
    )

    assert (response.status_code, Attachment.objects.count()) == (200, 0)


def test_files_beside_a_session_are_so_many_and_no_more() -> None:
    session, fran = create_session(work_group=create_work_group(sessions=0)), create_user()
    taken = [files.Taken("pdf", f"File {number}", PDF) for number in range(files.MOST_OF_A_SESSION)]
    materials.save_materials(session=session, new_files=taken, by=fran)

    with pytest.raises(ValidationError, match="At most 12 files and links stand here"):
        materials.save_materials(session=session, new_files=taken[:1], by=fran)

    assert (session.materials.count(), len(stored())) == (12, 12)


def test_files_of_a_group_have_an_end() -> None:
    group, fran = create_work_group(sessions=2), create_user()
    first, second = group.sessions.all()
    Attachment.objects.filter(pk=create_attachment(session=first).pk).update(size=files.MOST_OF_A_GROUP)

    with pytest.raises(ValidationError, match="fill 500 MB"):
        materials.save_materials(session=second, new_files=[files.Taken("pdf", "x", PDF)], by=fran)


def test_file_goes_with_its_row_once_that_is_committed() -> None:
    session, fran = create_session(work_group=create_work_group(sessions=0)), create_user()
    keeps, goes = (create_attachment(session=session) for _ in range(2))

    materials.save_materials(session=session, drop=[goes.pk], by=fran)

    assert (list(session.materials.all()), stored()) == ([keeps], [keeps.file.name])


def test_file_of_a_task_goes_with_the_task() -> None:
    fran = create_user()
    session = create_session(work_group=create_work_group(sessions=0))
    create_attachment(task=create_task(session=session))

    programme.write_task(session=session, title="", body="", by=fran)

    assert stored() == []


def test_files_that_no_row_knows_are_swept_after_a_day() -> None:
    kept = create_attachment(session=create_session(work_group=create_work_group(sessions=0)))
    folder = Path(default_storage.path("ab"))
    folder.mkdir(exist_ok=True)
    old, fresh = folder / "old.pdf", folder / "fresh.pdf"
    for path in (old, fresh):
        path.write_bytes(PDF)
    long_ago = (timezone.now() - timedelta(days=2)).timestamp()
    for path in (old, Path(kept.file.path)):
        os.utime(path, (long_ago, long_ago))

    swept = files.sweep(timezone.now())

    assert (swept, stored()) == (1, sorted([kept.file.name, "ab/fresh.pdf"]))


# ── Who opens them, and as what ────────────────────────────────────────────────────────────────────────────────────
class Given:
    """Kim is of the group whose session was a week ago; a handout lies beside it."""

    def __init__(self, **fields: object) -> None:
        self.fran = create_user(name="Fran")
        self.group = create_work_group(sessions=2, leads=[self.fran])
        booking = create_booking(work_group=self.group, people=1)
        kim = booking.places.get().person
        assert kim is not None
        self.kim, self.past = kim, create_session(work_group=self.group, days=-7, number=0)
        self.handout = create_attachment(session=self.past, **{"title": "Bar models"} | fields)


def test_file_is_given_out_to_be_kept_and_runs_nothing(log_in: Callable[[User], Client]) -> None:
    given = Given(title='Würfel\r\n"x"')

    response = log_in(given.kim).get(reverse("attachment_file", args=[given.handout.pk]))

    assert (response.status_code, response["Content-Type"]) == (200, "application/pdf")
    assert response["Content-Disposition"].startswith("attachment; filename*=utf-8''W%C3%BCrfel")
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert (response["X-Content-Type-Options"], response["Cache-Control"]) == ("nosniff", "no-store")


def test_file_is_shown_only_where_it_is_a_picture(log_in: Callable[[User], Client]) -> None:
    given = Given()
    photo = create_attachment(session=given.past, kind="jpeg", content=picture())
    client = log_in(given.kim)

    ways = [
        client.get(reverse("attachment_file", args=[one.pk]) + "?show")["Content-Disposition"].split(";")[0]
        for one in (given.handout, photo)
    ]

    assert ways == ["attachment", "inline"]


def test_file_opens_for_its_group_and_for_nobody_who_guesses(log_in: Callable[[User], Client]) -> None:
    given, others = Given(), Given()
    url = reverse("attachment_file", args=[given.handout.pk])

    codes = [
        log_in(one).get(url).status_code for one in (given.kim, given.fran, others.kim, others.fran, create_user())
    ]

    assert codes == [200, 200, 404, 404, 404]
    assert Client().get(url)["Location"].startswith("/accounts/login/")


def test_file_that_has_gone_from_the_disk_is_no_page(log_in: Callable[[User], Client]) -> None:
    given = Given()
    default_storage.delete(str(given.handout.file.name))

    assert log_in(given.kim).get(reverse("attachment_file", args=[given.handout.pk])).status_code == 404


def stored() -> list[str]:
    root = Path(default_storage.path(""))
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())
