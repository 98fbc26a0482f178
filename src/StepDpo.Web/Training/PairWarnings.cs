using StepDpo.Contracts.Runs;
using StepDpo.Core.Pairs;
using StepDpo.Core.Training;
using StepDpo.Web.Runs;

namespace StepDpo.Web.Training;

/// <summary>What is unusual about a set of pairs, in plain sentences. Nothing here blocks a training run.</summary>
public static class PairWarnings
{
    /// <summary>Below this share of the model's own winners a warning is shown.</summary>
    public const double EnoughOwnWords = 0.9;

    /// <summary>Pairs below which training is a trial rather than an experiment.</summary>
    public const int Few = 32;

    /// <summary>The sentences, the gravest first; empty when there is nothing to say.</summary>
    public static IEnumerable<string> Of(PairFacts facts)
    {
        if (facts.HeldOut > 0)
            yield return T($"{RunWords.Number(facts.HeldOut)} pairs rest on problems of the validation or test split: the accuracy measured there will be too high.");
        if (facts.OtherWords > 0 && facts.OwnShare < EnoughOwnWords)
            yield return T($"{RunWords.Number(facts.OtherWords)} winners were sampled by another model. Learning is best from the model's own words.");
        if (facts.Written > 0)
            yield return T($"{RunWords.Number(facts.Written)} winners were written by people: such words are unlikely to the model, and the paper found that they teach it less.");
        if (facts.Imported > 0)
            yield return T($"{RunWords.Number(facts.Imported)} pairs came from a file; nobody here has judged them, and whose words they are is not known.");
        if (facts.Withdrawn > 0)
            yield return T($"{RunWords.Number(facts.Withdrawn)} of these pairs have been withdrawn since.");
        if (facts.Count is > 0 and < Few)
            yield return T($"{facts.Count} pairs are few: expect the loss to fall and the accuracy to move within its interval.");
    }

    /// <summary>What will be cut.</summary>
    public static IEnumerable<string> Of(TrainingEstimate estimate, TrainingOptions options)
    {
        if (estimate.TooLong > 0)
            yield return T($"About {RunWords.Number(estimate.TooLong)} pairs are longer than {RunWords.Number(options.MaxLength)} tokens: of their prompts {RunWords.Number(options.MaxPromptLength)} stay, and of answers what then has room. Raise the longest text under Every setting.");
    }
}
