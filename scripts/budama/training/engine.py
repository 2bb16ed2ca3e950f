"""The training loop."""

import copy
import logging
import math
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from timm.optim import create_optimizer_v2
from timm.scheduler import CosineLRScheduler, StepLRScheduler
from timm.scheduler.scheduler import Scheduler
from timm.utils import ModelEmaV3, random_seed
from torch import nn

from budama.config.recipe import Recipe
from budama.data.loading import Batches, evaluation_batches, training_batches
from budama.data.order import EpochOrder
from budama.data.prepared import PreparedData
from budama.models.outputs import logits_of
from budama.models.preprocessing import Input
from budama.system.errors import BudamaError
from budama.system.job.device import to_device
from budama.system.job.progress import track
from budama.training.curve import Epoch, kept_epoch, write_curve
from budama.training.objective import Objective, mixer
from budama.training.precision import Precision
from budama.training.processes import Processes
from budama.training.sidecar import Sidecar, Stop, Tensors, stop_at_sigterm

log = logging.getLogger("budama")
_CHECK_EVERY = 50  # steps: reading the loss makes the processor wait for a GPU


@dataclass
class Progress:
    """How far a run is: ``step`` steps of ``epoch`` are done, ``loss`` is summed over them."""

    epoch: int = 1
    step: int = 0
    loss: float = 0.0
    curve: list[Epoch] = field(default_factory=list)

    @classmethod
    def of(cls, values: dict) -> "Progress":  # type: ignore[type-arg]
        """Read what ``asdict`` gave."""
        return cls(**values | {"curve": [Epoch(**row) for row in values["curve"]]})


@dataclass(frozen=True)
class TrainingJob:
    """What is trained, on what, how and where."""

    data: PreparedData
    spec: Input
    recipe: Recipe
    seed: int
    device: torch.device
    workers: int = 0
    processes: Processes = field(default_factory=Processes)
    teacher: nn.Module | None = None
    sidecar: Sidecar | None = None
    curve: Path | None = None
    tensorboard: Path | None = None


def train(network: nn.Module, job: TrainingJob) -> list[Epoch]:
    """Train ``network`` in place and return its learning curve.

    The learning rate warms up linearly and then follows the recipe's schedule, step by step.
    ``network`` ends with the weights (their average, if the recipe keeps one) of the epoch that
    ``kept_epoch`` names. An interrupted job goes on from its sidecar; on a CPU the result is then
    the same to the last bit.
    Raises ``BudamaError`` when the loss is no longer finite, when memory does not suffice, and when
    SIGTERM has stopped it.
    """
    try:
        with stop_at_sigterm() as stop:
            return _Training(network, job).run(stop)
    except RuntimeError as error:  # torch's own, or the CPU allocator's words
        if isinstance(error, torch.OutOfMemoryError) or "can't allocate memory" in str(error):
            raise BudamaError(_more_parts(job.recipe)) from error
        raise


