"""Sessions on one execution provider, and proof that it is the one that runs."""

import json
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import onnxruntime

from budama.latency.inputs import example
from budama.latency.requirements import needs_driver, package_of, what_is_missing
from budama.system.errors import BudamaError
from budama.system.machine.gpus import driver_version

_ERRORS = 3  # of ONNX Runtime's own log; what matters of it is in the exception


@dataclass(frozen=True)
class Target:
    """Where and how a session runs.

    ``precision`` is that of the file, or ``tf32``, which is the fp32 file with TF32 switched on.
    ``engines`` is a folder in which TensorRT keeps what it has built; each file has its own in it.
    """

    provider: str
    threads: int = 1
    precision: str = "fp32"
    cuda_graph: bool = False
    engines: str = ""

    @property
    def device(self) -> str:
        """Where inputs and outputs lie, in ONNX Runtime's words."""
        return "cuda" if needs_driver(self.provider) else "cpu"


def provider_name(provider: str) -> str:
    """Return ONNX Runtime's name of a provider of the configuration."""
    return {"TensorRT": "TensorrtExecutionProvider"}.get(provider, f"{provider}ExecutionProvider")


def open_timed_session(
    model: Path, target: Target, batch: int = 1, profile: Path | None = None
) -> onnxruntime.InferenceSession:
    """Open an ONNX file where it is wanted and nowhere slower, to run ``batch`` images at once.

    A node that would fall back to the CPU is an error. With ``profile``, the start of a file's
    name, ONNX Runtime records there what every node took.
    Raises ``BudamaError`` with what is missing if the provider does not start.
    """
    name = provider_name(target.provider)
    if name not in onnxruntime.get_available_providers():
        package = package_of(target.provider)
        raise BudamaError(
            f"{name} is not in this ONNX Runtime: install {package} in place of the installed one"
        )
    if needs_driver(target.provider):
        if driver_version() is None:
            raise BudamaError(
                f"{name} does not start on this machine: {what_is_missing(target.provider)}"
            )
        onnxruntime.preload_dlls()  # from torch's packages, where the provider would not look
    try:
        session = onnxruntime.InferenceSession(
            model,
            _options(target, profile),
            providers=provider_options(model, target, batch),
            enable_fallback=False,
        )
    except Exception as error:  # ONNX Runtime's own errors share no base class but this
        missing = what_is_missing(target.provider)
        reason = " ".join(str(error).split()) + (f" ({missing})" if missing else "")
        raise BudamaError(f"{name} cannot run {model}: {reason}") from error
    check_first(session.get_providers(), target.provider)
    return session


def _options(target: Target, profile: Path | None) -> onnxruntime.SessionOptions:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = target.threads
    options.inter_op_num_threads = 1
    options.log_severity_level = _ERRORS
    if target.provider != "CPU":
        options.add_session_config_entry("session.disable_cpu_ep_fallback", "1")
    if profile is not None:
        options.enable_profiling = True
        options.profile_file_prefix = str(profile)
    return options


def provider_options(model: Path, target: Target, batch: int) -> list[tuple[str, dict[str, str]]]:
    """Return the provider with its options, and after TensorRT CUDA for the nodes it leaves.

    Two files share nothing, whatever their names: where a provider keeps what it has compiled, the
    place is of the file's content. What is not named here keeps nothing (OpenVINO's ``cache_dir``)
    or keeps it in the session (CUDA's graphs and choices of algorithms).
    """
    cuda = {
        "use_tf32": str(int(target.precision == "tf32")),
        "enable_cuda_graph": str(int(target.cuda_graph and target.provider == "CUDA")),
    }
    if target.provider == "CUDA":
        chain = [("CUDA", cuda)]
    elif target.provider == "TensorRT":
        chain = [("TensorRT", _tensorrt(model, target, batch)), ("CUDA", cuda)]
    elif target.provider == "OpenVINO":
        # it has threads of its own, and takes all cores unless it is told
        chain = [("OpenVINO", {"num_of_threads": str(target.threads)})]
    else:
        chain = [(target.provider, {})]
    return [(provider_name(name), options) for name, options in chain]


