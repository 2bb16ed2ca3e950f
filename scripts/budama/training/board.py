"""TensorBoard, for those who watch."""

from dataclasses import asdict
from pathlib import Path

from budama.system.errors import BudamaError
from budama.training.curve import Epoch


def write_epoch(folder: Path, epoch: Epoch) -> None:
    """Add a row of the learning curve to the board in ``folder``.

    Raises ``BudamaError`` if TensorBoard is not installed.
    """
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        raise BudamaError(
            "compute.tensorboard is on, and TensorBoard is not installed: "
            "uv pip install tensorboard, or turn it off"
        ) from error
    with SummaryWriter(str(folder)) as writer:
        for name, value in asdict(epoch).items():
            if name != "epoch":
                writer.add_scalar(name, value, epoch.epoch)
