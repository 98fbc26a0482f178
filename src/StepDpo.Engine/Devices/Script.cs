using static TorchSharp.torch;

namespace StepDpo.Engine.Devices;

/// <summary>TorchScript, compiled at its first use: the way to what libtorch has and TorchSharp does not bind.</summary>
/// <param name="source">Functions, as <c>torch.jit.CompilationUnit</c> takes them.</param>
internal sealed class Script(string source)
{
    private readonly Lazy<jit.CompilationUnit> _unit = new(() => jit.compile(source));

    /// <summary>Runs a function.</summary>
    /// <param name="function">Its name.</param>
    /// <param name="arguments">Tensors, arrays of tensors, numbers.</param>
    public object Run(string function, params object[] arguments) => _unit.Value.invoke(function, Array.ConvertAll(arguments, Held));

    private static object Held(object argument) => argument switch
    {
        double number => Scalars.Of(number),
        int number => Scalars.Of(number),
        _ => argument,
    };
}
