"""Last year's titles, and which of this year's groups recruit again for the next."""

from booking.demo.programme import LOCAL, NATIONAL

# Last year's titles: (key of the plan whose shape it has, title, kind)
ARCHIVE = [
    ("shanghai", "Shanghai Primary Teacher Exchange", NATIONAL),
    ("primary-specialists", "Mastery Specialists Programme", NATIONAL),
    ("variation", "Primary Text Book Project", NATIONAL),
    ("gcse", "Developing Mathematical Reasoning in Key Stage 3", NATIONAL),
    ("post16", "Post-16 Level 3 Mathematics", NATIONAL),
    ("number-skills", "Developing Number Skills in Early Years", LOCAL),
    ("ske", "Maths Subject Knowledge Enhancement", LOCAL),
    ("mixed", "Effective Lesson Design to Support Teaching for Mastery", LOCAL),
    ("deepening", "Developing Lessons to Support Teaching for Mastery", LOCAL),
    ("reasoning2", "Effective Interventions to Support Mastery", LOCAL),
    ("number-skills", "Strategies for Developing Fluency of Number Facts", LOCAL),
    ("ske-fractions", "Mastering Proportionality in Year 5 and 6", LOCAL),
    ("variation", "Developing the Use of Textbooks in Maths", LOCAL),
    ("deepening", "Deepening Mathematical Thinking", LOCAL),
    ("pd-lead", "Maths Professional Development Lead (Secondary)", LOCAL),
    ("pd-lead", "Maths Professional Development Lead (Primary)", LOCAL),
    ("transition", "Working with HLTAs and LSAs", LOCAL),
    ("sen", "Developing Mastery within the SEN Context", LOCAL),
    ("reasoning", "Teaching for Mastery and High Attainers", LOCAL),
    ("pd-lead", "Train the Trainer (Working with HLTAs and LSAs)", LOCAL),
    ("gcse-hard", "ICCAMS: increasing competence and confidence in algebra and multiplicative structures", LOCAL),
]
# From May to August these recruit for the coming year beside this year's groups.
COMING = ("mixed", "variation", "early-trg", "gcse", "primary-specialists")
