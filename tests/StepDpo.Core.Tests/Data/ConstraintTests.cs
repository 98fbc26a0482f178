using Npgsql;
using StepDpo.Core.Annotations;
using StepDpo.Core.Data;
using StepDpo.Core.Grading;
using StepDpo.Core.Pairs;
using StepDpo.Core.Problems;
using StepDpo.Core.Rectifications;
using StepDpo.Core.Runs;
using StepDpo.Core.Sampling;

namespace StepDpo.Core.Tests.Data;

/// <summary>Rules that data must obey, whatever a service does: tried by plain inserts under the site's role.</summary>
public sealed class ConstraintTests(Database database) : IClassFixture<Database>
{
    private const string Unique = PostgresErrorCodes.UniqueViolation;
    private const string Check = PostgresErrorCodes.CheckViolation;
    private const string Reference = PostgresErrorCodes.ForeignKeyViolation;

    private readonly World _world = new(database);

    [Fact]
    public async Task A_place_of_a_solution_goes_to_one_annotator_at_a_time()
    {
        var (_, solution) = await SolutionAsync();
        var (first, second) = (await _world.UserAsync(), await _world.UserAsync());
        await database.AddAsync(World.NewAssignment(solution, first));
        Assert.Equal(Unique, await database.RefusalOfAsync(World.NewAssignment(solution, second)));
        Assert.Null(await database.RefusalOfAsync(World.NewAssignment(solution, second, slot: 2)));
    }

    [Fact]
    public async Task A_place_that_was_given_back_is_free()
    {
        var (_, solution) = await SolutionAsync();
        await database.AddAsync(World.NewAssignment(solution, await _world.UserAsync(), state: AssignmentState.Released));
        await database.AddAsync(World.NewAssignment(solution, await _world.UserAsync(), state: AssignmentState.Skipped));
        Assert.Null(await database.RefusalOfAsync(World.NewAssignment(solution, await _world.UserAsync())));
    }

    [Fact]
    public async Task An_annotator_has_one_assignment_of_a_solution()
    {
        var (_, solution) = await SolutionAsync();
        var user = await _world.UserAsync();
        await database.AddAsync(World.NewAssignment(solution, user));
        Assert.Equal(Unique, await database.RefusalOfAsync(World.NewAssignment(solution, user, slot: 2)));
    }

    [Theory]
    [InlineData(1, null)]
    [InlineData(3, null)]
    [InlineData(0, Check)]
    [InlineData(4, Check)]
    public async Task K_lies_within_1_and_the_number_of_steps(int step, string? refusal)
    {
        var (revision, solution) = await SolutionAsync();
        var assignment = await AssignmentAsync(solution);
        Assert.Equal(refusal, await database.RefusalOfAsync(World.NewAnnotation(assignment, solution, revision, step)));
        Assert.Equal(refusal, await database.RefusalOfAsync(World.NewPrefix(solution, step)));
        Assert.Equal(refusal, await database.RefusalOfAsync(new FirstErrorVerdict
        {
            SolutionId = solution.Id,
            StepCount = solution.StepCount,
            Outcome = FirstErrorOutcome.FirstError,
            Step = step,
            Grade = StepGrade.Incorrect,
            Provenance = VerdictProvenance.Single,
            RevisionId = revision.Id,
            CreatedAt = World.Now,
        }));
    }

    [Fact]
    public async Task The_number_of_steps_cannot_be_made_up()
    {
        var (revision, solution) = await SolutionAsync();
        var assignment = await AssignmentAsync(solution);
        var annotation = new FirstErrorAnnotation
        {
            AssignmentId = assignment.Id,
            SolutionId = solution.Id,
            AnnotatorId = assignment.AnnotatorId,
            StepCount = 9,
            AnswerCheck = AnswerCheck.Wrong,
            Outcome = FirstErrorOutcome.FirstError,
            Step = 9,
            Grade = StepGrade.Incorrect,
            RevisionId = revision.Id,
            ClientKey = Guid.NewGuid(),
            CreatedAt = World.Now,
        };
        Assert.Equal(Reference, await database.RefusalOfAsync(annotation));
    }

