"""English: the words of the report."""

WORDS = {
    "title": "Summary Report",
    "configuration": "Configuration",
    "data": "Model and data",
    "pruning": "Pruning",
    "compared": "What is compared",
    "training": "Training recipes",
    "about_recipes": (
        "keep_epoch says whose weights are the result: those of the epoch that was best on "
        "validation images, or those of the last one. Where pretraining has seen the validation "
        "images, the best epoch on them would be a biased choice."
    ),
    "parts": "Parts",
    "task": "Task",
    "model": "Model",
    "weights": "Weights",
    "pretrained": "pretrained",
    "random_weights": "random",
    "dataset": "Dataset",
    "classes": "Classes",
    "image_size": "Image size",
    "train_images": "Training images",
    "validation_images": "Validation images",
    "calibration_images": "Calibration images",
    "selection_images": "Selection images",
    "test_images": "Test images",
    "about_data": "What the audit found in the data",
    "test_drawn": (
        "The dataset has no test part: {} of each class were drawn for it by their content, so "
        "that equal images are all on the same side."
    ),
    "data_unreadable": "Images that cannot be read, and are left out: {}.",
    "data_duplicates": "Images with the same content in several parts, which are kept: {}.",
    "data_contradictions": "Images with the same content in several classes, which are kept: {}.",
    "data_skipped": "Passed over: {}.",
    "data_lacks_test": "Classes without test images, which the accuracy leaves out: {}.",
    "data_lacks_val": "Classes without validation images: {}.",
    "data_dominated": (
        "{} of the training images are of the class {}: a network that always answers so is right "
        "about as often."
    ),
    "data_nested": (
        "Every class folder holds the same folders and no images beside them: {}. If these are the "
        "classes, the results are of something else."
    ),
    "and_more": "and {} more",
    "skipped_suffix": "{} files",
    "skipped_hidden_folders": "hidden folders",
    "skipped_hidden_files": "hidden files",
    "skipped_folders_of_tools": "folders of tools",
    "skipped_files_of_tools": "files of tools",
    "skipped_images_in_hidden_folders": "images in hidden folders",
    "skipped_images_in_folders_of_tools": "images in folders of tools",
    "skipped_files_without_a_usual_suffix": "files without a usual suffix",
    "skipped_images_beside_the_class_folders": "images beside the class folders",
    "skipped_class_folders_without_images": "class folders without images",
    "skipped_broken_links": "broken links",
    "skipped_links_to_folders_that_are_read_already": "links to folders that are read already",
    "skipped_entries_that_are_no_regular_files": "entries that are no regular files",
    "skipped_images_of_classes_that_classes.txt_does_not_name": (
        "images of classes that classes.txt does not name"
    ),
    "skipped_folders_beside_the_parts": "folders beside the parts",
    "skipped_links_and_special_files_in_archives": "links and special files in archives",
    "skipped_files_in_archives_that_are_none_of_a_class": (
        "files in archives that are none of a class"
    ),
    "skipped_labels_without_an_image": "labels without an image",
    "skipped_shards_without_images": "shards without images",
    "skipped_files_that_no_pattern_matches": "files that no pattern matches",
    "skipped_compressed_copies_of_files_that_are_read": "compressed copies of files that are read",
    "skipped_links_to_files_that_are_read_already": "links to files that are read already",
    "skipped_files_that_are_missing_from_a_numbered_series": (
        "files that are missing from a numbered series"
    ),
    "skipped_rows_that_name_an_image_again": "rows that name an image again",
    "skipped_rows_of_a_test_part_that_is_not_the_one_asked_for": (
        "rows of a test part that is not the one asked for"
    ),
    "scopes": "Scope",
    "budgets": "Budget",
    "steps": "Iterative steps",
    "epochs": "Fine-tuning epochs",
    "calibration": "Calibration batches",
    "batches_of": "{} of {} images",
    "methods": "Methods",
    "controls": "Controls",
    "budget": "Budget",
    "recipe": "Recipe",
    "recipe_none": "no training",
    "dense_as_it_came": "Original (as it came)",
    "setting": "Setting",
    "original": "original",
    "recovery": "recovery",
    "on": "on",
    "off": "off",
    "assumed": "assumed",
    "assumptions": "Assumptions",
    "about_assumptions": (
        "The source that this scenario follows does not state these settings; their values are "
        "assumed. The reasons are those in the scenario's file."
    ),
    "seeds": "Seeds",
    "provider": "Inference (ONNX Runtime)",
    "results": "Comparison",
    "method": "Method",
    "own_method": "{} (your own)",
    "scope": "Scope",
    "normaliser": "Normaliser",
    "normaliser_is": "normaliser: {}",
    "normaliser_mean": "mean",
    "normaliser_raw": "raw",
    "normaliser_lamp": "LAMP",
    "normaliser_loss": "loss",
    "normaliser_auto": "auto",
    "repair": "Repair",
    "repair_is": "repair: {}",
    "repair_none": "none",
    "repair_norms": "norms",
    "repair_refit": "refit",
    "accuracy": "Accuracy (%)",
    "top5": "Top-5 accuracy (%)",
    "interval": "95% interval",
    "loss": "Accuracy loss (points)",
    "size": "Size (MiB)",
    "size_change": "Size change",
    "latency": "Inference time (ms)",
    "latency_ratio": "Inference ratio",
    "macs": "FLOPs (G)",
    "macs_change": "FLOPs change",
    "after_cut": "Right after the cut (%)",
    "norms": "Norms measured anew (%)",
    "repaired": "After the repair (%)",
    "seed": "Seed",
    "layer": "layer-wise",
    "global": "global",
    "none": "–",
    "notes": "How to read this",
    "note_accuracy": (
        "Accuracy is measured on the test images, once, at the end; with one seed the interval "
        "is Wilson's and covers only the uncertainty that comes from the number of test "
        "images. Which differences are real is said under statistics: paired predictions can "
        "show one although intervals overlap."
    ),
    "note_after_cut": (
        "“Right after the cut”, “norms measured anew” and “after the repair” are measured on "
        "validation images, before any recovery training: the network as it was cut, the same with "
        "the statistics of its batch norms measured anew, and as repaired. Where there is a "
        "recovery, it starts from the last."
    ),
    "note_latency": (
        "The inference ratio is the median over fresh processes of pruned / original times, "
        "measured by turns, with the interval of that median; it holds although the machine "
        "drifts. The milliseconds are for this machine only; a time that the device cannot "
        "reach is refused."
    ),
    "note_timed_cut": (
        "A cut to a share of the time was timed when it was made, and lay within 3% of it then "
        "(its model card has the figure). The ratio here was measured again, after training. Where "
        "the two differ by more than their intervals, one of them met a busy machine: “snakemake "
        "--cores all NAME --forcerun latency” times all models of the task again and trains "
        "nothing."
    ),
    "note_selftest": "Two copies of the original model were timed first and came out equal.",
    "note_macs": (
        "FLOPs are multiply-accumulates, as in the published reports (counted by fvcore). Size "
        "is the bytes of the state dict over 2^20."
    ),
    "note_normaliser": (
        "The normaliser makes the scores of different layers comparable in the global scope: "
        "“mean” divides them by their layer's mean, “raw” takes them as they are, “LAMP” (lamp) "
        "divides each by what is left of its layer, and “loss” takes only the order within a layer "
        "from them: layers are compared by how much the network's loss is estimated to rise if "
        "their next channels go and the layers that read them are refitted. “Auto” took the one "
        "whose cut was the best on training images set apart for that."
    ),
    "note_repair": (
        "A repair comes right after the cut, needs no labels, and is the same for all "
        "methods and for random channels: “norms” measures the statistics of batch norms anew, "
        "“refit” lets what is left of each layer give, by least squares, what the layer gives in "
        "the original network."
    ),
    "note_random": "A method that does no better than random channels knows nothing.",
    "note_control": (
        "The control that was not pruned gets the same recovery training: it shows what that alone "
        "brings."
    ),
    "and": "and",
    "published_row": "published",
    "several_seeds": "Seeds",
    "latency_interval": "Interval of the inference ratio",
    "timings": "Every measurement of inference time",
    "about_timings": (
        "The ratio of the dense model's rows is that of a second copy of itself, or of another "
        "precision to its fp32. A pruned model's is to the dense one in the same precision."
    ),
    "precision": "Precision",
    "batch_size": "Batch",
    "p50": "p50 (ms)",
    "p90": "p90 (ms)",
    "p99": "p99 (ms)",
    "images_per_s": "Images/s",
    "file_size": "ONNX file (MiB)",
    "macs_target": "FLOPs target (G)",
    "peak": "Share of the peak (%)",
    "onnx_accuracy": "ONNX accuracy (%)",
    "each_seed": "Seed by seed",
    "observations": "Observations",
    "ranking": "Ranking",
    "optimisation": "Model optimisation",
    "balance": "Accuracy against efficiency",
    "elsewhere": "Beside other settings and scenarios",
    "statistics": "Statistics",
    "comparison": "Comparison",
    "difference": "Difference (points)",
    "p": "p",
    "p_holm": "p (Holm)",
    "by_seed": "McNemar's p within each seed",
    "verdict": "Verdict",
    "real": "real",
    "tie": "tie",
    "versus": "{} against {}",
    "family_methods": "Methods and controls: {}",
    "family_training": "What extra training alone does (model not pruned)",
    "family_scope": "Scopes: {}",
    "family_budget": "Budgets: {}",
    "family_normaliser": "Normalisers: {}",
    "family_repair": "Repairs: {}",
    "family_recipe": "Recipes: {}",
    "family_combination": "The best combination of method and scope: {}",
    "family_published": "Published figures of the same settings",
    "family_neighbour": "Published figures of {}",
    "about_further": (
        "The last tables, with fewer columns, are the further comparisons that observations "
        "rest on. Each is corrected as a family of its own, that of the best combination with "
        "all pairs of combinations, since the best is chosen by what is then compared."
    ),
    "real_of": "Of {} comparisons, {} show a real difference and {} are ties.",
    "test_mcnemar": (
        "Predictions on the same test images were paired: McNemar's exact test, with Bonett "
        "and Price's interval of a paired difference. There is one seed: the test compares "
        "these trained models, and training with another seed may turn small differences round."
    ),
    "test_crossed": (
        "Predictions of several seeds were taken together: both test images and trainings are "
        "random samples (Hillis's mixed model), so a difference must hold beyond these images "
        "and beyond these seeds. How much training varies is taken from the seeds of the two "
        "methods that are compared, because some vary more than others; of a method with a "
        "single seed it is not known, and is taken to be the largest of the methods tested with "
        "it. Two or three seeds tell little of it, which makes intervals wide and ties many: "
        "smaller differences need five. A seed stands for one recovery: the dense model, its "
        "splits and the calibration images are the same for all, and how much another choice of "
        "them would change is not covered. McNemar's p within each seed stands beside it and "
        "decides nothing."
    ),
    "test_proportions": (
        "Results without a file of predictions were compared by their accuracies and the "
        "number of images alone (two proportions, Agresti–Caffo). Because the images cannot be "
        "paired, this test finds less; and it does not know how much training varies."
    ),
    "about_holm": (
        "The p-values are corrected in each family by Holm's method; a difference is real if "
        "the corrected p-value is below 0.05, and a tie otherwise. A tie does not say that two "
        "methods are equal, but that these data cannot show which is better. The 95% intervals "
        "are not corrected."
    ),
    "missing": "Missing: {}.",
    "failed": (
        "{}: a job failed; results/logs/ tells why, and the next run tries again what is left"
    ),
    "missing_results": "no result of {}",
    "missing_latency": "no inference time of {}",
    "note_marks": (
        "A bold figure is the best of its column among models pruned on equal terms (scope, "
        "budget, normaliser, repair, recipe): in accuracy only if its difference to every other "
        "is significant, in the inference ratio only if its interval overlaps with no other, in "
        "size and FLOPs if it is strictly the smallest. Where nothing is bold, the best cannot be "
        "told."
    ),
    "note_published": (
        "The rows “published” are from the user's own reports; in brackets is the difference, "
        "this work less the published. Published FLOPs were counted by another counter (thop), "
        "and published times cannot be compared."
    ),
    "note_seeds": (
        "Figures are means over the seeds; ± is the standard deviation over seeds. Where there "
        "are predictions, the interval of the accuracy covers images and seeds, but for the "
        "original, which is one model. The interval of the inference ratio spans those of all "
        "seeds."
    ),
    "note_noisy": "* This latency measurement was noisy: do not rely on its ratio.",
}

# The names of methods; one that is not here is called by its own
METHODS = {
    "dense": "Original (fine-tuned)",
    "dense-finetuned": "Control: not pruned",
    "random": "Control: random channels",
    "coverage": "Neuron coverage",
    "wanda": "Wanda",
    "magnitude": "Magnitude",
    "taylor": "Taylor",
    "fpgm": "FPGM (geometric median)",
    "bn_scale": "BN scale",
    "lamp": "LAMP",
}

# How a budget is written: of what, and what is added to that
BUDGETS = {
    "channels": "{} of the channels",
    "macs": "down to {} of the FLOPs",
    "params": "down to {} of the parameters",
    "size": "down to {} of the size",
    "latency": "down to {} of the time",
    "round": "{}, in multiples of {}",
    "round_auto": "{}, in widths that pay off on the device",
    "steps": "{}, in {} steps",
}
