"""Timing of ONNX files in ONNX Runtime. Knows nothing of how they were made."""