    [Theory]
    [InlineData(AnswerCheck.Wrong, null, Check)]
    [InlineData(AnswerCheck.Wrong, FirstErrorReason.Unsure, Check)]
    [InlineData(AnswerCheck.Wrong, FirstErrorReason.WrongReference, null)]
    [InlineData(AnswerCheck.Wrong, FirstErrorReason.EquivalentAnswer, null)]
    [InlineData(AnswerCheck.Right, null, null)]
    [InlineData(AnswerCheck.NoAnswer, null, null)]
    public async Task No_error_in_a_wrong_solution_needs_a_reason_that_explains_it(AnswerCheck check, FirstErrorReason? reason, string? refusal)
    {
        var (revision, solution) = await SolutionAsync(check);
        var assignment = await AssignmentAsync(solution);
        Assert.Equal(refusal, await database.RefusalOfAsync(World.NewAnnotation(assignment, solution, revision, null, FirstErrorOutcome.NoError, reason)));
    }

    [Theory]
    [InlineData(FirstErrorOutcome.FirstError, null)]
    [InlineData(FirstErrorOutcome.NoError, 1)]
    [InlineData(FirstErrorOutcome.CannotJudge, null)]
    [InlineData(FirstErrorOutcome.Undone, null)]
    public async Task An_outcome_that_contradicts_its_fields_is_refused(FirstErrorOutcome outcome, int? step)
    {
        var (revision, solution) = await SolutionAsync(AnswerCheck.Right);
        var assignment = await AssignmentAsync(solution);
        Assert.Equal(Check, await database.RefusalOfAsync(World.NewAnnotation(assignment, solution, revision, step, outcome)));
    }

    [Fact]
    public async Task The_annotations_of_an_assignment_form_one_chain()
    {
        var (revision, solution) = await SolutionAsync();
        var (assignment, other) = (await AssignmentAsync(solution), await AssignmentAsync(solution, slot: 2));
        var first = World.NewAnnotation(assignment, solution, revision);
        await database.AddAsync(first);
        Assert.Equal(Unique, await database.RefusalOfAsync(World.NewAnnotation(assignment, solution, revision)));
        Assert.Equal(Reference, await database.RefusalOfAsync(World.NewAnnotation(other, solution, revision, supersedesId: first.Id)));
        Assert.Null(await database.RefusalOfAsync(World.NewAnnotation(assignment, solution, revision, 2, supersedesId: first.Id)));
        Assert.Equal(Unique, await database.RefusalOfAsync(World.NewAnnotation(assignment, solution, revision, 3, supersedesId: first.Id)));
    }

    [Theory]
    [InlineData(Split.Pool, null)]
    [InlineData(Split.Validation, Check)]
    [InlineData(Split.Test, Check)]
    public async Task Prefixes_come_from_the_pool_alone(Split split, string? refusal)
    {
        var (revision, solution) = await SolutionAsync(split: split);
        Assert.Equal(refusal, await database.RefusalOfAsync(World.NewPrefix(solution, 1)));
        Assert.NotEqual(0, revision.Id);
    }

    [Fact]
    public async Task A_prefix_cannot_call_a_held_out_solution_pool()
    {
        var (_, solution) = await SolutionAsync(split: Split.Test);
        var prefix = new Prefix
        {
            SolutionId = solution.Id,
            ProblemId = solution.ProblemId,
            Split = Split.Pool,
            StepCount = solution.StepCount,
            Step = 1,
            Text = "Step 1:",
            CreatedAt = World.Now,
        };
        Assert.Equal(Reference, await database.RefusalOfAsync(prefix));
    }

    [Fact]
    public async Task The_split_of_a_sampled_problem_is_frozen()
    {
        var (project, revision) = await _world.ProjectAsync();
        var (sampled, fresh) = (await _world.ProblemAsync(project.Id), await _world.ProblemAsync(project.Id));
        await _world.SolutionAsync(await _world.RunAsync(revision), sampled);
        Assert.Equal(1, await database.ExecuteAsync($"UPDATE problem SET split = 'Test' WHERE id = {fresh.Id}"));
        var refusal = await Assert.ThrowsAsync<PostgresException>(() => database.ExecuteAsync($"UPDATE problem SET split = 'Test' WHERE id = {sampled.Id}"));
        Assert.Equal(Reference, refusal.SqlState);
    }

