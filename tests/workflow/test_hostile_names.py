"""Names and paths that a shell would run: validated where they are names, quoted where paths."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.workflow.project import ROOT, Project, make_project

# everything that would run makes a file in the folder in which it runs
EVIL = 'a b\'c "d" $(touch ran) `touch ran`; touch ran & #'
RAN = "ran"


class Elsewhere:
    """The workflow in a folder with such a name, run from another one, on data in a third."""

    def __init__(self, base: Path) -> None:
        self.base = base
        self.project = make_project(base / f"{EVIL} 1")
        self.work = base / f"-n {EVIL} 2"
        self.work.mkdir()
        self.temporary = base / f"{EVIL} 3"
        self.temporary.mkdir()
        self.images = base / f"{EVIL} 4"
        shutil.move(self.project.folder / "images", self.images)
        shutil.copy(ROOT / "docs/own_criterion.py", base / f"{EVIL} 5.py")
        weights = json.dumps(f"file:{base}/{EVIL} 6")
        for old, new in (
            ("root: images", f"root: {json.dumps(str(self.images))}"),
            ("weights: random", f"weights: {weights}"),
            ("[coverage, magnitude]", "[magnitude, mine]"),
            ("device: cpu", "device: cpu, tensorboard: true, processes: 2"),
        ):
            self.project.edit("config/config.yaml", old, new)
        criterion = json.dumps(str(base / f"{EVIL} 5.py"))
        with (self.project.folder / "config/config.yaml").open("a") as file:
            file.write(f"criteria: {{mine: {{file: {criterion}}}}}\n")
        scenario = self.project.folder / "config/scenarios/tiny.yaml"
        scenario.write_text(f"title: {json.dumps(EVIL)}\ntask: small\n")

    def snakemake(self, *arguments: str) -> str:
        snakefile = os.path.relpath(self.project.folder / "Snakefile", self.work)
        done = subprocess.run(
            [sys.executable, "-m", "snakemake", "--cores", "2", "-s", snakefile, *arguments],
            cwd=self.work,
            env=os.environ
            | {"PYTHONPATH": str(self.project.folder / "scripts"), "TMPDIR": str(self.temporary)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout
        return done.stdout

    def words(self, command: str) -> list[str]:
        """Return what bash makes of a job's command, which runs nothing of its own.

        What the command is given as standard input comes last.
        """
        instead = 'python() { printf "%s\\0" "$@"; cat; }; torchrun() { python "$@"; }\n'
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", instead + command],
            cwd=self.work,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stderr == ""
        return done.stdout.split("\0")

    def ran(self) -> list[Path]:
        return [path for path in self.base.rglob(RAN) if path.name == RAN]


def test_no_path_is_run_by_the_shell(tmp_path: Path) -> None:
    """Two jobs really run; the commands of all others are taken apart by a real bash."""
    here = Elsewhere(tmp_path)
    here.snakemake("results/tasks/small/data/manifest.json")
    manifest = json.loads((here.work / "results/tasks/small/data/manifest.json").read_text())
    assert manifest["dataset"]["root"] == str(here.images)
    commands = re.findall("^Shell command: (?!None)(.*)$", here.snakemake("-n", "-p"), re.M)
    scripts, from_input = set(), set()
    for command in commands:
        words = here.words(command)
        (script,) = [word for word in words if word.endswith(".py")]
        assert (here.work / script).is_file()
        scripts.add(Path(script).stem)
        given = words[words.index("--settings") + 1]
        settings = json.loads(words[-1] if given == "-" else given)
        if given == "-":
            from_input.add(Path(script).stem)
        if Path(script).stem == "dense":
            assert settings["weights"] == f"file:{tmp_path}/{EVIL} 6"
    rules = {"dense", "calibrate", "prune", "finetune", "export", "evaluate", "selftest", "latency"}
    rules |= {"preflight", "summarise", "analyse", "answer", "pictures", "report", "card"}
    assert scripts == rules
    # those that name every cell: a word of a command may have 128 KiB
    assert from_input == {"summarise", "analyse", "answer", "pictures", "report"}
    assert here.ran() == []


def test_every_word_of_a_command_is_quoted() -> None:
    """What is not, is put together by the rules; what all rules share, test_command.py reads."""
    own = {"threads", "resources.python", "resources.workers", "resources.save_every"}
    own.add("resources.board")
    for file in (ROOT / "rules").glob("*.smk"):
        text = file.read_text()
        for command in re.findall(r"^    shell:\n((?:        .*\n)+)", text, re.MULTILINE):
            fields = re.findall(r"\{([^{}]+)\}", command)
            unquoted = {field for field in fields if not field.endswith(":q")}
            assert unquoted <= own, (file.name, unquoted - own)


def test_a_target_is_made_of_names(fresh: Project) -> None:
    """Even where such a model is there already, in results from elsewhere."""
    cell = "results/tasks/small/cells/a$(touch ran)/layer/none/channels-0.1/refit/recover/seed0"
    (fresh.folder / cell).mkdir(parents=True)
    for name in ("model.safetensors", "model.json"):
        (fresh.folder / cell / name).write_text("")
    done = fresh.snakemake(f"{cell}/model.onnx")
    assert done.returncode != 0
    assert "MissingRuleException" in done.stdout
    assert not list(fresh.folder.rglob(RAN))
