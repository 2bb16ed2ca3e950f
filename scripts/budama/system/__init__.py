"""What stands around the science: files, jobs, the machine, reruns."""
