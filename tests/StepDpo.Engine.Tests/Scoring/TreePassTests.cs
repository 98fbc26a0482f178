using StepDpo.Engine.Checkpoints.Folders;
using StepDpo.Engine.Examples;
using StepDpo.Engine.Scoring;
using StepDpo.Engine.Tests.Losses;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace StepDpo.Engine.Tests.Scoring;

/// <summary>The fast pass against the plain one: sums, loss and every gradient, for each of its parts.</summary>
public sealed class TreePassTests
{
    private static readonly TreePassOptions _nothing = new() { SharePrefix = false, TrimLastLayer = false, ChunkRows = int.MaxValue };

    public static TheoryData<string> Parts => [.. PartsByName.Keys];

    private static Dictionary<string, TreePassOptions> PartsByName { get; } = new()
    {
        ["packed, and nothing else"] = _nothing,
        ["prefix once"] = _nothing with { SharePrefix = true },
        ["last layer trimmed"] = _nothing with { TrimLastLayer = true },
        ["chunks of 7 rows, kept"] = _nothing with { ChunkRows = 7 },
        ["chunks of 7 rows, computed again"] = _nothing with { ChunkRows = 7, KeptSoftmaxBytes = 0 },
        ["chunks of 7 rows, some kept"] = _nothing with { ChunkRows = 7, KeptSoftmaxBytes = 7 * 512 * 4 * 3 },
        ["a layer at a time"] = _nothing with { SegmentLayers = 1 },
        ["two layers at a time"] = _nothing with { SegmentLayers = 2 },
        ["all"] = new(),
        ["all, a layer at a time"] = new() { SegmentLayers = 1 },
    };

    [Theory]
    [MemberData(nameof(Parts))]
    public void Every_part_gives_the_loss_and_gradients_of_the_plain_pass(string part)
    {
        foreach (var kind in new[] { "step", "whole" })
        {
            AssertEqualPasses("tiny-qwen2-policy", ScalarType.Float32, GoldenPairs.Sequences(kind, "chosen"), GoldenPairs.Sequences(kind, "rejected"), PartsByName[part]);
            AssertEqualPasses("tiny-qwen2-policy", ScalarType.Float64, GoldenPairs.Sequences(kind, "chosen"), GoldenPairs.Sequences(kind, "rejected"), PartsByName[part]);
        }
    }

    [Theory]
    [InlineData("tiny-qwen3")]
    [InlineData("tiny-llama3")]
    [InlineData("tiny-smol")]
    public void Every_architecture_gives_the_loss_and_gradients_of_the_plain_pass(string model)
    {
        foreach (var dtype in new[] { ScalarType.Float32, ScalarType.Float64 })
            AssertEqualPasses(model, dtype, GoldenPairs.Sequences("step", "chosen"), GoldenPairs.Sequences("step", "rejected"), new());
    }

    [Fact]
    public void Answers_without_losers_give_the_loss_and_gradients_of_the_plain_pass()
    {
        foreach (var dtype in new[] { ScalarType.Float32, ScalarType.Float64 })
            AssertEqualPasses("tiny-qwen2-policy", dtype, GoldenPairs.Completions(), null, new());
    }

    [Fact]
    public void Pairs_that_share_almost_nothing_or_almost_everything_give_the_loss_and_gradients_of_the_plain_pass()
    {
        (int[] Prompt, int[] Answer, int[] OtherPrompt, int[] OtherAnswer)[] pairs =
        [
            ([5, 6, 7], [8, 9], [5, 6, 7], [10]),
            ([5, 6, 7], [8, 9], [5, 6, 11], [12, 9, 8]),
            ([5, 6, 7], [8, 9], [5, 6], [7, 8, 10]),
            ([5, 6, 7], [8, 9], [5, 6, 7], [8, 9, 10]),
            ([5, 6, 7], [8, 9, 10, 11], [5, 6, 7], [8]),
            ([5, 6, 7], [8, 9], [5, 6, 7], [8, 9]),
            ([5], [8], [5], [9]),
            ([5], [8, 20, 21], [6], [8, 20, 21, 22]),
            ([5, 6], [7], [5], [6, 7]),
        ];
        foreach (var pair in pairs.Select(pair => new[] { pair }).Append(pairs))
        {
            foreach (var dtype in new[] { ScalarType.Float32, ScalarType.Float64 })
            {
                AssertEqualPasses(
                    "tiny-qwen2-policy", dtype,
                    [.. pair.Select(item => new AnswerTokens(item.Prompt, item.Answer))],
                    [.. pair.Select(item => new AnswerTokens(item.OtherPrompt, item.OtherAnswer))],
                    new());
            }
        }
    }

