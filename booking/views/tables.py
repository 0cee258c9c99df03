"""A list as a file to download."""

from typing import IO
from urllib.parse import quote

from django.http import FileResponse, HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from django.utils.text import slugify

from booking.tables import Table, as_csv, as_workbook

WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


CSV = "text/csv; charset=utf-8"


def table_response(request: HttpRequest, table: Table, *, file: str = "") -> HttpResponseBase:
    """The table as `file` or `?as=xlsx` asks, or as CSV; named after it and today."""
    if (file or request.GET.get("as")) == "xlsx":
        return written_response(table.name, "xlsx", as_workbook(table))
    response = StreamingHttpResponse(as_csv(table), content_type=CSV)
    response["Content-Disposition"] = f'attachment; filename="{quote(_name(table.name))}.csv"'
    return response


def written_response(name: str, file: str, whole: IO[bytes]) -> HttpResponseBase:
    """A file that stands whole on disk: it is closed once it has left."""
    kind = WORKBOOK if file == "xlsx" else CSV
    return FileResponse(whole, content_type=kind, as_attachment=True, filename=f"{_name(name)}.{file}")


def _name(name: str) -> str:
    return f"{slugify(name)[:80]}-{timezone.localdate()}"
