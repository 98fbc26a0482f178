using StepDpo.Engine.Devices;
using StepDpo.Engine.Optimization;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace StepDpo.Engine.Tests.Optimization;

public sealed class AdamWTests
{
    [Fact]
    public void Numbers_worked_by_hand()
    {
        using var scope = NewDisposeScope();
        var weight = new Parameter(tensor(new float[,] { { 2 } }));
        using var optimizer = new AdamW([("w", weight)], beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0.1);

        // Step 1, gradient 4: decay 2 * (1 - 0.1 * 0.1) = 1.98; both corrected moments cancel, so the step is -0.1.
        GradientOf(weight, 4);
        optimizer.Step(0.1);
        Assert.Equal(1.88, weight.item<float>(), 5);

        // Step 2, gradient -2: m = 0.9 * 0.4 - 0.1 * 2 = 0.16, corrected by 1 - 0.81 = 0.19: 0.842105;
        // v = 0.99 * 0.16 + 0.01 * 4 = 0.1984, corrected by 1 - 0.9801 = 0.0199: 9.969849, root 3.157506.
        // 1.88 * 0.99 - 0.1 * 0.842105 / 3.157506 = 1.8612 - 0.02667 = 1.83453.
        GradientOf(weight, -2);
        optimizer.Step(0.1);
        Assert.Equal(1.83453, weight.item<float>(), 5);
        Assert.Equal(2, optimizer.StepsTaken);
    }

    [Fact]
    public void Biases_and_norms_do_not_decay()
    {
        using var scope = NewDisposeScope();
        var (matrix, vector) = (new Parameter(ones(2, 2)), new Parameter(ones(2)));
        using var optimizer = new AdamW([("m", matrix), ("v", vector)], 0.9, 0.999, 1e-8, weightDecay: 0.5);
        GradientOf(matrix, 0);
        GradientOf(vector, 0);

        optimizer.Step(0.1);

        Assert.All(matrix.data<float>().ToArray(), value => Assert.Equal(0.95, value, 6));
        Assert.All(vector.data<float>().ToArray(), value => Assert.Equal(1, value));
    }

    [Fact]
    public void A_rate_of_0_changes_no_weight_but_counts_and_moves_the_moments()
    {
        using var scope = NewDisposeScope();
        var weight = new Parameter(ones(2, 2));
        using var optimizer = new AdamW([("w", weight)], 0.9, 0.999, 1e-8, weightDecay: 0.5);
        GradientOf(weight, 1);

        optimizer.Step(0);

        Assert.All(weight.data<float>().ToArray(), value => Assert.Equal(1, value));
        Assert.Equal(0.1, optimizer.State.Single(moment => moment.Name == "exp_avg.w").Tensor[0, 0].item<float>(), 6);
    }

    [Fact]
    public void A_gradient_is_clipped_by_the_norm_of_the_whole()
    {
        using var scope = NewDisposeScope();
        var (vector, matrix) = (new Parameter(zeros(2)), new Parameter(zeros(1, 1)));
        using var optimizer = new AdamW([("v", vector), ("m", matrix)], 0.9, 0.999, 1e-8, weightDecay: 0.5);
        using (no_grad()) vector.grad![0] = 3;
        GradientOf(matrix, 4);

        var norm = optimizer.GradientNorm();
        optimizer.ClipGradients(norm, max: 2.5);

        Assert.Equal(5, norm, 6);
        Assert.Equal(3 * 2.5 / (5 + 1e-6), vector.grad![0].item<float>(), 6);
        Assert.Equal(2, matrix.grad![0, 0].item<float>(), 5);

        optimizer.ClipGradients(optimizer.GradientNorm(), max: 2.6);
        Assert.Equal(2, matrix.grad![0, 0].item<float>(), 5);
        optimizer.ClearGradients();
        Assert.Equal(0, optimizer.GradientNorm());
    }

    [Fact]
    public void A_norm_over_very_many_numbers_loses_none_of_them()
    {
        using var scope = NewDisposeScope();
        using var optimizer = new AdamW([("w", new Parameter(full(new long[] { 5000, 5000 }, Scalars.Of(0.125))))], 0.9, 0.999, 1e-8, weightDecay: 0);
        Assert.Equal(0.125 * 5000, optimizer.WeightNorm(), 1e-3);
    }

    [Fact]
    public void Over_100_steps_288_tensors_move_as_under_TorchSharps_own_AdamW()
    {
        using var scope = NewDisposeScope();
        manual_seed(5);
        Parameter[] ours = [.. Enumerable.Range(0, 288).Select(i => new Parameter(i % 4 == 0 ? randn(7) : randn(3, 5 + i % 3)))];
        Parameter[] theirs = [.. ours.Select(parameter => new Parameter(parameter.detach().clone()))];
        using var optimizer = new AdamW(ours.Select((parameter, i) => ($"p{i}", parameter)), 0.9, 0.999, 1e-8, weightDecay: 0.01);
        var groups = new[] { (Many: true, Decay: 0.01), (Many: false, Decay: 0.0) }.Select(kind =>
            new TorchSharp.Modules.AdamW.ParamGroup(theirs.Where(parameter => parameter.dim() > 1 == kind.Many), new TorchSharp.Modules.AdamW.Options { weight_decay = kind.Decay }));
        using var wanted = optim.AdamW(groups, lr: 1e-2, beta1: 0.9, beta2: 0.999, eps: 1e-8, weight_decay: 0.01);
        for (var step = 0; step < 100; step++)
        {
            using var inner = NewDisposeScope();
            foreach (var (our, their) in ours.Zip(theirs))
            {
                var gradient = randn_like(their);
                using (no_grad()) our.grad!.copy_(gradient);
                their.grad = gradient.DetachFromDisposeScope();
            }

            optimizer.Step(1e-2);
            wanted.step();
        }

        Assert.All(ours.Zip(theirs), pair => Assert.True((pair.First - pair.Second).abs().max().item<float>() <= 1e-6));
    }

