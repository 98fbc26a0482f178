using Microsoft.EntityFrameworkCore;
using StepDpo.Core.Accounts;
using StepDpo.Core.Annotations;
using StepDpo.Core.Rectifications;
using StepDpo.Core.Sampling;
using StepDpo.EndToEnd.Tests.Support;

namespace StepDpo.EndToEnd.Tests.Rectifications;

/// <summary>Prefixes that wait for a reviewer: an annotator has marked step 6, and continuations of three first steps have come in.</summary>
internal sealed class SeededPrefixes(RealSite site, User annotator)
{
    private readonly Texts _texts = new(site);

    public async Task ManyAsync(int count)
    {
        for (var i = 1; i <= count; i++)
        {
            await _texts.SolutionAsync($"Problem {i}: if we express $3x^2 + x - 4$ in the form $a(x - h)^2 + k$, then what is $k$?", "-\\frac{49}{12}", "-5",
                "Given expression is $3x^2 + x - 4$. To express it in the form $a(x - h)^2 + k$, we need to complete the square.",
                "Start by factoring out the coefficient of the $x^2$ term from $3x^2 + x$: $3(x^2 + \\frac{1}{3}x) - 4$.",
                "To complete the square, add and subtract the square of half the coefficient of the $x$ term: $3(x^2 + \\frac{1}{3}x + (\\frac{1}{2} \\cdot \\frac{1}{3})^2 - (\\frac{1}{2} \\cdot \\frac{1}{3})^2) - 4$.",
                "Simplify the expression: $3(x^2 + \\frac{1}{3}x + \\frac{1}{36} - \\frac{1}{36}) - 4$.",
                "Factor the squared term: $3((x + \\frac{1}{6})^2 - \\frac{1}{36}) - 4$.",
                "Distribute and simplify: $3(x + \\frac{1}{6})^2 - 1 - 4$.",
                "So $k = -5$.");
        }
        foreach (var prefix in await MarkAsync(count, step: 6))
        {
            await ProposeAsync(prefix,
                (" Distribute and simplify: $3(x + \\frac{1}{6})^2 - \\frac{1}{12} - 4$.\nStep 7: Combine the constants: $3(x + \\frac{1}{6})^2 - \\frac{49}{12}$.\nStep 8: Therefore $k = -\\frac{49}{12}$.", 9),
                (" Distribute the 3: $3(x + \\frac{1}{6})^2 - 3 \\cdot \\frac{1}{36} - 4$.\nStep 7: Therefore $k = -\\frac{49}{12}$.", 3),
                (" Distribute and simplify: $3(x + \\frac{1}{6})^2 - \\frac{1}{36} - 4$.\nStep 7: Therefore $k = -\\frac{49}{12}$.", 1));
        }
    }

    /// <summary>One that no candidate came of: its one continuation begins with the losing step.</summary>
    public async Task WithoutCandidateAsync()
    {
        await _texts.SolutionAsync("What is $1 + 1$?", "2", "3", "Add the numbers.", "$1 + 1 = 3$.", "So it is $3$.");
        foreach (var prefix in await MarkAsync(1, step: 2))
            await ProposeAsync(prefix, (" $1 + 1 = 3$.\nStep 3: No, it is $2$.", 1));
    }

    /// <summary>One whose only candidate has a sum that does not come out.</summary>
    public async Task WithWrongSumAsync()
    {
        await _texts.SolutionAsync("What is $3 \\cdot 4 - 1$?", "11", "5", "Multiply first.", "3 * 4 = 6.", "So it is $5$.");
        foreach (var prefix in await MarkAsync(1, step: 2))
            await ProposeAsync(prefix, (" 3 * 4 = 13.\nStep 3: That is 12, so it is $11$.", 2));
    }

    /// <summary>One whose texts are as long and as hostile as a model's may be.</summary>
    public async Task LongAsync(IReadOnlyList<string> steps, int step)
    {
        await _texts.SolutionAsync(LongText.Statement, "\\tfrac{1}{8}", "\\tfrac{3}{4}", [.. steps]);
        foreach (var prefix in await MarkAsync(1, step))
            await ProposeAsync(prefix, (" " + string.Join("\nStep 9: ", steps.Take(4)), 4), (" " + steps[5] + "\nStep 9: so it is 7.", 2), (" " + LongText.Digits, 1));
    }

    private async Task<IReadOnlyList<Prefix>> MarkAsync(int count, int step)
    {
        var actor = Actor.Person(annotator.Id);
        var desk = await site.Get<AssignmentService>().NextAsync(actor, site.Project.Id, count);
        foreach (var card in desk.Value.Cards)
            Assert.True((await site.Get<AnnotationService>().SubmitAsync(actor, Guid.NewGuid(), card.AssignmentId, new(FirstErrorOutcome.FirstError, step))).Succeeded);
        await using var context = site.Database.CreateDbContext();
        return await context.Set<Prefix>().Where(p => !context.Set<Rectification>().Any(r => r.PrefixId == p.Id)).OrderBy(p => p.Id).ToListAsync(TestContext.Current.CancellationToken);
    }

    private async Task ProposeAsync(Prefix prefix, params (string Text, int Times)[] continuations)
    {
        await _texts.ContinuationsAsync(prefix.Id, continuations);
        await using var context = site.Database.CreateDbContext();
        await Candidates.ProposeAsync(context, prefix.Id, TimeProvider.System, TestContext.Current.CancellationToken);
    }
}
