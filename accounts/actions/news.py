"""Writing the hub's news."""

from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts import history
from accounts.models import NewsItem, User


@transaction.atomic(durable=True)
def write(*, item: NewsItem | None, title: str, text: str, dated_on: date, publish: bool, by: User) -> NewsItem:
    """Keep an item as a draft, or let everybody read it from its day on. What stood before is in the history."""
    now = timezone.now()
    before: dict[str, str] = {}
    if item is None:
        item = NewsItem(made_by=by)
    else:
        item = NewsItem.objects.select_for_update().get(pk=item.pk)
        before = {"before": item.text, "title": item.title}
    item.title, item.text, item.dated_on = title.strip(), text.strip(), dated_on
    if not item.title or not item.text:
        raise ValidationError("News needs a title and some words.")
    was_out, item.changed_at = item.is_out, now
    if publish and not was_out:
        item.published_at = now
    item.save()
    verb = "news_published" if publish and not was_out else "news_changed" if before else "news_written"
    history.write(verb, about=[item], by=by, at=now, details=before, tells=False)
    return item


@transaction.atomic(durable=True)
def take_back(*, item: NewsItem, by: User) -> NewsItem:
    """Nobody but hub staff reads it any more."""
    now = timezone.now()
    item = NewsItem.objects.select_for_update().get(pk=item.pk)
    item.published_at = None
    item.save(update_fields=["published_at"])
    history.write("news_taken_back", about=[item], by=by, at=now, tells=False)
    return item


def said_of(item: NewsItem) -> str:
    """What has become of it, in a sentence."""
    if not item.is_out:
        return "Kept as a draft: nobody but the hub reads it."
    if item.is_shown:
        return "Everybody reads this now."
    return f"Everybody reads this from {item.dated_on.day} {item.dated_on:%B} on."
