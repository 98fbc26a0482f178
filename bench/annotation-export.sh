#!/usr/bin/env bash
# bench/annotation-export.sh: seconds and memory of an export of 100,000 judged solutions in each format, from the page of a published
# site (docs/measurements.md). Wants STEPDPO_TEST_POSTGRES: the connection string of a server whose user may create databases and roles
# and may checkpoint; ./stepdpo test sets one up.
set -euo pipefail
cd "$(dirname "$0")/.."
dotnet=${STEPDPO_DOTNET:-dotnet}
"$dotnet" publish src/StepDpo.Web -c Release -o artifacts/export-bench -v quiet
"$dotnet" build tests/StepDpo.EndToEnd.Tests -v quiet
STEPDPO_SITE=$PWD/artifacts/export-bench/StepDpo.Web.dll "$dotnet" exec artifacts/bin/StepDpo.EndToEnd.Tests/debug/StepDpo.EndToEnd.Tests.dll \
    -noLogo -explicit only -showLiveOutput -class StepDpo.EndToEnd.Tests.AnnotationFiles.AnnotationExportBench
