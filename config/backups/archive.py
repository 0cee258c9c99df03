"""The archive: a zip of the database, the files people handed in, and a manifest with a checksum of every part.

It is written under a name of its own and renamed when it is whole, so that a file called a backup always is one.
"""

import contextlib
import hashlib
import json
import os
import secrets
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO, Any

FORMAT = 1
MANIFEST, ITS_CHECKSUM = "manifest.json", "manifest.sha256"
FILES = "files/"
CHUNK = 1 << 20
# Pictures and documents are packed already, and so is what pg_dump writes.
PACKED, AS_IT_IS = zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED


class RefusedError(Exception):
    """Why a backup is not made or not brought back, in a sentence for the person at the terminal."""


class Writer:
    """Puts parts into an archive one after the other, each with its checksum."""

    def __init__(self, package: zipfile.ZipFile) -> None:
        self._package = package
        self.parts: list[dict[str, Any]] = []

    def put(self, name: str, source: IO[bytes], *, packed: bool = False) -> None:
        """One part, read piece by piece: no part needs to fit into memory."""
        info = zipfile.ZipInfo(name)
        info.compress_type = PACKED if packed else AS_IT_IS
        info.external_attr = 0o600 << 16
        digest, size = hashlib.sha256(), 0
        with self._package.open(info, "w", force_zip64=True) as target:
            while piece := source.read(CHUNK):
                digest.update(piece)
                size += len(piece)
                target.write(piece)
        self.parts.append({"name": name, "size": size, "sha256": digest.hexdigest()})

    def close(self, manifest: dict[str, Any]) -> None:
        """The manifest last, since only now everything is known; and a checksum of it too."""
        words = json.dumps(manifest | {"format": FORMAT, "parts": self.parts}, indent=1).encode()
        self._package.writestr(MANIFEST, words)
        self._package.writestr(ITS_CHECKSUM, hashlib.sha256(words).hexdigest())


@contextlib.contextmanager
def writing(target: Path) -> Iterator[Writer]:
    """An archive under way: for this system's user only, gone if anything fails, and named when it is on the disk."""
    unfinished = target.with_name(f".{target.name}.{secrets.token_hex(4)}.unfinished")
    handle = os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
    try:
        with os.fdopen(handle, "w+b") as file:
            # The fastest of its ways to pack: the next gains a tenth and takes twice as long.
            with zipfile.ZipFile(file, "w", allowZip64=True, compresslevel=1) as package:
                yield Writer(package)
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, target)
        _settle(target.parent)
    finally:
        unfinished.unlink(missing_ok=True)


def _settle(folder: Path) -> None:
    """The new name is on the disk too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class Archive:
    """A backup that is read: opened, looked through, and given out part by part."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._package = zipfile.ZipFile(path)
            words = self._package.read(MANIFEST)
            told = self._package.read(ITS_CHECKSUM).decode("ascii", "replace").strip()
        except FileNotFoundError as missing:
            raise RefusedError(f"There is no file {path}.") from missing
        except (zipfile.BadZipFile, KeyError, OSError, EOFError, NotImplementedError, RuntimeError) as broken:
            raise RefusedError(f"{path} is no backup of a hub, or only part of one.") from broken
        if hashlib.sha256(words).hexdigest() != told:
            self.close()
            raise self._altered(MANIFEST)
        self.manifest: dict[str, Any] = json.loads(words)
        if self.manifest.get("format") != FORMAT:
            self.close()
            raise RefusedError(f"{path} was made by a newer version of this program. Install that one first.")

    def close(self) -> None:
        self._package.close()

    def check(self) -> None:
        """Read the whole of it: every part is there, as it was made, and nothing else is."""
        told = {part["name"]: part for part in self.manifest["parts"]}
        there = self._package.namelist()
        strange = set(there) ^ (set(told) | {MANIFEST, ITS_CHECKSUM})
        if strange or len(there) != len(set(there)):
            raise self._altered(min(strange, default=MANIFEST))
        for name, part in told.items():
            if not _stays_inside(name):
                raise self._altered(name)
            digest, size = hashlib.sha256(), 0
            try:
                with self._package.open(name) as source:
                    while piece := source.read(CHUNK):
                        digest.update(piece)
                        size += len(piece)
            except (zipfile.BadZipFile, OSError, EOFError, zlib.error) as broken:
                raise self._altered(name) from broken
            if (digest.hexdigest(), size) != (part["sha256"], part["size"]):
                raise self._altered(name)

    def files(self) -> list[str]:
        """The names of the files people handed in, as the hub calls them."""
        return [part["name"].removeprefix(FILES) for part in self.manifest["parts"] if part["name"].startswith(FILES)]

    def take_out(self, name: str, target: Path) -> None:
        """One part as a file, for this system's user only, and on the disk before it is trusted."""
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        target.unlink(missing_ok=True)
        with (
            self._package.open(name) as source,
            os.fdopen(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file,
        ):
            while piece := source.read(CHUNK):
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())

    def _altered(self, name: str) -> RefusedError:
        return RefusedError(
            f"{self.path} is not as it was made: “{name}” has been altered or damaged. Nothing was changed here. "
            "Take another backup, or fetch this one again."
        )


def _stays_inside(name: str) -> bool:
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts and "\\" not in name and "\0" not in name
