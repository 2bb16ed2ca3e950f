#!/bin/sh
# properties = {properties}
# A scheduler's SIGTERM is for the program inside, which saves and stops; the shell waits for it.
trap : TERM
{exec_job}
