"""The cache: images decoded and reduced once, for machines that decode slowly."""

import hashlib
import logging
import shutil
from functools import partial
from pathlib import Path

from budama.data.audited import Audited
from budama.data.cache import CHANNELS, Slot, index_of, store
from budama.data.layout import CACHE, CACHE_INDEX, CACHE_PIXELS
from budama.data.parallel import each_in_processes
from budama.data.sources import open_source
from budama.system.errors import BudamaError
from budama.system.files.atomic import replacing, write_json, write_parquet
from budama.system.job.device import Execution
from budama.system.job.progress import track

log = logging.getLogger("budama")


def cache(*, audit: Path, pixels: int, folder: Path, execution: Execution) -> None:
    """Write every readable image of a dataset as uint8 RGB into one file in ``folder``.

    ``audit`` is the ``audit.json`` of the dataset. Images whose shorter side is above ``pixels``
    are reduced to it (bicubic, antialiased). The audit knows all sizes, so that each thread, a
    process of its own, writes its images to their places: nothing is held in memory. Raises
    ``BudamaError`` if the disk is too small or an image is not as it was audited.
    """
    audited = Audited.open(audit.parent)
    table = index_of(audited.images, pixels)
    size = int((CHANNELS * table["width"] * table["height"]).sum())
    slots = [
        Slot(part, key, sha256, *place)
        for (part, key, *place), sha256 in zip(
            table.itertuples(index=False), audited.images["sha256"], strict=True
        )
    ]
    with replacing(folder / CACHE_PIXELS) as part:
        _check_space(folder, size)
        with part.open("wb") as file:
            file.truncate(size)
        work = partial(store, open_source(audited.dataset), part)
        done = each_in_processes(work, slots, execution.threads, _died)
        hashes = hashlib.sha256()
        for digest in track(done, len(slots), "cache", "images"):
            hashes.update(digest)
    write_parquet(folder / CACHE_INDEX, table)
    # small: its content tells later stages whether a cache that was made anew is the same
    write_json(
        folder / CACHE,
        {
            "fingerprint": audited.fingerprint,
            "pixels": pixels,
            "images": len(slots),
            "bytes": size,
            # of the hashes of the images, which are taken where these are in memory already
            "sha256": hashes.hexdigest(),
        },
    )
    log.info("cache: %d images, %.1f MiB", len(slots), size / 2**20)


def _check_space(folder: Path, size: int) -> None:
    free = shutil.disk_usage(folder).free
    if size > free:
        raise BudamaError(
            f"{folder}: the cache needs {size / 2**30:.1f} GiB and the disk has {free / 2**30:.1f} "
            "GiB left; free some space, or give the task a smaller 'cache'"
        )


def _died(slot: Slot) -> bytes:
    raise BudamaError(
        f"a process ended while it decoded {slot.key} ({slot.part}), which the audit could read: "
        "if memory is short, use fewer threads"
    )
