"""English: the words of the pictures."""

WORDS = {
    "pictures": "Pictures",
    "left_out": "Left out, because their figures are missing: {}.",
    "test_accuracy": "Test accuracy (%)",
    "validation_accuracy": "Validation accuracy (%)",
    "method": "Method",
    "axis_macs": "FLOPs (G multiply-accumulates)",
    "axis_size": "Size (MiB)",
    "axis_latency": "Inference time, relative to the original",
    "tradeoff_macs": "Accuracy against FLOPs",
    "tradeoff_size": "Accuracy against size",
    "tradeoff_latency": "Accuracy against inference time",
    "tradeoff_caption": (
        "Up and to the left is better. Vertical bars: 95% interval of the accuracy{latency}. "
        "Grey steps: the Pareto front, which no other model beats in both; steps that are "
        "smaller than the bars mean nothing. Points at the same place are moved apart "
        "sideways.{scopes}{budgets}{seeds}"
    ),
    "latency_bars": "; horizontal bars: the spread of the ratio",
    "scopes_filled": " Filled: {layer}; hollow: {global}.",
    "budgets_joined": " Lines join the budgets of one method.",
    "seeds_mean": " Marks are means over the seeds; small dots are the seeds.",
    "seeds_mean_only": " Figures are means over the seeds.",
    "seeds_lines": " Thick lines are means over the seeds, thin ones are the seeds.",
    "curves": "Accuracy over epochs",
    "curves_caption": (
        "Validation accuracy during recovery training. Epoch 0 is after the cut and its "
        "repair; the dotted horizontal line is the original model.{seeds}"
    ),
    "epoch": "Epoch",
    "channels": "Channels kept in each layer",
    "channels_caption": (
        "Each column is a layer, from the input to the output; the darker, the more channels "
        "were removed.{seeds}"
    ),
    "layer_number": "Layer",
    "layer_name": "Layer",
    "kept": "Channels kept (%)",
    "kept_of": "Channels",
    "of": "{} of {}",
    "classes": "Accuracy by class, pruned against original",
    "classes_caption": (
        "Change of each class's test accuracy, in points; the original's own accuracy stands "
        "beside the class. Grey bars: the 95% interval of the original's accuracy.{few}{seeds}"
    ),
    "classes_few": (
        " Shown are the {shown} of {all} classes that change most, on average over the models: "
        "many of the changes are chance."
    ),
    "class": "Class",
    "class_change": "Change of accuracy (points)",
    "class_original": "Original",
    "class_pruned": "After pruning",
    "interval": "95% interval",
    "recovery": "Before and after recovery training",
    "recovery_caption": (
        "Validation accuracy: a dot right after the cut, hollow after its repair{after}. The "
        "dotted line is the original model.{untrained}{seeds}"
    ),
    "recovery_filled": ", filled after recovery training",
    "recovery_none": "Right after the cut and after its repair",
    "recovery_untrained": " A cut without recovery training ends with its repair.",
    "ratio_curves": "Accuracy kept against FLOPs left",
    "ratio_caption": (
        "Both axes are shares of the task's own original model, the star at 100%. Up and to "
        "the left is better. Vertical bars: 95% interval of the accuracy, as a share of the "
        "original's. Grey steps: the Pareto front; steps that are smaller than the bars mean "
        "nothing. Points at the same place are moved apart sideways.{scopes}{budgets}{seeds}"
    ),
    "accuracy_kept": "Accuracy kept (%)",
    "axis_macs_left": "FLOPs left (%)",
    "as_cut": "Right after the cut",
    "before": "After the repair",
    "after": "After recovery",
}
