"""A list as a file to download."""

from urllib.parse import quote

from django.http import FileResponse, HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from django.utils.text import slugify

from booking.tables import Table, as_csv, as_workbook

WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def table_response(request: HttpRequest, table: Table, *, file: str = "") -> HttpResponseBase:
    """The table as `file` or `?as=xlsx` asks, or as CSV; named after it and today."""
    name = f"{slugify(table.name)[:80]}-{timezone.localdate()}"
    if (file or request.GET.get("as")) == "xlsx":
        return FileResponse(as_workbook(table), content_type=WORKBOOK, as_attachment=True, filename=f"{name}.xlsx")
    response = StreamingHttpResponse(as_csv(table), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{quote(name)}.csv"'
    return response