class _Training:
    def __init__(self, network: nn.Module, job: TrainingJob) -> None:
        self._job = job
        self._recipe = recipe = job.recipe
        self._network = network
        to_device(network, job.device)
        if job.teacher is not None:
            to_device(job.teacher, job.device)
        several = job.processes.number > 1
        self._trained = copy.deepcopy(network) if several else network
        self._wrapped = job.processes.wrap(self._trained, job.device)
        self._forward = torch.compile(self._wrapped) if recipe.compile else self._wrapped
        self._order = EpochOrder(
            len(job.data.rows("train")),
            recipe.batch_size,
            job.seed,
            parts=recipe.accumulate,
            process=job.processes.rank,
            processes=job.processes.number,
            blocks=job.data.source.blocks(job.data.rows("train")),
        )
        self._batches = training_batches(
            job.data, job.spec, recipe.augment, self._order, job.workers, job.device
        )
        self._validation = self._validation_batches()
        self._optimizer = create_optimizer_v2(
            self._trained,
            opt=recipe.optimizer,
            lr=recipe.learning_rate,
            weight_decay=recipe.weight_decay,
            filter_bias_and_bn=not recipe.decay_norms,
        )
        self._steps = recipe.epochs * self._order.steps
        self._schedule = _schedule(recipe, self._optimizer, self._steps)
        self._average = (
            ModelEmaV3(self._trained, decay=recipe.ema, use_warmup=True) if recipe.ema else None
        )
        self._objective = Objective(recipe, job.teacher)
        self._mixer = mixer(recipe.mix, len(job.data.classes))
        self._precision = Precision(recipe.precision, job.device)
        self._kept: Tensors = {}
        self._progress = Progress()

    def run(self, stop: Stop) -> list[Epoch]:
        """Go on from where the sidecar says, or start; return the learning curve."""
        if not self._restored():
            self._progress.curve.append(Epoch(0, math.nan, *self._validate(), 0.0))
        while self._progress.epoch <= self._recipe.epochs:
            self._epoch(stop)
            self._finish_epoch()
            self._save_if(self._progress.epoch <= self._recipe.epochs)
        self._network.load_state_dict(self._kept)
        return self._progress.curve

    def _epoch(self, stop: Stop) -> None:
        progress, order = self._progress, self._order
        order.epoch, order.first_step = progress.epoch, progress.step
        what = f"epoch {progress.epoch}/{self._recipe.epochs}"
        batches = iter(track(self._batches, len(order), what))
        total = torch.tensor(progress.loss, dtype=torch.float64, device=self._job.device)
        self._trained.train()
        for step in range(progress.step + 1, order.steps + 1):
            done = (progress.epoch - 1) * order.steps + step
            random_seed(self._seed_of(done))
            total += self._step(batches)
            self._schedule.step_update(done)
            if self._average is not None:
                self._average.update(self._trained, done)
            # read once, as it may change at any moment, and for all: none makes a step alone
            stopping = self._job.processes.any(stop.asked)
            at_rest = stopping or (self._job.sidecar is not None and self._job.sidecar.due)
            if at_rest or step % _CHECK_EVERY == 0 or self._job.device.type == "cpu":
                progress.step, progress.loss = step, float(total)
                _check_finite(progress.loss)
            self._save_if(at_rest)
            if stopping:
                self._job.processes.meet()  # torchrun ends all once one has: not before the save
                raise BudamaError(
                    f"stopped by SIGTERM after step {step} of epoch {progress.epoch}; "
                    "run again to go on from there"
                )
        next(batches, None)  # lets the progress bar finish
        progress.loss = float(self._job.processes.total(total)) / self._job.processes.number
        _check_finite(progress.loss)

    def _step(self, batches) -> torch.Tensor:  # type: ignore[no-untyped-def]
        """Make one step of the optimizer and return its loss."""
        parts = self._recipe.accumulate
        total = torch.zeros((), dtype=torch.float64, device=self._job.device)
        for part in range(parts):
            images, targets = next(batches)
            if self._mixer is not None:
                images, targets = self._mixer(images, targets)
            last = part == parts - 1
            with self._job.processes.averaging(self._wrapped, last), self._precision.cast():
                loss = self._objective(images, logits_of(self._forward(images)), targets) / parts
            self._precision.backward(loss)
            total += loss.detach()
        self._precision.step(self._optimizer, self._trained, self._recipe.clip_norm)
        return total

    def _finish_epoch(self) -> None:
        """Validate, keep the weights if they are those to keep so far, and write the curve."""
        progress = self._progress
        mean_loss = progress.loss / self._order.steps
        rate = float(self._optimizer.param_groups[0]["lr"])
        progress.curve.append(Epoch(progress.epoch, mean_loss, *self._validate(), rate))
        log.info("%s", asdict(progress.curve[-1]))
        if kept_epoch(progress.curve, self._recipe.keep_epoch) is progress.curve[-1]:
            self._kept = copy.deepcopy(self._validated().state_dict())
        progress.epoch, progress.step, progress.loss = progress.epoch + 1, 0, 0.0
        if self._job.curve is not None and self._job.processes.first:
            write_curve(self._job.curve, progress.curve)
        if self._job.tensorboard is not None and self._job.processes.first:
            from budama.training.board import write_epoch

            write_epoch(self._job.tensorboard, progress.curve[-1])

    def _validated(self) -> nn.Module:
        return self._trained if self._average is None else self._average.module

    def _validate(self) -> tuple[float, float]:
        """Return the mean cross-entropy and the top-1 accuracy in percent."""
        network = self._validated().eval()
        sums = torch.zeros(3, dtype=torch.float64, device=self._job.device)
        with torch.inference_mode(), self._precision.cast():
            for images, labels in track(self._validation, len(self._validation), "validation"):
                logits = logits_of(network(images)).float()
                sums[0] += nn.functional.cross_entropy(logits, labels, reduction="sum")
                sums[1] += (logits.argmax(1) == labels).sum()
                sums[2] += len(labels)
        loss, correct, images = self._job.processes.total(sums).tolist()
        return loss / images, 100 * correct / images

    def _validation_batches(self) -> Batches:
        job, processes = self._job, self._job.processes
        return evaluation_batches(
            job.data,
            "validation",
            job.spec,
            2 * job.recipe.batch_size // processes.number,
            job.workers,
            job.device,
            share=(processes.rank, processes.number),
        )

    def _seed_of(self, step: int) -> int:
        """Return the seed of all that is random in a step: dropout, mixing."""
        words = [self._job.seed, step, self._job.processes.rank]
        return int(np.random.SeedSequence(words).generate_state(1)[0])

    def _save_if(self, wanted: bool) -> None:
        sidecar = self._job.sidecar
        if not wanted or sidecar is None or not self._job.processes.first:
            return
        tensors: Tensors = {}
        for part, state in self._parts().items():
            tensors |= {f"{part}/{name}": value for name, value in state.items()}
        sidecar.save(tensors, asdict(self._progress) | {"scaler": self._precision.state()})

    def _parts(self) -> dict[str, Tensors]:
        average = {} if self._average is None else self._average.module.state_dict()
        optimizer = self._optimizer.state_dict()
        return {
            "network": self._trained.state_dict(),
            "average": average,
            "kept": self._kept,
            "optimizer": _tensors(optimizer["state"]),
            "groups": _tensors(dict(enumerate(optimizer["param_groups"]))),
        }

    def _restored(self) -> bool:
        """Take over what the sidecar holds, if it holds anything."""
        found = self._job.sidecar.load() if self._job.sidecar is not None else None
        if found is None:
            return False
        tensors, values = found
        parts: dict[str, Tensors] = {part: {} for part in self._parts()}
        for name, value in tensors.items():
            part, _, rest = name.partition("/")
            parts[part][rest] = value
        self._precision.restore(values.pop("scaler"))
        self._progress = Progress.of(values)
        self._trained.load_state_dict(parts["network"])
        if self._average is not None:
            self._average.module.load_state_dict(parts["average"])
        self._kept = parts["kept"]
        self._restore_optimizer(parts["optimizer"], parts["groups"])
        done = (self._progress.epoch - 1) * self._order.steps + self._progress.step
        self._schedule.step_update(done)
        log.info("goes on after step %d of epoch %d", self._progress.step, self._progress.epoch)
        return True

    def _restore_optimizer(self, state: Tensors, groups: Tensors) -> None:
        whole, steps = self._optimizer.state_dict(), _by_index(groups)
        of_groups = [
            group | steps.get(index, {}) for index, group in enumerate(whole["param_groups"])
        ]
        # laid out as the weights are, or lamb's norms would be summed in another order
        state = {
            name: value.to(memory_format=torch.channels_last) if value.dim() == 4 else value  # noqa: PLR2004
            for name, value in state.items()
        }
        self._optimizer.load_state_dict({"state": _by_index(state), "param_groups": of_groups})


