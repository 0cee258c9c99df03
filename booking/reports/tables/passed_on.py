"""The register of what left the hub, itself to take away."""

from booking.models.disclosures import Why
from booking.reports.lists import disclosures as disclosure_list
from booking.reports.tables.listing import Asked, Column, Listing, label_of, or_empty


def disclosures(asked: Asked) -> Listing:
    rows = disclosure_list.rows(disclosure_list.Wanted.asked(asked.address))
    columns = [
        Column("at", "When"),
        Column("title", "What"),
        Column("filters", "Narrowed to", personal=True),
        Column("columns", "Columns", says=lambda heads: ", ".join(heads)),
        Column("rows", "Rows"),
        Column("file", "File", says=label_of([("csv", "CSV"), ("xlsx", "Excel")])),
        Column("by", "By whom", "by__name", or_empty, personal=True),
        Column("to", "To whom", personal=True),
        Column("why", "Why", says=label_of(Why.choices)),
        Column("words", "In words", personal=True),
    ]
    return Listing(
        "passed-on",
        "What was passed on",
        columns,
        rows.order_by("-at", "-pk"),
        asked,
        ("status",),
        {"status": Why.choices},
    )
