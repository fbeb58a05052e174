# One command for each habit. Everything that they make lies below .leo/ (or LEO_HOME).
LEO := $(firstword $(shell command -v python3.11 python3)) -m embedded

.DEFAULT_GOAL := help
.PHONY: help demo up test lint types layers docs reference bench soak faults test-arangodb test-oidc screenshots superset-export status stop clean lock

help:           ## this list
	@sed -n 's/^\([a-z-]*\):  *## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 24

demo:           ## set up, start everything, run the pipeline on the sample data (DATA=folder: on yours)
	@$(LEO) demo $(if $(DATA),--data "$(DATA)")

up:             ## set up and start everything, without the demo
	@$(LEO) up

test:           ## set up, then lint, types, layers, docs, tests
	@$(LEO) test

lint:           ## ruff
	@$(LEO) test lint

types:          ## mypy, strict
	@$(LEO) test types

layers:         ## who imports whom
	@$(LEO) test layers

docs:           ## the documentation site, into .leo/site
	@$(LEO) test docs

reference:      ## the pages of docs/reference/generated, from docstrings, DAGs, SQL headers and the schema
	@$(LEO) up --only postgres --development && $(LEO) run -- python -m embedded.reference

bench:          ## benchmarks, each printing ratios
	@$(LEO) up --only postgres --development && $(LEO) run -- python -m bench

soak:           ## long proofs under load
	@$(LEO) test soak

faults:         ## long proofs with kills at every line
	@$(LEO) test faults

test-arangodb:  ## the contract of the live source on a real server: URL=http://user:password@host:8529
	@$(if $(URL),,$(error URL is missing: make test-arangodb URL=http://user:password@host:8529))
	@$(LEO) up --only postgres --development && LEO_TEST_ARANGODB_URL="$(URL)" $(LEO) run -- pytest tests/contract/arangodb

test-oidc:      ## logging in by OpenID Connect, to an Airflow with the FAB auth manager and to Superset
	@$(LEO) test oidc

screenshots:    ## the pictures of README and docs, from the running services
	@$(LEO) up --development && $(LEO) run -- python -m embedded.screenshots

superset-export: ## take what was changed on the dashboards in Superset back into superset/assets
	@$(LEO) superset-export

status:         ## what runs
	@$(LEO) status

stop:           ## end what runs
	@$(LEO) stop

clean:          ## stop, and remove everything that was made, data included
	@$(LEO) clean

lock:           ## compile the pinned requirements from the .in files
	@$(LEO) lock
