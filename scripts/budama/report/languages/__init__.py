"""The report's words and number forms, in each of its languages."""

from budama.report.languages.english import ENGLISH
from budama.report.languages.language import Language
from budama.report.languages.turkish import TURKISH

__all__ = ["ENGLISH", "LANGUAGES", "NOTES", "TURKISH", "Language"]

LANGUAGES = {language.code: language for language in (TURKISH, ENGLISH)}
NOTES = ("note_accuracy", "note_control", "note_after_cut", "note_latency", "note_macs")
