# Two commands are all the set-up there is: `make run` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PO := $(wildcard registry/web/translations/*/LC_MESSAGES/messages.po)
MO := $(PO:.po=.mo)
PIP := $(BIN)/pip --disable-pip-version-check

.PHONY: run test check install bench lock assets translations clean

run: install
	@$(BIN)/registry serve

install: $(VENV)/installed $(MO)

$(VENV)/installed: requirements.txt pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) install --quiet --require-hashes -r requirements.txt
	$(PIP) install --quiet --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/installed-test: requirements-test.txt $(VENV)/installed
	$(PIP) install --quiet --require-hashes -r requirements-test.txt
	@touch $@

%.mo: %.po $(VENV)/installed
	@$(BIN)/pybabel --quiet compile --input-file=$< --output-file=$@

check: install $(VENV)/installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/djlint templates --lint --quiet

# Regenerate the hash-locked requirement files from pyproject.toml (needs uv).
lock:
	uv pip compile --universal --generate-hashes --no-annotate --no-header --no-emit-index-url --no-emit-find-links --python-version 3.11 --extra install pyproject.toml --quiet -o requirements.txt
	uv pip compile --universal --generate-hashes --no-annotate --no-header --no-emit-index-url --no-emit-find-links --python-version 3.11 --extra install --extra test -c requirements.txt pyproject.toml --quiet -o requirements-test.txt
