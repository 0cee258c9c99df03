"""The national register of schools (Get Information About Schools): read, judged, and taken into the hub's own rows."""

from accounts.gias.imports import Summary, import_schools
from accounts.gias.register import RegisterError

__all__ = ["RegisterError", "Summary", "import_schools"]
