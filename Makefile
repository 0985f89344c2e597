# Porism. `make help` lists what can be made.
# A fresh clone needs Python 3.11 or later, a C compiler and make; everything else goes into .venv.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check --quiet

# The package is installed in place: only these make it necessary to install it again.
BUILT_FROM := pyproject.toml $(wildcard logic/core/*.c logic/core/*.h eml/core/*.c eml/core/*.h)

.DEFAULT_GOAL := help
.PHONY: help install dev demo docs test lint test-slow asan bench bench-peano bench-unify bench-saturate \
  bench-index bench-policy bench-workflow bench-checker bench-eml bench-regression bench-pages clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 22

demo: install ## discover and prove the laws of arithmetic, and write them as HTML pages
	$(BIN)/porism explore mpl/library/peano.mpl --out build/peano

docs: dev ## the manual as a site, in build/site
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet
	@echo "Open build/site/index.html in a browser."

test: lint ## lint, types, layers, and all tests that take seconds
	$(BIN)/pytest -m "not slow"

lint: dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test-slow: dev ## the tests that take minutes
	$(BIN)/pytest -m slow

asan: ## the C core alone, driven at random, under AddressSanitizer and UBSan
	@$(MAKE) --no-print-directory -C logic/core asan BUILD=$(CURDIR)/build/core

bench: bench-peano bench-unify bench-saturate bench-index bench-policy bench-workflow bench-checker bench-eml bench-pages ## all benchmarks

bench-peano: install ## the main job: time, memory, theorems, steps
	@$(BIN)/python benchmarks/peano.py

bench-eml: install ## shortest eml trees: the paper's table, speed, compiler, proofs
	@$(BIN)/python benchmarks/eml_search.py

bench-regression: install ## laws recovered from data, in ten minutes; FULL=1 takes hours and resumes
	@$(BIN)/python benchmarks/regression.py $(if $(FULL),,--quick) $(if $(PEERS),--peers)

bench-pages: dev ## pages of a thousand theorems: written, searched, drawn; Rocq on Peano
	@$(BIN)/python benchmarks/pages.py

bench-policy: install ## decisions, ledger, analysis and lint of policies, beside peers
	@$(BIN)/python benchmarks/policy.py

bench-workflow: install ## workflows under policies: graphs, products, induction, the seven properties
	@$(BIN)/python benchmarks/workflow.py

bench-checker: install ## steps a second of the independent checker
	@$(BIN)/python benchmarks/checker.py

bench-unify: install ## unifications a second, beside other engines where they are installed
	@$(BIN)/python benchmarks/unify.py

bench-saturate: install ## rules fired and paramodulations a second, beside E where it is installed
	@$(BIN)/python benchmarks/saturate.py

bench-index: install ## retrieval from an index, beside a scan
	@$(BIN)/python benchmarks/index.py

install: $(VENV)/.installed
dev: $(VENV)/.developing

clean: ## remove what was made, .venv included
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis \
	  .import_linter_cache .benchmarks
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
	rm -f logic/core/*.so eml/*.so

# -- stamps: a second `make` starts at once --------------------------------------------------

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Porism needs Python 3.11 or later; say which with make PYTHON=..." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: $(BUILT_FROM) | $(BIN)/python
	$(PIP) install --editable .
	@touch $@

$(VENV)/.developing: $(VENV)/.installed
	$(PIP) install --editable '.[dev,docs]'
	@touch $@
