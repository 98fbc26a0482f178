using System.Diagnostics;
using System.Globalization;
using StepDpo.Core.Tests.Data;
using StepDpo.EndToEnd.Tests.Support;

namespace StepDpo.EndToEnd.Tests.Workers;

/// <summary>The site as a process of its own, which can be killed as a fault would: nothing of it gets to tidy up.</summary>
internal sealed class SiteProcess : IDisposable
{
    private readonly Process _process;

    private SiteProcess(Process process) => _process = process;

    /// <summary>Bytes of memory that it has now.</summary>
    public long Resident
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64;
        }
    }

    /// <summary>Starts the site that this build made, or a published one; it executes runs, and serves pages on a free port where none is given.</summary>
    public static SiteProcess Start(Database database, string dataFolder, string address = "http://127.0.0.1:0", string? published = null)
    {
        var start = new ProcessStartInfo("dotnet", ["exec", published ?? Repository.Program("StepDpo.Web")])
        {
            RedirectStandardOutput = true,
            WorkingDirectory = Path.GetDirectoryName(published) ?? "",
        };
        start.Environment["ASPNETCORE_URLS"] = address;
        // In a build's folder the scripts and style sheets are found in Development only; a published site has them beside it.
        start.Environment["ASPNETCORE_ENVIRONMENT"] = published is null ? "Development" : "Production";
        start.Environment["ConnectionStrings__StepDpo"] = database.ConnectionString;
        start.Environment["StepDpo__DataFolder"] = dataFolder;
        // Sums in the same order each time: the weights of two runs are compared bit for bit.
        start.Environment["OMP_NUM_THREADS"] = 1.ToString(CultureInfo.InvariantCulture);
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        return new SiteProcess(process);
    }

    /// <summary>Waits until the site at an address answers: it was started just now, or died and comes up again.</summary>
    public static async Task ReadyAsync(string address)
    {
        using var client = new HttpClient();
        while (!await IsReadyAsync(client, new Uri($"{address}/health/ready"))) await Task.Delay(100, TestContext.Current.CancellationToken);
    }

    private static async Task<bool> IsReadyAsync(HttpClient client, Uri address)
    {
        try
        {
            using var answer = await client.GetAsync(address, TestContext.Current.CancellationToken);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    /// <summary>kill -9, of the site alone: its workers are in sessions of their own.</summary>
    public void Kill()
    {
        _process.Kill(entireProcessTree: false);
        _process.WaitForExit();
    }

    public void Dispose()
    {
        if (!_process.HasExited) Kill();
        _process.Dispose();
    }
}
