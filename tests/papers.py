"""Reading papers as a reader's program does: its words, language, title, and whether it is tagged."""

import io
from dataclasses import dataclass

import zxingcpp
from PIL import Image
from pypdf import PdfReader


@dataclass
class Paper:
    """What a PDF says of itself, and its words page by page."""

    title: str
    language: str
    tagged: bool
    # The standard's mark: "1" for PDF/UA-1, none where it does not claim to be one.
    ua: str | None
    pages: list[str]

    @property
    def words(self) -> str:
        return "\n".join(self.pages)


def read(made: bytes) -> Paper:
    reader = PdfReader(io.BytesIO(made))
    root = reader.trailer["/Root"]
    marked = root.get("/MarkInfo", {}).get("/Marked")
    meta = root["/Metadata"].get_object().get_data().decode() if "/Metadata" in root else ""
    ua = meta.split("<pdfuaid:part>")[1].split("<")[0] if "<pdfuaid:part>" in meta else None
    title = reader.metadata.title if reader.metadata else ""
    tagged = bool(marked) and "/StructTreeRoot" in root
    return Paper(title or "", str(root.get("/Lang", "")), tagged, ua, [page.extract_text() for page in reader.pages])


def codes_in(picture: bytes) -> list[str]:
    """What the QR codes of a PNG say."""
    return [one.text for one in zxingcpp.read_barcodes(Image.open(io.BytesIO(picture)))]
