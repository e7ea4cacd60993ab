PYTHON ?= python3
PY := .venv/bin/python
export PYTHONDONTWRITEBYTECODE =  # compiled modules are kept, also where that is switched off: every process starts in half the time

run: .venv/requirements  ## set up everything and serve the site
	@$(PY) -m alembic upgrade head
	@$(PY) -m tracker sync || test $$? -eq 3  # 3: a file that is wrong was named; all others are served
	@$(PY) -m tracker serve

test: .venv/requirements-test  ## every test, on SQLite and PostgreSQL
	$(PY) -m pytest -n $$($(PY) -c 'import os; print(os.cpu_count() + 1)') --dist worksteal $(ARGS)  # a browser mostly waits

quick: .venv/requirements-test  ## the quick subset, on SQLite: rules, questions to the database, mails
	$(PY) -m pytest -n 2 --database sqlite -m "not slow and not browser" $(addprefix tests/,domain queries mail)

lint: .venv/requirements-test  ## style, types, templates
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/mypy
	.venv/bin/djlint --lint --quiet tracker/templates

lock:  ## for maintainers; needs uv
	uv pip compile -q --universal --generate-hashes --no-header --no-annotate --python-version 3.11 \
	  pyproject.toml -o requirements.txt
	uv pip compile -q --universal --generate-hashes --no-header --no-annotate --python-version 3.11 \
	  pyproject.toml --group test -c requirements.txt -o requirements-test.txt

messages: .venv/requirements  ## for maintainers; collect what is to be translated
	.venv/bin/pybabel -q extract -F pyproject.toml -k N_ --no-location --sort-output -o build/messages.pot tracker
	.venv/bin/pybabel -q update --no-fuzzy-matching --no-wrap -l en \
	  -i build/messages.pot -o tracker/translations/en/messages.po

.venv/%: %.txt pyproject.toml
	@$(PY) -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear .venv  # one that broke off half made, too
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r $<
	@$(PY) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

.PHONY: run test quick lint lock messages
