using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;
using StepDpo.Contracts;
using StepDpo.Core.Accounts;
using StepDpo.Core.Annotations;
using StepDpo.Core.Auditing;
using StepDpo.Core.Data;
using StepDpo.Core.Problems;
using StepDpo.Core.Projects;
using StepDpo.Core.Rectifications;

namespace StepDpo.Core.Pairs;

/// <summary>A line that cannot be imported.</summary>
/// <param name="Line">Its number, from 1.</param>
/// <param name="Message">Why.</param>
public sealed record BadPairLine(int Line, string Message);

/// <summary>What an import did.</summary>
/// <param name="Added">Pairs added.</param>
/// <param name="AlreadyThere">Rows that the project has, or that stood earlier in the file.</param>
/// <param name="BadLines">Lines left out.</param>
public sealed record PairImportReport(int Added, int AlreadyThere, IReadOnlyList<BadPairLine> BadLines);

/// <summary>Imports pairs in the paper's format into the same table; the same file twice adds nothing.</summary>
public sealed partial class PairImport(IDbContextFactory<StepDpoContext> contexts, TimeProvider clock)
{
    /// <summary>Most characters of a line.</summary>
    public const int MaximumLine = 1_000_000;

    /// <summary>Reads a <c>pairs.jsonl</c>.</summary>
    /// <param name="actor">A lead.</param>
    /// <param name="projectId">The project.</param>
    /// <param name="file">UTF-8, a row a line; empty lines are skipped.</param>
    /// <param name="allOrNothing">Whether one bad line keeps everything out.</param>
    /// <param name="cancellationToken">Stops it; nothing is added then.</param>
    public async Task<Outcome<PairImportReport>> ImportAsync(Actor actor, long projectId, TextReader file, bool allOrNothing, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var role = await Membership.RequireAsync(context, actor, projectId, ProjectRole.Lead, cancellationToken);
        if (!role.Succeeded) return role.Refusal;
        var revision = await context.CurrentRevisionAsync(projectId, cancellationToken);
        var known = (await context.Set<PreferencePair>().Where(p => p.ProjectId == projectId).Select(p => p.Sha256).ToListAsync(cancellationToken)).ToHashSet(StringComparer.Ordinal);
        // A held-out problem must not come in by the back door: its statement is refused.
        var problems = await context.Set<Problem>().Where(p => p.ProjectId == projectId)
            .Select(p => new { p.Id, p.Split, p.StatementSha256, p.Statement }).ToDictionaryAsync(p => p.StatementSha256, cancellationToken);
        var (bad, added, repeated, number) = (new List<BadPairLine>(), 0, 0, 0);
        while (await file.ReadLineAsync(cancellationToken) is { } line)
        {
            number++;
            if (string.IsNullOrWhiteSpace(line)) continue;
            var read = Read(line);
            if (!read.Succeeded)
            {
                bad.Add(new(number, read.Refusal.Message));
                continue;
            }

            var example = read.Value;
            var statement = StatementHash.Of(example.Prompt);
            var problem = problems.GetValueOrDefault(statement);
            if (problem is { Split: not Split.Pool }) bad.Add(new(number, $"prompt: found a problem of the split {problem.Split}, wanted one of the pool"));
            else if (!known.Add(example.Sha256())) repeated++;
            else
            {
                context.Add(Pair(projectId, example, statement, problem?.Id, revision.Id, actor.UserId));
                added++;
            }
        }

        if (bad.Count > 0 && allOrNothing) return new PairImportReport(0, 0, bad);
        if (added > 0) context.Audited(clock.GetUtcNow(), actor.UserId, projectId, "pairs.imported", nameof(Project), projectId, now: new { Added = added });
        await context.SaveChangesAsync(cancellationToken);
        return new PairImportReport(added, repeated, bad);
    }

    private static Outcome<PreferenceExample> Read(string line)
    {
        if (line.Length > MaximumLine) return Refusal.Invalid("line", $"found {line.Length} characters, wanted at most {MaximumLine}");
        PreferenceExample example;
        try
        {
            example = PreferenceExample.Parse(line);
        }
        catch (InvalidDataException e)
        {
            return Refusal.Invalid("line", e.Message);
        }

        if (line.Contains("\\u0000", StringComparison.Ordinal)) return Refusal.Invalid("line", "found the character U+0000, which cannot be stored");
        if (!PrefixEnd().IsMatch(example.InitialReasonSteps)) return Refusal.Invalid("initial_reason_steps", "initial_reason_steps: found no \"Step k:\" at its end");
        if (example.Chosen.Length == 0 || example.Rejected.Length == 0) return Refusal.Invalid("chosen", "chosen and rejected: found an empty step, wanted its words");
        return example.Chosen == example.Rejected ? Refusal.Invalid("chosen", "chosen and rejected: found the same step twice, wanted two") : example;
    }

    private PreferencePair Pair(long projectId, PreferenceExample example, string statement, long? problemId, long revisionId, Guid? by) => new()
    {
        ProjectId = projectId,
        ProblemId = problemId,
        Split = problemId is null ? null : Split.Pool,
        StatementSha256 = statement,
        Dataset = example.Dataset,
        Prompt = example.Prompt,
        InitialReasonSteps = example.InitialReasonSteps,
        Chosen = example.Chosen,
        Rejected = example.Rejected,
        FullChosen = example.FullChosen,
        FullRejected = example.FullRejected,
        Answer = example.Answer,
        Sha256 = example.Sha256(),
        Step = int.TryParse(PrefixEnd().Match(example.InitialReasonSteps).Groups["k"].ValueSpan, out var k) && k > 0 ? k : null,
        Origin = RectificationOrigin.Sampled,
        RevisionId = revisionId,
        CreatedById = by,
        CreatedAt = clock.GetUtcNow(),
    };

    [GeneratedRegex(@"Step (?<k>[0-9]{1,6}):\z", RegexOptions.NonBacktracking)]
    private static partial Regex PrefixEnd();
}
