using StepDpo.Contracts.Runs;
using StepDpo.Engine.Devices;
using StepDpo.Engine.Modeling;

namespace StepDpo.Engine.Tests.Devices;

public sealed class MemoryPlanTests
{
    // Qwen2.5-0.5B.
    private static readonly ModelConfig Config = new()
    {
        Architecture = "Qwen2ForCausalLM",
        VocabularySize = 151_936,
        HiddenSize = 896,
        IntermediateSize = 4864,
        Layers = 24,
        Heads = 14,
        KeyValueHeads = 2,
        HeadDim = 64,
        ContextLength = 32_768,
        RmsNormEpsilon = 1e-6,
        RopeTheta = 1e6,
        TieWordEmbeddings = true,
    };

    private static readonly MemoryDemand Demand = new(Parameters: 494_032_768, Trained: 494_032_768, TokensOfPass: 2400, ScoredOfPass: 400);

    [Fact]
    public void State_is_four_numbers_a_weight_and_logits_are_three_at_each_scored_place()
    {
        var plan = MemoryPlan.Of(Config, Demand, available: 0);

        Assert.Equal(494_032_768 * 4L, plan.Weights);
        Assert.Equal(plan.Weights, plan.Gradients);
        Assert.Equal((0, 2 * plan.Weights), (plan.Masters, plan.Moments));
        Assert.Equal(3L * 8 * 50 * 151_936 * 4, plan.Logits);
        Assert.Equal(plan.Weights + plan.Gradients + plan.Moments + plan.Activations + plan.Logits, plan.Total);
    }

    [Fact]
    public void Activations_grow_with_tokens_and_layers_and_nothing_else_of_the_state_does()
    {
        var plan = MemoryPlan.Of(Config, Demand, 0);
        var doubled = MemoryPlan.Of(Config, Demand with { TokensOfPass = 4800, ScoredOfPass = 800 }, 0);

        Assert.Equal(2 * plan.Activations, doubled.Activations);
        Assert.Equal(2 * plan.Logits, doubled.Logits);
        Assert.Equal(plan.Weights + plan.Gradients + plan.Moments, doubled.Weights + doubled.Gradients + doubled.Moments);
        Assert.True(MemoryPlan.Of(Config with { Layers = 12 }, Demand, 0).Activations < plan.Activations);
    }

    [Fact]
    public void An_adapter_adds_its_own_weights_and_spares_the_gradients_and_moments_of_the_others()
    {
        var plan = MemoryPlan.Of(Config, Demand with { Trained = 1_000_000 }, 0);

        Assert.Equal((494_032_768 + 1_000_000) * 4L, plan.Weights);
        Assert.Equal((4_000_000L, 8_000_000L), (plan.Gradients, plan.Moments));
    }

