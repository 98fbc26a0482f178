using StepDpo.Core.Accounts;
using StepDpo.Core.Agreement;
using StepDpo.Core.Annotations;
using StepDpo.Core.Projects;
using StepDpo.Core.Tests.Data;

namespace StepDpo.Core.Tests.Agreement;

public sealed class AgreementReportsTests(Database database) : IClassFixture<Database>
{
    private readonly World _world = new(database);
    private readonly List<User> _people = [];
    private Project _project = null!;
    private ProjectRevision _revision = null!;

    [Fact]
    public async Task Figures_rest_on_the_first_blind_judgements_that_count()
    {
        await BeginAsync();
        await SolutionAsync(2, 2);
        await SolutionAsync(2, 3);
        await SolutionAsync(0, 0);
        await SolutionAsync(1); // one judgement is no agreement
        var report = await ReadAsync();
        Assert.Equal((3, 3), (report.All.Solutions, report.All.Pairs));
        Assert.Equal(2.0 / 3, report.All.Exact.Value.Value);
        Assert.Equal(1, report.All.WithinOneStep.Value.Value);
        Assert.Equal(1, report.All.AlphaHasError.Value.Value);
        // By hand: the units are {2,2} {2,3} {0,0}, n = 6, n_c = 3, 1, 2; D_o = 2/6, D_e = (36 - 9 - 1 - 4)/30.
        Assert.Equal(1 - 2.0 / 6 / (22.0 / 30), report.All.Alpha.Value.Value!.Value, 12);
        Assert.Equal([new(0, 0, 1), new(2, 2, 1), new(2, 3, 1)], report.Confusion);
        Assert.Equal([2, 3], report.Disputed.Single().Values);
        var pair = report.Pairs.Single();
        Assert.Equal((3L, 2.0 / 3), (pair.Solutions, pair.Exact));
        // By hand: p_o = 2/3; shares of 0, 2, 3 are 1/3, 2/3, 0 and 1/3, 1/3, 1/3, so p_e = 1/3.
        Assert.Equal(0.5, pair.Kappa.Value!.Value, 12);
    }

    [Fact]
    public async Task A_changed_judgement_counts_as_it_was_first_and_one_taken_back_not_at_all()
    {
        await BeginAsync();
        var changed = await SolutionAsync(2, 2);
        await AddAsync(changed[1], changed[1].Last, 3);
        var again = await SolutionAsync(1, 1);
        var undone = await AddAsync(again[1], again[1].Last, null, FirstErrorOutcome.Undone);
        await AddAsync(again[1], undone, 3);
        var gone = await SolutionAsync(1, 1);
        await AddAsync(gone[1], gone[1].Last, null, FirstErrorOutcome.Undone);
        var report = await ReadAsync();
        Assert.Equal([new(1, 3, 1), new(2, 2, 1)], report.Confusion);
    }

    [Fact]
    public async Task What_cannot_be_judged_is_missing()
    {
        await BeginAsync();
        var solution = await SolutionAsync(2, 2);
        await SolutionAsync(1, 2);
        await database.ExecuteAsync($"UPDATE assignment SET state = 'Released' WHERE id = {solution[1].Assignment.Id}");
        Assert.Equal(1, (await ReadAsync()).All.Solutions);
    }

    [Fact]
    public async Task Guidelines_are_told_apart_by_their_words_not_by_other_settings()
    {
        await BeginAsync(new() { Guidelines = "A" });
        await SolutionAsync(2, 2);
        _revision = await RevisionAsync(2, new() { Guidelines = "A", LeaseMinutes = 5 });
        await SolutionAsync(2, 2);
        _revision = await RevisionAsync(3, new() { Guidelines = "B" });
        await SolutionAsync(2, 3);
        var mixed = await SolutionAsync(1);
        _revision = await RevisionAsync(4, new() { Guidelines = "C" });
        await JudgeAsync(mixed[0].Solution, 1, 1);
        Assert.Equal([(3, 1L, 0.0), (1, 2L, 1.0), (null, 1L, 1.0)], (await ReadAsync()).ByGuidelines.Select(row => ((int?)row.Version, row.Figures.Solutions, row.Figures.Exact.Value.Value!.Value)));
    }

    [Fact]
    public async Task The_stamp_changes_with_a_judgement_and_other_projects_do_not_count()
    {
        await BeginAsync();
        await SolutionAsync(2, 2);
        var (mine, lead, reports) = (_project.Id, await LeadAsync(), new AgreementReports(database));
        var before = (await reports.StampAsync(lead, mine, Token)).Value;
        Assert.Equal(1, (await reports.ReadAsync(lead, mine, Token)).Value.All.Solutions);
        await BeginAsync();
        await SolutionAsync(3, 3);
        Assert.NotEqual(before, (await reports.StampAsync(lead, mine, Token)).Value);
        Assert.Equal([new(2, 2, 1)], (await reports.ReadAsync(lead, mine, Token)).Value.Confusion);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private sealed record Judged(Core.Sampling.Solution Solution, Assignment Assignment, FirstErrorAnnotation Last);

    private async Task BeginAsync(ProjectSettings? settings = null)
    {
        (_project, _revision) = await _world.ProjectAsync(settings);
        _people.Clear();
        for (var i = 0; i < 2; i++) _people.Add(await _world.UserAsync(projectId: _project.Id));
    }

    private async Task<ProjectRevision> RevisionAsync(int number, ProjectSettings settings)
    {
        var revision = new ProjectRevision { ProjectId = _project.Id, Number = number, Settings = settings, CreatedAt = World.Now };
        await database.AddAsync(revision);
        return revision;
    }

    /// <summary>A solution that the people judge in order; 0 is "no error".</summary>
    private async Task<IReadOnlyList<Judged>> SolutionAsync(params int[] values)
    {
        var solution = await _world.SolutionAsync(await _world.RunAsync(_revision), await _world.ProblemAsync(_project.Id));
        var judged = new List<Judged>();
        for (var i = 0; i < values.Length; i++) judged.Add(await JudgeAsync(solution, i, values[i]));
        return judged;
    }

    private async Task<Judged> JudgeAsync(Core.Sampling.Solution solution, int person, int value)
    {
        var assignment = World.NewAssignment(solution, _people[person], person + 1, AssignmentState.Submitted);
        await database.AddAsync(assignment);
        var annotation = value == 0
            ? World.NewAnnotation(assignment, solution, _revision, null, FirstErrorOutcome.NoError, FirstErrorReason.WrongReference)
            : World.NewAnnotation(assignment, solution, _revision, value);
        await database.AddAsync(annotation);
        return new(solution, assignment, annotation);
    }

    private async Task<FirstErrorAnnotation> AddAsync(Judged judged, FirstErrorAnnotation supersedes, int? step, FirstErrorOutcome outcome = FirstErrorOutcome.FirstError)
    {
        var annotation = World.NewAnnotation(judged.Assignment, judged.Solution, _revision, step, outcome, supersedesId: supersedes.Id);
        await database.AddAsync(annotation);
        return annotation;
    }

    private async Task<Actor> LeadAsync() => Actor.Person((await _world.UserAsync(projectId: _project.Id, role: ProjectRole.Lead)).Id);

    private async Task<AgreementReport> ReadAsync() => (await new AgreementReports(database).ReadAsync(await LeadAsync(), _project.Id, Token)).Value;
}
