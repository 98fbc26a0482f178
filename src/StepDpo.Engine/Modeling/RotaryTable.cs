using StepDpo.Engine.Devices;
using static TorchSharp.torch;

namespace StepDpo.Engine.Modeling;

/// <summary>
/// Cosines and sines of the rotary embedding, computed in double precision and grown on demand. The two halves of a head turn
/// against each other, row i with row i + d/2 (Hugging Face's order).
/// </summary>
internal sealed class RotaryTable(ModelConfig config, ScalarType dtype, Device device) : IDisposable
{
    private Tensor? _cos;
    private Tensor? _sin;

    /// <summary>Rotation of positions start .. start + count - 1: two tensors [1, count, 1, headDim].</summary>
    public (Tensor Cos, Tensor Sin) Range(int start, int count)
    {
        var (cos, sin) = Covering(start + count);
        return (cos.narrow(0, start, count).view(1, count, 1, -1), sin.narrow(0, start, count).view(1, count, 1, -1));
    }

    /// <summary>Rotation of positions [batch, time], all below <paramref name="limit"/>: two tensors [batch, time, 1, headDim].</summary>
    public (Tensor Cos, Tensor Sin) At(Tensor positions, int limit)
    {
        var (cos, sin) = Covering(limit);
        var (batch, time, flat) = (positions.shape[0], positions.shape[1], positions.flatten());
        return (cos.index_select(0, flat).view(batch, time, 1, -1), sin.index_select(0, flat).view(batch, time, 1, -1));
    }

    /// <summary>Turns queries or keys x [batch, time, heads, headDim] by their positions.</summary>
    public static Tensor Rotate(Tensor x, (Tensor Cos, Tensor Sin) rotation)
    {
        // (a, b) -> (a cos - b sin, b cos + a sin): swapping the halves gives (b, a), and the table's first sines are negative.
        using var scope = NewDisposeScope();
        return (x * rotation.Cos).addcmul(x.roll(x.shape[3] / 2, 3), rotation.Sin, Scalars.One).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        _cos?.Dispose();
        _sin?.Dispose();
    }

    private (Tensor Cos, Tensor Sin) Covering(int positions)
    {
        if (_cos is { } cos && _sin is { } sin && cos.shape[0] >= positions) return (cos, sin);
        Dispose();
        var rows = (int)Math.Max(64, System.Numerics.BitOperations.RoundUpToPowerOf2((uint)positions));
        (_cos, _sin) = Compute(rows);
        return (_cos, _sin);
    }

    private (Tensor Cos, Tensor Sin) Compute(int rows)
    {
        using var scope = NewDisposeScope();
        var (width, half) = (config.HeadDim, config.HeadDim / 2);
        var (cos, sin) = (new double[rows * width], new double[rows * width]);
        for (var i = 0; i < half; i++)
        {
            var frequency = Math.Pow(config.RopeTheta, -2.0 * i / width);
            if (config.RopeScaling is { } scaling) frequency = scaling.Apply(frequency);
            for (var row = 0; row < rows; row++)
            {
                var (s, c) = Math.SinCos(row * frequency);
                var at = row * width + i;
                cos[at] = cos[at + half] = c;
                (sin[at], sin[at + half]) = (-s, s);
            }
        }

        return (tensor(cos, [rows, width]).to(dtype, device).DetachFromDisposeScope(), tensor(sin, [rows, width]).to(dtype, device).DetachFromDisposeScope());
    }
}