def _tensors(states: dict[int, dict[str, Any]]) -> Tensors:
    """Return what an optimizer remembers of its weights, or of their groups: lamb its steps."""
    return {
        f"{index}/{name}": value
        for index, state in states.items()
        for name, value in state.items()
        if isinstance(value, torch.Tensor)
    }


def _by_index(tensors: Tensors) -> dict[int, Tensors]:
    states: dict[int, Tensors] = {}
    for name, value in tensors.items():
        index, _, rest = name.partition("/")
        states.setdefault(int(index), {})[rest] = value
    return states


def _schedule(recipe: Recipe, optimizer: torch.optim.Optimizer, steps: int) -> Scheduler:
    warmup = {
        "t_in_epochs": False,
        "warmup_t": math.ceil(recipe.warmup * steps),
        "warmup_prefix": False,
    }
    if recipe.schedule == "constant":
        schedule: Scheduler = StepLRScheduler(optimizer, decay_t=steps + 1, **warmup)
    else:
        schedule = CosineLRScheduler(optimizer, t_initial=steps, **warmup)
    schedule.step_update(0)
    return schedule


def _check_finite(loss: float) -> None:
    if not math.isfinite(loss):
        raise BudamaError(
            "the training loss is not finite any more; try a smaller learning_rate, a longer "
            "warmup, clip_norm: 1, or precision: float32 in the recipe"
        )


def _more_parts(recipe: Recipe) -> str:
    parts = next(
        (
            parts
            for parts in range(recipe.accumulate + 1, recipe.batch_size // 2 + 1)
            if recipe.batch_size % parts == 0
        ),
        None,
    )
    advice = (
        f"set accumulate: {parts} in the recipe for the same batches in {parts} parts of "
        f"{recipe.batch_size // parts} images"
        if parts
        else "choose a smaller image_size or model"
    )
    split = f"batch_size {recipe.batch_size} in {recipe.accumulate} part(s)"
    return f"out of memory with {split}: {advice}"
