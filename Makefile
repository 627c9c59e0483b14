# `make audit` and `make test` work on a fresh machine: they make .venv and install what is needed first.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: audit test lint docs clean

audit: .venv/installed
	$(BIN)/classifier-audit audit

test: .venv/installed lint
	$(BIN)/python -m pytest --numprocesses auto

lint: .venv/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

docs: .venv/installed
	$(BIN)/python -m sphinx --builder html --fail-on-warning --keep-going --quiet docs build/docs
	@echo build/docs/index.html

.venv/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev,frost]'
	touch $@

clean:
	rm -rf .venv build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache
