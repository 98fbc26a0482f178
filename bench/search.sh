#!/usr/bin/env bash
# Searching 100,000 solutions: seeds a scratch database on the test server, asks the search page each of some filters 50 times through the
# real site, and prints how PostgreSQL answered (EXPLAIN ANALYZE). Needs STEPDPO_TEST_POSTGRES (./stepdpo test sets one up);
# STEPDPO_SEARCH_SOLUTIONS for another size.
set -euo pipefail
cd "$(dirname "$0")/.."
dotnet=${STEPDPO_DOTNET:-dotnet}
"$dotnet" build tests/StepDpo.Web.Tests -v quiet
"$dotnet" exec artifacts/bin/StepDpo.Web.Tests/debug/StepDpo.Web.Tests.dll -noColor -explicit only -showLiveOutput -class StepDpo.Web.Tests.Search.SearchSpeedTests
