using System.Security.Cryptography;
using System.Text;
using StepDpo.Contracts;
using StepDpo.Core.Accounts;
using StepDpo.Core.Data;
using StepDpo.Core.Pairs;
using StepDpo.Core.Problems;
using StepDpo.Core.Projects;
using StepDpo.Core.Tests.Data;

namespace StepDpo.Core.Tests.Pairs;

public sealed class PairFileTests(Database database) : IClassFixture<Database>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private PairImport Import => new(database, TimeProvider.System);

    private PairExports Exports => new(database, TimeProvider.System);

    [Fact]
    public async Task Import_and_export_give_the_same_bytes_every_time_and_the_file_twice_adds_nothing()
    {
        var (project, lead) = await ProjectAsync();
        var rows = Enumerable.Range(1, 30).Select(Row).ToArray();

        Assert.Equal(new(30, 0, []), await ImportAsync(lead, project, rows), PairImportReportEquality.Instance);
        Assert.Equal(new(0, 30, []), await ImportAsync(lead, project, rows), PairImportReportEquality.Instance);

        var export = (await Exports.CreateAsync(lead, project, new(), Token)).Value;
        var bytes = await BytesAsync(lead, export.Id);
        Assert.Equal(export.Sha256, Convert.ToHexStringLower(SHA256.HashData(bytes)));
        Assert.Equal(export.ByteCount, bytes.Length);
        Assert.Equal(rows.OrderBy(row => row.Sha256(), StringComparer.Ordinal).Select(row => row.ToJsonLine() + "\n").Aggregate("", string.Concat), Encoding.UTF8.GetString(bytes));
        Assert.Equal(bytes, await BytesAsync(lead, (await Exports.CreateAsync(lead, project, new(), Token)).Value.Id));

        var (other, boss) = await ProjectAsync();
        await Import.ImportAsync(boss, other, new StringReader(Encoding.UTF8.GetString(bytes)), true, Token);
        Assert.Equal(export.Sha256, (await Exports.CreateAsync(boss, other, new(), Token)).Value.Sha256);
    }

    [Fact]
    public async Task A_withdrawn_pair_stays_in_old_exports_and_enters_no_new_one()
    {
        var (project, lead) = await ProjectAsync();
        await ImportAsync(lead, project, Row(1), Row(2));
        var before = (await Exports.CreateAsync(lead, project, new(), Token)).Value;
        var pairs = new PairService(database, TimeProvider.System);
        var pair = (await pairs.ListAsync(lead, project, new(Search: "step 1 "), 0, 10, Token)).Value.Rows.Single().Pair;

        Assert.True((await pairs.WithdrawAsync(lead, pair.Id, "The winner is wrong.", Token)).Succeeded);

        Assert.Equal(1, (await Exports.CreateAsync(lead, project, new(), Token)).Value.PairCount);
        Assert.Equal(before.ByteCount, (await BytesAsync(lead, before.Id)).Length);
        Assert.Equal(1, (await pairs.ListAsync(lead, project, new(), 0, 10, Token)).Value.Total);
        Assert.Equal(2, (await pairs.ListAsync(lead, project, new(IsWithdrawn: null), 0, 10, Token)).Value.Total);
    }

    [Fact]
    public async Task Bad_lines_are_named_and_keep_the_rest_out_where_that_was_asked()
    {
        var (project, lead) = await ProjectAsync();
        var lines = $"{Row(1).ToJsonLine()}\nnonsense\n\n{(Row(2) with { Rejected = Row(2).Chosen }).ToJsonLine()}\n{(Row(3) with { InitialReasonSteps = "Step 1: a" }).ToJsonLine()}\n{(Row(4) with { Answer = "7" }).ToJsonLine().Replace("\"7\"", "7", StringComparison.Ordinal)}\n";

        var refused = (await Import.ImportAsync(lead, project, new StringReader(lines), allOrNothing: true, Token)).Value;
        Assert.Equal((0, 4), (refused.Added, refused.BadLines.Count));
        Assert.Equal(
            [
                new(2, "found no JSON (wrong at byte 1), wanted an object with the fields of a preference pair"),
                new(4, "chosen and rejected: found the same step twice, wanted two"),
                new(5, "initial_reason_steps: found no \"Step k:\" at its end"),
                new(6, "answer: found a number, wanted text"),
            ],
            refused.BadLines);
        Assert.Equal(1, (await Import.ImportAsync(lead, project, new StringReader(lines), allOrNothing: false, Token)).Value.Added);
    }

    [Fact]
    public async Task Pairs_of_held_out_problems_stay_out()
    {
        var (project, lead) = await ProjectAsync();
        var heldOut = await new World(database).ProblemAsync(project, Split.Test);
        var report = await ImportAsync(lead, project, Row(1) with { Prompt = $"  {heldOut.Statement} " });
        Assert.Contains("Test", report.BadLines.Single().Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_leads_import_and_export()
    {
        var (project, _) = await ProjectAsync();
        var reviewer = Actor.Person((await new World(database).UserAsync(projectId: project, role: ProjectRole.Reviewer)).Id);
        Assert.Equal(RefusalKind.Forbidden, (await Import.ImportAsync(reviewer, project, new StringReader(""), true, Token)).Refusal?.Kind);
        Assert.Equal(RefusalKind.Forbidden, (await Exports.CreateAsync(reviewer, project, new(), Token)).Refusal?.Kind);
    }

    private async Task<(long Project, Actor Lead)> ProjectAsync()
    {
        var world = new World(database);
        var (project, _) = await world.ProjectAsync();
        return (project.Id, Actor.Person((await world.UserAsync(projectId: project.Id, role: ProjectRole.Lead)).Id));
    }

    private static PreferenceExample Row(int i) =>
        new("made", $"What is {i} × π?", $"Let's think step by step.\nStep 1: a\nStep {(i % 3) + 1}:", $" good step {i} \\frac12", $" bad step {i}", $" good step {i} \\frac12\nStep 9: x", $" bad step {i}\nrest", $"{i}\\pi");

    private async Task<PairImportReport> ImportAsync(Actor lead, long project, params PreferenceExample[] rows) =>
        (await Import.ImportAsync(lead, project, new StringReader(string.Concat(rows.Select(row => row.ToJsonLine() + "\n"))), true, Token)).Value;

    private async Task<byte[]> BytesAsync(Actor lead, long exportId)
    {
        using var stream = new MemoryStream();
        Assert.True((await Exports.WriteAsync(lead, exportId, stream, Token)).Succeeded);
        return stream.ToArray();
    }

    private sealed class PairImportReportEquality : IEqualityComparer<PairImportReport>
    {
        public static readonly PairImportReportEquality Instance = new();

        public bool Equals(PairImportReport? a, PairImportReport? b) => (a?.Added, a?.AlreadyThere, a?.BadLines.Count) == (b?.Added, b?.AlreadyThere, b?.BadLines.Count);

        public int GetHashCode(PairImportReport report) => report.Added;
    }
}
