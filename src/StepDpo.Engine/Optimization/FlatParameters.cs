using StepDpo.Engine.Devices;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StepDpo.Engine.Optimization;

/// <summary>
/// Parameters laid end to end in one tensor, their gradients in a second, so that what is done to all of them is one call. The
/// parameters become views into the first; backward passes add into the second, as long as nobody gives a parameter another
/// gradient: clear them with <see cref="ClearGradients"/>, never with <c>zero_grad</c>.
/// </summary>
internal sealed class FlatParameters : IDisposable
{
    // Every parameter starts at a cache line, as memory of its own would.
    private const long Alignment = 64;

    // A norm is taken over rows of so many numbers and then over the rows' norms: summed in one go, 32 bits lose the last terms.
    private const long Row = 4096;

    // Squares of narrow types are summed in fp32, and the root is not rounded to the narrow type either: TorchSharp's norm
    // has no such choice. 6 is float32: TorchScript by itself does not know torch's names of types.
    private static readonly Script _script = new("""
        def norms(rows: Tensor) -> Tensor:
            return torch.linalg_vector_norm(rows, 2.0, [1], False, dtype=6)

        """);

    private readonly IReadOnlyList<Place> _places;

    /// <summary>Moves parameters, all of one type and on one device, into common memory, and gradients that they have already.</summary>
    public FlatParameters(IReadOnlyList<(string Name, Parameter Parameter)> parameters)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var places = new List<Place>();
        long end = 0;
        foreach (var (name, parameter) in parameters)
        {
            places.Add(new Place(name, parameter, end, parameter.shape));
            end = RoundUp(end + parameter.numel(), Alignment);
        }

        _places = places;
        var first = parameters[0].Parameter;
        Values = zeros(RoundUp(end, Row), dtype: first.dtype, device: first.device).DetachFromDisposeScope();
        foreach (var place in places)
        {
            var view = place.In(Values);
            view.copy_(place.Parameter);
            place.Parameter.set_(view);
        }

        Gradients = zeros_like(Values).DetachFromDisposeScope();
        foreach (var place in places)
        {
            var view = place.In(Gradients);
            if (place.Parameter.grad is { } gradient) view.copy_(gradient);
            place.Parameter.grad = view;
        }
    }

    /// <summary>The parameters' values, [numbers]; gaps between them hold 0.</summary>
    public Tensor Values { get; }

    /// <summary>Their gradients, laid out alike.</summary>
    public Tensor Gradients { get; }

    /// <summary>Names and parts of a tensor that is laid out like <see cref="Values"/>, shaped as the parameters; for the caller's scope.</summary>
    public IEnumerable<(string Name, Tensor Part)> PartsOf(Tensor flat) => _places.Select(place => (place.Name, place.In(flat)));

    /// <summary>Sets all gradients to 0.</summary>
    public void ClearGradients() => Gradients.zero_();

    /// <summary>The Euclidean norm of each row of a flat tensor, fp32 [rows].</summary>
    public static Tensor RowNorms(Tensor flat)
    {
        using var scope = NewDisposeScope();
        var rows = flat.view(-1, Row);
        var norms = flat.dtype == ScalarType.Float64 ? rows.norm(1).to_type(ScalarType.Float32) : (Tensor)_script.Run("norms", rows);
        return norms.MoveToOuterDisposeScope();
    }

    /// <summary>Frees the gradients; the parameters keep their memory.</summary>
    public void Dispose()
    {
        foreach (var place in _places) place.Parameter.grad = null;
        Values.Dispose();
        Gradients.Dispose();
    }

    private static long RoundUp(long number, long multiple) => (number + multiple - 1) / multiple * multiple;

    private sealed record Place(string Name, Parameter Parameter, long Start, long[] Shape)
    {
        public Tensor In(Tensor flat) => flat.narrow(0, Start, Parameter.numel()).view(Shape);
    }
}
