using Microsoft.EntityFrameworkCore;
using Microsoft.Playwright;
using StepDpo.Core.Accounts;
using StepDpo.Core.AnnotationFiles;
using StepDpo.Core.Annotations;
using StepDpo.Core.Exams;
using StepDpo.Core.Pairs;
using StepDpo.Core.Problems;
using StepDpo.Core.Projects;
using StepDpo.Core.Runs;
using StepDpo.Core.Sampling;
using StepDpo.Core.Suggestions;
using StepDpo.Core.Tests.Data;
using StepDpo.EndToEnd.Tests.Annotations;
using StepDpo.EndToEnd.Tests.Pairs;
using StepDpo.EndToEnd.Tests.Rectifications;
using StepDpo.EndToEnd.Tests.Runs;
using StepDpo.EndToEnd.Tests.Support;

namespace StepDpo.EndToEnd.Tests.Pages;

/// <summary>A site with something on every page, some of it long and hostile, and a signed-in browser for each role.</summary>
public sealed class SeededSite(ScriptSite browser) : IAsyncLifetime
{
    private readonly Dictionary<Visitor, IBrowserContext> _browsers = [];

    /// <summary>The site.</summary>
    internal RealSite Site { get; private set; } = null!;

    /// <summary>A training run that goes on.</summary>
    internal Run Training { get; private set; } = null!;

    /// <summary>A pair with all that it rests on.</summary>
    internal PreferencePair Pair { get; private set; } = null!;

    /// <summary>The annotator, who has judged.</summary>
    internal Guid Annotator { get; private set; }

    /// <summary>The solution that lost in <see cref="Pair"/>.</summary>
    internal long SolutionId { get; private set; }

    /// <summary>Token of an open invitation.</summary>
    internal string Invitation { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        Site = await RealSite.StartedAsync(new ProjectSettings { Guidelines = "## What is wrong\n\n- Mark the *first* step that is wrong\n- Rounding counts only if the answer changes\n\n" + LongText.Digits });
        await Site.Database.ExecuteAsync($"UPDATE project SET name = 'School maths of the third and fourth year, Saxony' WHERE id = {Site.Project.Id}");
        var admin = await Site.MemberAsync("mina", ProjectRole.Lead, isAdmin: true);
        var reviewer = await Site.MemberAsync("ada", ProjectRole.Reviewer);
        var annotator = await Site.MemberAsync("jo", ProjectRole.Annotator);
        Annotator = annotator.Id;
        Invitation = (await Site.Get<OneTimeLinks>().InviteAsync(Actor.Person(admin.Id), "priya", "Priya Nair")).Value.Token;
        await SeededEvaluations.BeforeAndAfterAsync(Site);
        await AddRunsAsync(admin);
        await AddPairsAsync(admin);
        await AddWorkAsync(annotator);
        await AddGoldAsync(admin, reviewer);
        foreach (var (visitor, name) in new[] { (Visitor.Admin, "mina"), (Visitor.Reviewer, "ada"), (Visitor.Annotator, "jo") })
        {
            var page = await browser.BlankAsync();
            await Site.OpenAsync(page, name, "guidelines");
            _browsers[visitor] = page.Context;
        }
        _browsers[Visitor.Stranger] = (await browser.BlankAsync()).Context;
    }

    /// <summary>A fresh page in the visitor's browser.</summary>
    internal Task<IPage> PageAsync(Visitor visitor) => _browsers[visitor].NewPageAsync();

    public async ValueTask DisposeAsync()
    {
        foreach (var context in _browsers.Values)
            await context.DisposeAsync();
        await Site.DisposeAsync();
    }

    private async Task AddRunsAsync(User admin)
    {
        var runs = new SeededRuns(Site, admin);
        await runs.SamplingAsync(RunState.Succeeded, 200);
        await runs.SamplingAsync(RunState.Cancelled, 37, name: "Pool, too hot; " + LongText.Digits);
        Training = await runs.TrainingAsync();
        await runs.SamplingAsync(RunState.Failed, 12, name: "Pool, second time", error: "The endpoint answered 500 three times: " + LongText.Steps[5]);
        await runs.SamplingAsync(name: "Pool, third time");
    }

