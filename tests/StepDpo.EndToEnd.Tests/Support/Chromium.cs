using Microsoft.Playwright;

namespace StepDpo.EndToEnd.Tests.Support;

/// <summary>How the tests start Chromium: the machine's own, which <c>./stepdpo test</c> names in <c>STEPDPO_CHROMIUM</c>.</summary>
internal static class Chromium
{
    public static BrowserTypeLaunchOptions Options { get; } = new()
    {
        ExecutablePath = Environment.GetEnvironmentVariable("STEPDPO_CHROMIUM") is { Length: > 0 } path ? path : "/usr/bin/chromium",
        Args =
        [
            "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
        ],
    };
}
