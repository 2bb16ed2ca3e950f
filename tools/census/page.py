"""From what was found to docs/architectures.md."""

from collections.abc import Iterable, Sequence
from typing import Any

from tools.census.attempt import CUTS
from tools.census.networks import TIMM

Found = dict[str, Any]
_INTRODUCTION = """# Architectures

Made by `make architectures`: {torchvision} classification models of torchvision and {timm} of timm,
one or more small ones of each of its {modules} modules with models, with random weights and 10
classes, at the smallest of 64, 96, 128, 160, 224 and their own number of pixels that they run at.
Each is cut by magnitude in a process of its own, which may take 60 s of processor time and 8 GiB.

**Every cut that has a figure was verified**: in float64, the cut network computes what the dense
one does without those channels, its norms taken over the others. The figures are the share of the
MACs that is left; where half of them cannot be met within 1%, it is the nearest that can. *Whole*
is what loses nothing at half of the channels: layers, and their share of the MACs. *Stored* says
whether that cut was stored and rebuilt with equal outputs and agrees with its ONNX export.
*Torch-Pruning* is what its own pruner leaves at half of the channels, with its magnitude
importance, where the network then runs: nobody has verified that. *Not tried* is what a run left
out (`--no-files`, `--no-plain`) or has not come to.

"""
_WAYS = {"at 10% and 50% of the channels": tuple(CUTS)[:2], "at 50% of the MACs too": tuple(CUTS)}
_NOT_TRIED = "not tried"
_SENTENCES = {"refused": "refused", "raw": "raw exception", "bounds": "out of bounds"}


def row_of(found: Found) -> str:
    """Return the row of one network."""
    cut, size = found.get("cut", {}), found.get("cut", {}).get("size", "–")
    cells = [_share(cut.get("cuts", {}).get(name, cut)) for name in CUTS]
    half = cut.get("cuts", {}).get("50% of channels", {})
    whole = "–"
    if "whole_share" in half:
        whole = f"{half['whole']} of {half['layers']}, {half['whole_share']:.0%}"
    stored = found.get("files")
    return " | ".join(
        [
            f"| {found['model']}",
            str(size),
            *cells,
            whole,
            "yes" if stored and "onnx_difference" in stored else _kind(stored),
            f"{_share(found.get('plain'))} |",
        ]
    )


def _share(of_cut: Found | None) -> str:
    left = (of_cut or {}).get("macs_left")
    return _kind(of_cut) if left is None else f"{left:.3f}"


def _kind(found: Found | None) -> str:
    if found is None:
        return _NOT_TRIED
    return next((word for key, word in _SENTENCES.items() if key in found), "–")


def verified(found: Found, names: Iterable[str]) -> bool:
    """Whether each of these cuts of a network was made and verified."""
    cuts = found.get("cut", {}).get("cuts", {})
    return all("macs_left" in cuts.get(name, {}) for name in names)


def page(all_found: Sequence[Found]) -> str:
    """Return the page: a summary, the table, the sentences."""
    of = {
        library: [f for f in all_found if f["model"].startswith(f"{library}/")]
        for library in ("torchvision", "timm")
    }
    introduction = _INTRODUCTION.format(
        torchvision=len(of["torchvision"]), timm=len(of["timm"]), modules=len(TIMM)
    )
    heads = ["network", "pixels", *CUTS, "whole", "stored", "Torch-Pruning"]
    table = [f"| {' | '.join(heads)} |", f"|---|{'---:|' * (len(heads) - 1)}"]
    table += [row_of(found) for found in all_found]
    sentences = [f"- {f['model']}: {sentence}" for f in all_found for sentence in _sentences(f)]
    parts = [*_summary(of), "", *table, "", "What stopped the others:", "", *sentences]
    return introduction + "\n".join(parts) + "\n"


def _summary(of: dict[str, list[Found]]) -> list[str]:
    every = [found for of_library in of.values() for found in of_library]
    modules = {module: [f"timm/{m}" for m in models] for module, models in TIMM.items()}
    counts: dict[str, tuple[int, int]] = {}
    for what, names in _WAYS.items():
        right = {found["model"] for found in every if verified(found, names)}
        counts |= {
            f"torchvision, verified {what}": (
                sum(f["model"] in right for f in of["torchvision"]),
                len(of["torchvision"]),
            ),
            f"timm, modules with a network verified {what}": (
                sum(any(m in right for m in models) for models in modules.values()),
                len(modules),
            ),
        }
    counts |= {
        "stored, rebuilt with equal outputs, exported": (
            sum("onnx_difference" in f.get("files", {}) for f in every),
            sum("files" in f for f in every),
        ),
        "Torch-Pruning alone: the cut network runs": (
            sum("macs_left" in f.get("plain", {}) for f in every),
            sum("plain" in f for f in every),
        ),
        "raw exceptions": (_count(every, "raw"), len(every)),
        "out of the bounds in time or memory": (_count(every, "bounds"), len(every)),
        "accepted without being verified": (0, len(every)),
    }
    rows = [
        f"| {what} | {f'{number} of {of_all}' if of_all else _NOT_TRIED} |"
        for what, (number, of_all) in counts.items()
    ]
    return ["| | networks |", "|---|---:|", *rows]


def _count(found: Sequence[Found], kind: str) -> int:
    return sum(any(kind in f.get(work, {}) for work in ("cut", "files")) for f in found)


def _sentences(found: Found) -> list[str]:
    """Return what stopped a network, each sentence once."""
    cut = found.get("cut", {})
    told = [
        of.get("refused") for of in (cut, *cut.get("cuts", {}).values(), found.get("files", {}))
    ]
    told += [found.get(work, {}).get(k) for work in ("cut", "files") for k in ("raw", "bounds")]
    return list(dict.fromkeys(sentence for sentence in told if sentence))
