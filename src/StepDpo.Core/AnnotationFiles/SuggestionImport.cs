using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using StepDpo.Contracts;
using StepDpo.Contracts.Runs;
using StepDpo.Core.Accounts;
using StepDpo.Core.Annotations;
using StepDpo.Core.Auditing;
using StepDpo.Core.Data;
using StepDpo.Core.Projects;
using StepDpo.Core.Runs;
using StepDpo.Core.Sampling;
using StepDpo.Core.Suggestions;

namespace StepDpo.Core.AnnotationFiles;

/// <summary>A file of suggestions on this machine.</summary>
/// <param name="Path">Where it lies.</param>
/// <param name="Name">What it was called.</param>
public sealed record SuggestionFile(string Path, string Name);

/// <summary>What an import of suggestions would do or has done.</summary>
/// <param name="Added">New suggestions.</param>
/// <param name="Known">Rows that say what is stored already, or what stood earlier in the file.</param>
/// <param name="Sources">New suggestions by source, by name.</param>
/// <param name="RowWord">What one row is called: Line or Row.</param>
/// <param name="FaultCount">Rows that cannot be used; one of them keeps the whole file out.</param>
/// <param name="Faults">The first of them.</param>
public sealed record SuggestionImportReport(
    int Added, int Known, IReadOnlyList<(string Source, int Count)> Sources, string RowWord, int FaultCount, IReadOnlyList<RowNote> Faults);

/// <summary>
/// Brings suggestions in from JSON lines, one a line: all or nothing. A line names its solution by our number, or by problem and
/// steps. The same file twice adds nothing. <c>docs/annotation-files.md</c> names the fields.
/// </summary>
public sealed class SuggestionImport(IDbContextFactory<StepDpoContext> contexts, TimeProvider clock)
{
    /// <summary>Largest file, in bytes.</summary>
    public const long LargestFile = 600_000_000;

    private const int Batch = 500;

