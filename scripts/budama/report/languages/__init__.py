"""The report's languages: a folder each, with its words and how it writes numbers."""

from budama.config import places
from budama.report.languages.english import ENGLISH
from budama.report.languages.language import Language
from budama.report.languages.turkish import TURKISH

__all__ = ["ENGLISH", "LANGUAGES", "TURKISH", "Language"]

_WRITTEN = (ENGLISH, TURKISH)
# by their codes, in the order in which a page offers them
LANGUAGES = {
    code: language for code in places.LANGUAGES for language in _WRITTEN if language.code == code
}
