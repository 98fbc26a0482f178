using Microsoft.Extensions.DependencyInjection;
using StepDpo.Core.Problems;

namespace StepDpo.Core.Pairs;

/// <summary>Registers this feature.</summary>
public static class PairServices
{
    /// <summary>Reviewing, which makes pairs; listing and withdrawing them; exports and imports.</summary>
    public static IServiceCollection AddPairs(this IServiceCollection services) => services
        .AddSingleton<ReviewService>()
        .AddSingleton<SecondReviews>()
        .AddSingleton<FirstErrorReopening>()
        .AddSingleton<LabelHistory>()
        .AddSingleton<PairService>()
        .AddSingleton<PairExports>()
        .AddSingleton<PairImport>()
        .AddSingleton<IAnswerCorrection, Regrading>();
}
