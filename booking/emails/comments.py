"""At most once a day, to who wrote about a research task: that others said something to it."""

from collections.abc import Sequence

from django.urls import reverse

from accounts.models import User
from booking.emails.letter import About, Mail, and_
from booking.links import absolute
from booking.models import Comment


def commented(person: User, comments: Sequence[Comment]) -> Mail:
    """Of one group, all that is new in it. Who, about what, and where to read it; what they said stays on the page."""
    session = comments[0].reflection.task.session
    who = and_(sorted({comment.by.name for comment in comments}))
    tasks = and_(sorted({f"“{comment.reflection.task}”" for comment in comments}))
    return Mail(
        kind="commented",
        to=person.email or "",
        person=person,
        subject=f"{who} said something to what you tried: {session.work_group}",
        heading="Something was said to what you tried",
        paragraphs=[f"{who} read what you wrote about {tasks}, and left you a comment."],
        button=("Read it", absolute(reverse("my_group", args=[session.work_group_id]))),
        after=["You need not answer. This mail comes at most once a day for a group."],
        reason="You shared with your group how a research task went.",
        about=About(work_group=session.work_group_id),
    )
