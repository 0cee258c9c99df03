"""The history on the page of a thing: what was done, by whom, when and why, and what else it was about."""

from dataclasses import dataclass, field

from django.contrib.contenttypes.models import ContentType
from django.db.models import Model

from accounts.models import HistoryLine, HistoryLink

SHOWN = 40


@dataclass
class Act:
    line: HistoryLine
    # The other things it was about, by name: the work group on a school's page, the school on a work group's.
    things: list[str] = field(default_factory=list)


def acts_about(thing: Model, *naming: type[Model], limit: int = SHOWN) -> list[Act]:
    """The newest acts about a thing. Things of the models in `naming` that they were also about are named."""
    lines = HistoryLine.objects.about(thing).select_related("by").order_by("-at", "-pk")[:limit]
    acts = {line.pk: Act(line) for line in lines}
    for model in naming:
        kind = ContentType.objects.get_for_model(model)
        links = HistoryLink.objects.filter(line__in=acts, content_type=kind).values_list("line", "object_id")
        named = model._default_manager.in_bulk({pk for _, pk in links})
        for line, pk in links:
            if pk in named and named[pk] != thing:
                acts[line].things.append(str(named[pk]))
    return list(acts.values())
