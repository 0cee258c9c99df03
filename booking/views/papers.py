"""How a paper leaves: to be read in the browser, under a name of its own, and kept nowhere on the way."""

from django.http import HttpResponse


def pdf_response(made: bytes, name: str) -> HttpResponse:
    """A PDF as an answer; `name` without its ending."""
    headers = {"Content-Disposition": f'inline; filename="{name}.pdf"', "Cache-Control": "no-store"}
    return HttpResponse(made, content_type="application/pdf", headers=headers)
