using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Accounts;
using StepDpo.Core.Annotations;
using StepDpo.Core.Sampling;
using StepDpo.Core.Suggestions;
using StepDpo.EndToEnd.Tests.Support;

namespace StepDpo.EndToEnd.Tests.Annotations;

/// <summary>Solutions that people judge through the services, one after the other.</summary>
internal sealed class SeededDisputes(RealSite site)
{
    private static readonly string[] Steps =
    [
        "The given function $f(x)$ has a denominator of $1+\\frac{1}{1+\\frac{1}{x}}$. To find the numbers not in the domain, we need to determine when the denominator becomes 0.",
        "Setting $1+\\frac{1}{1+\\frac{1}{x}}=0$ and solving for $x$ will give us the numbers not in the domain of $f(x)$.",
        "Simplifying the equation $1+\\frac{1}{1+\\frac{1}{x}}=0$, we get $\\frac{1+\\frac{1}{x}}{1+\\frac{1}{x}}=-1$, which simplifies to $1=-1$, resulting in no solution. Thus, there are no real numbers that are not in the domain of $f(x)$.",
        "Since there are no real numbers not in the domain of $f(x)$, the sum of those numbers is 0.",
    ];

    private readonly Texts _texts = new(site);

    /// <summary>A solution of four steps that these people judge, in order.</summary>
    public async Task<Solution> JudgedAsync(params (User By, FirstErrorJudgement Says)[] judgements)
    {
        var solution = await _texts.SolutionAsync(
            "There are three real numbers $x$ that are not in the domain of $$f(x) = \\frac{1}{1+\\frac{1}{1+\\frac 1x}}.$$ What is the sum of those three numbers?", "-\\tfrac{3}{2}", "0", Steps);
        foreach (var (by, says) in judgements) await JudgeAsync(by, solution, says);
        return solution;
    }

    /// <summary>One more judgement of a solution, which must be the only one on the person's desk.</summary>
    public async Task JudgeAsync(User by, Solution solution, FirstErrorJudgement says)
    {
        var actor = Actor.Person(by.Id);
        var card = (await site.Get<AssignmentService>().NextAsync(actor, site.Project.Id, AssignmentService.MaximumCards)).Value.Cards.Single(card => card.SolutionId == solution.Id);
        Assert.True((await site.Get<AnnotationService>().SubmitAsync(actor, Guid.NewGuid(), card.AssignmentId, says)).Succeeded);
    }

    /// <summary>The same by somebody who is then shown a suggestion and says something else.</summary>
    public async Task ReviseAsync(User by, Solution solution, FirstErrorJudgement blind, Suggestion suggestion, FirstErrorJudgement says)
    {
        var actor = Actor.Person(by.Id);
        await site.Database.AddAsync(suggestion);
        await JudgeAsync(by, solution, blind);
        await using var context = site.Database.CreateDbContext();
        var first = await context.Set<FirstErrorAnnotation>().SingleAsync(a => a.AnnotatorId == by.Id && a.SolutionId == solution.Id, TestContext.Current.CancellationToken);
        Assert.NotNull((await site.Get<ShownSuggestions>().ShowAsync(actor, first.Id)).Value);
        Assert.True((await site.Get<AnnotationService>().SubmitAsync(actor, Guid.NewGuid(), first.AssignmentId, says)).Succeeded);
    }

    /// <summary>"It is step k", with a note and the time that it took.</summary>
    public static FirstErrorJudgement Step(int k, string note = "", int seconds = 44) => new(FirstErrorOutcome.FirstError, k, Note: note, ActiveMilliseconds: 1000 * seconds);
}
