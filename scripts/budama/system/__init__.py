"""What every stage needs around it: files, jobs, the machine, reruns."""
