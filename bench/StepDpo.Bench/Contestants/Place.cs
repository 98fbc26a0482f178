using StepDpo.Contracts.Runs;
using StepDpo.Engine.Devices;
using static TorchSharp.torch;

namespace StepDpo.Bench.Contestants;

/// <summary>Where a contestant computes and in what.</summary>
/// <param name="Device">The device.</param>
/// <param name="Dtype">Type of the weights.</param>
internal sealed record Place(Device Device, ScalarType Dtype)
{
    /// <summary>Whether work begun is not yet work done, and the first step of a size pays for memory that later ones find.</summary>
    public bool IsGpu => Device.type != TorchSharp.DeviceType.CPU;

    /// <summary>Of the command line's words; libtorch must have been loaded.</summary>
    /// <param name="device">As <see cref="ComputeDevice.Choose"/> takes it.</param>
    /// <param name="precision">Null: the device's own.</param>
    public static Place Of(string? device, Precision? precision)
    {
        var place = ComputeDevice.Choose(device);
        return new Place(place, PrecisionTypes.Of(precision ?? PrecisionTypes.DefaultOn(place)));
    }
}
