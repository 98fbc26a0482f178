using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using StepDpo.Core.Accounts;
using StepDpo.Core.Agreement;
using StepDpo.Core.AnnotationFiles;
using StepDpo.Core.Annotations;
using StepDpo.Core.Data;
using StepDpo.Core.Evaluations;
using StepDpo.Core.Exams;
using StepDpo.Core.Models;
using StepDpo.Core.Pairs;
using StepDpo.Core.Problems;
using StepDpo.Core.Progress;
using StepDpo.Core.Projects;
using StepDpo.Core.Rectifications;
using StepDpo.Core.Runs;
using StepDpo.Core.Sampling;
using StepDpo.Core.Search;
using StepDpo.Core.Tests.Data;
using StepDpo.Core.Training;
using StepDpo.Core.Workers;

namespace StepDpo.Core.Tests;

/// <summary>
/// The table in <c>docs/roles.md</c> against what the services do: each method is called as everybody. Arguments are made up, so a
/// permitted call may fail for other reasons; but it must not be answered as the forbidden ones are.
/// </summary>
public sealed partial class RoleMatrixTests(Database database) : IClassFixture<Database>
{
    private static readonly IReadOnlyDictionary<string, Level> Table = ReadTable();

    private static readonly MethodInfo[] Methods =
    [
        .. from type in typeof(StepDpoContext).Assembly.GetExportedTypes()
           where type is { IsClass: true, IsAbstract: false }
           from method in type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
           let parameters = method.GetParameters().Select(parameter => parameter.ParameterType).ToArray()
           where parameters.Contains(typeof(Actor)) && !parameters.Contains(typeof(StepDpoContext)) && method.ReturnType.IsGenericType
           select method,
    ];

    public static TheoryData<string> Rows => [.. Methods.Select(Name)];

