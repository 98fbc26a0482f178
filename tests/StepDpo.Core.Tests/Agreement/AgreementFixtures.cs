using System.Text.Json;
using StepDpo.Contracts.Runs;
using StepDpo.Core.Agreement;

namespace StepDpo.Core.Tests.Agreement;

/// <summary>Judgements with the numbers of reference implementations: <c>fixtures/agreement.py</c> wrote them.</summary>
internal sealed record AgreementFixture(
    string Name, double? Published, int?[][] Judgements, double Exact, double WithinOneStep, double Alpha, double? AlphaHasError, IReadOnlyList<AgreementFixture.PairKappa> Kappas)
{
    private static readonly IReadOnlyList<AgreementFixture> All = JsonSerializer.Deserialize<AgreementFile>(
        File.ReadAllText(Path.Combine(Shared.Repository, "tests", "StepDpo.Core.Tests", "Agreement", "fixtures", "agreement.json")), RunJson.Line)!.Fixtures;

    public static TheoryData<string> Names => [.. All.Select(fixture => fixture.Name)];

    public static AgreementFixture Of(string name) => All.Single(fixture => fixture.Name == name);

    /// <summary>A pattern a solution.</summary>
    public IReadOnlyList<RatedPattern> Patterns => PatternsOf(Judgements);

    /// <summary>A pattern a solution, of judgements as judge × solution.</summary>
    public static IReadOnlyList<RatedPattern> PatternsOf(int?[][] judgements) =>
        [.. Enumerable.Range(0, judgements[0].Length).Select(unit => new RatedPattern([.. judgements.Select(judge => judge[unit]).OfType<int>()], 1))];

    /// <summary>What two judges said of the solutions that both judged.</summary>
    public IReadOnlyList<ValuePair> Common(int first, int second) =>
        [.. Judgements[first].Zip(Judgements[second]).Where(both => both is { First: not null, Second: not null }).Select(both => new ValuePair(both.First!.Value, both.Second!.Value, 1))];

    /// <summary>Kappa of two judges; null where the reference found none.</summary>
    internal sealed record PairKappa(int First, int Second, double? Kappa);

    private sealed record AgreementFile(IReadOnlyList<AgreementFixture> Fixtures);
}
