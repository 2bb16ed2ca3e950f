# Before the first job and after the last. Where cells failed, the reports are written without them.
import subprocess
import tempfile

from budama.system.files.atomic import check_writable
from budama.workflow.running import say_where_it_runs


def show(scenarios):
    # with --until there may be no summary yet
    made = [name for name in scenarios if Path(LOOKUPS.summary(name)).is_file()]
    if made:
        shell("python {HERE:q}/scripts/show.py {made:q}")


def reports_without_failed_cells():
    """The reports that can be written although jobs have failed, and the cells left out of them."""
    left = {str(file) for job in workflow.dag.needrun_jobs() for file in job.output}
    return LOOKUPS.without_failed(scenarios_asked_for(), left)


def write_reports(scenarios, failed):
    """Run the workflow for these reports alone; all that they are made from is there."""
    with tempfile.TemporaryDirectory() as folder:
        given, lost = Path(folder, "config.json"), Path(folder, "failed.json")
        given.write_text(json.dumps(config))
        lost.write_text(json.dumps(sorted(failed)))
        command = [sys.executable, "-m", "snakemake"]
        command += ["--snakefile", workflow.main_snakefile, "--configfile", str(given)]
        command += ["--cores", "1", "--nolock", "--"]
        command += [f"{places.report_folder(name)}/{places.PAGE}" for name in scenarios]
        log = Path(log_file("reports-without-failed-cells"))
        with log.open("w") as output:
            done = subprocess.run(
                command,
                env=os.environ | {WITHOUT: str(lost)},
                stdout=output,
                stderr=subprocess.STDOUT,
            )
    if done.returncode:
        print(f"No report could be written without the failed cells: see {log}")
    else:
        number = "1 cell is" if len(failed) == 1 else f"{len(failed)} cells are"
        print(f"{number} not finished: the reports say so, and are of the others.")
        show(scenarios)


onstart:
    say_where_it_runs()
    in_words(check_writable, Path(places.RESULTS))


onsuccess:
    if not FAILED:
        show(scenarios_asked_for())


onerror:
    # a run that was interrupted has no failed job
    if workflow.scheduler.failed and not FAILED:
        scenarios, failed = reports_without_failed_cells()
        if scenarios:
            write_reports(scenarios, failed)
