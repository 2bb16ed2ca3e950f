#!/bin/sh
# status.sh JOB: prints running, success or failed, as PBS or Grid Engine has it.
if command -v qacct > /dev/null; then
    # Grid Engine: a job that has ended is in its accounting, a few seconds later
    qstat -j "$1" > /dev/null 2>&1 && echo running && exit
    code=$(qacct -j "$1" 2> /dev/null | awk '$1 == "exit_status" { code = $2 } END { print code }')
else
    # PBS: -x shows jobs that have ended, too; one that was deleted while it waited has no status
    code=$(qstat -x -f "$1" 2> /dev/null | awk '
        $1 == "job_state" { state = $3 }
        $1 == "Exit_status" { code = $3 }
        END { if (state == "F") print code == "" ? "none" : code }')
fi
# not known: the scheduler does not answer, or not yet
case "$code" in
    "") echo running ;;
    0) echo success ;;
    *) echo failed ;;
esac
