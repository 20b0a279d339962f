# Two commands are all the set-up there is: `make run` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PO := $(wildcard registry/web/translations/*/LC_MESSAGES/messages.po)
MO := $(PO:.po=.mo)
PIP := $(BIN)/pip --disable-pip-version-check

.PHONY: run test check install bench fuzz lock assets translations clean

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

# Lint, types, walls: seconds, before every commit.
check: install $(VENV)/installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/djlint templates --lint --quiet
	$(BIN)/pytest -q tests/test_architecture.py

# Every check and every test, on both database engines.
test: check chromium softhsm node_modules
	$(BIN)/pytest -n 2 --engine sqlite
	$(BIN)/pytest -n 2 --engine postgresql

# By hand: every database test with PostgreSQL's strictest isolation and injected serialization failures, then 200
# rounds of racing visits on both engines.
.PHONY: serializable
serializable: check
	REGISTRY_TEST_SERIALIZABLE=1 $(BIN)/pytest -n 2 --engine postgresql -m "not browser"
	REGISTRY_TEST_ROUNDS=200 $(BIN)/pytest --engine sqlite tests/db/test_order.py
	REGISTRY_TEST_ROUNDS=200 $(BIN)/pytest --engine postgresql tests/db/test_order.py

# The browser tests drive Debian's chromium; it is installed where that is possible.
.PHONY: chromium
chromium:
	@command -v chromium >/dev/null || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null; \
	  else \
	    echo "CHROMIUM IS MISSING: the browser tests will be skipped. Install it with: sudo apt-get install chromium"; \
	  fi; }

# The signer's key on a token is tested with a token in software.
.PHONY: softhsm
softhsm:
	@ls /usr/lib/softhsm/libsofthsm2.so /usr/lib/*/softhsm/libsofthsm2.so >/dev/null 2>&1 || command -v softhsm2-util >/dev/null || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends softhsm2 >/dev/null; \
	  else \
	    echo "SOFTHSM2 IS MISSING: the tests of keys on a token will be skipped. Install it with: sudo apt-get install softhsm2"; \
	  fi; }

# Where Node is, a test builds the front end again and compares the bytes.
node_modules: package-lock.json
	@if command -v npm >/dev/null; then npm ci --silent --no-audit --no-fund && touch node_modules; \
	  else echo "NODE IS MISSING: the front-end files are not rebuilt for comparison."; fi

# Ten minutes of random bytes against the codec (needs a Python that atheris has wheels for). Not part of the tests.
fuzz: install $(VENV)/installed-test
	$(PIP) install --quiet --require-hashes -r requirements-fuzz.txt
	$(BIN)/python -m tests.fuzz -max_total_time=600 -timeout=5 -rss_limit_mb=2048

bench: install $(VENV)/installed-test
	$(BIN)/python -m tests.benchmarks

# Front-end files are built with Node and committed, so that servers and users need none.
assets:
	npm ci && npm run build

# New strings into the catalogues; then translate what is empty.
translations: install
	@mkdir -p var
	$(BIN)/pybabel --quiet extract --ignore-dirs '.*' -F pyproject.toml -k N_ -k _l -k lazy_gettext --no-location --sort-output --no-wrap -o var/messages.pot .
	@for language in ky ru ar; do $(BIN)/pybabel --quiet update --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date --no-wrap \
	  -i var/messages.pot -d registry/web/translations -l $$language; done

# Regenerate the hash-locked requirement files from pyproject.toml (needs uv).
lock:
	uv pip compile --universal --generate-hashes --no-annotate --no-header --no-emit-index-url --no-emit-find-links --python-version 3.11 --extra install pyproject.toml --quiet -o requirements.txt
	uv pip compile --universal --generate-hashes --no-annotate --no-header --no-emit-index-url --no-emit-find-links --python-version 3.11 --extra install --extra pades --extra hsm -c requirements.txt pyproject.toml --quiet -o requirements-extras.txt
	uv pip compile --universal --generate-hashes --no-annotate --no-header --no-emit-index-url --no-emit-find-links --python-version 3.11 --extra install --extra pades --extra hsm --extra test -c requirements-extras.txt pyproject.toml --quiet -o requirements-test.txt
	uv pip compile --universal --generate-hashes --no-annotate --no-header --no-emit-index-url --no-emit-find-links --python-version 3.11 --extra install --extra fuzz -c requirements.txt pyproject.toml --quiet -o requirements-fuzz.txt
