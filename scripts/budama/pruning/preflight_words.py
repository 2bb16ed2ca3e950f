"""What is said where a step of the preflight goes wrong, and what to do about it.

A network of the user's own can be mended, and its file and line are known; another can only be
exchanged.
"""

from collections.abc import Collection, Mapping, Sequence

from budama.config.cut import KINDS
from budama.models.own import is_own, own_file
from budama.system.errors import BudamaError
from budama.system.files.python_file import place_of

BUILD = "building it"
RUN, COUNT, CUT, EXPORT = "running it", "counting its work", "cutting a copy", "exporting the copy"
_ANOTHER = "Choose another model"
_ADVICE = {
    RUN: "Choose another image_size (multiples of 32 suit most networks), or another model",
    CUT: "Name what must stay whole under the task's 'ignore', or choose another model",
}
_OF_OWN = {
    BUILD: "Mend the code that makes the network",
    RUN: "Mend the network's forward, or give the image_size that it is made for",
    COUNT: "Mend the network's forward",
    CUT: "Name what must stay whole under the task's 'ignore', or mend the network's forward",
    EXPORT: "Write what cannot be exported in another way in the network's forward",
}


def advice(model: str, step: str) -> str:
    """Return what to do where ``step`` fails; ``model`` is its name in the config."""
    return (_OF_OWN if is_own(model) else _ADVICE).get(step, _ANOTHER)


def outputs_advice(model: str, rows: int, images: int) -> str:
    """Return what to do where ``images`` have ``rows`` rows of outputs, or these a wrong length."""
    if not is_own(model):
        return _ANOTHER
    if rows != images:
        return "Let the network's forward give one row for each image"
    function = model.rpartition(":")[2]
    return (
        f"Let {function} use the number of classes that it is called with as its last layer's width"
    )


def logits_advice(model: str) -> str:
    """Return what to do where a network gives probabilities."""
    return "return what stands before the softmax" if is_own(model) else "choose another model"


def nothing_to_cut(
    whole: Mapping[str, str], ignore: Sequence[str], units: Collection[str]
) -> BudamaError:
    """Return that nothing can be cut: the first of the reasons in ``whole``, and what to allow."""
    remedies = ["take patterns off the task's 'ignore'"] if ignore else []
    left = [kind for kind in KINDS if kind not in units]
    remedies += [f"add {', '.join(left)} to its 'units'"] if left else []
    remedy = ", or ".join([*remedies, "choose another model"])
    first = next((f" ('{name}': {why})" for name, why in whole.items()), "")
    return BudamaError(f"no layer of it can be cut{first}. {remedy[0].upper()}{remedy[1:]}")


def sentence(model: str, size: int, step: str, why: str) -> BudamaError:
    """Return what stopped ``step``, in one line, with what to do about it."""
    told = " ".join(why.split()).rstrip(".")
    return BudamaError(f"{model} at {size} pixels: {step} {told}. {advice(model, step)}")


def failed(model: str, size: int, step: str, error: Exception) -> BudamaError:
    """Return the same for an ``error``; one of ours says itself what is wrong and what to do."""
    place = place_of(error, own_file(model).resolve().parent) if is_own(model) else ""
    if isinstance(error, BudamaError):
        where = f" ({place})" if place else ""
        return BudamaError(f"{model} at {size} pixels, {step}{where}: {error}")
    where = f" in {place}" if place else ""
    return sentence(model, size, step, f"failed{where}: {type(error).__name__}: {error}")
