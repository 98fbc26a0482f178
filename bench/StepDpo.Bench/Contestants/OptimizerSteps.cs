using TorchSharp.Modules;
using static TorchSharp.torch;
using OurAdamW = StepDpo.Engine.Optimization.AdamW;

namespace StepDpo.Bench.Contestants;

/// <summary>AdamW over 288 tensors of 16,384 numbers: ours, or TorchSharp's with <c>torchsharp</c> as the argument.</summary>
internal static class OptimizerSteps
{
    private const int Tensors = 288;
    private const int Numbers = 16_384;
    private const int Steps = 100;
    private const double Rate = 1e-5;

    /// <summary>Arguments: <c>ours</c> or <c>torchsharp</c>.</summary>
    public static Trial Run(string[] arguments)
    {
        random.manual_seed(3);
        var parameters = Enumerable.Range(0, Tensors).Select(_ => new Parameter(randn(128, Numbers / 128) * 0.02)).ToList();
        foreach (var parameter in parameters) parameter.grad = randn(128, Numbers / 128);
        var copies = parameters.Select(parameter => new Parameter(parameter.detach().clone())).ToList();
        foreach (var (copy, parameter) in copies.Zip(parameters)) copy.grad = parameter.grad!.clone();
        using var ours = new OurAdamW(parameters.Select((parameter, index) => ($"p{index}", parameter)), 0.9, 0.999, 1e-8, 0.01);
        using var theirs = optim.AdamW(copies, lr: Rate, beta1: 0.9, beta2: 0.999, eps: 1e-8, weight_decay: 0.01);
        void Ours() => ours.Step(Rate);
        void Theirs() => theirs.step();
        Ours();
        Theirs();
        var timed = arguments[0] == "ours" ? (Action)Ours : Theirs;
        var (seconds, cpu) = Stopwatches.Time(() => Repeat(timed));
        Repeat(arguments[0] == "ours" ? Theirs : Ours);
        using var noGrad = no_grad();
        var difference = copies.Zip(parameters).Max(pair => (pair.First - pair.Second).abs().max().item<float>());
        return new Trial { Seconds = [seconds / Steps], CpuSeconds = [cpu / Steps], Difference = difference };
    }

    private static void Repeat(Action step)
    {
        for (var i = 0; i < Steps; i++) step();
    }
}
