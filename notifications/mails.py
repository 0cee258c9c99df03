"""The list of mails, the newest first: by words, by what became of them, their kind, and what they are about."""

from collections.abc import Mapping
from dataclasses import dataclass

from accounts.typed import number_in
from booking.reports.keyset import PK, Order, Page, Spot, page_of
from notifications import ledger
from notifications.kinds import KINDS
from notifications.models import Notice, NoticeQuerySet

SIZE = 50
# Numbers are given as mails are made. By address or subject nobody reads on through all of them: one looks for it.
MADE = Order("made", "Made", (PK,), newest_first=True)
ORDERS = [MADE]
# Whom or what a mail can be looked for by, each by its id: as an address says it, and as a mail does.
ABOUT = {"person": "person", "school": "school", "group": "work_group", "session": "session"}


@dataclass(frozen=True)
class Wanted:
    q: str = ""
    state: str = ""
    kind: str = ""
    person: int = 0
    school: int = 0
    group: int = 0
    session: int = 0

    @classmethod
    def asked(cls, address: Mapping[str, str]) -> "Wanted":
        state, kind = address.get("state", ""), address.get("kind", "")
        return cls(
            address.get("q", "").replace("\x00", "")[:80],
            state if state in Notice.State.values else "",
            kind if kind in KINDS else "",
            **{name: number_in(address.get(name, ""), digits=9) for name in ABOUT},
        )


def rows(wanted: Wanted) -> NoticeQuerySet:
    mails = Notice.objects.all()
    if wanted.state:
        mails = mails.filter(state=wanted.state)
    if wanted.kind:
        mails = mails.filter(kind=wanted.kind)
    for name, way in ABOUT.items():
        if pk := getattr(wanted, name):
            mails = mails.filter(**{way: pk})
    return ledger.search(mails, wanted.q)


def page(wanted: Wanted, spot: Spot) -> Page[Notice]:
    """Without what stands in them."""
    shown = rows(wanted).select_related("person", "school", "work_group").defer("raw", "text")
    return page_of(shown, spot, SIZE)
