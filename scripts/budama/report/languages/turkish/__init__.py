"""Turkish: how it writes numbers, and its words."""

from budama.report.languages.language import Language
from budama.report.languages.turkish.across import WORDS as ACROSS
from budama.report.languages.turkish.answer import WORDS as ANSWER
from budama.report.languages.turkish.cut import WORDS as CUT
from budama.report.languages.turkish.origin import WORDS as ORIGIN
from budama.report.languages.turkish.pictures import WORDS as PICTURES
from budama.report.languages.turkish.sentences import SENTENCES
from budama.report.languages.turkish.words import BUDGETS, METHODS, WORDS

TURKISH = Language(
    code="tr",
    name="Türkçe",
    decimal=",",
    percent="%{}",
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
