# `make help` says what there is. Everything lives in .venv, made by .ci/environment on first use.
# Tools are run as `python -m`, never by their scripts: a script's first line cannot hold a path with a blank.
PYTHON ?=
export PYTHON
unexport PYTHONPATH PYTHONHOME
SECONDS = 600
EVERY = 1

python = .venv/bin/python
.NOTPARALLEL:
.PHONY: help demo test check gates attack torture packages corpus verdicts bench browser picture docs fuzz clean

help:
	@echo "make demo    the shell on the built-in practice API (replays examples/tour.http where there is no terminal)"
	@echo "make test    everything that must hold: lint, format, types, gates and the tests (those of the other targets are apart)"
	@echo "make check   the fast part of it: lint, format, types, gates"
	@echo "make attack  Tab in real bash, zsh and fish, in a hostile folder (installs zsh and fish where it may); patterns at full size"
	@echo "make torture each call of the system that a shell, a replay, convert or check makes fails once, in seven ways: about twenty minutes"
	@echo "              (EVERY=10 takes each tenth call)"
	@echo "make packages packages built upon Requests, each with callbox in the place of it, against a local server"
	@echo "make corpus  2,639 real descriptions of APIs, each read, walked, matched, converted; fetched by npm (SAMPLE=200 takes some; goes on where it was)"
	@echo "make verdicts responses of real descriptions, judged by callbox and by schemathesis (SAMPLE=300 takes more)"
	@echo "              PRISM=node_modules/.bin/prism judges what Prism answers for 50 descriptions, too"
	@echo "make bench   the benchmarks: start-up, the screen, what a session request and a replay cost"
	@echo "make browser the HTML report in a headless Chromium, where there is one"
	@echo "make picture the picture of the README, typed into a terminal and drawn anew"
	@echo "make docs    writes docs/commands.md from the tables of commands"
	@echo "make fuzz    texts that nobody wrote to the reader of .http files, for ten minutes (SECONDS=60 chooses)"
	@echo "make clean   removes .venv and everything that was made here"
	@echo "PYTHON=python3.13 chooses the interpreter (3.11 or newer; else the first found)"

demo:
	@sh .ci/environment run
	@if [ -t 0 ] && [ -t 1 ]; then exec $(python) -m callbox practice --shell; \
	else exec $(python) -m callbox practice --shell -c 'replay examples/tour.http'; fi

gates:
	@sh .ci/environment dev
	@echo "ruff: lint and format"
	@$(python) -m ruff check --quiet .
	@$(python) -m ruff format --check --quiet .
	@echo "mypy: strict"
	@$(python) -m mypy --no-error-summary

check: gates
	@echo "pytest: layers, public names"
	@$(python) -m pytest tests/test_layers.py tests/test_public.py

# In a fresh clone the tests are compiled beside the gates: three workers would each do so, for 12 s.
test:
	@sh .ci/environment dev
	@[ -d tests/__pycache__ ] || $(python) -m pytest --collect-only >/dev/null 2>&1 & \
	$(MAKE) --no-print-directory gates; code=$$?; wait; exit $$code
	@echo "pytest: everything"
	@$(python) -m pytest -n 3 --ignore=tests/attack

attack:
	@sh .ci/environment dev
	@missing=; for shell in bash zsh fish; do command -v $$shell >/dev/null || missing="$$missing $$shell"; done; \
	if [ -z "$$missing" ]; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $$missing >/dev/null || echo "could not install$$missing"; \
	else echo "not here, so their tests are skipped:$$missing"; fi
	@FULL_SIZE=1 $(python) -m pytest -rs tests/attack tests/linear

torture:
	@sh .ci/environment dev
	@env -u SSL_CERT_FILE -u REQUESTS_CA_BUNDLE $(python) -m tests.torture.run $(EVERY)

packages:
	@sh .ci/environment dev
	@$(python) tests/packages/run.py

corpus:
	@sh .ci/environment dev
	@nice $(python) -m tests.corpus.run $(SAMPLE)
	@nice $(python) -m tests.corpus.conversion $(SAMPLE)

verdicts:
	@sh .ci/environment dev
	@[ -x .venv/schemathesis/bin/python ] || { $(python) -m venv .venv/schemathesis && .venv/schemathesis/bin/python -m pip install --quiet schemathesis; }
	@nice $(python) -m tests.verdicts.cases .venv/schemathesis/cases.jsonl $(SAMPLE)
	@nice .venv/schemathesis/bin/python tests/verdicts/judge.py .venv/schemathesis/cases.jsonl
	@[ -z "$(PRISM)" ] || nice $(python) -m tests.verdicts.prism .venv/schemathesis/prism.jsonl "$(PRISM)"
	@[ -z "$(PRISM)" ] || nice .venv/schemathesis/bin/python tests/verdicts/judge.py .venv/schemathesis/prism.jsonl

bench:
	@sh .ci/environment dev
	@[ -x .venv/peers/bin/http ] || { $(python) -m venv .venv/peers && .venv/peers/bin/python -m pip install --quiet httpie http-prompt || echo "without HTTPie and http-prompt"; }
	@$(python) -m compileall -q src/callbox
	@$(python) tests/benchmarks/startup.py
	@$(python) tests/benchmarks/screen.py
	@[ -x .venv/niquests/bin/python ] || { $(python) -m venv .venv/niquests && .venv/niquests/bin/python -m pip install --quiet niquests; }
	@$(python) tests/benchmarks/session.py
	@$(python) tests/benchmarks/replay.py

browser:
	@sh .ci/environment dev
	@$(python) tests/browser/report.py

docs:
	@sh .ci/environment dev
	@$(python) -m callbox.shell.help_pages > docs/commands.md
	@$(python) -m callbox.shell.curl_command_translator > docs/curl.md
	@$(python) -c "import sys; from callbox.httpfile.tool_notations import replaced; sys.stdout.write(replaced(sys.stdin.read()))" < docs/scripts.md > docs/scripts.md.new && mv docs/scripts.md.new docs/scripts.md

picture:
	@sh .ci/environment dev
	@$(python) -m tests.picture.screen

fuzz:
	@sh .ci/environment dev
	@[ -x .venv/fuzz/bin/python ] || { $(python) -m venv .venv/fuzz && .venv/fuzz/bin/python -m pip install --quiet atheris; }
	@mkdir -p build/fuzz/corpus
	@cd build/fuzz && PYTHONPATH=../../src:../.. ../../.venv/fuzz/bin/python ../../tests/fuzz/parser.py \
	-max_len=4096 -len_control=0 -verbosity=0 -max_total_time=$(SECONDS) corpus

clean:
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage build dist
	@find src tests examples -name __pycache__ -type d -prune -exec rm -rf {} +
	@echo "clean"
