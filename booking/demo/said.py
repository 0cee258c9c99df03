"""What teachers say of sessions and groups, what whoever leads a group writes about it, and notes on a register."""

# To "One thing to change", after a session.
PULSES = [
    "Twenty minutes more for planning with the person from the next school.",
    "Start at half past one: nobody gets here for quarter past.",
    "Fewer slides, more children's work.",
    "Nothing. I used the second task the next morning.",
    "I lost the thread at the double number line. Could we draw one together next time?",
    "A version of the task for Reception.",
    "The car park. I circled twice.",
    "More time on what to do when they do not say anything.",
    "Send the task a day before, so that I can try it first.",
    "Let us do the mathematics ourselves for longer before we talk about pupils.",
    "The bit about zero went too fast for me.",
    "Please keep the tea break. It is where I found out how Year 5 do it.",
    "Show one lesson that went wrong.",
    "Names on the tables would help, I still do not know half of us.",
    "Less about the scheme, we use another one.",
    "Could the online one have smaller rooms?",
]
# To "What do you do differently now?", "What can your pupils do …?" and "What should we change?", at the end.
DIFFERENTLY = [
    "I choose three examples on purpose now and cross out the other nine.",
    "I wait. It is awful for about four seconds and then somebody says something.",
    "I plan the question before the activity.",
    "We draw first. All of us, me included.",
    "I ask what stayed the same before I ask what changed.",
    "I stopped moving on because one table was done.",
    "I leave a wrong answer on the board until somebody minds.",
    "I bring the cubes out in Year 5 without making it look like help.",
]
PUPILS = [
    "They say “because” without being asked. Not all of them, but enough.",
    "They argue with the picture and not with me.",
    "They can start. That used to be the hard part.",
    "The quiet ones draw something, and then I know what they think.",
    "They spot when nothing needs to be worked out.",
    "Half of them check with a second way now, because they like being right twice.",
    "My lowest group explained exchange to the top group.",
]
CHANGE = [
    "One session less in the summer term, one more in autumn.",
    "Get heads to one session. Mine still asks why I am out.",
    "A twilight for those who cannot get cover.",
    "More secondary colleagues in the room when we talk about Year 6.",
    "Visit each other's classrooms once.",
    "I would have liked the reading before, not after.",
]
LATER = [
    "Drawing first has stuck. The journal has not.",
    "New year, new class, and I started with it in the first week.",
    "Our scheme changed, so it is harder to fit in.",
    "My colleague does it now as well, so we remind each other.",
    "Marking week gets in the way, then I come back to it.",
    "I use the questions, less the tasks.",
]

# What whoever leads a group writes, by the tasks it has: (tried, teachers, pupils, next, quotation, may it be quoted)
REPORTS = {
    "mixed": (
        "One structure for two year groups. Each pair planned a lesson in which both years worked on the same relationship with different numbers, taught it, and brought back two pieces of work.",
        "They stopped planning two lessons. Most say that they now choose the structure first; the others still plan by objective, and say why. In the last session they could tell each other's examples apart from practice.",
        "Younger pupils overheard the older ones and used it: “twice as much and a bit” turned up in Year 3. Older pupils explained more, and finished less. We think that is a good exchange.",
        "Three schools go on by themselves and meet once a term. Next year we would begin with work from classrooms instead of with slides.",
        "I used to teach two lessons badly. Now I teach one, and they argue.",
        True,
    ),
    "reasoning": (
        "A reason in every lesson: always, sometimes, never; odd one out; convince a sceptic. One task a gap, the same for Year 2 and Year 6.",
        "They wait longer, and they ask for another reason after a right one. Several found that their own “why?” had been a way of saying “wrong”.",
        "More sentences with “because”, and longer ones. In two classes pupils began to ask each other for a counterexample.",
        "The tasks go into the schools' own plans. We would like to look at writing: what is said well is still written badly.",
        "“Sometimes” won, and the argument about zero took ten minutes I do not regret.",
        True,
    ),
    "variation": (
        "What varies and what stays. Teachers wrote sets of six in which one thing changes, taught them, and rewrote them together.",
        "They write fewer questions and think longer about them. The word “procedural” was dropped in the third session, and nobody missed it.",
        "Pupils predict the next answer before they work it out, and can say why they need not.",
        "A bank of sets that went well, with what pupils said. We need another way to show this to teaching assistants.",
        "I crossed out nine of twelve questions and the lesson got longer.",
        False,
    ),
    "": (
        "A task between sessions, tried in class and brought back. We began each session with what had happened, and only then did something new.",
        "Teachers describe what pupils say more exactly than in the autumn. Subject knowledge grew where we did the mathematics ourselves first.",
        "Pupils draw more before they calculate. In the classes we visited, more of them could explain a picture that was not theirs.",
        "Two people lead in their own schools next year. The third session was too full, and we would cut it in half.",
        "",
        False,
    ),
}

# What whoever takes a register notes: seen by them and by the hub's office.
NOTES = {
    "late": ["School bus was late", "Came from the other site", "Rang ahead", "Traffic on the ring road"],
    "left_early": ["Parents' evening", "To collect from nursery", "Train", "Governors' meeting at four"],
    "present": ["Brought two pieces of work", "Would like to co-lead next year", "Has the cubes of table three"],
}
