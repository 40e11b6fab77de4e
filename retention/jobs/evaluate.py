"""Evaluate: the decisions beside what people say of the same messages. Nothing is filed, decided or written.

What follows from the counts is in ``core/measure.py``; the rates are those of the catalog as it is now, of no plan.
"""

from __future__ import annotations

from msgspec import Struct

from retention.catalog import Known
from retention.core.decide import Action, Case, Decision, Why, decide
from retention.core.measure import Scored, Scores, score
from retention.core.review import series_named
from retention.core.spreadsheet import answers
from retention.core.spreadsheet.answers import Answer
from retention.core.spreadsheet.sheet import BadRow, Sheet
from retention.errors import WrongUsage
from retention.jobs.world import World

NEEDED = ("message", "label")
OPTIONAL = ("message id",)
"""As ``review sample`` writes it: a short number alone means another message in a catalog that was begun anew."""
RECORD, TRANSITORY = "record", "transitory"
_ONLY_TIME = frozenset({Why.RECENT, Why.NOT_DUE})


class Evaluation(Struct, frozen=True, kw_only=True):
    """The scores, and every row that could not be scored. ``unlabelled`` rows say nothing.

    ``left`` messages are no longer in their mailbox; they are scored as they were filed and would be decided. ``wrong``
    are the short numbers of those labelled as records that are filed as transitory.
    """

    scores: Scores
    wrong: tuple[int, ...]
    unlabelled: int
    left: int
    problems: tuple[BadRow, ...]


class _Unscored(ValueError):
    """Why a row cannot be scored: at which column, and one sentence."""

    def __init__(self, column: str, sentence: str) -> None:
        super().__init__(sentence)
        self.column = column


def evaluate(world: World, sheet: Sheet) -> Evaluation:
    """Score the decisions of now against these labels; labels never change a filing.

    A plan that was made before or is made after may rest on other decisions: these rates are not that plan's.

    Raises ``WrongUsage`` where the sheet has no such columns, or not everything is filed.
    """
    given = answers.read(sheet, NEEDED, OPTIONAL)
    if given.unheaded:
        listed = "".join(f"\n  {problem}" for problem in given.problems)
        raise WrongUsage(f"The labels cannot be read:{listed}", f"Name the columns {' and '.join(NEEDED)}.")
    if world.catalog.filings.filed_under != world.filing_rules:
        raise WrongUsage(
            "Not all mail is filed under the schedules in use.", "Run `retention classify`, then evaluate."
        )
    scoring = _Scoring(world)
    for answer in given.rows:
        scoring.add(answer)
    return Evaluation(
        scores=score(scoring.scored),
        wrong=tuple(sorted(scoring.wrong)),
        unlabelled=scoring.unlabelled,
        left=scoring.left,
        problems=tuple(sorted((*given.problems, *scoring.problems))),
    )


class _Scoring:
    """Labels while they are scored one by one."""

    def __init__(self, world: World) -> None:
        self.scored: list[Scored] = []
        self.problems: list[BadRow] = []
        self.wrong: list[int] = []
        self.unlabelled = self.left = 0
        self._world = world
        self._holds = world.holds()
        self._rows: dict[int, int] = {}

    def add(self, answer: Answer) -> None:
        if not answer.text("label"):
            self.unlabelled += 1
            return
        try:
            label, is_record = self._label(answer.text("label"))
            known = self._message(answer)
            self.scored.append(self._scored(known, label, is_record))
            self.left += known.left_at is not None or known.gone_at is not None
        except _Unscored as why:
            self.problems.append(answer.problem(why.column, str(why)))

    def _label(self, text: str) -> tuple[str, bool]:
        """The label as it is shown, and whether it says that the message is a record."""
        if text.casefold() in (RECORD, TRANSITORY):
            return text.casefold(), text.casefold() == RECORD
        try:
            named = series_named(text, self._world.schedules)
        except ValueError as error:
            raise _Unscored("label", f"{error}; a label is '{RECORD}', '{TRANSITORY}' or a series") from error
        schedule = next(one for one in self._world.schedules if one.name == named.schedule_name)
        series = schedule.find(named.series_key)
        return named.series_key, series is not None and not series.transitory

    def _message(self, answer: Answer) -> Known:
        """The one message that a row names; a label given twice would count twice."""
        text, id_ = answer.text("message"), answer.text("message id")
        found = self._world.catalog.find(text)
        if not found:
            raise _Unscored("message", f"the catalog knows no message '{text}'")
        if len(found) > 1:
            raise _Unscored("message", f"'{text}' is {len(found)} messages; give the short number of one of them")
        (known,) = found
        if id_ and known.message.id != id_:
            raise _Unscored("message", f"'{text}' is another message than that with the id beside it; draw anew")
        row = self._rows.setdefault(known.n, answer.line.number)
        if row != answer.line.number:
            raise _Unscored("message", f"'{text}' is labelled on row {row} already, and counts once")
        return known

    def _scored(self, known: Known, label: str, is_record: bool) -> Scored:
        case = self._world.case(known, self._holds)
        if case.filing is None:
            raise _Unscored("message", "it has changed since it was filed; run `retention classify`")
        decision = decide(case)
        if case.series is None:
            several = case.filing.ambiguous
            return Scored(label=label, is_record=is_record, filed="more than one series" if several else "no series")
        if is_record and case.series.transitory:
            self.wrong.append(known.n)
        return Scored(
            label=label,
            is_record=is_record,
            filed=case.series.key,
            record=not case.series.transitory,
            transitory=case.series.transitory,
            now=decision.action is Action.PURGE,
            ever=_goes(case, decision),
        )


def _goes(case: Case, decision: Decision) -> bool:
    """Whether it would be purged now, or by time alone once its days are over."""
    if case.series is None or not case.series.transitory:
        return False
    whys = {reason.why for reason in decision.reasons}
    return whys <= _ONLY_TIME and (Why.NOT_DUE not in whys or decision.due_on is not None)
