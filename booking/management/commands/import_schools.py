"""manage.py import_schools: take in the national register of schools."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.gias import Plan, RegisterError, refresh_statistics
from booking.actions import imports
from booking.incoming import read_from_disk


class Command(BaseCommand):
    help = (
        "Take in the national register of schools: the file of all establishments, and that of their links, "
        "as Get Information About Schools gives them (CSV, Windows-1252)."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="edubasealldata….csv")
        parser.add_argument("--links", type=Path, help="links_edubasealldata….csv: which number follows which")
        parser.add_argument("--la", default="", help="only schools of these local authorities, for example 855,856,857")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen, and leave all as it is")
        parser.add_argument(
            "--allow-closures",
            metavar="REASON",
            default="",
            help="believe a file by which more than one in twenty open schools would close or vanish, and why",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        file, links = options["file"], options["links"]
        try:
            self._say(f"Reading {file.name} …")
            register, pairs = read_from_disk(file, links)
            plan = imports.take_in(
                register=register,
                links=pairs,
                authorities=[code.strip() for code in options["la"].split(",") if code.strip()],
                file_name=file.name,
                believe=options["allow_closures"],
                dry_run=options["dry_run"],
                say=self._say,
            )
        except RegisterError as error:
            raise CommandError(f"{error} Nothing was changed.") from None
        refresh_statistics()
        self.stdout.write(_report(plan, dry_run=options["dry_run"]))

    def _say(self, words: str) -> None:
        self.stderr.write(words)
        self.stderr.flush()


def _report(plan: Plan, *, dry_run: bool) -> str:
    summary = plan.summary
    lines = [
        f"Read {summary.rows:,} rows and {summary.links:,} links.",
        f"  new schools                    {summary.new:>7,}",
        f"  changed                        {summary.changed:>7,}",
        f"  closed                         {summary.closed:>7,}",
        f"  converted (numbers joined)     {summary.converted:>7,}",
        f"  merged into another school     {summary.merged:>7,}",
        f"  unchanged                      {summary.unchanged:>7,}",
    ]
    if summary.absent:
        lines.append(f"  not in this file, left alone   {summary.absent:>7,}")
    if summary.left_out:
        lines.append(f"  rows left out                  {summary.left_out:>7,}  (numbers of schools off the register)")
    lines += plan.remarks
    lines += [f"For the office to decide: {case}" for case in plan.undecided]
    if dry_run:
        lines.append("This was a dry run: nothing was changed.")
    return "\n".join(lines)
