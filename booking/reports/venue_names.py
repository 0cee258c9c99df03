"""Venues by the names that people write: exactly, by a part of the name, or by one that is near to it."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Self

from booking.models import Venue

# Of a name less like another nobody would say that it was meant.
LIKE = 0.72
SHORTEST_PART = 4
ONLINE = ("online", "zoom", "teams", "virtual", "remote")


@dataclass(frozen=True)
class Found:
    """A venue for some words; not `sure`: near to them, so that somebody has to look."""

    venue: Venue
    sure: bool


class VenueNames:
    """All venues by their names, read once for many rows."""

    def __init__(self, venues: Iterable[Venue]) -> None:
        self.venues = list(venues)
        self._by_name: dict[str, Venue] = {}
        for venue in self.venues:
            self._by_name.setdefault(_plain(venue.name), venue)
            self._by_name.setdefault(_plain(f"{venue.name} {venue.town}"), venue)

    @classmethod
    def load(cls) -> Self:
        return cls(Venue.objects.order_by("name", "pk"))

    def find(self, words: str) -> Found | None:
        """The venue that is meant, if one is: by its whole name, as the only one with these words in it, or nearest."""
        name = _plain(words)
        if not name:
            return None
        if name in self._by_name:
            return Found(self._by_name[name], sure=True)
        parts = {venue.pk: venue for key, venue in self._by_name.items() if name in key}
        if len(name) >= SHORTEST_PART and len(parts) == 1:
            return Found(next(iter(parts.values())), sure=True)
        # Of “Beachamp” the first word of “Beauchamp College, Oadby” is what it is like.
        begins = {" ".join(key.split()[: len(name.split())]): venue for key, venue in self._by_name.items()}
        known = begins | self._by_name
        near = get_close_matches(name, known, n=1, cutoff=LIKE)
        return Found(known[near[0]], sure=False) if near else None


def is_online(words: str) -> bool:
    """Do these words say that nobody meets in a room?"""
    return any(word in ONLINE for word in _plain(words).split())


def _plain(words: str) -> str:
    """Small letters and figures, one space between; "(demo)" and the like are part of no name that is typed."""
    kept = "".join(letter if letter.isalnum() else " " for letter in words.casefold().replace("’", "").replace("'", ""))
    return " ".join(word for word in kept.split() if word != "demo")
