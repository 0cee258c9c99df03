"""What is asked after a session, at the end and a term later: our own sets, and a project's own evaluation."""

from typing import Any

from booking.models import EvaluationQuestion, Round

Kind = EvaluationQuestion.Kind
AGREE = ["Agree strongly", "Agree", "Neither", "Disagree", "Disagree strongly"]
Ask = dict[str, Any]
PULSE_QUESTIONS: list[Ask] = [
    {
        "kind": "choice",
        "words": "How useful was it for your class?",
        "choices": ["Very", "Fairly", "A little", "Not at all"],
    },
    {
        "kind": "choice",
        "words": "The pace was",
        "choices": ["Too slow", "About right", "Too fast"],
        "best_in_middle": True,
    },
    {"kind": "words", "words": "One thing to change", "choices": []},
]
# What a project’s evaluation asks as long as it has no questions of its own.
DEFAULT: list[Ask] = [
    {"kind": "scale", "words": "I teach this part of mathematics better than before.", "choices": AGREE},
    {"kind": "scale", "words": "I understand the mathematics behind it better.", "choices": AGREE},
    {
        "kind": "scale",
        "words": "What we tried between the sessions worked with my pupils.",
        "choices": AGREE,
        "of_tasks": True,
    },
    {
        "kind": "choice",
        "words": "Whom have you shown what we did?",
        "choices": ["The whole school", "My phase or department", "One or two colleagues", "Nobody yet"],
    },
    {"kind": "choice", "words": "Would you tell a colleague to come?", "choices": ["Yes", "Perhaps", "No"]},
    {"kind": "words", "words": "What do you do differently now?", "choices": []},
    {"kind": "words", "words": "What can your pupils do that they could not do before?", "choices": []},
    {"kind": "words", "words": "What should we change?", "choices": []},
]
IMPACT_QUESTIONS: list[Ask] = [
    {
        "kind": "choice",
        "words": "How often do you still use in class what you tried with us?",
        "choices": ["Most weeks", "Now and then", "Hardly ever", "Not any more"],
    },
    {"kind": "words", "words": "What has lasted, or what got in the way?", "choices": []},
]


def fresh_questions(kind: str, project: int, *, tasks: bool = True) -> list[Ask]:
    """What is asked where nobody has answered yet: the project's own questions, or ours as far as they fit the group.

    `tasks`: does it try something between its sessions?
    """
    if kind == Round.Kind.PULSE:
        return PULSE_QUESTIONS
    if kind == Round.Kind.IMPACT:
        return IMPACT_QUESTIONS
    own = EvaluationQuestion.objects.filter(project=project)
    asked: list[Ask] = [
        {"kind": one.kind, "words": one.words, "choices": AGREE if one.kind == Kind.SCALE else list(one.choices)}
        for one in own
    ]
    return asked or [one for one in DEFAULT if tasks or not one.get("of_tasks")]
