"""The report's words and number forms, in each of its languages."""

from budama.report.languages.english import ENGLISH
from budama.report.languages.language import Language
from budama.report.languages.turkish import TURKISH

__all__ = ["ENGLISH", "LANGUAGES", "TURKISH", "Language"]

LANGUAGES = {language.code: language for language in (TURKISH, ENGLISH)}
