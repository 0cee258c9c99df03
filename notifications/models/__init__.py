"""The outbox: every mail is a row with a reason, and stands or falls with the transaction that caused it.

And what keeps mail back, the hub's own words, and what people write themselves: letters, newsletters, and what they
answer by mail; and the other systems that are told.
"""

from notifications.models.inbound import Inbound
from notifications.models.letters import Issue, IssueCopy, Letter
from notifications.models.notices import Notice, NoticeQuerySet, Priority
from notifications.models.stops import Choice, Pause
from notifications.models.webhooks import Type, Webhook, WebhookDelivery
from notifications.models.wordings import Wording

__all__ = [
    "Choice",
    "Inbound",
    "Issue",
    "IssueCopy",
    "Letter",
    "Notice",
    "NoticeQuerySet",
    "Pause",
    "Priority",
    "Type",
    "Webhook",
    "WebhookDelivery",
    "Wording",
]