    [Fact]
    public void The_table_names_every_method_and_no_other() =>
        Assert.Equal(Table.Keys.Order(StringComparer.Ordinal), Methods.Select(Name).Distinct().Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task Everybody_is_answered_as_the_table_says(string name)
    {
        var needed = Table[name];
        foreach (var method in Methods.Where(method => Name(method) == name))
        {
            Refusal? below = null;
            foreach (var level in Enum.GetValues<Level>())
            {
                await using var scene = await Scene.CreateAsync(database, level);
                var refusal = await scene.CallAsync(method);
                if (level < needed)
                {
                    Assert.True(refusal is { Kind: RefusalKind.Forbidden or RefusalKind.NotFound }, $"{name} as {level}: wanted a refusal, found {refusal}");
                    below = refusal;
                }
                else
                {
                    Assert.True(refusal is not { Kind: RefusalKind.Forbidden }, $"{name} as {level}: found {refusal}");
                    Assert.True(refusal is null || refusal != below, $"{name} as {level}: found the answer that those below get: {refusal}");
                }
            }
        }
    }

    private static string Name(MethodInfo method) => $"{method.DeclaringType!.Name}.{method.Name}";

    private static Dictionary<string, Level> ReadTable() => Row()
        .Matches(File.ReadAllText(Path.Combine(Shared.Repository, "docs", "roles.md")))
        .ToDictionary(match => match.Groups[1].Value, match => Enum.Parse<Level>(match.Groups[2].Value));

    [GeneratedRegex(@"^\| `([A-Za-z.]+)` \| ([A-Za-z]+) \|$", RegexOptions.Multiline)]
    private static partial Regex Row();

    /// <summary>Who asks, from the least to the most. A shut account is nobody, whatever it was.</summary>
    public enum Level { Shut, Account, Annotator, Reviewer, Lead, Admin }

    /// <summary>A project in which there is one of everything, and a person who asks.</summary>
    private sealed class Scene : IAsyncDisposable
    {
        private readonly Dictionary<string, object> _values = [];
        private readonly ServiceProvider _services;

        private Scene(ServiceProvider services) => _services = services;

        public static async Task<Scene> CreateAsync(Database database, Level level)
        {
            var world = new World(database);
            var services = new ServiceCollection().AddLogging().AddData(database.ConnectionString)
                .AddAccounts().AddProjects().AddProblems().AddModels().AddRuns().AddSampling().AddExams().AddAnnotations().AddAgreement().AddAnnotationFiles().AddRectifications().AddPairs().AddSearch().AddTraining().AddEvaluations().AddProgress()
                .AddWorkers(new WorkerOptions { Command = ["true"], DataFolder = Path.GetTempPath() })
                .BuildServiceProvider();
            var scene = new Scene(services);
            var (project, revision) = await world.ProjectAsync();
            var user = await world.UserAsync(isAdmin: level == Level.Admin, disabled: level == Level.Shut);
            ProjectRole? role = level switch
            {
                Level.Annotator => ProjectRole.Annotator,
                Level.Reviewer => ProjectRole.Reviewer,
                Level.Lead or Level.Shut => ProjectRole.Lead,
                Level.Account or Level.Admin => null,
                _ => throw new ArgumentOutOfRangeException(nameof(level)),
            };
            if (role is { } given) await database.AddAsync(new ProjectMember { ProjectId = project.Id, UserId = user.Id, Role = given, AddedAt = World.Now });
            await scene.FillAsync(database, world, project, revision, user);
            return scene;
        }

        public async Task<Refusal?> CallAsync(MethodInfo method)
        {
            if (method.DeclaringType == typeof(EvaluationReports)) _values["runId"] = _values["afterRunId"];
            if (method.IsGenericMethodDefinition) method = method.MakeGenericMethod(typeof(SamplingOptions));
            var service = _services.GetRequiredService(method.DeclaringType!);
            var task = (Task)method.Invoke(service, [.. method.GetParameters().Select(parameter => Sample(parameter.ParameterType, parameter.Name!))])!;
            await task;
            var outcome = task.GetType().GetProperty("Result")!.GetValue(task)!;
            return (Refusal?)outcome.GetType().GetProperty("Refusal")!.GetValue(outcome);
        }

        public ValueTask DisposeAsync() => _services.DisposeAsync();

        private async Task FillAsync(Database database, World world, Project project, ProjectRevision revision, User user)
        {
            var (problem, run) = (await world.ProblemAsync(project.Id), await world.RunAsync(revision));
            var evaluation = await world.RunAsync(revision, RunKind.Evaluation);
            var solution = await world.SolutionAsync(run, problem);
            var assignment = World.NewAssignment(solution, user);
            await database.AddAsync(assignment);
            var annotation = World.NewAnnotation(assignment, solution, revision);
            await database.AddAsync(annotation);
            var prefix = World.NewPrefix(solution, 1);
            await database.AddAsync(prefix);
            var rectification = new Rectification { PrefixId = prefix.Id, StepText = " 1 + 1 = 2.", StepSha256 = TextHash.Of(" 1 + 1 = 2."), Origin = RectificationOrigin.Sampled, CreatedAt = World.Now };
            var export = new Export { ProjectId = project.Id, Options = "{}", PairCount = 0, ByteCount = 0, Sha256 = TextHash.Of(""), CreatedAt = World.Now };
            var endpoint = new AllowedEndpoint { BaseUrl = $"http://host{user.Id:N}", CreatedAt = World.Now };
            var gold = new GoldItem { ProjectId = project.Id, SolutionId = solution.Id, StepCount = solution.StepCount, Step = 1, CreatedAt = World.Now };
            var flag = new Flag { SolutionId = solution.Id, AskedById = user.Id, Question = "Is rounding an error?", ClientKey = Guid.NewGuid(), AskedAt = World.Now, Answer = "No.", AnsweredById = user.Id, AnsweredAt = World.Now };
            var annotationExport = new AnnotationExport { ProjectId = project.Id, Options = new(), Facts = new(), ByteCount = 0, Sha256 = TextHash.Of(""), CreatedAt = World.Now };
            var filter = new SavedFilter { ProjectId = project.Id, OwnerId = user.Id, Name = "x", Filter = new(), IsShared = true, CreatedAt = World.Now };
            await database.AddAsync(rectification, export, annotationExport, endpoint, gold, flag, filter);
            var pair = ConstraintTests.NewPair(project.Id, revision.Id, winner: rectification, problem: problem);
            await database.AddAsync(pair);
            foreach (var (name, value) in new (string, object)[]
            {
                ("projectId", project.Id), ("problemId", problem.Id), ("runId", run.Id), ("beforeRunId", evaluation.Id), ("afterRunId", evaluation.Id), ("solutionId", solution.Id),
                ("assignmentId", assignment.Id), ("annotationId", annotation.Id), ("rectificationId", rectification.Id), ("pairId", pair.Id), ("exportId", export.Id), ("annotationExportId", annotationExport.Id),
                ("allowedEndpointId", endpoint.Id), ("savedFilterId", filter.Id), ("goldItemId", gold.Id), ("flagId", flag.Id), ("revisionId", revision.Id), ("modelId", (await world.ModelAsync()).Id), ("userId", (await world.UserAsync(projectId: project.Id)).Id),
                ("actor", Actor.Person(user.Id)), ("settings", new ProjectSettings()), ("keys", new Dictionary<string, string>()),
            }) _values[name] = value;
        }

        // Ids by the parameter's name; records by their longest constructor and what they require; the rest by type.
        private object? Sample(Type type, string name)
        {
            var camel = char.ToLowerInvariant(name[0]) + name[1..];
            if (_values.TryGetValue(camel, out var known) && (Nullable.GetUnderlyingType(type) ?? type).IsInstanceOfType(known)) return known;
            if (typeof(Delegate).IsAssignableFrom(type) || type == typeof(IProgress<int>)) return null;
            if (Nullable.GetUnderlyingType(type) is not null || type == typeof(CancellationToken)) return type.IsValueType ? Activator.CreateInstance(type) : null;
            if (type == typeof(string)) return "x" + Guid.NewGuid().ToString("N", CultureInfo.InvariantCulture);
            if (type == typeof(Guid)) return Guid.NewGuid();
            if (type == typeof(int) || type == typeof(long)) return Convert.ChangeType(1, type, CultureInfo.InvariantCulture);
            if (type == typeof(Stream)) return new MemoryStream();
            if (type == typeof(TextReader)) return new StringReader("");
            if (type.IsValueType) return Activator.CreateInstance(type);
            if (type.IsInterface && type.IsGenericType)
            {
                var one = Array.CreateInstance(type.GetGenericArguments()[0], 1);
                one.SetValue(Sample(type.GetGenericArguments()[0], name.TrimEnd('s')), 0);
                return one;
            }

            if (type.GetConstructors().MaxBy(constructor => constructor.GetParameters().Length) is not { } longest) return null;
            var made = longest.Invoke([.. longest.GetParameters().Select(parameter => Sample(parameter.ParameterType, parameter.Name!))]);
            foreach (var property in type.GetProperties().Where(property => property.GetCustomAttribute<RequiredMemberAttribute>() is not null))
                property.SetValue(made, Sample(property.PropertyType, property.Name));
            return made;
        }
    }
}
