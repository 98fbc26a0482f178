#!/usr/bin/env bash
# The cockpit over a million judgements: seeds a scratch database on the test server, then loads it 50 times through the real site.
# Needs STEPDPO_TEST_POSTGRES (./stepdpo test sets one up); STEPDPO_COCKPIT_SOLUTIONS for another size.
set -euo pipefail
cd "$(dirname "$0")/.."
dotnet=${STEPDPO_DOTNET:-dotnet}
"$dotnet" build tests/StepDpo.Web.Tests -v quiet
"$dotnet" exec artifacts/bin/StepDpo.Web.Tests/debug/StepDpo.Web.Tests.dll -noColor -explicit only -showLiveOutput -class StepDpo.Web.Tests.Progress.CockpitSpeedTests
