"""What pages of other apps say about mail."""

from django import template

from booking.models import WorkGroup
from notifications.models import Pause

register = template.Library()


@register.simple_tag
def mail_pause(work_group: WorkGroup) -> Pause | None:
    """The pause of this group's mail, if it is paused now."""
    return Pause.objects.open().filter(work_group=work_group).first()
