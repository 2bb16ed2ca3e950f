"""English: the words on the cut and its repair."""

WORDS = {
    "title": "The cut and its repair",
    "tried": "What the normaliser “auto” tried",
    "about_tried": (
        "The cut was made with each of these normalisers, repaired, and tested on training images "
        "that neither calibration nor validation uses: accuracy in percent, before any training. "
        "The dense model was trained on them, as on those of calibration, so they only choose "
        "between cuts. Kept (bold) is, of those that cannot be told from the most accurate, the "
        "one with the lowest cross-entropy. Every method had the choice of all normalisers that "
        "its scores can bear, and of “loss”, which needs only their order; a dash says that they "
        "cannot bear this one, or that the budget cannot be met with it."
    ),
    "explained": "What the kept channels explain",
    "about_explained": (
        "For the layers that read channels which are gone: the share of the variance of all their "
        "inputs that the kept ones explain. Near 100% little was lost, and such layers may have "
        "more channels to spare; where it is low, the cut went deep."
    ),
    "mean": "Mean of the layers (%)",
    "worst": "Least explained",
    "layer": "{}: {} ({} of {} kept)",
}
