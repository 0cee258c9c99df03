"""A hub's own words in a mail: its subject and one paragraph, with names that stand for facts. The one place for it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from django.core.exceptions import ValidationError

from booking.emails import Mail, Written
from booking.emails.letter import and_
from notifications import written
from notifications.kinds import KINDS, WORDED, choices_link, family_of
from notifications.models import Wording

_NAME = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True)
class Words:
    """The wordings in force, read once for many mails."""

    in_force: Mapping[str, Wording]

    @classmethod
    def load(cls) -> "Words":
        return cls(Wording.objects.in_force())

    def on(self, mail: Mail) -> Mail:
        """The mail as it goes: in the hub's words where it has some, and with a way to choose where there is one."""
        if mail.person is not None and family_of(mail.kind) and not mail.must_know:
            mail = replace(mail, links=[*mail.links, choices_link()])
        wording = self.in_force.get(mail.kind)
        if wording is None or mail.kind not in WORDED:
            return mail
        return in_words(mail, wording.subject, wording.paragraph)


def in_words(mail: Mail, subject: str, paragraph: str) -> Mail:
    """A mail with this subject and paragraph; empty: ours. What stands before our subject (TODAY, For Kim) stays."""
    if subject:
        ours = fill(WORDED[mail.kind].subject, mail.facts)
        before = mail.subject.removesuffix(ours) if mail.subject.endswith(ours) else ""
        mail = replace(mail, subject=before + fill(subject, mail.facts))
    if paragraph and paragraph != WORDED[mail.kind].paragraph:
        body = fill(paragraph, {name: written.plain(value) for name, value in mail.facts.items()})
        own = Written(written.as_text(body), written.as_html(body))
        paragraphs = list(mail.paragraphs)
        if mail.worded is None:
            paragraphs.append(own)
        else:
            paragraphs[mail.worded] = own
        mail = replace(mail, paragraphs=paragraphs)
    return mail


def fill(words: str, facts: Mapping[str, str]) -> str:
    """The words with each name in braces replaced by its fact. Nothing but these names is looked up."""
    return _NAME.sub(lambda found: facts.get(found[1].strip(), ""), words)


def check(kind: str, words: str) -> str:
    """Refuse a name that this kind does not know, or a brace that stands alone. Returns the words, tidied."""
    allowed = KINDS[kind].allowed
    known = f"Here you can use {and_([f'{{{name}}}' for name in allowed])}."
    for found in _NAME.finditer(words):
        if found[1].strip() not in allowed:
            raise ValidationError(f"“{found[0]}” stands for nothing in this mail. {known}")
    if set(_NAME.sub("", words)) & set("{}"):
        raise ValidationError(f"There is a brace without its partner. {known}")
    return _NAME.sub(lambda found: f"{{{found[1].strip()}}}", words)
