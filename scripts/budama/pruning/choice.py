"""A cut with its repair; of several, the one that is kept because it does best."""

import copy
import logging
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd
from torch import nn

from budama.config.budget import Budget, Scope
from budama.config.cut import LOSS, Normaliser, Repair
from budama.models.prediction import Verdict
from budama.pruning.cutting import Outcome, Scorer, cut_to_budget
from budama.pruning.graph import PruningGraph
from budama.pruning.groups import ChannelGroup
from budama.pruning.loss import Sensitivity
from budama.pruning.order import Scores
from budama.pruning.repair.apply import Repairer
from budama.pruning.target import OutOfReachError
from budama.pruning.timed.clock import Clock

log = logging.getLogger("budama")
_CERTAINTY = 1.96  # standard errors


@dataclass(frozen=True)
class Candidate:
    """A cut network, repaired, and the same ``as_cut``.

    ``outcome`` is what the cut left, and ``repairs`` the table of the repair.
    """

    network: nn.Module
    as_cut: nn.Module
    outcome: Outcome
    repairs: pd.DataFrame


@dataclass(frozen=True)
class Cutter:
    """Makes a cut by any normaliser, and repairs it.

    ``graph`` is of the dense network; ``scorer`` returns what scores a network, anew for each
    candidate: see ``cut_to_budget``.
    """

    repairer: Repairer
    graph: PruningGraph
    scorer: Callable[[], Scorer]
    scope: Scope
    budget: Budget
    repair: Repair
    clock: Clock | None = None

    def cut(self, normaliser: Normaliser) -> Candidate:
        """Return the cut by ``normaliser``, repaired; raises as ``cut_to_budget`` does.

        Between several steps the network is repaired, too.
        """
        network = copy.deepcopy(self.repairer.dense)
        outcome = cut_to_budget(
            network,
            self.graph,
            self._by_loss() if normaliser == LOSS else self.scorer(),
            self.scope,
            self.budget,
            normaliser=normaliser,
            clock=self.clock,
            between=self._repair,
        )
        as_cut = copy.deepcopy(network)
        repairs = self._repair(network, outcome.kept)
        return Candidate(network, as_cut, outcome, repairs)

    def _by_loss(self) -> Scorer:
        """Return what scores a network by the criterion's order and the rise of the loss."""
        score, first = self.scorer(), [True]

        def rises(network: nn.Module, groups: list[ChannelGroup]) -> Scores:
            # the dense network comes first, each time; later ones have been cut in a step before
            dense = first and first.pop()
            sensitivity = self._dense_sensitivity if dense else self._sensitivity(network, groups)
            return sensitivity.losses(groups, score(network, groups))

        return rises

    @cached_property
    def _dense_sensitivity(self) -> Sensitivity:
        return self._sensitivity(self.repairer.dense, self.repairer.groups)

    def _sensitivity(self, network: nn.Module, groups: Sequence[ChannelGroup]) -> Sensitivity:
        return Sensitivity(network, groups, self.repairer.batches())

    def with_norms(self, candidate: Candidate) -> nn.Module:
        """Return the network as it was cut, with its batch norms measured anew."""
        network = copy.deepcopy(candidate.as_cut)
        self.repairer.repair(network, candidate.outcome.kept, "norms")
        return network

    def judged(self, candidate: Candidate) -> nn.Module:
        """Return the network whose accuracy tells how good a cut is: the repaired one.

        Without a repair it is the one with norms measured anew, because a cut as it is shows above
        all how wrong they are.
        """
        return self.with_norms(candidate) if self.repair == "none" else candidate.network

    def _repair(self, network: nn.Module, kept: Mapping[str, Sequence[int]]) -> pd.DataFrame:
        return self.repairer.repair(network, kept, self.repair)


@dataclass(frozen=True)
class Choice:
    """The cut that was kept, and what ``choose`` found if it had to.

    ``verdicts`` of all that were tested, and why others were ``passed_over``.
    """

    candidate: Candidate
    normaliser: Normaliser
    verdicts: dict[Normaliser, Verdict] = field(default_factory=dict)
    passed_over: dict[Normaliser, str] = field(default_factory=dict)


def choose(
    normalisers: Sequence[Normaliser],
    cut: Callable[[Normaliser], Candidate],
    judge: Callable[[Candidate], Verdict] | None,
) -> Choice:
    """Return the candidate with the best verdict, the first of equals.

    That is the one with the lowest loss among those that cannot be told from the most accurate: the
    loss of so few images tells more than how many of them are right.
    Without ``judge`` there is no choice: the first normaliser is taken, and nothing is tested.
    A normaliser by which the budget cannot be met is passed over; if none can meet it, the first
    ``OutOfReachError`` is raised. Any other ``BudamaError`` is raised at once: another normaliser
    would not mend it.
    """
    if judge is None:
        return Choice(cut(normalisers[0]), normalisers[0])
    found: dict[Normaliser, Candidate] = {}
    refused: dict[Normaliser, OutOfReachError] = {}
    for normaliser in normalisers:
        try:
            found[normaliser] = cut(normaliser)
        except OutOfReachError as refusal:
            refused[normaliser] = refusal
    if not found:
        raise next(iter(refused.values()))
    for normaliser, error in refused.items():
        log.warning("normaliser %s is passed over: %s", normaliser, error)
    verdicts = {name: judge(candidate) for name, candidate in found.items()}
    best = best_of(verdicts)
    log.info("normaliser %s of %s", best, verdicts)
    passed_over = {name: str(error) for name, error in refused.items()}
    return Choice(found[best], best, verdicts, passed_over)


def best_of(verdicts: Mapping[Normaliser, Verdict]) -> Normaliser:
    """Return the normaliser with the lowest loss of those level with the most accurate."""
    top = max(verdicts.values(), key=lambda verdict: verdict.accuracy_pct)
    share = top.accuracy_pct / 100
    noise = 100 * _CERTAINTY * math.sqrt(share * (1 - share) / top.images)
    level = [name for name, v in verdicts.items() if v.accuracy_pct >= top.accuracy_pct - noise]
    return min(level, key=lambda name: verdicts[name].loss)
