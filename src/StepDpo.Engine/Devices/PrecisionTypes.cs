using StepDpo.Contracts.Runs;
using static TorchSharp.torch;

namespace StepDpo.Engine.Devices;

/// <summary>A run's precision in libtorch's words.</summary>
public static class PrecisionTypes
{
    /// <summary>The type of a precision's tensors.</summary>
    public static ScalarType Of(Precision precision) => precision switch
    {
        Precision.Float32 => ScalarType.Float32,
        Precision.BFloat16 => ScalarType.BFloat16,
        _ => throw new ArgumentOutOfRangeException(nameof(precision), precision, "an unknown precision"),
    };

    /// <summary>The precision of a type's tensors.</summary>
    public static Precision Of(ScalarType type) =>
        Enum.GetValues<Precision>().Cast<Precision?>().FirstOrDefault(precision => Of(precision!.Value) == type)
        ?? throw new ArgumentOutOfRangeException(nameof(type), type, "no run computes in this type");

    /// <summary>Bytes of a number.</summary>
    public static long BytesOf(Precision precision) => precision == Precision.BFloat16 ? 2 : 4;

    /// <summary>What is taken where nothing is asked for: fp32 on a CPU, bf16 on a GPU.</summary>
    public static Precision DefaultOn(Device device) => device.type == TorchSharp.DeviceType.CPU ? Precision.Float32 : Precision.BFloat16;
}
