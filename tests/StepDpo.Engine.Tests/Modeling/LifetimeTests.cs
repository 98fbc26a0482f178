using StepDpo.Engine.Checkpoints.Folders;
using StepDpo.Engine.Modeling;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StepDpo.Engine.Tests.Modeling;

public sealed class LifetimeTests
{
    [Fact]
    public void A_model_and_its_cache_outlive_the_scope_that_they_were_made_in_and_free_all_when_disposed()
    {
        CausalLm model;
        KeyValueCache cache;
        using (NewDisposeScope())
        {
            model = HuggingFaceFolder.Load(Shared.Golden("models/tiny-qwen3"));
            cache = new KeyValueCache(model, rows: 2, capacity: 8);
            model.Hidden(tensor(new long[,] { { 5, 6 }, { 7, 8 } }), cache);
        }

        using (var scope = NewDisposeScope())
        {
            var hidden = model.Hidden(tensor(new long[,] { { 9 }, { 9 } }), cache);
            Assert.Equal([2, 1, 64], hidden.shape);
        }

        List<Parameter> parameters = [.. model.NamedParameters().Select(item => item.Parameter)];
        cache.Dispose();
        model.Dispose();
        Assert.All(parameters, parameter => Assert.True(parameter.IsInvalid));
    }

    [Fact]
    public void A_forward_pass_leaves_only_its_result_in_the_callers_scope()
    {
        using var model = HuggingFaceFolder.Load(Shared.Golden("models/tiny-llama3"));
        using var ids = tensor(new long[,] { { 5, 6, 7 } });
        using var mask = tensor(new long[,] { { 0, 1, 1 } });
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var cache = new KeyValueCache(model, rows: 1, capacity: 8);
        model.Hidden(ids);
        model.Hidden(ids, mask);
        model.Hidden(ids, cache);
        model.Forward(ids);
        Assert.Equal(4, scope.DisposablesCount);
    }

    [Fact]
    public void Gradients_reach_every_parameter_of_a_trainable_model_with_and_without_padding()
    {
        foreach (var name in new[] { "tiny-qwen2", "tiny-qwen3" })
        {
            using var scope = NewDisposeScope();
            using var model = HuggingFaceFolder.Load(Shared.Golden($"models/{name}"));
            Assert.All(model.NamedParameters(), item => Assert.False(item.Parameter.requires_grad));
            model.SetTrainable(true);
            var ids = tensor(new long[,] { { 5, 6, 7, 8 }, { 5, 6, 7, 8 } });
            var mask = tensor(new long[,] { { 1, 1, 1, 1 }, { 0, 0, 1, 1 } });
            model.Forward(ids, mask).log_softmax(-1)[.., .., 9].sum().backward();
            Assert.All(model.NamedParameters(), item => Assert.True(item.Parameter.grad is { } grad && grad.isfinite().all().item<bool>() && grad.abs().sum().item<float>() > 0, item.Name));
        }
    }
}
