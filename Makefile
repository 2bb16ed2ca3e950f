# `make demo` and `make test` work on a fresh Linux machine with Python 3.11 or later.
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
UV := $(BIN)/uv
# as the workflow's jobs run: see rules/common.smk
KEEP_MEMORY := MALLOC_MMAP_MAX_=0 MALLOC_TRIM_THRESHOLD_=17179869184

# tasks whose tables are in docs/repair.md; lite0-food101-13 needs its images in data/food101-13
REPAIRED ?= lite0-fashion-mnist-small resnet18-fashion-mnist-small

.PHONY: help env env-dev demo test test-all lint why architectures bench-calibration bench-repair bench-training bench-latency bench-budgets bench-planning bench-overhead bench-seeds bench-sources bench-answer kill-campaign format lock clean

help:  ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-18s %s\n", $$1, $$2}'

# pip installs uv alone, and uv the rest: it takes the torch that matches torchvision.
$(BIN)/uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "error: budama needs Python 3.11 or later; this is $$($(PYTHON) --version). Try: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON) -m venv .venv \
		|| { echo "error: '$(PYTHON) -m venv' failed. On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv

.venv/.runtime: envs/requirements.txt pyproject.toml | $(BIN)/uv
	@echo "Installing the pinned environment into .venv (about 6 GB, once) ..."
	@$(UV) pip install --quiet --python $(BIN)/python --compile-bytecode -r envs/requirements.txt
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $@

.venv/.dev: envs/requirements-dev.txt .venv/.runtime
	@$(UV) pip install --quiet --python $(BIN)/python --compile-bytecode -r envs/requirements-dev.txt
	@touch $@

env: .venv/.runtime  ## Make the environment .venv
env-dev: .venv/.dev  ## ... with the tools for tests and linting

demo: env  ## Run the demo scenario and print its comparison
	@$(BIN)/snakemake --cores all demo

test: env-dev  ## Run the tests
	@$(BIN)/python -m pytest --numprocesses auto --dist loadfile --no-loadscope-reorder

test-all: test kill-campaign architectures  ## The tests, and the campaigns that take long

lint: env-dev  ## Check style, types and the workflow
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/snakefmt --check Snakefile rules
	$(BIN)/python -m tools.lint_workflow

why: env  ## Tell why something would run: make why TARGET=demo
	@$(BIN)/python scripts/why.py $(TARGET)

architectures: env-dev  ## The census: cut all networks and verify them; writes docs/architectures.md
	$(BIN)/python -m tools.architectures docs/architectures.md

bench-calibration: env-dev  ## Time calibration over the bare pass; writes docs/calibration.md
	$(KEEP_MEMORY) $(BIN)/python -m tools.benchmarks.calibration --output docs/calibration.md

bench-repair: env-dev  ## Cut and repair without training; writes the tables of docs/repair.md
	for task in $(REPAIRED); do \
		$(BIN)/snakemake --cores all -- results/tasks/$$task/dense/model.safetensors && \
		$(KEEP_MEMORY) $(BIN)/python -m tools.benchmarks.repair --task $$task --output docs/repair.md || exit 1; \
	done

bench-training: env-dev  ## Time the training engine over bare steps; writes docs/training-speed.md
	$(KEEP_MEMORY) $(BIN)/python -m tools.benchmarks.training --output docs/training-speed.md

bench-latency: env-dev  ## Time cuts of ResNet50 and EfficientNet-B4; writes docs/latency.md
	$(BIN)/python -m tools.benchmarks.latency --output docs/latency.md

bench-budgets: env-dev  ## Cut to shares of the time, time the cuts; writes docs/latency.md
	$(BIN)/snakemake --cores all -- results/tasks/lite0-fashion-mnist-small/dense/model.onnx
	$(BIN)/python -m tools.benchmarks.budgets --output docs/latency.md

bench-planning: env-dev  ## Time planning over 1,000 cells; writes it into docs/overhead.md
	$(BIN)/python -m tools.benchmarks.planning --output docs/overhead.md

bench-overhead: env-dev  ## Run the demo, time what is not work; writes it into docs/overhead.md
	$(BIN)/python -m tools.benchmarks.overhead --output docs/overhead.md

bench-sources: env-dev  ## Time each layout of data beside folders; writes it into docs/data.md
	$(KEEP_MEMORY) $(BIN)/python -m tools.benchmarks.sources --output docs/data.md

bench-seeds: env-dev  ## Simulate comparisons over seeds; writes docs/seeds.md
	$(BIN)/python -m tools.benchmarks.seeds --output docs/seeds.md

bench-answer: env-dev  ## Simulate answers of scenarios; writes the tables of docs/answer.md
	$(BIN)/python -m tools.benchmarks.answer --output docs/answer.md

kill-campaign: env-dev  ## Kill a workflow at 50 moments and run it again; writes docs/kills.md
	$(BIN)/python -m tools.kill_campaign --output docs/kills.md

format: env-dev  ## Format the code and the workflow
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/snakefmt Snakefile rules

lock: $(BIN)/uv  ## Compile envs/*.in into pinned requirements
	cd envs && ../$(UV) pip compile --quiet --universal --python-version 3.11 requirements.in -o requirements.txt
	cd envs && ../$(UV) pip compile --quiet --universal --python-version 3.11 requirements-dev.in -o requirements-dev.txt

clean:  ## Remove the environment (results stay)
	rm -rf .venv
