"""English: how it writes numbers, and its words."""

from budama.report.languages.english.across import WORDS as ACROSS
from budama.report.languages.english.answer import WORDS as ANSWER
from budama.report.languages.english.cut import WORDS as CUT
from budama.report.languages.english.origin import WORDS as ORIGIN
from budama.report.languages.english.pictures import WORDS as PICTURES
from budama.report.languages.english.sentences import SENTENCES
from budama.report.languages.english.words import BUDGETS, METHODS, WORDS
from budama.report.languages.language import Language

ENGLISH = Language(
    code="en",
    name="English",
    decimal=".",
    percent="{}%",
    budgets=BUDGETS,
    words=WORDS,
    methods=METHODS,
    sentences=SENTENCES,
    pictures=PICTURES,
    answer=ANSWER,
    cut=CUT,
    origin=ORIGIN,
    across=ACROSS,
)