    [Fact]
    public void A_pair_is_read_once_up_to_where_its_sides_part_and_the_last_token_of_a_side_is_not_read()
    {
        var trees = AnswerTrees.Of([new AnswerTokens([1, 2, 3], [4, 5])], [new AnswerTokens([1, 2, 3], [4, 6, 7])], share: true);

        Assert.Equal([1, 2, 3, 4, 6], trees.Ids);
        Assert.Equal((4, 0, 1), (trees.Trees[0].Trunk, trees.Trees[0].First, trees.Trees[0].Second));
        Assert.Equal([2, 3, 4], trees.Trees[0].Read);
        Assert.Equal([new(0, 4, 0), new(0, 4, 1), new(1, 5, 0), new(1, 6, 1), new(2, 7, 1)], trees.Predictions);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Layers_that_are_computed_again_give_the_same_bits_with_and_without_an_adapter(bool adapted)
    {
        using var scope = NewDisposeScope();
        using var model = HuggingFaceFolder.Load(Shared.Golden("models/tiny-qwen2"));
        using var adapter = adapted ? PeftFolder.Load(Shared.Golden("trajectories/lora-final"), model) : null;
        if (!adapted) model.SetTrainable(true);
        IReadOnlyList<(string Name, Parameter Parameter)> trained = adapter?.NamedParameters() ?? model.NamedParameters();
        (double, Dictionary<string, Tensor>) Of(int layers) => LossAndGradients(
            trained, TreePass.With(new() { SegmentLayers = layers })(model, GoldenPairs.Sequences("step", "chosen"), GoldenPairs.Sequences("step", "rejected")));
        var (loss, gradients) = Of(int.MaxValue);

        Assert.True(model.Config.Layers >= 3);
        Assert.True(gradients.Values.Max(gradient => gradient.abs().max().item<float>()) > 1e-3);
        foreach (var layers in new[] { 1, 2 })
        {
            var (again, other) = Of(layers);
            Assert.Equal(loss, again);
            Assert.All(gradients, item => Assert.True(item.Value.Equals(other[item.Key]), item.Key));
        }
    }

    private static void AssertEqualPasses(string folder, ScalarType dtype, IReadOnlyList<AnswerTokens> chosen, IReadOnlyList<AnswerTokens>? rejected, TreePassOptions options)
    {
        using var scope = NewDisposeScope();
        using var model = HuggingFaceFolder.Load(Shared.Golden($"models/{folder}"), dtype);
        model.SetTrainable(true);
        var (loss, gradients) = LossAndGradients(model.NamedParameters(), SequencePass.Of(model, chosen, rejected));
        var (fastLoss, fastGradients) = LossAndGradients(model.NamedParameters(), TreePass.With(options)(model, chosen, rejected));

        var (lossTolerance, gradientTolerance) = dtype == ScalarType.Float64 ? (1e-12, 1e-12) : (1e-6, 5e-6);
        Assert.True(Math.Abs(loss - fastLoss) <= lossTolerance * Math.Max(1, Math.Abs(loss)), $"{folder} {dtype}: loss {fastLoss}, wanted {loss}");
        // Two equal sides have no gradient but rounding: hence a floor.
        var largest = Math.Max(1e-3, gradients.Values.Max(gradient => gradient.abs().max().to_type(ScalarType.Float64).item<double>()));
        foreach (var (name, wanted) in gradients)
        {
            var off = (fastGradients[name] - wanted).abs().max().to_type(ScalarType.Float64).item<double>();
            Assert.True(off <= gradientTolerance * largest, $"{folder} {dtype}: gradient of {name} is off by {off}, the largest is {largest}");
        }
    }

    // A loss that weighs every answer differently; per token, so that sums of different lengths count alike.
    private static (double Loss, Dictionary<string, Tensor> Gradients) LossAndGradients(IReadOnlyList<(string Name, Parameter Parameter)> trained, AnswerScores scores)
    {
        foreach (var (_, parameter) in trained) parameter.grad = null;
        var weights = linspace(0.4 / 50, 1.6 / 50, scores.Chosen.shape[0], dtype: ScalarType.Float64);
        var loss = scores.Rejected is { } rejected
            ? (-nn.functional.logsigmoid((scores.Chosen - rejected) * weights)).mean()
            : -(scores.Chosen * weights).mean();
        loss.backward();
        scores.Backward();
        return (loss.item<double>(), trained.ToDictionary(item => item.Name, item => item.Parameter.grad!.clone()));
    }
}