def _tensorrt(model: Path, target: Target, batch: int) -> dict[str, str]:
    options = {
        "trt_cuda_graph_enable": str(int(target.cuda_graph)),
        "trt_fp16_enable": str(int(target.precision == "fp16")),
        # what it learns of one file's kernels would speed up, or mislead, the building of another
        "trt_timing_cache_enable": "0",
    }
    if target.engines:
        folder = engine_folder(model, target, batch)
        folder.mkdir(parents=True, exist_ok=True)
        options |= {"trt_engine_cache_enable": "1", "trt_engine_cache_path": str(folder)}
    return options


def engine_folder(model: Path, target: Target, batch: int) -> Path:
    """Return where TensorRT keeps the engine of ``model``, in one precision and batch size.

    ONNX Runtime finds an engine by the file's name and those of graph, inputs and nodes' outputs
    (``TRTGenerateId``), so that a pruned model would be given the dense one's (its issues 6455 and
    32254). It does not see TF32 either, and another batch size rebuilds the engine for both.
    """
    from budama.models.onnx.file import content_digest  # takes onnx, which CPUs need not wait for

    return Path(target.engines) / f"{content_digest(model)}-{target.precision}-{batch}"


def check_first(providers: Sequence[str], wanted: str) -> None:
    """Raise ``BudamaError`` unless ``wanted`` is the first of a session's ``providers``.

    ONNX Runtime lists providers that cannot start, and goes on without them in silence.
    """
    if providers[0] != provider_name(wanted):
        raise BudamaError(
            f"{provider_name(wanted)} does not start on this machine, ONNX Runtime would have used "
            f"{providers[0]}: {what_is_missing(wanted)}"
        )


def find_provider(model: Path, wanted: Sequence[str], threads: int = 1) -> tuple[str, list[str]]:
    """Return the first ``wanted`` provider that really runs ``model``, and why those before do not.

    Raises ``BudamaError`` with every reason if none runs.
    """
    reasons: list[str] = []
    for provider in wanted:
        try:
            open_timed_session(model, Target(provider, threads))
        except BudamaError as error:
            reasons.append(str(error))
        else:
            return provider, reasons
    raise BudamaError("no wanted provider can run (latency.providers): " + "; ".join(reasons))


def placement(model: Path, target: Target, batch: int) -> dict[str, int]:
    """Run ``model`` once under ONNX Runtime's profiler; return how many nodes ran where.

    Raises ``BudamaError`` if a node ran on the CPU although another provider is wanted.
    """
    return check_placement(profile(model, target, batch, 1), target.provider)


def profile(model: Path, target: Target, batch: int, runs: int) -> list[dict[str, Any]]:
    """Return the events of ONNX Runtime's profiler over ``runs`` runs of ``model``."""
    with tempfile.TemporaryDirectory() as folder:
        session = open_timed_session(model, target, batch, Path(folder) / "profile")
        inputs = example(session, batch)
        for _ in range(runs):
            session.run(None, inputs)
        events: list[dict[str, Any]] = json.loads(
            Path(session.end_profiling()).read_text(encoding="utf-8")
        )
    return events


def check_placement(events: Iterable[dict[str, Any]], provider: str) -> dict[str, int]:
    """Count the nodes per provider in the profiler's ``events``, as ``placement`` does."""
    nodes = {
        event["name"]: event["args"]["provider"]
        for event in events
        if event.get("cat") == "Node" and event.get("args", {}).get("provider")
    }
    counts = Counter(nodes.values())
    on_cpu = counts.get(provider_name("CPU"), 0)
    if provider != "CPU" and on_cpu:
        raise BudamaError(
            f"{on_cpu} of {counts.total()} nodes ran on the CPU instead of "
            f"{provider_name(provider)}; such a time would be that of copying back and forth"
        )
    if not counts:
        raise BudamaError("ONNX Runtime's profile names no node, so nothing proves what ran")
    return dict(counts)
