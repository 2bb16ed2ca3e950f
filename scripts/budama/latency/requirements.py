"""What a provider needs that this machine lacks: the driver, CUDA's libraries, cuDNN, TensorRT."""

import ctypes

import onnxruntime

from budama.system.machine.gpus import driver_version

_PACKAGES = {
    "CUDA": "onnxruntime-gpu",
    "TensorRT": "onnxruntime-gpu",
    "OpenVINO": "onnxruntime-openvino",
}


def package_of(provider: str) -> str:
    """Return the package whose ONNX Runtime brings ``provider``; it takes onnxruntime's place."""
    return _PACKAGES.get(provider, "onnxruntime")


def needs_driver(provider: str) -> bool:
    """Whether ``provider`` runs on an NVIDIA GPU."""
    return provider in ("CUDA", "TensorRT")


def missing_libraries(provider: str) -> list[str]:
    """Return the shared libraries that ``provider`` loads when it starts and that are not found."""
    if not needs_driver(provider):
        return []
    onnxruntime.preload_dlls()  # those of torch's and NVIDIA's packages
    major = cuda_version().split(".")[0]
    cuda = [f"lib{name}.so.{major}" for name in ("cudart", "cublasLt", "cublas")]
    tensorrt = ["libnvinfer.so.10"] if provider == "TensorRT" else []
    wanted = ["libcuda.so.1", *cuda, "libcudnn.so.9", *tensorrt]
    return [library for library in wanted if not _loads(library)]


def cuda_version() -> str:
    """Return the version of CUDA that ONNX Runtime is built for, or nothing."""
    return str(getattr(onnxruntime, "cuda_version", ""))


def what_is_missing(provider: str) -> str:
    """Return in words what ``provider`` lacks here; nothing if nothing is known to be missing."""
    if not needs_driver(provider):
        return ""
    missing = [] if driver_version() else ["no NVIDIA driver is loaded"]
    absent = missing_libraries(provider)
    if absent:
        missing.append(
            f"not found: {', '.join(absent)}; ONNX Runtime {onnxruntime.__version__} is built for "
            f"CUDA {cuda_version()} and cuDNN 9"
        )
    return "; ".join(missing)


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True
