"""What visitors wait for, all of it: to be planned before they do."""

from apps.graph.acquaintances import SUGGESTION_QUESTIONS
from apps.graph.driver import Question
from apps.graph.evidence import EVIDENCE_QUESTIONS
from apps.graph.exploring import PEOPLE_QUESTIONS

VISITORS_QUESTIONS: tuple[Question, ...] = (
    *EVIDENCE_QUESTIONS,
    *SUGGESTION_QUESTIONS,
    *PEOPLE_QUESTIONS,
)
