using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using StepDpo.Core.Projects;
using StepDpo.EndToEnd.Tests.Support;

namespace StepDpo.EndToEnd.Tests.Annotations;

/// <summary>From Enter to the next solution on the screen: measured, not tested (CONTRIBUTING.md says how).</summary>
public sealed partial class AnnotateBench(ScriptSite browser)
{
    private const int Solutions = 100;
    private const int Bots = 20;
    private const int ColdStarts = 11;
    private static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(100);

    [Fact(Explicit = true)]
    public async Task Enter_to_the_next_solution_painted_with_100_ms_delay_and_20_people_beside()
    {
        await using var site = await RealSite.StartedAsync(new() { JudgementsPerSolution = 9 });
        var texts = new Texts(site);
        foreach (var solution in MrBen.All.Where(solution => solution.FirstError is not null).Take(Solutions * 3))
            await texts.SolutionAsync(solution.Statement, "-1", "-2", [.. solution.Steps]);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var (verdicts, pause) = (0, TimeSpan.FromMilliseconds(500));
        var bots = new List<Task>();
        for (var i = 0; i < Bots; i++)
        {
            await site.MemberAsync($"bot{i}", ProjectRole.Annotator);
            var botPage = await browser.BlankAsync();
            await site.OpenAsync(botPage, $"bot{i}", "guidelines");
            bots.Add(JudgeAsync(site, botPage, () => Interlocked.Increment(ref verdicts), () => pause, stop.Token));
        }

        await site.MemberAsync("lin", ProjectRole.Annotator);
        var page = await browser.BlankAsync(new() { ViewportSize = new() { Width = 1440, Height = 900 } });
        await page.RouteAsync("**/api/**", async route =>
        {
            await Task.Delay(Delay);
            await route.ContinueAsync();
        });
        await page.AddInitScriptAsync("""
            window.times = [];
            addEventListener("keydown", event => {
              if (event.key !== "Enter") return;
              const before = performance.now();
              requestAnimationFrame(() => { const channel = new MessageChannel();
                channel.port1.onmessage = () => times.push(performance.now() - before); channel.port2.postMessage(0); });
            }, true);
            """);
        var opened = DateTime.UtcNow;
        await site.OpenAsync(page, "lin", "annotate");
        await page.CardAsync();
        var first = DateTime.UtcNow - opened;
        for (var i = 0; i < Solutions; i++)
        {
            await page.TypeKeysAsync("1");
            await Task.Delay(400, stop.Token); // a very quick reader
            await page.TypeKeysAsync("Enter");
        }

        pause = TimeSpan.FromSeconds(5); // as quick as people are
        var cold = await FirstCardsAsync(site, page);
        var times = (await page.EvaluateAsync<double[]>("times")).Order().ToArray();
        await page.SavedAsync();
        await stop.CancelAsync();
        await Task.WhenAll(bots.Select(bot => bot.ContinueWith(_ => { }, TaskScheduler.Default)));
        var alone = await FirstCardsAsync(site, page);
        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"Enter to painted: p50 {times[times.Length / 2]:F1} ms, p95 {times[(int)(times.Length * 0.95)]:F1} ms, most {times[^1]:F1} ms over {times.Length}; sign-in to first card {first.TotalMilliseconds:F0} ms; {Bots} others judged {verdicts} meanwhile. First card for one who is signed in, nothing cached, {ColdStarts} times: median {cold[ColdStarts / 2]:F0} ms, most {cold[^1]:F0} ms beside {Bots} who judge every five seconds; median {alone[ColdStarts / 2]:F0} ms, most {alone[^1]:F0} ms alone."));
    }

    // The first cards come with the page, without a call that could be delayed; an intercepted page would load each of its files through the driver.
    private async Task<double[]> FirstCardsAsync(RealSite site, IPage signedIn)
    {
        var (state, times) = (await signedIn.Context.StorageStateAsync(), new List<double>());
        for (var i = 0; i < ColdStarts; i++)
        {
            var page = await browser.BlankAsync(new() { ViewportSize = new() { Width = 1440, Height = 900 }, StorageState = state });
            var went = Stopwatch.GetTimestamp();
            await page.GotoAsync($"{site.Address}/projects/{site.Project.Id}/annotate", new() { WaitUntil = WaitUntilState.Commit });
            await page.CardAsync();
            times.Add(Stopwatch.GetElapsedTime(went).TotalMilliseconds);
            await page.Context.CloseAsync();
        }

        return [.. times.Order()];
    }

    // Another annotator, without a browser's work: asks for cards and judges them, one after the other.
    private static async Task JudgeAsync(RealSite site, IPage page, Action judged, Func<TimeSpan> pause, CancellationToken stop)
    {
        var api = $"{site.Address}/api/projects/{site.Project.Id}/annotations";
        var headers = new Dictionary<string, string> { ["Origin"] = site.Address, ["Content-Type"] = "application/json" };
        while (!stop.IsCancellationRequested)
        {
            var cards = await page.APIRequest.PostAsync($"{api}/cards", new() { Headers = headers, Data = JsonSerializer.Serialize(new { count = 3 }) });
            foreach (Match card in CardNumber().Matches(await cards.TextAsync()))
            {
                if (stop.IsCancellationRequested)
                    return;
                await page.APIRequest.PostAsync($"{api}/verdict", new()
                {
                    Headers = headers,
                    Data = JsonSerializer.Serialize(new { clientKey = Guid.NewGuid(), assignment = long.Parse(card.Groups[1].Value, CultureInfo.InvariantCulture), outcome = "FirstError", step = 1, grade = "Incorrect", note = "", activeMilliseconds = 500 }),
                });
                judged();
                await Task.Delay(pause(), stop);
            }
            await Task.Delay(200, stop);
        }
    }

    [GeneratedRegex("data-card=\"([0-9]+)\"")]
    private static partial Regex CardNumber();
}
