"""Models: architectures by name, pretrained weights, files that hold no code."""
