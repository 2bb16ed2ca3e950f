"""English: the words of the page that compares scenarios."""

WORDS = {
    "comparison_title": "Comparison of scenarios",
    "scenarios": "Scenarios",
    "scenario_of": "{}; task {}: {} on {}",
    "without": "No results yet: {}. They appear here once they have run.",
    "alone": "Only this scenario has results: there is no other to compare it with.",
    "differing": (
        "{0} and {1} do not agree on a model of {2} that they share: one of them is out of "
        "date, and the figures of {0} are shown. Running both again settles it."
    ),
    "providers_differ": (
        "The models of {} were timed on different providers ({}), and such times cannot be "
        "compared: they stand in each scenario's own report only. With one provider under "
        "latency.providers and another run of the scenarios, they appear here too."
    ),
    "architectures": "Architectures",
    "about_dense": (
        "The original models, one for each task. Tasks may differ in data, image size and "
        "training; their accuracies say something of the architecture only where these are "
        "equal."
    ),
    "kept": "What each method keeps",
    "about_kept": (
        "The share of the original model's accuracy, and in brackets the share of its FLOPs "
        "that is left. A method is compared with others in its row, and with itself in other "
        "rows of the same task."
    ),
    "each_task": "Task by task",
    "about_tasks": (
        "All models of all scenarios of one task: the same data, the same original model, the "
        "same test images."
    ),
}