    private async Task AddPairsAsync(User admin)
    {
        var pairs = new SeededPairs(Site, admin);
        await pairs.ManyAsync(33);
        await pairs.LongAsync();
        Pair = await pairs.WholeAsync();
        await using (var context = Site.Database.CreateDbContext())
            SolutionId = await context.Set<Solution>().Where(s => s.ProblemId == Pair.ProblemId).Select(s => s.Id).SingleAsync();
        Assert.True((await Site.Get<PairExports>().CreateAsync(Actor.Person(admin.Id), Site.Project.Id, new ExportOptions())).Succeeded);
        Assert.True((await Site.Get<AnnotationExports>().CreateAsync(Actor.Person(admin.Id), Site.Project.Id, new AnnotationExportOptions())).Succeeded);
    }

    /// <summary>A gold item, and somebody who was paused and did not pass the exam.</summary>
    private async Task AddGoldAsync(User lead, User reviewer)
    {
        const string Line = """{"problem": "What is $2 + 3 \\cdot 4$?", "answer": "14", "steps": ["First the sum: $2 + 3 = 5$.", "Then $5 \\cdot 4 = 20$.", "The answer is 20."], "step": 1}""";
        Assert.True((await Site.Get<GoldService>().ImportAsync(Actor.Person(lead.Id), Site.Project.Id, Line)).Succeeded);
        await Site.Database.AddAsync(
            new AnnotatorPause { ProjectId = Site.Project.Id, UserId = reviewer.Id, Right = 3, Total = 10, Requeued = 14, CreatedAt = World.Now },
            new ExamResult { ProjectId = Site.Project.Id, UserId = reviewer.Id, Attempt = 1, Right = 21, Total = 30, Passed = false, RevisionId = Site.Revision.Id, CreatedAt = World.Now });
    }

    /// <summary>Something for annotator, reviewer and whoever decides.</summary>
    private async Task AddWorkAsync(User annotator)
    {
        var prefixes = new SeededPrefixes(Site, annotator);
        await prefixes.LongAsync(LongText.Steps, step: 8);
        await prefixes.ManyAsync(1);
        var world = new World(Site.Database);
        var texts = new Texts(Site);
        var disputed = await texts.SolutionAsync(LongText.Statement, "\\tfrac{1}{8}", "\\tfrac{3}{4}", [.. LongText.Steps]);
        var suggestion = new Suggestion { SolutionId = disputed.Id, StepCount = disputed.StepCount, Source = "judge:" + LongText.Digits[..Math.Min(190, LongText.Digits.Length)], Step = 6, Rationale = LongText.Statement, RunId = disputed.RunId, CreatedAt = World.Now };
        await Site.Database.AddAsync(suggestion);
        foreach (var (slot, blind, revised) in new[] { (1, 3, (int?)null), (2, 4, 6) })
        {
            var assignment = World.NewAssignment(disputed, await world.UserAsync(projectId: Site.Project.Id), slot, AssignmentState.Submitted);
            await Site.Database.AddAsync(assignment);
            var annotation = World.NewAnnotation(assignment, disputed, Site.Revision, blind);
            await Site.Database.AddAsync(annotation);
            await Site.Database.AddAsync(new ShownSuggestion { AnnotationId = annotation.Id, AssignmentId = assignment.Id, SuggestionId = suggestion.Id, ShownAt = World.Now });
            if (revised is { } step) await Site.Database.AddAsync(World.NewAnnotation(assignment, disputed, Site.Revision, step, supersedesId: annotation.Id, afterSuggestion: true));
        }
        await Site.Database.ExecuteAsync($"UPDATE solution SET state = 'Adjudication' WHERE id = {disputed.Id}");
        var apples = await texts.SolutionAsync("Ann has $3$ apples and buys $4$. How many?", "7", "8", "She has $3$.", "She buys $4$, so $3 + 4 = 8$.", "The answer is $8$.");
        await Site.Database.AddAsync(new Flag { SolutionId = apples.Id, Step = 2, AskedById = annotator.Id, Question = "Is a sum that is written wrong and not used again an error? " + LongText.Digits, ClientKey = Guid.NewGuid(), AskedAt = World.Now });
        foreach (var split in new[] { Split.Pool, Split.Validation, Split.Test })
            await world.ProblemAsync(Site.Project.Id, split);
    }
}

/// <summary>Who opens a page.</summary>
internal enum Visitor
{
    Stranger,
    Annotator,
    Reviewer,
    Admin,
}
