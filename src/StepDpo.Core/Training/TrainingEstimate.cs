using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Data;
using StepDpo.Core.Models;
using StepDpo.Core.Pairs;
using StepDpo.Core.Projects;
using StepDpo.Core.Runs;
using StepDpo.Core.Sampling;

namespace StepDpo.Core.Training;

/// <summary>What is reckoned of a training run from what was measured before it. The web site holds no tokenizer, so tokens come from characters.</summary>
/// <param name="CharactersPerToken">Characters of a token.</param>
/// <param name="MeasuredTexts">Solutions of this model that it was measured on; 0 when it is a guess.</param>
/// <param name="TooLong">Pairs whose prompt with the longer answer is probably longer than the longest text: they are cut.</param>
/// <param name="SecondsPerPair">Seconds that an earlier run of this model, or of one with as many weights, took for a pair; null where there was none.</param>
/// <param name="MeasuredRun">Name of that run.</param>
public sealed record TrainingEstimate(double CharactersPerToken, int MeasuredTexts, int TooLong, double? SecondsPerPair, string? MeasuredRun)
{
    // English prose has 4 and formulas have 2 to 3 under a byte-level vocabulary.
    private const double UsualCharactersPerToken = 3;

    private const int Texts = 200;

    internal static async Task<TrainingEstimate> OfAsync(
        StepDpoContext context, long projectId, IQueryable<PreferencePair> pairs, long modelId, int maxLength, CancellationToken cancellationToken)
    {
        var texts = await context.Set<Solution>().Where(s => s.ProjectId == projectId && s.Run!.ModelId == modelId && s.TokenCount > 0)
            .OrderByDescending(s => s.Id).Take(Texts).Select(s => new { Characters = s.Text.Length, Tokens = s.TokenCount!.Value }).ToListAsync(cancellationToken);
        var rate = texts.Count == 0 ? UsualCharactersPerToken : (double)texts.Sum(text => text.Characters) / texts.Sum(text => text.Tokens);
        var settings = await context.Set<ProjectRevision>().Where(r => r.ProjectId == projectId).OrderByDescending(r => r.Number).Select(r => r.Settings).FirstAsync(cancellationToken);
        var room = maxLength * rate - settings.Template.ForContinuation("", "").Length;
        var tooLong = await pairs.CountAsync(
            p => p.Prompt.Length + p.InitialReasonSteps.Length + (p.Chosen.Length > p.Rejected.Length ? p.Chosen.Length : p.Rejected.Length) > room, cancellationToken);
        var (seconds, run) = await PaceAsync(context, projectId, modelId, cancellationToken);
        return new TrainingEstimate(rate, texts.Count, tooLong, seconds, run);
    }

    private static async Task<(double?, string?)> PaceAsync(StepDpoContext context, long projectId, long modelId, CancellationToken cancellationToken)
    {
        var weights = await context.Set<LanguageModel>().Where(m => m.Id == modelId).Select(m => m.Parameters).SingleOrDefaultAsync(cancellationToken);
        var run = await context.Set<Run>().AsNoTracking()
            .Where(r => r.ProjectId == projectId && r.Kind == RunKind.Training && context.Set<TrainingMetric>().Any(m => m.RunId == r.Id))
            .Where(r => r.ModelId == modelId || context.Set<LanguageModel>().Any(m => m.Id == r.ModelId && m.Parameters == weights && weights != null))
            .OrderByDescending(r => r.Id).FirstOrDefaultAsync(cancellationToken);
        if (run is null) return (null, null);
        var steps = await context.Set<TrainingMetric>().Where(m => m.RunId == run.Id).OrderByDescending(m => m.Step).Take(20).Select(m => m.Metrics).ToListAsync(cancellationToken);
        return (steps.Average(m => m.StepSeconds) / RunExecution.Options<TrainingRunOptions>(run).Training.BatchSize, run.Name);
    }
}
