using StepDpo.Core.Accounts;
using StepDpo.Core.Data;
using StepDpo.Core.Evaluations;
using StepDpo.Core.Problems;
using StepDpo.Core.Projects;
using StepDpo.Core.Tests.Data;

namespace StepDpo.Core.Tests.Evaluations;

public sealed class ProblemSplitsTests(Database database) : IClassFixture<Database>
{
    private readonly World _world = new(database);
    private readonly ProblemSplits _splits = new(database, TimeProvider.System);
    private readonly ProblemList _problems = new(database);

    [Fact]
    public async Task A_seed_holds_out_the_same_problems_and_another_seed_others()
    {
        var (project, lead) = await LeadAsync(40);
        Assert.Equal(new SplitReport(25, 5, 10, 0), (await _splits.AssignAsync(lead, project, new SplitRequest(5, 10, false, 1))).Value);
        var first = await TestIdsAsync(lead, project);
        await _splits.AssignAsync(lead, project, new SplitRequest(5, 10, false, 2));
        Assert.NotEqual(first, await TestIdsAsync(lead, project));
        Assert.Equal(new SplitReport(25, 5, 10, 0), (await _splits.AssignAsync(lead, project, new SplitRequest(0.125, 0.25, true, 1))).Value);
        Assert.Equal(first, await TestIdsAsync(lead, project));
    }

    [Fact]
    public async Task A_sampled_problem_keeps_its_split()
    {
        var (project, lead) = await LeadAsync(3);
        var revision = (await new ProjectRegister(database, TimeProvider.System, []).CurrentRevisionAsync(lead, project)).Value;
        var sampled = (await _problems.PageAsync(lead, project, new ProblemFilter())).Value.Problems[0];
        await _world.SolutionAsync(await _world.RunAsync(revision), sampled);
        Assert.Equal(new SplitReport(1, 0, 2, 1), (await _splits.AssignAsync(lead, project, new SplitRequest(0, 3, false, 1))).Value);
        Assert.Equal(Split.Pool, (await _problems.GetAsync(lead, sampled.Id)).Value.Split);
    }

    [Theory]
    [InlineData(2, 2, false)]
    [InlineData(-1, 0, false)]
    [InlineData(0.6, 0.6, true)]
    [InlineData(double.NaN, 0, true)]
    public async Task More_than_there_are_is_refused(double validation, double test, bool asShare)
    {
        var (project, lead) = await LeadAsync(3);
        Assert.Equal(RefusalKind.Invalid, (await _splits.AssignAsync(lead, project, new SplitRequest(validation, test, asShare, 1))).Refusal!.Kind);
    }

    private async Task<long[]> TestIdsAsync(Actor lead, long project) =>
        [.. (await _problems.PageAsync(lead, project, new ProblemFilter(Split.Test))).Value.Problems.Select(problem => problem.Id)];

    private async Task<(long Project, Actor Lead)> LeadAsync(int problems)
    {
        var (project, _) = await _world.ProjectAsync();
        for (var i = 0; i < problems; i++) await _world.ProblemAsync(project.Id);
        return (project.Id, Actor.Person((await _world.UserAsync(projectId: project.Id, role: ProjectRole.Lead)).Id));
    }
}
