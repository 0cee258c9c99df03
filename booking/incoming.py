"""What a worker does with files of the register: reads what was sent, takes in what was approved.

The file is read before any transaction, and a plan is made without one: only the writing itself keeps others waiting.
"""

import logging
from datetime import datetime
from pathlib import Path

from django.db.models.fields.files import FieldFile
from django.utils import timezone

from accounts import gias
from accounts.gias import Register, RegisterError, Table
from accounts.models import RegisterImport
from booking.actions import imports
from booking.actions.imports import Pair

log = logging.getLogger(__name__)


def work_through(*, now: datetime) -> int:
    """Do what is to do, one file after the other. Returns how many files were worked on."""
    imports.drop_forgotten(now=now)
    count = 0
    while (register_import := imports.claim(now=timezone.now())) is not None:
        count += 1
        try:
            _work(register_import)
        except RegisterError as error:
            imports.refuse(register_import=register_import, problem=str(error))
        except Exception:  # whatever is wrong with this file, the mail still goes; it is tried again after the lease
            log.exception("register import %s could not be worked on", register_import.pk)
    return count


def read_from_disk(file: Path, links: Path | None) -> tuple[Register, list[Pair]]:
    """Both files of this machine, read to their ends. Raises RegisterError."""
    with gias.from_disk(file) as table:
        register = gias.read_register(table)
    if links is None:
        return register, []
    with gias.from_disk(links) as table:
        return register, list(gias.read_links(table))


def _work(register_import: RegisterImport) -> None:
    register, links = _read(register_import)
    if register_import.state == RegisterImport.State.APPROVED:
        imports.apply(register_import=register_import, register=register, links=links)
        gias.refresh_statistics()
    else:
        plan = imports.plan_of(register, links, register_import.authority_codes, timezone.now())
        imports.keep_plan(register_import=register_import, plan=plan)


def _read(register_import: RegisterImport) -> tuple[Register, list[Pair]]:
    try:
        register = gias.read_register(_table(register_import.file, register_import.file_name))
        if not register_import.links:
            return register, []
        return register, list(gias.read_links(_table(register_import.links, register_import.links_name)))
    except OSError:
        raise RegisterError("The file is not where it was kept. Send it again.") from None
    finally:
        register_import.file.close()
        if register_import.links:
            register_import.links.close()


def _table(stored: FieldFile, name: str) -> Table:
    stored.open("rb")
    return Table(stored.file, name)
