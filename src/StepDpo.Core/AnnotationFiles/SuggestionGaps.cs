using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Accounts;
using StepDpo.Core.Annotations;
using StepDpo.Core.Data;
using StepDpo.Core.Projects;
using StepDpo.Core.Sampling;
using StepDpo.Core.Suggestions;

namespace StepDpo.Core.AnnotationFiles;

/// <summary>Writes what a judge model is to be asked about: the solutions that have no suggestion, as JSON lines that come back with one.</summary>
public sealed class SuggestionGaps(IDbContextFactory<StepDpoContext> contexts)
{
    private static readonly JsonSerializerOptions Line = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>
    /// Writes the solutions without a suggestion that people judge: those that wait, and gold items, which nothing tells apart. A line
    /// has <c>solution</c>, <c>problem</c>, <c>answer</c> and <c>steps</c>. For leads.
    /// </summary>
    /// <returns>The number of lines.</returns>
    public async Task<Outcome<int>> WriteAsync(Actor actor, long projectId, Stream target, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var role = await Membership.RequireAsync(context, actor, projectId, ProjectRole.Lead, cancellationToken);
        if (!role.Succeeded) return role.Refusal;
        var rows = context.Set<Solution>().AsNoTracking()
            .Where(s => s.ProjectId == projectId && !context.Set<Suggestion>().Any(g => g.SolutionId == s.Id))
            .Where(s => s.State == SolutionState.Waiting || context.Set<GoldItem>().Any(g => g.SolutionId == s.Id && g.RetiredAt == null))
            .OrderBy(s => s.Id)
            .Select(s => new { s.Id, s.Problem!.Statement, s.Problem.Answer, s.Text, s.StepOffsets, s.FinishReason, context.Set<ProjectRevision>().Single(r => r.Id == s.Run!.RevisionId).Settings });
        await using var writer = new StreamWriter(target, leaveOpen: true) { NewLine = "\n" };
        var written = 0;
        await foreach (var row in rows.AsAsyncEnumerable().WithCancellation(cancellationToken))
        {
            var steps = new SolutionSteps(row.Settings.Template.FirstStep, row.Text, row.StepOffsets);
            var whole = row.FinishReason == FinishReason.Length ? steps.Count - 1 : steps.Count;
            var line = new { solution = row.Id, problem = row.Statement, answer = row.Answer, steps = Enumerable.Range(1, whole).Select(k => steps.Words(k).Trim()) };
            await writer.WriteLineAsync(JsonSerializer.Serialize(line, Line).AsMemory(), cancellationToken);
            written++;
        }

        return written;
    }
}
