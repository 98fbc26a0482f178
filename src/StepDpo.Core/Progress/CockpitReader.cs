using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Accounts;
using StepDpo.Core.Annotations;
using StepDpo.Core.Data;
using StepDpo.Core.Pairs;
using StepDpo.Core.Problems;
using StepDpo.Core.Projects;
using StepDpo.Core.Sampling;
using StepDpo.Core.Statistics;

namespace StepDpo.Core.Progress;

/// <summary>Reads <see cref="Cockpit"/>: from counts by person and day, so that it takes as long at a million judgements as at a thousand.</summary>
public sealed class CockpitReader(IDbContextFactory<StepDpoContext> contexts, TimeProvider clock)
{
    /// <summary>Most disputes that are shown.</summary>
    public const int ShownDisputes = 6;

    // The most disputed of so many, the oldest: the list stays short to read however many are open.
    private const int ComparedDisputes = 100;

    /// <summary>How the project goes. For leads.</summary>
    /// <param name="actor">Who asks.</param>
    /// <param name="projectId">The project.</param>
    /// <param name="since">Counts people's work from this day (UTC) on; all where null. Progress is always the whole.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public async Task<Outcome<Cockpit>> ReadAsync(Actor actor, long projectId, DateOnly? since = null, CancellationToken cancellationToken = default)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var role = await Membership.RequireAsync(context, actor, projectId, ProjectRole.Lead, cancellationToken);
        if (!role.Succeeded) return role.Refusal;
        var now = clock.GetUtcNow();
        var perSolution = (await ProjectRegister.CurrentAsync(context, projectId, cancellationToken)).Settings.JudgementsPerSolution;
        // At once: the one counts in the indexes of all solutions, the other adds up days.
        var (whole, done) = (WholeAsync(projectId, cancellationToken), DoneAsync(projectId, since, cancellationToken));
        await Task.WhenAll(whole, done);
        var (states, judged, openFlags, oldestFlag, disputes) = await whole;
        var (days, counted, annotators) = await done;
        var left = Math.Max(0, states.GetValueOrDefault(SolutionState.Waiting) * perSolution - judged);
        var countedDays = since is null ? days : [.. days.Where(d => d.Day >= since)];
        return new Cockpit
        {
            CountedAt = now,
            Since = since,
            Solutions = states,
            JudgementsPerSolution = perSolution,
            Judged = days.Sum(d => d.Judgements),
            Left = left,
            End = ExpectedEnd.Of(left, WholeDays(days, DateOnly.FromDateTime(now.UtcDateTime)), now),
            Days = days,
            Pairs = HourlyRate.Of(countedDays.Sum(d => (long)d.Pairs), countedDays.Sum(d => d.Hours)),
            Seconds = Seconds(counted),
            Annotators = annotators,
            Disputes = disputes,
            OpenFlags = openFlags,
            OldestFlag = oldestFlag,
        };
    }

    // Where the project's solutions are, and what waits for a decision.
    private async Task<(Dictionary<SolutionState, int> States, int JudgedOfWaiting, int OpenFlags, DateTimeOffset? OldestFlag, IReadOnlyList<OpenDispute> Disputes)> WholeAsync(
        long projectId, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var states = await context.Set<Solution>().Where(s => s.ProjectId == projectId)
            .GroupBy(s => s.State).Select(group => new { group.Key, Count = group.Count() }).ToDictionaryAsync(group => group.Key, group => group.Count, cancellationToken);
        var flags = await context.Set<Flag>().Where(f => f.Answer == null && f.Solution!.ProjectId == projectId)
            .GroupBy(f => 1).Select(open => new { Count = open.Count(), Oldest = open.Min(f => f.AskedAt) }).SingleOrDefaultAsync(cancellationToken);
        return (states, await JudgedOfWaitingAsync(context, projectId, cancellationToken), flags?.Count ?? 0, flags?.Oldest, await DisputesAsync(context, projectId, cancellationToken));
    }

    // What people did.
    private async Task<(IReadOnlyList<TeamDay> Days, List<WorkDay> Counted, IReadOnlyList<AnnotatorRow> Annotators)> DoneAsync(long projectId, DateOnly? since, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var counted = await PeopleAsync(context, projectId, since, cancellationToken);
        return (await DaysAsync(context, projectId, cancellationToken), counted, await AnnotatorsAsync(context, projectId, since, counted, cancellationToken));
    }

    // Judgements of solutions that wait for more: the places taken in them, less those where somebody is still judging. The index of taken
    // places answers by itself; a join would read every assignment of the project.
    private static async Task<int> JudgedOfWaitingAsync(StepDpoContext context, long projectId, CancellationToken cancellationToken)
    {
        var waiting = context.Set<Solution>().Where(s => s.ProjectId == projectId && s.State == SolutionState.Waiting);
        var taken = await waiting.SumAsync(
            s => context.Set<Assignment>().Count(a => a.SolutionId == s.Id && (a.State == AssignmentState.Leased || a.State == AssignmentState.Submitted) && a.Slot > Assignment.Gold), cancellationToken);
        return taken - await waiting.Join(context.Set<Assignment>().Where(a => a.State == AssignmentState.Leased && a.Slot > Assignment.Gold), s => s.Id, a => a.SolutionId, (_, a) => a).CountAsync(cancellationToken);
    }

    internal static MeanEstimate? Seconds(IReadOnlyCollection<WorkDay> days) => MeanEstimate.Of(
        days.Sum(d => (long)d.Judgements), days.Sum(d => d.JudgedMilliseconds) / 1000.0, (double)days.Sum(d => d.JudgedSquares) / 1e6);

    internal static double Hours(IEnumerable<WorkDay> days) => days.Sum(d => d.WorkedMilliseconds) / 3_600_000.0;

    // Each person's counts by choice and by quarter.
    internal static async Task<Dictionary<Guid, (long[] Choices, long[] Quarters)>> ChoicesAsync(
        StepDpoContext context, long projectId, DateOnly? since, CancellationToken cancellationToken)
    {
        var rows = await context.Set<WorkDayStep>().Where(d => d.ProjectId == projectId && (since == null || d.Day >= since))
            .GroupBy(d => new { d.UserId, d.Step, d.Quarter }).Select(group => new { group.Key.UserId, group.Key.Step, group.Key.Quarter, Count = group.Sum(d => (long)d.Judgements) })
            .ToListAsync(cancellationToken);
        var people = new Dictionary<Guid, (long[] Choices, long[] Quarters)>();
        foreach (var row in rows)
        {
            if (!people.TryGetValue(row.UserId, out var own)) people[row.UserId] = own = (new long[StepChoices.Choices], new long[4]);
            own.Choices[StepChoices.ChoiceOf(row.Step)] += row.Count;
            if (row.Quarter > 0) own.Quarters[row.Quarter - 1] += row.Count;
        }

        return people;
    }

    internal static long[] Team(IEnumerable<long[]> people) => people.Aggregate(new long[StepChoices.Choices], (sum, own) => [.. sum.Zip(own, (a, b) => a + b)]);

    // Each person's days added up, the days themselves forgotten.
    private static Task<List<WorkDay>> PeopleAsync(StepDpoContext context, long projectId, DateOnly? since, CancellationToken cancellationToken) =>
        context.Set<WorkDay>().Where(d => d.ProjectId == projectId && (since == null || d.Day >= since)).GroupBy(d => d.UserId)
            .Select(own => new WorkDay
            {
                ProjectId = projectId,
                UserId = own.Key,
                Day = default,
                Judgements = own.Sum(d => d.Judgements),
                CannotJudge = own.Sum(d => d.CannotJudge),
                Undone = own.Sum(d => d.Undone),
                Skipped = own.Sum(d => d.Skipped),
                WorkedMilliseconds = own.Sum(d => d.WorkedMilliseconds),
                JudgedMilliseconds = own.Sum(d => d.JudgedMilliseconds),
                JudgedSquares = own.Sum(d => d.JudgedSquares),
                LastAt = own.Max(d => d.LastAt),
            }).ToListAsync(cancellationToken);

    private static async Task<IReadOnlyList<TeamDay>> DaysAsync(StepDpoContext context, long projectId, CancellationToken cancellationToken)
    {
        var judged = await context.Set<WorkDay>().Where(d => d.ProjectId == projectId).GroupBy(d => d.Day)
            .Select(day => new { day.Key, Judgements = day.Sum(d => d.Judgements), Worked = day.Sum(d => d.WorkedMilliseconds) }).ToDictionaryAsync(day => day.Key, cancellationToken);
        // Imported pairs came of nobody's hour here.
        var made = await context.Set<PreferencePair>().Where(p => p.ProjectId == projectId && p.RectificationId != null)
            .GroupBy(p => p.CreatedAt.Date).Select(group => new { group.Key, Count = group.Count() }).ToListAsync(cancellationToken);
        // Few against the pairs: each looks its pair up, where a join reads all pairs of the project.
        var withdrawn = await context.Set<PairWithdrawal>()
            .Select(w => context.Set<PreferencePair>().Where(p => p.Id == w.PairId && p.ProjectId == projectId && p.RectificationId != null).Select(p => (DateTime?)p.CreatedAt.Date).FirstOrDefault())
            .Where(day => day != null).GroupBy(day => day!.Value).Select(group => new { group.Key, Count = group.Count() }).ToListAsync(cancellationToken);
        var pairs = made.ToDictionary(day => DateOnly.FromDateTime(day.Key), day => day.Count);
        foreach (var day in withdrawn) pairs[DateOnly.FromDateTime(day.Key)] -= day.Count;
        return [.. judged.Keys.Union(pairs.Keys).Order().Select(day => judged.GetValueOrDefault(day) is { } work
            ? new TeamDay(day, work.Judgements, pairs.GetValueOrDefault(day), work.Worked / 3_600_000.0)
            : new TeamDay(day, 0, pairs[day], 0))];
    }

    private static List<int> WholeDays(IReadOnlyList<TeamDay> days, DateOnly today)
    {
        if (days.FirstOrDefault(d => d.Judgements > 0) is not { } first) return [];
        var judged = days.ToDictionary(d => d.Day, d => d.Judgements);
        var from = Math.Max(first.Day.DayNumber, today.DayNumber - ExpectedEnd.LongestLook);
        return [.. Enumerable.Range(from, Math.Max(0, today.DayNumber - from)).Select(day => judged.GetValueOrDefault(DateOnly.FromDayNumber(day)))];
    }

    private static async Task<IReadOnlyList<AnnotatorRow>> AnnotatorsAsync(
        StepDpoContext context, long projectId, DateOnly? since, IReadOnlyList<WorkDay> people, CancellationToken cancellationToken)
    {
        var choices = await ChoicesAsync(context, projectId, since, cancellationToken);
        var team = Team(choices.Values.Select(own => own.Choices));
        var annotators = people.Where(own => own.Judgements > 0 || own.Skipped > 0 || own.WorkedMilliseconds > 0).ToList();
        var ids = annotators.Select(own => own.UserId).ToList();
        var names = await context.Set<User>().Where(u => ids.Contains(u.Id)).ToDictionaryAsync(u => u.Id, u => u.DisplayName, cancellationToken);
        var gold = await GoldAccuracy.PeopleAsync(context, projectId, ids, since is { } day ? new DateTimeOffset(day, TimeOnly.MinValue, TimeSpan.Zero) : null, null, cancellationToken);
        return [.. annotators.Select(own => Row(own.UserId, names[own.UserId], [own], choices.GetValueOrDefault(own.UserId), team, gold.GetValueOrDefault(own.UserId))).OrderByDescending(row => row.Judgements).ThenBy(row => row.Name, StringComparer.Ordinal)];
    }

    internal static AnnotatorRow Row(Guid user, string name, IReadOnlyList<WorkDay> days, (long[]? Choices, long[]? Quarters) own, long[] team, Proportion? gold)
    {
        var (judged, skipped) = (days.Sum(d => d.Judgements), days.Sum(d => d.Skipped));
        var quarters = own.Quarters ?? new long[4];
        return new AnnotatorRow(
            user, name, judged, Hours(days), Seconds(days), Proportion.Wilson(skipped, judged + skipped), Proportion.Wilson(days.Sum(d => d.CannotJudge), judged),
            StepChoices.Of(own.Choices ?? new long[StepChoices.Choices], team), [.. quarters.Select(count => quarters.Sum() is var sum and > 0 ? (double)count / sum : 0)],
            days.Sum(d => d.Undone), days.Max(d => d.LastAt), gold ?? Proportion.Wilson(0, 0));
    }

    private static async Task<IReadOnlyList<OpenDispute>> DisputesAsync(StepDpoContext context, long projectId, CancellationToken cancellationToken)
    {
        var open = await context.Set<Solution>().Where(s => s.ProjectId == projectId && s.State == SolutionState.Adjudication)
            .OrderBy(s => s.Id).Take(ComparedDisputes).Select(s => s.Id).ToListAsync(cancellationToken);
        var said = await Verdicts.CountingAsync(context, open, cancellationToken);
        var most = open.Select(id => (Id: id, Said: said[id].ToList()))
            .Select(d => (d.Id, Claims: d.Said.Select(a => (a.Outcome, a.Step)).Distinct().OrderBy(claim => claim.Step ?? 0).ToList(), Since: d.Said.Select(a => a.CreatedAt).DefaultIfEmpty().Max()))
            .OrderByDescending(d => d.Claims.Count).ThenBy(d => d.Id).Take(ShownDisputes).ToList();
        var ids = most.Select(d => d.Id).ToList();
        var statements = await context.Set<Solution>().Where(s => ids.Contains(s.Id))
            .Join(context.Set<Problem>(), s => s.ProblemId, p => p.Id, (s, p) => new { s.Id, p.Statement }).ToDictionaryAsync(row => row.Id, row => row.Statement, cancellationToken);
        return [.. most.Select(d => new OpenDispute(d.Id, statements[d.Id], d.Claims, d.Since))];
    }
}
