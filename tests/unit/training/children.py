"""Processes that tests start: each a fork of one that has imported all, and computed nothing."""

import multiprocessing
from collections.abc import Callable
from multiprocessing.context import ForkServerProcess
from typing import Any

# after a backward pass, torch may refuse another one in a fork
CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["budama.stages.dense", "budama.stages.finetune", "pytest"])


def child(target: Callable[..., None], *arguments: Any) -> ForkServerProcess:
    """Start ``target``, a function of a module, in a process of its own and return that."""
    process = CONTEXT.Process(target=target, args=arguments)
    process.start()
    return process
