# One virtual environment, .venv, is made by the first command that needs it and reused after; each
# command adds to it what its purpose needs, no more.
# Needs Python 3.11 or newer and make; nothing here needs root, conda or Node.

PYTHON ?= python3
ifeq ($(OS),Windows_NT)
SCRIPTS := Scripts
else
SCRIPTS := bin
endif
BIN := .venv/$(SCRIPTS)
PY := $(BIN)/python
OLDEST := .venv-oldest/$(SCRIPTS)/python
NEWEST := .venv-newest/$(SCRIPTS)/python
# What a purpose needs is an extra of pyproject.toml; that it is installed, a file says.
READY := .venv/ready
# What each adds, measured with PyTorch's build without GPU libraries; downloads come on top.
COST_book := 0.7 GB, about a minute
COST_torch := 0.9 GB (with GPU libraries several), about a minute
COST_lab := 0.6 GB, about a minute
COST_test := 0.3 GB, about a minute
COST_dev := 0.1 GB, half a minute
COST_address := 0.1 GB, half a minute
PAGES := _build/html/index.html
# Two workers: what a small machine has. One thread each, so that they do not fight over cores.
PYTEST := OMP_NUM_THREADS=1 $(PY) -m pytest -n 2
NBVAL := --nbval --nbval-current-env --nbval-sanitize-with tests/nbval_sanitize.cfg -p tests.notebook_times
# What other versions are tried on: the library and the notebooks, not the pages and this project.
LIBRARY := --dist loadfile -m "not proof" --doctest-modules tests cnnbook \
	$(addprefix --ignore=tests/,browser proofs test_accessible.py test_address.py test_back_matter.py test_book.py test_flash_cards.py test_formulas.py test_front_page.py \
	test_icon_font.py test_light_pages.py test_links.py test_markdown.py test_offline_html.py test_opened_exercises.py \
	test_outputs.py test_notation.py test_packaging.py test_published.py test_searching.py test_spelling.py test_terms.py test_workflows.py)
NBVAL_LAX := --dist loadscope --nbval-lax --nbval-current-env --nbval-sanitize-with tests/nbval_sanitize.cfg book
BOOK_SOURCES := $(shell find book cnnbook -type f -not -name '*.pyc') index.md CHANGELOG.md _config.yml _toc.yml

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help book lab install serve pdf slides test proofs oldest newest outputs check bench experiments evidence results gpu address package clean

help:  ## list these verbs
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

book: $(PAGES)  ## build the pages: _build/html/index.html

lab: $(READY)-lab  ## open the notebooks in JupyterLab, as your own copies in my-book/
	@$(PY) book/_tools/lab.py $(ARGS)

install: $(READY)-lab  ## put what runs the notebooks and the command line into .venv

serve: $(PAGES)  ## build the pages and show them on http://localhost:8000, or the next free port
	@$(PY) book/_tools/serve.py

pdf: $(PAGES) $(READY)-test  ## print the pages as one PDF, _build/html/cnnbook.pdf, and link to it (needs Chromium)
	$(PY) -m book._tools.pdf

slides: $(READY)-test  ## slides of chapters: make slides ARGS=pooling, or of all; _build/slides/*.html
	@$(PY) -m book._tools.slides $(ARGS)

test: $(PAGES) $(READY)-test  ## unit tests, doctests, structure, browser and link tests, then every notebook
	$(PYTEST) --dist loadfile -m "not proof" --doctest-modules --doctest-glob=README.md tests cnnbook README.md
	$(PYTEST) --dist loadscope $(NBVAL) book

proofs: $(PAGES) $(READY)-dev  ## slower proofs: outputs on another machine, fault trials, Colab, the wheel
	$(PYTEST) --dist loadfile -m proof tests

# Old libraries warn of what newer ones changed: there, warnings are no errors.
oldest: .venv-oldest/ready  ## library and notebooks with the oldest versions that pyproject.toml admits
	OMP_NUM_THREADS=1 $(OLDEST) -m pytest -n 2 -W default $(LIBRARY)
	OMP_NUM_THREADS=1 $(OLDEST) -m pytest -n 2 -W default $(NBVAL_LAX)

newest:  ## library and notebooks with the newest versions that there are
	$(PYTHON) -m venv --clear .venv-newest
	$(NEWEST) -m pip install --quiet --editable ".[light]"
	OMP_NUM_THREADS=1 $(NEWEST) -m pytest -n 2 $(LIBRARY)
	OMP_NUM_THREADS=1 $(NEWEST) -m pytest -n 2 $(NBVAL_LAX)

outputs: $(READY)-test  ## run every notebook again and store its outputs
	$(PY) book/_tools/outputs.py
	$(PY) -m book._tools.solutions
	$(PY) -m book._tools.evidence
	$(PY) -m book._tools.summaries
	$(PY) -m book._tools.notation

check: $(READY)-dev  ## lint, format, types and spelling
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(PY) book/_tools/spelling.py

bench: $(PAGES) $(READY)-test  ## speed and memory of the library, beside PyTorch's (benchmarks/README.md)
	$(PY) -m benchmarks

experiments: $(READY)-lab  ## what the book claims about learning, over seeds (under an hour)
	$(PY) -m experiments $(ARGS)

evidence: $(READY)-book  ## write the page Evidence from the ledger of claims and the recorded experiments
	$(PY) -m book._tools.evidence

results: $(READY)-lab  ## train on MNIST (folder: CNNBOOK_DATA) and the digits, write cnnbook/data/results/*.json
	$(PY) benchmarks/results.py

gpu: $(READY)-lab  ## speed and time to 99 % on MNIST (CNNBOOK_DATA) on the best device
	$(PY) -m benchmarks.gpu

address: $(READY)-address  ## set the repository's address in the book: make address URL=https://…
	$(PY) book/_tools/address.py $(URL)

package: $(READY)-test  ## build the wheel and the source archive: dist/
	rm -rf dist
	$(PY) -m build --no-isolation --outdir dist

clean:  ## remove the built pages and the caches (keeps .venv)
	rm -rf _build dist .pytest_cache .ruff_cache .mypy_cache .hypothesis

# PyTorch first, as a step of its own: it is the largest part.
$(READY)-lab $(READY)-test $(READY)-dev: $(READY)-torch

$(READY)-%: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit("cnnbook needs Python 3.11 or newer; this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	@$(PY) -m pip --version >/dev/null 2>&1 || { echo "Making a virtual environment, .venv"; $(PYTHON) -m venv .venv; }
	@echo "Installing what \"$*\" needs into .venv: up to $(COST_$*), and its download. Only this once; pip works in silence"
	@$(PY) -m pip install --quiet --constraint constraints.txt --editable ".[$*]"
	@touch $@

.venv-oldest/ready: pyproject.toml constraints-oldest.txt
	@$(PYTHON) -c 'import sys; sys.exit("make oldest needs Python 3.11: make oldest PYTHON=python3.11" if sys.version_info[:2] != (3, 11) else 0)'
	$(PYTHON) -m venv --clear .venv-oldest
	$(OLDEST) -m pip install --quiet --constraint constraints-oldest.txt --editable ".[light]"
	@touch $@

# From nothing each time (under a minute): an incremental build keeps pages of removed chapters,
# does not repeat warnings and overlooks changed static files.
$(PAGES): $(READY)-book $(BOOK_SOURCES)
	@rm -rf _build/html _build/.doctrees
	@echo "Building the pages (about a minute)"
	@$(BIN)/jupyter-book build . -W -n --keep-going --quiet
	@touch $@
	@echo "The book is at $(PAGES)"
