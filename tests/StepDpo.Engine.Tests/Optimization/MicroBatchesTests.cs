using StepDpo.Contracts.Runs;
using StepDpo.Engine.Checkpoints.Folders;
using StepDpo.Engine.Examples;
using StepDpo.Engine.Optimization;
using StepDpo.Engine.Tests.Losses;
using StepDpo.Engine.Tests.Training;
using static TorchSharp.torch;

namespace StepDpo.Engine.Tests.Optimization;

public sealed class MicroBatchesTests
{
    private static readonly TrainingOptions _options = new() { BatchSize = 200, MicroBatchSize = 3 };

    [Fact]
    public void By_pairs_the_shortest_go_first()
    {
        TrainingRow[] rows = [.. new[] { 5, 3, 9, 4, 7 }.Select((length, i) => Row(i, length, 2, 2))];

        Assert.Equal([[1, 3, 0], [4, 2]], MicroBatches.Of(rows, [0, 1, 2, 3, 4], _options));
    }

    // The prompt counts once, and the last token of a side is not read.
    [Fact]
    public void By_tokens_passes_are_as_few_as_the_limit_asks_for_and_of_about_equal_work()
    {
        TrainingRow[] rows = [.. Enumerable.Range(0, 8).Select(i => Row(i, 10, 4, 4))];
        Assert.Equal(16, rows[0].TokensRead);
        int[] Sizes(int tokens) => [.. MicroBatches.Of(rows, [.. Enumerable.Range(0, 8)], _options with { MicroBatchTokens = tokens }).Select(pass => pass.Length)];

        Assert.Equal([8], Sizes(128));
        Assert.Equal([4, 4], Sizes(127));
        Assert.Equal([2, 2, 2, 2], Sizes(32));
        Assert.Equal([1, 1, 1, 1, 1, 1, 1, 1], Sizes(1));
    }

    [Fact]
    public void Every_pair_is_in_one_pass_and_no_pass_is_longer_than_the_limit_by_more_than_a_pair()
    {
        var random = new Random(3);
        for (var trial = 0; trial < 200; trial++)
        {
            TrainingRow[] rows = [.. Enumerable.Range(0, random.Next(1, 200)).Select(i => Row(i, random.Next(1, 400), random.Next(1, 80), random.Next(1, 80)))];
            int[] batch = [.. Enumerable.Range(0, rows.Length).Where(_ => random.Next(2) == 0)];
            var most = random.Next(1, 5000);
            var passes = MicroBatches.Of(rows, batch, _options with { MicroBatchTokens = most }).ToList();

            Assert.Equal(batch, passes.SelectMany(pass => pass).Order());
            var longest = batch.Select(index => rows[index].TokensRead).DefaultIfEmpty().Max();
            Assert.All(passes, pass => Assert.InRange(pass.Sum(index => rows[index].TokensRead), 1, most + longest));
        }
    }

    [Theory]
    [InlineData(150)]
    [InlineData(400)]
    [InlineData(100_000)]
    public void A_step_cut_by_tokens_has_the_loss_and_gradient_of_one_cut_by_pairs(int tokens)
    {
        var (loss, norm, weights) = StepOf(new());
        var (other, otherNorm, others) = StepOf(new() { MicroBatchTokens = tokens });

        Assert.Equal(loss, other, 1e-6);
        Assert.Equal(norm, otherNorm, 5e-6 * norm);
        Assert.All(weights.Zip(others), pair => Assert.True((pair.First - pair.Second).abs().max().item<float>() <= 5e-6 * norm));
    }

    // A step leaves its gradients where the next one clears them.
    private static (double Loss, double Norm, IReadOnlyList<Tensor> Gradients) StepOf(TrainingOptions change)
    {
        using var model = HuggingFaceFolder.Load(TinyRun.Model);
        var (chosen, rejected) = (GoldenPairs.Sequences("step", "chosen"), GoldenPairs.Sequences("step", "rejected"));
        TrainingRow[] rows = [.. chosen.Select((winner, i) => new TrainingRow(i + 1, winner, rejected[i]))];
        var reference = ReferenceLogProbs.Of(model, rows, microBatch: 2, () => false)!;
        using var trainer = new Trainer(model, rows, reference, change with { BatchSize = 8, MicroBatchSize = 2, MaxGradNorm = 1e9, Epochs = 1 });
        var metrics = trainer.TakeStep()!;
        return (metrics.Loss, metrics.GradNorm, [.. model.NamedParameters().Select(item => item.Parameter.grad!.clone())]);
    }

    private static TrainingRow Row(int line, int prompt, int chosen, int rejected)
    {
        int[] Ids(int count, int first) => [.. Enumerable.Range(first, count)];
        return new TrainingRow(line, new AnswerTokens(Ids(prompt, 0), Ids(chosen, 1000)), new AnswerTokens(Ids(prompt, 0), Ids(rejected, 2000)));
    }
}