    [Fact]
    public void Parameters_share_memory_and_a_backward_pass_adds_to_gradients_that_do_too()
    {
        using var scope = NewDisposeScope();
        var (first, second) = (new Parameter(tensor(new[] { 1f, 2f })), new Parameter(tensor(new[] { 3f })));
        second.grad = tensor(new[] { 5f });
        using var optimizer = new AdamW([("a", first), ("b", second)], 0.9, 0.999, 1e-8, weightDecay: 0);

        Assert.Equal([1f, 2f], first.data<float>().ToArray());
        Assert.Equal(5, optimizer.GradientNorm(), 6);
        optimizer.ClearGradients();
        for (var pass = 0; pass < 2; pass++) (first * first).sum().add(second.sum(), Scalars.One).backward();
        Assert.Equal(Math.Sqrt(16 + 64 + 4), optimizer.GradientNorm(), 5);
        Assert.Equal([4f, 8f], first.grad!.data<float>().ToArray());
        Assert.Equal(Math.Sqrt(1 + 4 + 9), optimizer.WeightNorm(), 5);
    }

    [Fact]
    public void Steps_too_small_for_bf16_add_up_in_fp32_and_reach_the_weights()
    {
        using var scope = NewDisposeScope();
        var weight = new Parameter(ones(2, 3, dtype: ScalarType.BFloat16));
        using var optimizer = new AdamW([("w", weight)], 0.9, 0.999, 1e-8, weightDecay: 0);
        Tensor Master() => optimizer.State.Single(item => item.Name == "master.w").Tensor;

        // Each step is 1e-5, and the next number of 8 bits below 1 is 1 - 2^-8: alone no such step would ever move a weight.
        for (var step = 0; step < 50; step++)
        {
            GradientOf(weight, 1);
            optimizer.Step(1e-5);
        }

        Assert.All(Master().data<float>().ToArray(), value => Assert.Equal(1 - 50e-5, value, 1e-6));
        Assert.True(weight.eq(ones_like(weight)).all().item<bool>());
        for (var step = 0; step < 200; step++) optimizer.Step(1e-5);
        Assert.Equal(ScalarType.BFloat16, weight.dtype);
        Assert.All(weight.to_type(ScalarType.Float32).data<float>().ToArray(), value => Assert.Equal(1 - 1.0 / 256, value, 1e-7));
        Assert.True(weight.eq(Master().to_type(ScalarType.BFloat16)).all().item<bool>());
        Assert.Equal(["exp_avg.w", "exp_avg_sq.w", "master.w"], optimizer.State.Select(item => item.Name));
        Assert.All(optimizer.State, item => Assert.Equal(ScalarType.Float32, item.Tensor.dtype));
    }

    [Fact]
    public void Norms_of_bf16_are_taken_in_fp32()
    {
        using var scope = NewDisposeScope();
        var weight = new Parameter(full(new long[] { 300, 1000 }, Scalars.Of(0.125), dtype: ScalarType.BFloat16));
        using var optimizer = new AdamW([("w", weight)], 0.9, 0.999, 1e-8, weightDecay: 0);
        Assert.Equal(0.125 * Math.Sqrt(300_000), optimizer.WeightNorm(), 1e-4);
    }

    // More numbers than go over at a time.
    [Fact]
    public void Copies_elsewhere_take_the_same_steps_bit_for_bit()
    {
        using var scope = NewDisposeScope();
        manual_seed(5);
        Parameter[] here = [new Parameter(randn(4200, 4096)), new Parameter(randn(77))];
        Parameter[] alike = [.. here.Select(parameter => new Parameter(parameter.detach().clone()))];
        using var plain = new AdamW([("m", here[0]), ("v", here[1])], 0.9, 0.999, 1e-8, weightDecay: 0.01);
        using var copying = new AdamW([("m", alike[0]), ("v", alike[1])], 0.9, 0.999, 1e-8, weightDecay: 0.01, home: CPU);
        for (var step = 0; step < 2; step++)
        {
            using (no_grad())
            {
                foreach (var (one, other) in here.Zip(alike)) other.grad!.copy_(one.grad!.normal_(0, 1));
            }

            plain.Step(1e-3);
            copying.Step(1e-3);
        }

        Assert.All(here.Zip(alike), pair => Assert.True(pair.First.Equals(pair.Second)));
        Assert.All(plain.State.Zip(copying.State), pair => Assert.True(pair.First.Name == pair.Second.Name && pair.First.Tensor.Equals(pair.Second.Tensor), pair.First.Name));
    }

    // The optimiser owns the gradients: they are filled, not replaced.
    private static void GradientOf(Parameter parameter, double value)
    {
        using var noGrad = no_grad();
        parameter.grad!.fill_(Scalars.Of(value));
    }
}
