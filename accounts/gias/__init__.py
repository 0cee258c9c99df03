"""The national register of schools (Get Information About Schools): read, judged, and taken into the hub's own rows."""

from accounts.gias.imports import refresh_statistics, write
from accounts.gias.lineage import lineage
from accounts.gias.plan import KINDS, Plan, Summary, compare, digest
from accounts.gias.register import LINKS_REQUIRED, REQUIRED, Register, read_links, read_register
from accounts.gias.table import RegisterError, Table, from_disk, glance

__all__ = [
    "KINDS",
    "LINKS_REQUIRED",
    "REQUIRED",
    "Plan",
    "Register",
    "RegisterError",
    "Summary",
    "Table",
    "compare",
    "digest",
    "from_disk",
    "glance",
    "lineage",
    "read_links",
    "read_register",
    "refresh_statistics",
    "write",
]
