"""What teachers of mathematics set each other to try, and what they write about it."""

# (title for the number line, what to try)
MIXED_AGE = [
    (
        "Sort and explain",
        "Give both year groups the same set of twelve numbers. The younger sort them by **one** rule, the older by **two** at once (a Carroll diagram). Then swap: each guesses the other's rule and says what would prove it wrong.",
    ),
    (
        "One start, two ends",
        "Begin one lesson with the same problem for everybody: *a number is 4 more than another, together they make 20*. The younger draw bars; the older find how the answer moves when 20 does. Bring one piece of work from each year.",
    ),
    (
        "Change one thing",
        "Teach four examples in which only one number changes. Ask “what stayed, what moved, and why?” before anybody writes. Note one sentence a pupil said.",
    ),
    (
        "Draw it first",
        "For one week nobody writes a calculation before a bar. Which children needed the cubes first, and which no longer needed the bar?",
    ),
    (
        "Same depth, other numbers",
        "Plan one question for both years in which the *structure* is the same and only the numbers differ: 36 shared in the ratio 1 : 2, and 3.6 shared in the ratio 1 : 2.",
    ),
]
REASONING = [
    (
        "Always, sometimes, never",
        "Choose one statement, such as *a multiple of 6 is even* or *a square number has an odd number of factors*. Pupils must give a reason that a doubter would accept, not another example.",
    ),
    (
        "Because",
        "In every answer this week the word *because* counts as half the mark. Collect three sentences with it.",
    ),
    (
        "Which is the odd one?",
        "9, 16, 25, 43: each can be the odd one out. How many reasons does your class find for each?",
    ),
    (
        "Convince a sceptic",
        "Pupils write why the sum of two odd numbers is even, first with counters in pairs, then in words.",
    ),
]
VARIATION = [
    (
        "What varies, what stays",
        "Write six subtractions in which the difference is always 27. Pupils do the first three, predict the next three, and say why they need not work them out.",
    ),
    (
        "Standard and not",
        "Show a triangle the usual way up and three that are not. Which properties did pupils drop when the picture turned?",
    ),
    (
        "Concrete, then not",
        "Take one child who is stuck on exchange in column subtraction back to base ten. Write down the moment they put it away by themselves.",
    ),
]
EARLY = [
    (
        "Five in a frame",
        "Each day show five on a five frame in another arrangement, for three seconds. Ask *how did you see it?* Listen for “two and three” before “five”.",
    ),
    ("Stairs of numbers", "Build the staircase from 1 to 10. Which child says “one more” without counting from one?"),
    (
        "Same or more",
        "Two rows of seven counters; spread one out. Who still says there are as many, and what do they say?",
    ),
    ("Rekenrek at registration", "Two minutes a day: make 8 in two pushes, then 8 another way."),
]
NUMBER = [
    ("Ten, and what is left", "For 8 + 5, pupils say which part of the 5 goes to the 8 before they say thirteen."),
    (
        "Facts you own",
        "Each pupil marks the addition facts they own on a grid. Which ten would unlock most of the rest?",
    ),
    ("Doubles and near", "From 6 + 6 to 6 + 7: let them find three more pairs where a double helps."),
]
FRACTIONS = [
    (
        "Where does it go?",
        "Place ½, ⅔, ¾ and 5⁄4 on an empty line from 0 to 2. Pupils argue about the gaps, not the order.",
    ),
    (
        "Same size, other name",
        "Fold one strip into thirds and the same strip into sixths. Who can say *why* 2⁄3 is 4⁄6, without “times top and bottom”?",
    ),
    ("Fraction of what?", "Is a half always more than a third? Collect the drawings of those who say no."),
]
GCSE = [
    (
        "Ratio tables",
        "Teach one compound-measure question with a ratio table only: no formula triangle. Who can explain the multiplier between the columns?",
    ),
    (
        "Two unknowns, one bar",
        "Solve 3a + b = 20, a + b = 8 with bars before any elimination. What does the bar show that the algebra hides?",
    ),
    (
        "Complete the square",
        "Draw x² + 6x as a square with a corner missing. Ask what 9 is for before you write (x + 3)² − 9.",
    ),
    (
        "Gradient as a rate",
        "Give three tables, not graphs. Which is a straight line, how do you know, and what is the rate?",
    ),
]
POST_16 = [
    (
        "Prove or improve",
        "*n² + n + 41 is prime for every n.* Let them test, believe, and then find 40. What did they say about proof afterwards?",
    ),
    ("Large data, small question", "One question of the large data set that a histogram answers and a mean does not."),
]
SPECIAL = [
    ("One more, felt", "One more by touch: a heavier bag, a longer rod. Note what each pupil does, not what they say."),
    ("Same structure, other sense", "Part, part, whole with two sounds and their sum. Who expects the whole?"),
    (
        "Choice of two",
        "Offer two representations and let pupils choose for a week. Which did each choose, and did it change?",
    ),
]
TASKS = {
    "mixed": MIXED_AGE,
    "reasoning": REASONING,
    "variation": VARIATION,
    "early": EARLY,
    "number": NUMBER,
    "fractions": FRACTIONS,
    "gcse": GCSE,
    "post16": POST_16,
    "special": SPECIAL,
}

# (outcome, words)
REFLECTIONS = [
    ("tried", "Only got as far as Tuesday. Year 4 drew the bars, Year 3 needed the cubes."),
    ("tried", "Two of mine said “it has to be, because the other one moved as well”. I wrote that on the wall."),
    (
        "tried",
        "The older ones finished first and started asking what happens at 21. Lovely. The younger ones copied them, less lovely.",
    ),
    ("not_yet", "Assessment week. Doing it on Thursday with the whole class."),
    (
        "tried",
        "I had not seen that half of them count the gaps by counting the marks. Back to the empty line tomorrow.",
    ),
    ("stuck", "The bar made sense to me and to nobody else. Could we look at one together?"),
    (
        "tried",
        "Best bit: one pair changed the rule on purpose to catch the next table out, and could say why it worked.",
    ),
    ("tried", "Nobody noticed that only one number changed until I covered the others. Then everybody did."),
    ("tried", "The TA group got furthest, because they never reached for the algorithm."),
    ("tried", "“Sometimes” won, and the argument about zero took ten minutes I do not regret."),
    ("not_yet", "Supply all week. I will bring it next time."),
    ("tried", "Three explained with the drawing, one without. That one drew it afterwards to check."),
]
