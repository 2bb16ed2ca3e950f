"""English: the words of the answer."""

WORDS = {
    "title": "The answer",
    "answer": (
        "{model:text}: {cost:text} and {size:ratio} of its size; {loss:text} on {images:count} "
        "test images{seeds:text}, shown to lose at most {limit:text} (one-sided "
        "{confidence:whole} bound: {bound:ratio})."
    ),
    "nearest": (
        "No model is shown both to be faster than the original and to lose at most {limit:text}. "
        "The nearest, by validation images, is {model:text}: {cost:text} and {size:ratio} of its "
        "size; {loss:text} on {images:count} test images{seeds:text} (one-sided "
        "{confidence:whole} bound: {bound:ratio})."
    ),
    "none_faster_time": (
        "No model is shown to be faster than the original. The fastest is {model:text}: "
        "{cost:text}{interval:text} and {size:ratio} of its size; {loss:text} on {images:count} "
        "test images{seeds:text}."
    ),
    "none_faster_macs": (
        "No model has fewer FLOPs than the original. The fewest has {model:text}: {cost:text} and "
        "{size:ratio} of its size; {loss:text} on {images:count} test images{seeds:text}."
    ),
    "none_here": (
        "No model was timed on the same kind of device as the original, so that none can be shown "
        "to be faster and to lose at most {limit:text}."
    ),
    "none": "There is no model that could be shown to lose at most {limit:text}.",
    "cost_time": (
        "{share:ratio} of the original's time ({provider:text}, {precision:text}, batch size "
        "{batch_size:count})"
    ),
    "cost_macs": "{share:ratio} of the original's FLOPs (time was not measured)",
    "interval": ", its interval from {low:ratio} to {high:ratio},",
    "lost": "{points:ratio} points lost",
    "gained": "{points:ratio} points gained",
    "equal": "no points lost",
    "over_seeds": " as the mean of {count:count} seeds",
    "point": "{points:short} point",
    "points": "{points:short} points",
    "random": (
        "This is the control, whose channels are chosen at random: no method gave a better answer."
    ),
    "noisy": "Its time was measured on a noisy machine: do not rely on the second decimal.",
    "none_passed": (
        "Another one may look better on test images; to choose by these would flatter it. More "
        "validation images, several seeds, a better recovery or a higher answer.lose_at_most may "
        "bring an answer (docs/answer.md)."
    ),
    "original_file": "So {file:text} in the answer's folder is the original itself.",
    "elsewhere": (
        "Left out, because they were timed on another kind of device than the original "
        "({device:text}): {count:count}."
    ),
    "source": (
        "{file:text} is a copy of {source:text} (seed {seed:text}; in ONNX Runtime "
        "{accuracy:accuracy} of the test images right; SHA-256 {sha256:text})."
    ),
    "how": "How it was chosen",
    "about": (
        "Of the models that are shown to be faster than the original, those were candidates that "
        "lose no more than the limit on validation images and that no other beats in both. They "
        "were tested on the test images from the safest to the fastest, until one failed; the last "
        "that passed is the answer. That way, a model that loses more is called good enough in "
        "{error:whole} of cases at most, however many are tested (docs/answer.md)."
    ),
    "column_time": "Time, relative",
    "column_macs": "FLOPs, relative",
    "size": "Size, relative",
    "validation_lost": "Points lost, validation",
    "test_lost": "Points lost, test",
    "bound": "At most (95%, one-sided)",
    "verdict": "Outcome",
    "is_answer": "the answer",
    "is_passed": "passed",
    "is_failed": "failed",
    "is_not_reached": "not tested",
    "is_beaten": "another is faster and safer",
    "is_loses": "loses too much on validation images",
    "is_not_faster": "not shown to be faster",
    "is_elsewhere": "timed on another device",
}