    [Fact]
    public async Task A_solution_belongs_to_the_project_of_its_run_and_problem()
    {
        var (_, revision) = await _world.ProjectAsync();
        var (other, _) = await _world.ProjectAsync();
        var solution = World.NewSolution(await _world.RunAsync(revision), await _world.ProblemAsync(other.Id));
        Assert.Equal(Reference, await database.RefusalOfAsync(solution));
    }

    [Fact]
    public async Task A_sample_is_stored_once()
    {
        var (project, revision) = await _world.ProjectAsync();
        var (run, problem) = (await _world.RunAsync(revision), await _world.ProblemAsync(project.Id));
        await _world.SolutionAsync(run, problem);
        Assert.Equal(Unique, await database.RefusalOfAsync(World.NewSolution(run, problem)));
        Assert.Null(await database.RefusalOfAsync(World.NewSolution(run, problem, sampleIndex: 1)));
    }

    [Fact]
    public async Task A_project_trains_one_model_at_a_time()
    {
        var (_, revision) = await _world.ProjectAsync();
        var (_, elsewhere) = await _world.ProjectAsync();
        await _world.RunAsync(revision, RunKind.Training);
        await _world.RunAsync(elsewhere, RunKind.Training);
        await _world.RunAsync(revision);
        var second = new Run { ProjectId = revision.ProjectId, Kind = RunKind.Training, Name = "second", RevisionId = revision.Id, Options = "{}", CreatedAt = World.Now };
        Assert.Equal(Unique, await database.RefusalOfAsync(second));
    }

    [Fact]
    public async Task A_state_that_does_not_exist_is_refused()
    {
        var (_, revision) = await _world.ProjectAsync();
        var run = await _world.RunAsync(revision);
        var refusal = await Assert.ThrowsAsync<PostgresException>(() => database.ExecuteAsync($"UPDATE run SET state = 'Sleeping' WHERE id = {run.Id}"));
        Assert.Equal(Check, refusal.SqlState);
    }

    [Fact]
    public async Task Equal_pairs_cannot_stand_beside_each_other()
    {
        var (project, revision) = await _world.ProjectAsync();
        await database.AddAsync(NewPair(project.Id, revision.Id));
        Assert.Equal(Unique, await database.RefusalOfAsync(NewPair(project.Id, revision.Id)));
    }

    [Fact]
    public async Task A_text_with_the_character_U_0000_is_refused()
    {
        var (project, _) = await _world.ProjectAsync();
        var problem = new Problem { ProjectId = project.Id, Statement = "a\0b", StatementSha256 = TextHash.Of("a"), Answer = "1", Source = "test", CreatedAt = World.Now };
        Assert.Equal(PostgresErrorCodes.CharacterNotInRepertoire, await database.RefusalOfAsync(problem));
    }

    internal static PreferencePair NewPair(long projectId, long revisionId, string row = "row", Rectification? winner = null, Problem? problem = null) => new()
    {
        ProjectId = projectId,
        RectificationId = winner?.Id,
        ProblemId = problem?.Id,
        Split = problem?.Split,
        Step = winner is null ? null : 1,
        TemplateSha256 = winner is null ? null : TextHash.Of("template"),
        NeedsSecond = winner is not null,
        StatementSha256 = TextHash.Of("x"),
        Dataset = "test",
        Prompt = "x",
        InitialReasonSteps = "Step 1:",
        Chosen = " a",
        Rejected = " b",
        FullChosen = " a",
        FullRejected = " b",
        Answer = "1",
        Sha256 = TextHash.Of(row),
        Origin = RectificationOrigin.Sampled,
        RevisionId = revisionId,
        CreatedAt = World.Now,
    };

    private async Task<(Core.Projects.ProjectRevision Revision, Solution Solution)> SolutionAsync(AnswerCheck check = AnswerCheck.Wrong, Split split = Split.Pool)
    {
        var (project, revision) = await _world.ProjectAsync();
        return (revision, await _world.SolutionAsync(await _world.RunAsync(revision), await _world.ProblemAsync(project.Id, split), check));
    }

    private async Task<Assignment> AssignmentAsync(Solution solution, int slot = 1)
    {
        var assignment = World.NewAssignment(solution, await _world.UserAsync(), slot);
        await database.AddAsync(assignment);
        return assignment;
    }
}
