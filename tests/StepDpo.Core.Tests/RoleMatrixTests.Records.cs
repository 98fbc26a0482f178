using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Auditing;

namespace StepDpo.Core.Tests;

/// <summary>The table "What is recorded" in <c>docs/roles.md</c> against what the services do to the database.</summary>
public sealed partial class RoleMatrixTests
{
    private const string OnlyReads = "only reads";

    private static readonly IReadOnlyDictionary<string, string> Records = ReadRecords();

    [Fact]
    public void Every_method_that_changes_something_says_how_it_is_recorded()
    {
        var silent = Methods.Select(Name).Distinct().Where(name => !Reading().IsMatch(name) && !Records.ContainsKey(name));
        Assert.True(!silent.Any(), "Without a row in \"What is recorded\" of docs/roles.md:\n" + string.Join('\n', silent));
        Assert.Equal([], Records.Keys.Except(Methods.Select(Name)));
    }

    [Fact]
    public void Every_action_in_the_table_is_one_that_the_code_writes()
    {
        var code = string.Concat(Directory.EnumerateFiles(Path.Combine(Shared.Repository, "src", "StepDpo.Core"), "*.cs", SearchOption.AllDirectories).Select(File.ReadAllText));
        Assert.Equal([], Records.Values.SelectMany(Actions).Where(action => !code.Contains($"\"{action}\"", StringComparison.Ordinal)));
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task What_changes_the_database_leaves_its_record(string name)
    {
        foreach (var method in Methods.Where(method => Name(method) == name))
        {
            await using var scene = await Scene.CreateAsync(database, Level.Admin);
            var before = await TablesAsync();
            await scene.CallAsync(method);
            var changed = (await TablesAsync()).Except(before).Select(table => table.Split(' ')[0]).ToList();
            var record = Records.GetValueOrDefault(name, OnlyReads);
            if (record.StartsWith("nothing", StringComparison.Ordinal) || changed.Count == 0) continue;
            Assert.True(record != OnlyReads, $"{name} is said to read only, and changed {string.Join(", ", changed)}");
            foreach (var table in RowsOf().Matches(record).Select(match => Snake().Replace(match.Groups[1].Value, "_$1").ToLowerInvariant())) Assert.Contains(table, changed);
            if (Actions(record).ToList() is not { Count: > 0 } actions) continue;
            await using var context = database.CreateDbContext();
            Assert.Contains(await context.Set<AuditEvent>().OrderByDescending(e => e.Id).Select(e => e.Action).FirstAsync(TestContext.Current.CancellationToken), actions);
        }
    }

    // A table's rows and the last transaction that wrote one: every insert, update and delete shows.
    private async Task<IReadOnlyList<string>> TablesAsync()
    {
        await using var context = database.CreateDbContext();
        var tables = context.Model.GetEntityTypes().Select(entity => entity.GetTableName()!);
        return await context.Database.SqlQueryRaw<string>(
            string.Join(" UNION ALL ", tables.Select(table => $"SELECT '{table} ' || count(*) || ' ' || coalesce(max(xmin::text::bigint), 0) AS \"Value\" FROM {table}"))).ToListAsync(TestContext.Current.CancellationToken);
    }

    private static IEnumerable<string> Actions(string record) => Action().Matches(record).Select(match => match.Groups[1].Value);

    private static Dictionary<string, string> ReadRecords()
    {
        var text = File.ReadAllText(Path.Combine(Shared.Repository, "docs", "roles.md"));
        return RecordRow().Matches(text[text.IndexOf("## What is recorded", StringComparison.Ordinal)..]).ToDictionary(match => match.Groups[1].Value, match => match.Groups[2].Value);
    }

    [GeneratedRegex(@"^\| `([A-Za-z.]+)` \| (.+) \|$", RegexOptions.Multiline)]
    private static partial Regex RecordRow();

    [GeneratedRegex(@"`([a-z-]+\.[a-z-]+)`")]
    private static partial Regex Action();

    [GeneratedRegex(@"rows of `([A-Za-z]+)`")]
    private static partial Regex RowsOf();

    [GeneratedRegex("(?<=.)([A-Z])")]
    private static partial Regex Snake();

    [GeneratedRegex(@"\.(List|Get|Find|Page|Counts?|Preview|Versions|Lineage|Of[A-Za-z]*|CurrentRevision|Candidates|Slots|Series|Pulse|Facts|Before|Estimate|Accuracy|Compare|History)Async$")]
    private static partial Regex Reading();
}
