using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Accounts;
using StepDpo.Core.Auditing;
using StepDpo.Core.Data;
using StepDpo.Core.Problems;
using StepDpo.Core.Projects;
using StepDpo.Core.Tests.Data;

namespace StepDpo.Core.Tests.Problems;

public sealed class ProblemImportTests(Database database) : IClassFixture<Database>
{
    private readonly World _world = new(database);
    private readonly ProblemImport _import = new(database, TimeProvider.System);

    [Fact]
    public async Task The_same_file_twice_adds_nothing_also_at_once()
    {
        var (project, lead) = await LeadAsync();
        var file = new ImportFile(File.ReadAllBytes(Shared.Path("data/math500/test.jsonl")), "math500");
        var reports = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => _import.ImportAsync(lead, project, file)));
        Assert.Equal([0, 500], reports.Select(report => report.Value.Added).Order());
        Assert.Equal(0, (await _import.ImportAsync(lead, project, file)).Value.Added);
        await using var context = database.CreateDbContext();
        Assert.Equal(500, await context.Set<Problem>().CountAsync(problem => problem.ProjectId == project));
        Assert.Equal(500, await context.Set<ReferenceAnswer>().CountAsync(answer => context.Set<Problem>().Any(p => p.Id == answer.ProblemId && p.ProjectId == project)));
        Assert.Equal(3, await context.Set<AuditEvent>().CountAsync(e => e.ProjectId == project && e.Action == "problems.imported"));
    }

    [Fact]
    public async Task Bad_lines_refuse_the_file_or_are_left_out_as_chosen()
    {
        var (project, lead) = await LeadAsync();
        var bytes = "{\"problem\": \"1?\", \"answer\": \"1\"}\n{\"problem\": \"2?\"}\n"u8.ToArray();
        var refused = await _import.ImportAsync(lead, project, new ImportFile(bytes, "own", AllOrNothing: true));
        Assert.Contains("One line is bad, so nothing was imported; the first is line 2: answer: found nothing, wanted text, a number or a list.", refused.Refusal!.Message, StringComparison.Ordinal);
        var preview = (await _import.PreviewAsync(lead, project, new ImportFile(bytes, "own"))).Value;
        Assert.Equal((1, 0, 1), (preview.New, preview.Known, preview.Faults.Count));
        Assert.Equal(1, (await _import.ImportAsync(lead, project, new ImportFile(bytes, "own"))).Value.Added);
    }

    [Fact]
    public async Task A_corrected_answer_is_a_version_and_what_follows_runs_with_it()
    {
        var (project, lead) = await LeadAsync();
        var problem = await _world.ProblemAsync(project);
        var follow = new Follow();
        var answers = new ReferenceAnswers(database, TimeProvider.System, [follow]);
        Assert.Equal(2, (await answers.CorrectAsync(lead, problem.Id, 1, "3", "misprint")).Value);
        Assert.Equal(("3", 2), follow.Seen);
        Assert.Equal(RefusalKind.Conflict, (await answers.CorrectAsync(lead, problem.Id, 1, "4", "late")).Refusal!.Kind);
        Assert.Equal(["2", "3"], (await answers.VersionsAsync(lead, problem.Id)).Value.Select(version => version.Answer));
    }

    [Fact]
    public async Task Problems_are_found_by_words_that_hold_wild_cards()
    {
        var (project, lead) = await LeadAsync();
        await _import.ImportAsync(lead, project, new ImportFile("{\"problem\": \"What is 50% of 4?\", \"answer\": \"2\"}\n{\"problem\": \"What is 500 of 4?\", \"answer\": \"2\"}"u8.ToArray(), "own"));
        var page = (await new ProblemList(database).PageAsync(lead, project, new ProblemFilter(Text: "50% OF"))).Value;
        Assert.Equal("What is 50% of 4?", Assert.Single(page.Problems).Statement);
    }

    private async Task<(long Project, Actor Lead)> LeadAsync()
    {
        var (project, _) = await _world.ProjectAsync();
        return (project.Id, Actor.Person((await _world.UserAsync(projectId: project.Id, role: ProjectRole.Lead)).Id));
    }

    private sealed class Follow : IAnswerCorrection
    {
        public (string, int) Seen { get; private set; }

        public Task FollowAsync(StepDpoContext context, Problem problem, Actor actor, CancellationToken cancellationToken)
        {
            Seen = (problem.Answer, problem.AnswerVersion);
            return Task.CompletedTask;
        }
    }
}
