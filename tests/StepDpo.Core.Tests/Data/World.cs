using StepDpo.Core.Accounts;
using StepDpo.Core.Annotations;
using StepDpo.Core.Data;
using StepDpo.Core.Grading;
using StepDpo.Core.Models;
using StepDpo.Core.Problems;
using StepDpo.Core.Projects;
using StepDpo.Core.Runs;
using StepDpo.Core.Sampling;

namespace StepDpo.Core.Tests.Data;

/// <summary>Rows that many tests begin with: a project with people, a problem, a run and a solution of three steps, all made by plain inserts.</summary>
public sealed class World(Database database)
{
    private static int _number;

    public static readonly DateTimeOffset Now = new(2026, 11, 25, 12, 0, 0, TimeSpan.Zero);

    public async Task<User> UserAsync(bool isAdmin = false, long? projectId = null, ProjectRole role = ProjectRole.Annotator, bool disabled = false)
    {
        var name = $"user{Interlocked.Increment(ref _number)}";
        var user = new User
        {
            Id = Guid.NewGuid(),
            UserName = name,
            NormalizedUserName = name.ToUpperInvariant(),
            DisplayName = name,
            IsAdmin = isAdmin,
            CreatedAt = Now,
            DisabledAt = disabled ? Now : null,
            SecurityStamp = name,
        };
        await database.AddAsync(user);
        if (projectId is { } id) await database.AddAsync(new ProjectMember { ProjectId = id, UserId = user.Id, Role = role, AddedAt = Now });
        return user;
    }

    public async Task<(Project Project, ProjectRevision Revision)> ProjectAsync(ProjectSettings? settings = null)
    {
        var project = new Project { Name = $"project {Interlocked.Increment(ref _number)}", CreatedAt = Now };
        await database.AddAsync(project);
        var revision = new ProjectRevision { ProjectId = project.Id, Number = 1, Settings = settings ?? new(), CreatedAt = Now };
        await database.AddAsync(revision);
        return (project, revision);
    }

    public async Task<Problem> ProblemAsync(long projectId, Split split = Split.Pool)
    {
        var statement = $"What is {Interlocked.Increment(ref _number)} + 1?";
        var problem = new Problem
        {
            ProjectId = projectId,
            Statement = statement,
            StatementSha256 = StatementHash.Of(statement),
            Answer = "2",
            Source = "test",
            Split = split,
            CreatedAt = Now,
        };
        await database.AddAsync(problem);
        await database.AddAsync(new ReferenceAnswer { ProblemId = problem.Id, Version = 1, Answer = "2", CreatedAt = Now });
        return problem;
    }

    public async Task<Run> RunAsync(ProjectRevision revision, RunKind kind = RunKind.Sampling)
    {
        var run = new Run { ProjectId = revision.ProjectId, Kind = kind, Name = "run", RevisionId = revision.Id, Options = "{}", CreatedAt = Now };
        await database.AddAsync(run);
        return run;
    }

    public async Task<LanguageModel> ModelAsync()
    {
        var model = new LanguageModel
        {
            Name = $"model {Interlocked.Increment(ref _number)}",
            Kind = ModelKind.Folder,
            State = ModelState.Ready,
            Folder = "/models/x",
            WeightsSha256 = new string('0', 64),
            CreatedAt = Now,
        };
        await database.AddAsync(model);
        return model;
    }

    public async Task<Solution> SolutionAsync(
        Run run, Problem problem, AnswerCheck check = AnswerCheck.Wrong, int sampleIndex = 0, FinishReason finish = FinishReason.Stop)
    {
        var solution = NewSolution(run, problem, check, sampleIndex, finish: finish);
        await database.AddAsync(solution);
        return solution;
    }

    public static Solution NewSolution(
        Run run, Problem problem, AnswerCheck check = AnswerCheck.Wrong, int sampleIndex = 0, int? tokenCount = null, FinishReason finish = FinishReason.Stop)
    {
        var text = $" 1 + 1 = 3.\nStep 2: 3 - 0 = 3.\nStep 3: The answer is {Interlocked.Increment(ref _number)}.";
        var offsets = StepSplit.Offsets(text);
        return new Solution
        {
            ProjectId = problem.ProjectId,
            RunId = run.Id,
            ProblemId = problem.Id,
            Split = problem.Split,
            SampleIndex = sampleIndex,
            Text = text,
            TextSha256 = TextHash.Of(text),
            StepOffsets = offsets,
            StepCount = offsets.Length,
            FinishReason = finish,
            TokenCount = tokenCount,
            AnswerCheck = check,
            AnswerVersion = 1,
            State = check == AnswerCheck.Right ? SolutionState.Sampled : SolutionState.Waiting,
            CreatedAt = Now,
        };
    }

    public static Assignment NewAssignment(Solution solution, User annotator, int slot = 1, AssignmentState state = AssignmentState.Leased) => new()
    {
        SolutionId = solution.Id,
        AnnotatorId = annotator.Id,
        Slot = slot,
        State = state,
        LeasedUntil = Now.AddMinutes(20),
        CreatedAt = Now,
    };

    public static FirstErrorAnnotation NewAnnotation(
        Assignment assignment, Solution solution, ProjectRevision revision, int? step = 1, FirstErrorOutcome outcome = FirstErrorOutcome.FirstError,
        FirstErrorReason? reason = null, long? supersedesId = null, bool afterSuggestion = false) => new()
        {
            AssignmentId = assignment.Id,
            SolutionId = solution.Id,
            AnnotatorId = assignment.AnnotatorId,
            StepCount = solution.StepCount,
            AnswerCheck = solution.AnswerCheck,
            Outcome = outcome,
            Step = step,
            Grade = step is null ? null : StepGrade.Incorrect,
            Reason = reason,
            RevisionId = revision.Id,
            ClientKey = Guid.NewGuid(),
            SupersedesId = supersedesId,
            AfterSuggestion = afterSuggestion,
            CreatedAt = Now,
        };

    public static Prefix NewPrefix(Solution solution, int step) => new()
    {
        SolutionId = solution.Id,
        ProblemId = solution.ProblemId,
        Split = solution.Split,
        StepCount = solution.StepCount,
        Step = step,
        Text = $"Step {step}:",
        CreatedAt = Now,
    };
}