    /// <summary>Reads a file and says what an import would do. For leads.</summary>
    /// <param name="actor">A lead.</param>
    /// <param name="projectId">The project.</param>
    /// <param name="file">The file.</param>
    /// <param name="progress">Told the number of rows read, now and then.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public Task<Outcome<SuggestionImportReport>> PreviewAsync(
        Actor actor, long projectId, SuggestionFile file, IProgress<int>? progress = null, CancellationToken cancellationToken = default) =>
        PassAsync(actor, projectId, file, isStored: false, progress, cancellationToken);

    /// <summary>Imports a file, in one transaction; one bad row keeps all out. For leads.</summary>
    /// <param name="actor">A lead.</param>
    /// <param name="projectId">The project.</param>
    /// <param name="file">The file.</param>
    /// <param name="progress">Told the number of rows read, now and then.</param>
    /// <param name="cancellationToken">Stops it; nothing is added then.</param>
    public Task<Outcome<SuggestionImportReport>> ImportAsync(
        Actor actor, long projectId, SuggestionFile file, IProgress<int>? progress = null, CancellationToken cancellationToken = default) =>
        PassAsync(actor, projectId, file, isStored: true, progress, cancellationToken);

    private async Task<Outcome<SuggestionImportReport>> PassAsync(
        Actor actor, long projectId, SuggestionFile file, bool isStored, IProgress<int>? progress, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var role = await Membership.RequireAsync(context, actor, projectId, ProjectRole.Lead, cancellationToken);
        if (!role.Succeeded) return role.Refusal;
        if (!File.Exists(file.Path)) return Refusal.Invalid("File", "There is no such file.");

        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        // Two imports of one file at once: the second waits and finds everything there.
        if (isStored) await context.Database.ExecuteSqlAsync($"SELECT 1 FROM project WHERE id = {projectId} FOR UPDATE", cancellationToken);
        var revision = await context.CurrentRevisionAsync(projectId, cancellationToken);
        var run = await NewRunAsync(actor, revision, file, cancellationToken);
        if (isStored)
        {
            context.Add(run);
            await context.SaveChangesAsync(cancellationToken);
        }

        var pass = new Pass(context, run, revision.Settings, isStored);
        try
        {
            await pass.ReadAsync(file.Path, progress, cancellationToken);
        }
        catch (InvalidDataException e)
        {
            return Refusal.Invalid("File", e.Message);
        }

        var report = pass.Report(await FileRows.WordAsync(file.Path, cancellationToken));
        if (!isStored) return report;
        if (report.Faults is [var first, ..])
        {
            Sentence line = $"line {first.Row}";
            Sentence row = $"row {first.Row}";
            var place = report.RowWord == "Line" ? line : row;
            return report.FaultCount == 1
                ? Refusal.Invalid("File", $"{file.Name}, {place}: {first.Reason}. Nothing was added.")
                : Refusal.Invalid("File", $"{file.Name}, {place}: {first.Reason}. {report.FaultCount - 1} more cannot be used. Nothing was added.");
        }

        if (report.Added == 0) return report;
        context.Attach(run);
        (run.ProgressDone, run.ProgressTotal) = (report.Added, report.Added);
        context.Audited(clock.GetUtcNow(), actor.UserId, projectId, "suggestions.imported", nameof(Run), run.Id,
            now: new { file.Name, report.Added, report.Known, Sources = report.Sources.Select(s => new { s.Source, s.Count }) });
        await context.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return report;
    }

    private async Task<Run> NewRunAsync(Actor actor, ProjectRevision revision, SuggestionFile file, CancellationToken cancellationToken)
    {
        await using var stream = File.OpenRead(file.Path);
        var now = clock.GetUtcNow();
        return new Run
        {
            ProjectId = revision.ProjectId,
            Kind = RunKind.Import,
            Name = file.Name.Length <= 200 ? file.Name : file.Name[..200],
            RevisionId = revision.Id,
            Options = JsonSerializer.Serialize(new { Brings = "Suggestions", File = file.Name, Sha256 = Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellationToken)) }, RunJson.Line),
            State = RunState.Succeeded,
            CreatedById = actor.UserId,
            CreatedAt = now,
            StartedAt = now,
            EndedAt = now,
        };
    }

    /// <summary>One way through a file.</summary>
    private sealed class Pass(StepDpoContext context, Run run, ProjectSettings settings, bool isStored)
    {
        private readonly SuggestionIntake _intake = new(context, run, run.CreatedAt);
        private readonly SortedDictionary<string, int> _sources = new(StringComparer.Ordinal);
        private readonly List<RowNote> _faults = [];
        private int _known, _faultCount, _read;

        private sealed record Read(int Row, SuggestionRow Said);

        public SuggestionImportReport Report(string rowWord) =>
            new(_sources.Values.Sum(), _known, [.. _sources.Select(pair => (pair.Key, pair.Value))], rowWord, _faultCount, [.. _faults.OrderBy(fault => fault.Row)]);

        public async Task ReadAsync(string path, IProgress<int>? progress, CancellationToken cancellationToken)
        {
            var batch = new List<Read>(Batch);
            await foreach (var (number, row, fault) in FileRows.ReadAsync(path, cancellationToken))
            {
                try
                {
                    if (row is null) Fault(number, fault!);
                    else batch.Add(new(number, SuggestionRow.Of(row, settings.Template.FirstStep)));
                }
                catch (InvalidDataException e)
                {
                    Fault(number, e.Message);
                }

                if (++_read % Batch == 0) progress?.Report(_read);
                if (batch.Count < Batch) continue;
                await TakeAsync(batch, cancellationToken);
                batch.Clear();
            }

            await TakeAsync(batch, cancellationToken);
            progress?.Report(_read);
            if (_read == 0) throw new InvalidDataException("The file holds no suggestions.");
        }

        private void Fault(int row, string reason)
        {
            _faultCount++;
            if (_faults.Count < AnnotationImportReport.MostTold) _faults.Add(new(row, reason));
        }

        private async Task TakeAsync(List<Read> batch, CancellationToken cancellationToken)
        {
            var named = await NamedAsync(batch, cancellationToken);
            // One bad row keeps all out: from there on rows are only looked at.
            var became = await _intake.TakeAsync([.. named.Select(pair => pair.Suggestion)], isStored && _faultCount == 0, cancellationToken);
            foreach (var ((row, suggestion), taken) in named.Zip(became))
            {
                if (taken.Fault is { } fault) Fault(row, fault);
                else if (taken.IsKnown) _known++;
                else _sources[suggestion.Source] = _sources.GetValueOrDefault(suggestion.Source) + 1;
            }
        }

        // Rows that name problem and text become rows that name our solution; a text that was sampled twice is the one that people judge.
        private async Task<List<(int Row, NewSuggestion Suggestion)>> NamedAsync(List<Read> batch, CancellationToken cancellationToken)
        {
            var statements = batch.Select(row => row.Said.StatementSha256).OfType<string>().Distinct().ToArray();
            var texts = batch.Select(row => row.Said.TextSha256).OfType<string>().Distinct().ToArray();
            var solutions = statements.Length == 0 ? [] : await context.Set<Solution>()
                .Where(s => s.ProjectId == run.ProjectId && texts.Contains(s.TextSha256) && statements.Contains(s.Problem!.StatementSha256))
                .Select(s => new { s.Id, s.TextSha256, s.Problem!.StatementSha256, s.State }).ToListAsync(cancellationToken);
            var ids = solutions.GroupBy(s => (s.StatementSha256, s.TextSha256))
                .ToDictionary(group => group.Key, group => group.OrderBy(s => s.State == SolutionState.Sampled).ThenBy(s => s.Id).First().Id);
            var named = new List<(int, NewSuggestion)>();
            foreach (var (row, said) in batch)
            {
                if (said.SolutionId is { } id) named.Add((row, said.Suggestion(id)));
                else if (ids.TryGetValue((said.StatementSha256!, said.TextSha256!), out id)) named.Add((row, said.Suggestion(id)));
                else Fault(row, "problem, steps: found none like these, wanted a solution of this project");
            }

            return named;
        }
    }
}
