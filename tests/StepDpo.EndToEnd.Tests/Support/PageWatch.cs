using System.Collections.Concurrent;
using Microsoft.Playwright;

namespace StepDpo.EndToEnd.Tests.Support;

/// <summary>Everything on a page that nobody should see: console errors, script errors, failed requests, requests that leave the machine, reports of the policy.</summary>
internal sealed class PageWatch
{
    private readonly ConcurrentQueue<string> _findings = new();
    private readonly string _address;

    public PageWatch(IPage page, string address)
    {
        _address = address;
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
                Note($"console {message.Type}: {message.Text}");
        };
        page.PageError += (_, error) => Note($"script: {error}");
        page.Request += (_, request) =>
        {
            if (!request.Url.StartsWith(_address + "/", StringComparison.Ordinal) && !request.Url.StartsWith("data:", StringComparison.Ordinal) && !request.Url.StartsWith("blob:", StringComparison.Ordinal))
                Note($"left the site: {request.Url}");
            if (request.Url == _address + "/csp-report")
                Note($"policy: {request.PostData}");
        };
        page.Response += (_, response) =>
        {
            if (response.Status >= 400)
                Note($"{response.Status}: {response.Request.Method} {response.Url}");
        };
    }

    public IReadOnlyList<string> Findings => [.. _findings];

    /// <summary>Findings that hold this text are expected by the test.</summary>
    public List<string> Expected { get; } = [];

    public void AssertClean() =>
        Assert.DoesNotContain(Findings, finding => !Expected.Any(part => finding.Contains(part, StringComparison.Ordinal)));

    private void Note(string finding) => _findings.Enqueue(finding);
}
