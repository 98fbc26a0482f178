using System.Text.Json;
using StepDpo.Contracts.Runs;

namespace StepDpo.Contracts.Tests.Runs;

public sealed class TrainingOptionsTests
{
    [Fact]
    public void The_papers_options_are_sound_and_its_loss_is_the_plain_one()
    {
        var options = new TrainingOptions();
        Assert.Empty(options.Problems());
        Assert.Equal((PreferenceFormula.Sigmoid, 0, 0), (options.Formula, options.LabelSmoothing, options.SftWeight));
    }

    public static TheoryData<string, TrainingOptions> Wrong => new()
    {
        { "LabelSmoothing: Label smoothing must be at least 0 and below 0.5; found 0.5.", new() { LabelSmoothing = 0.5 } },
        { "LabelSmoothing: Label smoothing must be at least 0 and below 0.5; found NaN.", new() { LabelSmoothing = double.NaN } },
        { "LabelSmoothing: Label smoothing goes with the sigmoid alone and must be 0 here; found 0.1.", new() { LabelSmoothing = 0.1, Formula = PreferenceFormula.Hinge } },
        { "SftWeight: The weight of the SFT term must lie within 0 and 100; found -1.", new() { SftWeight = -1 } },
        { "SftWeight: The weight of the SFT term must lie within 0 and 100; found 101.", new() { SftWeight = 101 } },
        { "Formula: The formula must be one of Sigmoid, Ipo, IpoOfSums, Hinge; found 9.", new() { Formula = (PreferenceFormula)9 } },
        { "Rank: The adapter's rank must be 1 to 1,024; found 0.", new() { Lora = new() { Rank = 0 } } },
        { "Alpha: The adapter's alpha must be above 0 and at most 65,536; found 0.", new() { Lora = new() { Alpha = 0 } } },
        { "Targets: The adapter must sit beside at least one kind of matrix, and only beside known ones; found None.", new() { Lora = new() { Targets = LoraTargets.None } } },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void A_wrong_option_is_named_with_what_was_found(string wanted, TrainingOptions options)
    {
        var (field, message) = Assert.Single(options.Problems());
        Assert.Equal(wanted, $"{field}: {message}");
    }

    [Fact]
    public void An_adapters_options_come_back_from_a_run_folder()
    {
        var options = new TrainingOptions { Lora = new LoraOptions { Rank = 8, Targets = LoraTargets.Query | LoraTargets.Value, RankStabilised = true } };
        Assert.Equal(options, JsonSerializer.Deserialize<TrainingOptions>(JsonSerializer.Serialize(options, RunJson.Line), RunJson.Line));
        Assert.Equal(["q_proj", "v_proj"], options.Lora.TargetNames());
        Assert.Equal(LoraTargets.Query | LoraTargets.Value, LoraOptions.TargetsOf(["v_proj", "q_proj"]));
        Assert.Null(LoraOptions.TargetsOf(["q_proj", "lm_head"]));
    }

    [Fact]
    public void Options_of_an_older_run_read_as_the_papers_loss()
    {
        var options = JsonSerializer.Deserialize<TrainingOptions>("""{"loss": "StepDpo", "beta": 2}""", RunJson.Line)!;
        Assert.Equal(new TrainingOptions { Beta = 2 }, options);
    }
}