    [Fact]
    public void A_run_that_fits_is_told_in_one_line_and_not_refused()
    {
        var plan = MemoryPlan.Of(Config, Demand, available: 64_000_000_000);

        Assert.Null(plan.Refusal());
        Assert.StartsWith("Memory: weights 1.98 GB, gradients 1.98 GB, AdamW's moments 3.95 GB, activations up to ", plan.ToString(), StringComparison.Ordinal);
        Assert.EndsWith("of 64.00 GB free.", plan.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_whose_activations_may_not_fit_is_told_what_helps_and_not_refused()
    {
        var plan = MemoryPlan.Of(Config, Demand with { TokensOfPass = 76_800, ScoredOfPass = 12_800 }, available: 16_000_000_000);

        Assert.Null(plan.Refusal());
        Assert.Equal(1, plan.SegmentLayers);
        Assert.Contains("of 16.00 GB free. So that they take less, activations are kept of 1 of 24 layers at a time, and 23 layers are computed a second time in each backward pass. It may not fit: fewer pairs a forward pass (microBatchSize)", plan.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Where_all_activations_do_not_fit_as_many_layers_keep_theirs_as_do()
    {
        var whole = MemoryPlan.Of(Config, Demand, 0);
        Assert.Equal(24, whole.SegmentLayers);
        Assert.Equal(24, MemoryPlan.Of(Config, Demand, available: whole.Total).SegmentLayers);

        var plan = MemoryPlan.Of(Config, Demand, available: whole.Total - (whole.Activations / 2));

        Assert.InRange(plan.SegmentLayers, 9, 12);
        Assert.True(plan.Fits);
        Assert.Contains($" activations are kept of {plan.SegmentLayers} of 24 layers at a time, and {24 - plan.SegmentLayers} layers are computed a second time", plan.ToString(), StringComparison.Ordinal);
        Assert.False(MemoryPlan.Of(Config, Demand, available: whole.Total - whole.Activations).Fits);
    }

    [Fact]
    public void A_model_whose_state_alone_does_not_fit_is_refused_with_the_numbers()
    {
        var refusal = MemoryPlan.Of(Config, Demand, available: 4_000_000_000).Refusal();

        Assert.Contains("of 4.00 GB free.", refusal, StringComparison.Ordinal);
        Assert.Contains("alone take 7.90 GB: take a smaller model", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public void In_bf16_weights_and_gradients_take_half_and_the_optimiser_keeps_the_weights_in_fp32()
    {
        var (single, half) = (MemoryPlan.Of(Config, Demand, 0), MemoryPlan.Of(Config, Demand with { Precision = Precision.BFloat16 }, 0));

        Assert.Equal((single.Weights / 2, single.Gradients / 2, single.Weights, single.Moments), (half.Weights, half.Gradients, half.Masters, half.Moments));
        Assert.Equal((single.Activations / 2, single.Logits), (half.Activations, half.Logits));
        Assert.Contains(", AdamW's moments 3.95 GB and fp32 weights 1.98 GB, activations", half.ToString(), StringComparison.Ordinal);
    }

    // 7B in bf16 on a GPU of 80 GB: 15 GB of weights, as much of gradients, 91 GB of the optimiser.
    [Fact]
    public void Where_the_device_cannot_hold_the_optimiser_it_lies_on_the_CPU()
    {
        var demand = Demand with { Parameters = 7_615_616_512, Trained = 7_615_616_512, Precision = Precision.BFloat16 };
        var plan = MemoryPlan.Of(Config, demand, available: 80_000_000_000, availableOnCpu: 128_000_000_000);

        Assert.True(plan.OptimizerOnCpu && plan.Fits);
        Assert.Equal(24, plan.SegmentLayers);
        Assert.Equal(12 * demand.Parameters, plan.Optimizer);
        Assert.Equal(4 * demand.Parameters, plan.State);
        Assert.Contains(" The device has no room for the optimiser: AdamW's moments 60.92 GB and fp32 weights 30.46 GB lie in the machine's memory (128.00 GB free), and steps are taken there.", plan.ToString(), StringComparison.Ordinal);
        Assert.False(MemoryPlan.Of(Config, demand, 160_000_000_000, 128_000_000_000).OptimizerOnCpu);

        Assert.Contains("Weights, gradients and moments alone take 121.85 GB", MemoryPlan.Of(Config, demand, 80_000_000_000, 64_000_000_000).Refusal(), StringComparison.Ordinal);
        Assert.Contains("Weights, gradients and moments alone take 121.85 GB", MemoryPlan.Of(Config, demand, 24_000_000_000, 128_000_000_000).Refusal(), StringComparison.Ordinal);
    }

    // Where nobody says how much is free, nothing is refused.
    [Fact]
    public void Nothing_is_refused_where_the_free_memory_is_unknown()
    {
        var plan = MemoryPlan.Of(Config, Demand with { Parameters = long.MaxValue / 64, Trained = long.MaxValue / 64 }, available: 0);

        Assert.Null(plan.Refusal());
    }

    [Fact]
    public void This_machine_says_how_much_is_free() => Assert.InRange(MemoryPlan.AvailableHere(), 1, 1L << 50);
}
