"""English: the words on where the figures come from."""

WORDS = {
    "title": "How it was measured",
    "machine": "Device and machine",
    "trained_on": "Trained on",
    "processes": "{} ({} processes)",
    "processor": "Processor",
    "cores": "{}, {} cores",
    "memory": "Memory",
    "gpu": "GPU",
    "driver": "{}, driver {}",
    "kernel": "Kernel",
    "timing": "Inference time",
    "provider": "Provider",
    "cut_for": "Cuts in measured time made for",
    "cut_device": (
        "{name}, {provider}, threads: {threads}, batch size: {batch_size}, ONNX Runtime "
        "{onnxruntime}"
    ),
    "passed_over": "Passed over",
    "placement": "Operators by provider",
    "precisions": "Precisions",
    "batch_sizes": "Batch sizes",
    "threads": "Threads",
    "repeated": "Measurements",
    "repeats": "{} fresh processes; in each {} runs to warm up, then {} runs and at least {} s",
    "others": "Used by other programs",
    "of_cores": "{} of all cores",
    "untimed": "not measured",
    "versions": "Versions",
    "origin": "Seeds, code and time",
    "dense_seed": "Seed of the dense model",
    "data_seed": "Seed of the splits",
    "seeds": "Seeds of the models",
    "code": "Code (git commit)",
    "changed": "{} with changes that were not committed",
    "with_changes": "with the changes that were not committed",
    "energy": "Energy",
    "time": "{}, time of all jobs",
    "finetune": "Recovery training",
    "evaluate": "Test",
    "export": "Export",
    "latency": "Inference time",
    "jobs": "{} ({} jobs)",
    "each_model": "Each model: time of its jobs (h:mm:ss) and its files",
    "files": "Files",
    "folder": "folder",
    "card": "model card",
    "reproduce": "To make this page again",
    "about_reproduce": (
        "In the project's folder. What was given with --config must be given again. Jobs whose "
        "files are already there and up to date do not run again."
    ),
    "no_provenance": (
        "{} of {} pruned or retrained models have no provenance.json: what only that file "
        "knows is left out for them."
    ),
}
