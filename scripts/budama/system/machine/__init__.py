"""The machine: processors, GPUs, memory, locks and leases."""
