using System.Collections.Concurrent;
using System.Reflection;
using Microsoft.Playwright;
using StepDpo.EndToEnd.Tests.Support;
using Xunit.v3;

[assembly: ClosesItsBrowsers]

namespace StepDpo.EndToEnd.Tests.Support;

/// <summary>
/// Closes the browser profiles that a test opened when it ends: each holds a renderer and a live circuit, and over a hundred of them
/// would slow the tests that come after.
/// </summary>
[AttributeUsage(AttributeTargets.Assembly)]
public sealed class ClosesItsBrowsersAttribute : BeforeAfterTestAttribute
{
    private static readonly ConcurrentDictionary<string, ConcurrentBag<IBrowserContext>> Opened = new();

    // A deadline, not a measure: a page waits for its circuit while workers of other tests have the processors.
    private const int Deadline = 90_000;

    /// <summary>A fresh profile that lives as long as the test that is running; as long as the browser where none is.</summary>
    public static async Task<IBrowserContext> OpenAsync(IBrowser browser, BrowserNewContextOptions? options)
    {
        var context = await browser.NewContextAsync(options);
        context.SetDefaultTimeout(Deadline);
        if (TestContext.Current.Test is { } test)
            Opened.GetOrAdd(test.UniqueID, _ => []).Add(context);
        return context;
    }

    public override void After(MethodInfo methodUnderTest, IXunitTest test)
    {
        if (Opened.TryRemove(test.UniqueID, out var contexts))
            Task.Run(() => Task.WhenAll(contexts.Select(context => context.CloseAsync()))).GetAwaiter().GetResult();
    }
}
