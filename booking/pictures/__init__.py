"""The pictures that teachers of mathematics think in, drawn on the server: number line, ten frame, bar model.

Pure functions from small dataclasses to SVG in HTML. Shapes carry classes and attributes, never inline styles, and each
picture comes with a text that says the same. They are joined from strings, for a catalogue shows twenty at once.
"""

from booking.pictures.bars import Part, bar_key, bar_model, bar_strip, levels, number_words, slim_bar
from booking.pictures.columns import Column, columns
from booking.pictures.frames import places_sentence, ten_frame
from booking.pictures.lines import number_line, position
from booking.pictures.rows import Row, row_bars
from booking.pictures.series import Holiday, Stop

__all__ = [
    "Column",
    "Holiday",
    "Part",
    "Row",
    "Stop",
    "bar_key",
    "bar_model",
    "bar_strip",
    "columns",
    "levels",
    "number_line",
    "number_words",
    "places_sentence",
    "position",
    "row_bars",
    "slim_bar",
    "ten_frame",
]
