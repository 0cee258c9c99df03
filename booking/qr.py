"""QR codes, for a screen and for paper. Beside each stands its address, for whoever has no camera."""

import io

import segno

# Black on white whatever the page's colours are: a light code on a dark page is not read by every phone.
_QUIET = 4  # white squares around it, as ISO/IEC 18004 asks for


def svg(address: str) -> str:
    """The QR code of an address as an SVG to put into a page or a paper; it grows to the width it is given.

    It has no text of its own: whoever puts it somewhere says what it opens.
    """
    made = io.BytesIO()
    code = segno.make_qr(address, error="m")
    code.save(made, kind="svg", border=_QUIET, light="#fff", omitsize=True, xmldecl=False, nl=False, svgclass=None)
    return made.getvalue().decode()
