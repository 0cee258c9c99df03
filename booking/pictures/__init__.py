"""The pictures that teachers of mathematics think in, drawn on the server: number line, ten frame, bar model.

Pure functions from small dataclasses to SVG in HTML. Shapes carry classes and attributes, never inline styles, and each
picture comes with a text that says the same. They are joined from strings, for a catalogue shows twenty at once.
"""

from booking.pictures.bars import Part, bar_key, bar_model, bar_strip, levels, number_words, slim_bar
from booking.pictures.frames import places_sentence, ten_frame
from booking.pictures.lines import number_line, position
from booking.pictures.series import Holiday, Stop

__all__ = [
    "Holiday",
    "Part",
    "Stop",
    "bar_key",
    "bar_model",
    "bar_strip",
    "levels",
    "number_line",
    "number_words",
    "places_sentence",
    "position",
    "slim_bar",
    "ten_frame",
]
