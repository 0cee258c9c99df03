"""Who wrote about a task hears of comments, one mail a day for a group, and never what was taken out again."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from booking.actions import research
from booking.models import Comment
from notifications.comments import tell_comments
from notifications.delivery import drain
from notifications.models import Choice, Notice
from tests.booking.test_tried import Hub

pytestmark = pytest.mark.django_db(transaction=True)


def said(hub: Hub, words: str = "How many cubes?") -> Comment:
    reflection = hub.kim.reflections.first() or hub.say(hub.kim)
    return research.comment(reflection=reflection, words=words, by=hub.lou)


def morning(days: int) -> datetime:
    """Nine o'clock so many days from now."""
    return timezone.localtime().replace(hour=9, minute=0) + timedelta(days=days)


def told(hub: Hub) -> list[str]:
    return list(
        Notice.objects.filter(kind="commented", to=hub.kim.email).order_by("pk").values_list("subject", flat=True)
    )


def test_comments_are_told_once_a_day_with_who_and_where_and_without_their_words() -> None:
    hub = Hub()
    said(hub)
    said(hub, "And who chose them?")

    counts = [tell_comments(morning(1)), tell_comments(morning(1) + timedelta(hours=5)), tell_comments(morning(2))]

    assert (counts, told(hub)) == ([1, 0, 0], ["Lou said something to what you tried: Bar models"])
    text = Notice.objects.get(kind="commented").text
    assert (f"/my/groups/{hub.group.pk}/" in text, "cubes" in text) == (True, False)


def test_comments_that_come_after_a_mail_are_told_the_next_day() -> None:
    hub = Hub()
    said(hub)
    tell_comments(morning(1))
    Notice.objects.filter(kind="commented").update(made_at=morning(1))
    Comment.objects.filter(pk=said(hub, "Later.").pk).update(at=morning(1) + timedelta(hours=1))

    counts = [tell_comments(morning(1) + timedelta(hours=3)), tell_comments(morning(2))]

    assert counts == [0, 1]


def test_comments_of_ones_own_or_taken_out_within_minutes_tell_nobody() -> None:
    hub = Hub()
    comment = said(hub)
    research.comment(reflection=comment.reflection, words="Ten each.", by=hub.kim)
    at_once = tell_comments(timezone.now())
    research.remove_comment(comment=comment, by=hub.lou)

    assert (at_once, tell_comments(morning(1))) == (0, 0)


def test_comments_on_what_is_not_shared_any_more_tell_nobody() -> None:
    hub = Hub()
    said(hub)
    hub.say(hub.kim, shared=False)

    assert tell_comments(morning(1)) == 0


def test_comments_are_not_mailed_to_who_chose_so() -> None:
    hub = Hub()
    said(hub)
    Choice.objects.create(person=hub.kim, family="after", how="none")

    tell_comments(morning(1))
    drain()

    notice = Notice.objects.get(kind="commented")
    assert (notice.state, notice.stop) == ("dropped", "choice")
