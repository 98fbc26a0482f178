using StepDpo.Core.Agreement;

namespace StepDpo.Core.Tests.Agreement;

public sealed class FiguresTests
{
    private const double Tolerance = 1e-9;

    public static TheoryData<string> Fixtures => AgreementFixture.Names;

    [Fact]
    public void There_are_ten_fixtures() => Assert.Equal(10, Fixtures.Count);

    [Theory]
    [MemberData(nameof(Fixtures))]
    public void The_figures_are_the_reference_implementations(string name)
    {
        var fixture = AgreementFixture.Of(name);
        var patterns = fixture.Patterns;
        Near(fixture.Exact, PairwiseAgreement.Exact(patterns));
        Near(fixture.WithinOneStep, PairwiseAgreement.WithinOneStep(patterns));
        Near(fixture.Alpha, KrippendorffAlpha.Of(patterns));
        Near(fixture.AlphaHasError, KrippendorffAlpha.Of([.. patterns.Select(p => p.HasError())]));
        if (fixture.Published is { } published) Assert.Equal(published, KrippendorffAlpha.Of(patterns).Value!.Value, 3);
        Assert.NotEmpty(fixture.Kappas);
        Assert.All(fixture.Kappas, pair => Near(pair.Kappa, CohenKappa.Of(fixture.Common(pair.First, pair.Second))));
    }

    // Equal solutions stand together in one pattern: nothing else may follow from that.
    [Theory]
    [MemberData(nameof(Fixtures))]
    public void Patterns_with_counts_give_what_single_solutions_give(string name)
    {
        var patterns = AgreementFixture.Of(name).Patterns;
        RatedPattern[] together = [.. patterns.GroupBy(p => string.Join(',', p.Values)).Select(g => new RatedPattern(g.First().Values, g.Count()))];
        Near(KrippendorffAlpha.Of(patterns).Value, KrippendorffAlpha.Of(together));
        Near(PairwiseAgreement.Exact(patterns).Value, PairwiseAgreement.Exact(together));
    }

    [Theory]
    [MemberData(nameof(Fixtures))]
    public void Names_of_values_and_the_order_of_judges_make_no_difference(string name)
    {
        var fixture = AgreementFixture.Of(name);
        int?[][] renamed = [.. fixture.Judgements.Select(judge => judge.Select(value => value is { } k ? 100 - 3 * k : (int?)null).ToArray())];
        int?[][] turned = [.. fixture.Judgements.Reverse()];
        Near(fixture.Alpha, KrippendorffAlpha.Of(AgreementFixture.PatternsOf(renamed)));
        Near(fixture.Alpha, KrippendorffAlpha.Of(AgreementFixture.PatternsOf(turned)));
        Near(fixture.Exact, PairwiseAgreement.Exact(AgreementFixture.PatternsOf(turned)));
        var (a, b) = (fixture.Kappas[0].First, fixture.Kappas[0].Second);
        Near(CohenKappa.Of(fixture.Common(a, b)).Value, CohenKappa.Of(fixture.Common(b, a)));
    }

    [Theory]
    [MemberData(nameof(Fixtures))]
    public void Perfect_agreement_is_1_and_nothing_is_above_it(string name)
    {
        var patterns = AgreementFixture.Of(name).Patterns;
        RatedPattern[] perfect = [.. patterns.Where(p => p.Values.Count > 1).Select(p => p with { Values = [.. p.Values.Select(_ => p.Values[0])] })];
        Assert.Equal(1, KrippendorffAlpha.Of(perfect).Value);
        Assert.Equal(1, PairwiseAgreement.Exact(perfect).Value);
        Assert.True(KrippendorffAlpha.Of(patterns).Value <= 1);
        Assert.True(PairwiseAgreement.WithinOneStep(patterns).Value >= PairwiseAgreement.Exact(patterns).Value);
    }

    [Fact]
    public void No_error_is_no_neighbour_of_step_1()
    {
        Assert.Equal(0, PairwiseAgreement.WithinOneStep([new([0, 1], 1)]).Value);
        Assert.Equal(1, PairwiseAgreement.WithinOneStep([new([2, 1], 1)]).Value);
        Assert.Equal(1, PairwiseAgreement.WithinOneStep([new([0, 0], 1)]).Value);
    }

    [Fact]
    public void What_is_not_defined_says_why()
    {
        Assert.Equal("no solution has two judgements", KrippendorffAlpha.Of([new([3], 5)]).Undefined);
        Assert.Equal("no solution has two judgements", PairwiseAgreement.Exact([]).Undefined);
        Assert.Equal("all judges gave one and the same answer everywhere", KrippendorffAlpha.Of([new([3, 3], 5)]).Undefined);
        Assert.Equal("both gave one and the same answer everywhere", CohenKappa.Of([new(2, 2, 9)]).Undefined);
        Assert.Equal("no solution was judged by both", CohenKappa.Of([]).Undefined);
    }

    private static void Near(double? wanted, Figure found)
    {
        Assert.Equal(wanted is null, found.Value is null);
        Assert.Equal(wanted is null, found.Undefined is not null);
        if (wanted is { } number) Assert.InRange(found.Value!.Value, number - Tolerance, number + Tolerance);
    }
}
