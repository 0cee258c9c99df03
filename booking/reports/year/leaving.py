"""Schools that withdrew: when and why; and the notice with which places were given up."""

from collections import Counter
from dataclasses import dataclass, field

from django.conf import settings
from django.db.models import Count
from django.utils import timezone

from booking.models.places import Reason
from booking.reports.lists.withdrawals import places_given_up
from booking.reports.year.engagement import Engagement, groups_of

# School days of notice, from the first to the last of each band.
_BANDS = ((0, 0), (1, 4), (5, 9), (10, 19), (20, None))


@dataclass
class Counted:
    title: str
    count: int = 0


@dataclass
class Leavings:
    # Of engagements: by reason, and by the month in which the last places were given up.
    reasons: list[Counted] = field(default_factory=list)
    months: list[Counted] = field(default_factory=list)
    before: int = 0
    after: int = 0
    # Of places, alone or with their booking: by school days of notice.
    notice: list[Counted] = field(default_factory=list)
    undated: int = 0
    late: int = 0

    @property
    def places(self) -> int:
        return sum(one.count for one in self.notice)


def of(engagement: Engagement) -> Leavings:
    schools = engagement.schools
    left = [schools.left[pair] for pair in schools.withdrew]
    found = Leavings(before=len(schools.withdrew_before))
    found.after = len(left) - found.before
    reasons = Counter(one.reason for one in left)
    found.reasons = [
        Counted(Reason(reason).label if reason else "No reason noted", count) for reason, count in reasons.most_common()
    ]
    months = Counter(timezone.localdate(one.at).replace(day=1) for one in left)
    found.months = [Counted(f"{month:%B %Y}", months[month]) for month in sorted(months)]
    given_up = places_given_up().filter(work_group__in=groups_of(engagement.year), left_at__lte=engagement.now)
    notices = dict(given_up.order_by().values_list("notice").annotate(Count("pk")))
    found.undated = notices.pop(None, 0)
    found.late = sum(count for days, count in notices.items() if days < settings.HUB_LATE_NOTICE_DAYS)
    for first, last in _BANDS:
        count = sum(n for days, n in notices.items() if first <= days and (last is None or days <= last))
        found.notice.append(Counted(_band(first, last), count))
    return found


def _band(first: int, last: int | None) -> str:
    if last == 0:
        return "Same day"
    return f"{first} to {last} school days" if last else f"{first} school days or more"
