#!/usr/bin/env bash
# bench/annotation-export.sh: seconds and memory of an export of 100,000 judged solutions in each format (docs/measurements.md).
# Wants STEPDPO_TEST_POSTGRES: the connection string of a server whose user may create databases and roles.
set -euo pipefail
cd "$(dirname "$0")/.."
dotnet build tests/StepDpo.Core.Tests -c Release -v quiet
dotnet exec artifacts/bin/StepDpo.Core.Tests/release/StepDpo.Core.Tests.dll -noLogo -explicit only -showLiveOutput \
    -class StepDpo.Core.Tests.AnnotationFiles.AnnotationExportFigureTests
