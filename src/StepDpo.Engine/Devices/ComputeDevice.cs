using System.Globalization;
using System.Runtime.InteropServices;
using TorchSharp;

namespace StepDpo.Engine.Devices;

/// <summary>Where a worker computes.</summary>
public static class ComputeDevice
{
    /// <summary>What the command line's <c>--device</c> takes.</summary>
    public const string Words = "cpu, cuda, cuda:1 and so on; left out, a GPU that the loaded libtorch can use, else the CPU";

    /// <summary>The device of a name. libtorch must have been loaded.</summary>
    /// <param name="name">As <see cref="Words"/> says.</param>
    /// <exception cref="InvalidDataException">The name is unknown, or the device is not there; the message says which libtorch was loaded.</exception>
    public static torch.Device Choose(string? name)
    {
        if (name is null) return HasCuda() ? torch.CUDA : torch.CPU;
        if (name == "cpu") return torch.CPU;
        var index = name == "cuda" ? 0 : name.StartsWith("cuda:", StringComparison.Ordinal) && int.TryParse(name[5..], NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
            : throw new InvalidDataException($"--device: found {name}, wanted cpu, cuda or cuda:N");
        var found = HasCuda() ? torch.cuda.device_count() : 0;
        return index < found ? torch.device(DeviceType.CUDA, index)
            : throw new InvalidDataException($"--device: found {name}, wanted one of the {found} GPUs that libtorch can use; it was loaded from {LibTorch.Folder}{(LibTorch.HasCuda ? "" : ", which has no CUDA")}");
    }

    /// <summary>Free bytes of a device; 0 where they are unknown.</summary>
    public static long FreeBytes(torch.Device device) => device.type == DeviceType.CPU ? MemoryPlan.AvailableHere() : FreeOfCuda(device.index);

    // Asked only of a libtorch with CUDA: TorchSharp would go looking for one.
    private static bool HasCuda() => LibTorch.HasCuda && torch.cuda.is_available();

    // TorchSharp binds no such question; the runtime that libtorch uses is in the process already and answers to its name.
    private static long FreeOfCuda(int index)
    {
        if ((!NativeLibrary.TryLoad("libcudart.so.12", out var runtime) && !NativeLibrary.TryLoad("libcudart.so.13", out runtime))
            || !NativeLibrary.TryGetExport(runtime, "cudaSetDevice", out var setDevice)
            || !NativeLibrary.TryGetExport(runtime, "cudaMemGetInfo", out var memGetInfo)) return 0;
        unsafe
        {
            nuint free, total;
            return ((delegate* unmanaged<int, int>)setDevice)(Math.Max(0, index)) == 0 && ((delegate* unmanaged<nuint*, nuint*, int>)memGetInfo)(&free, &total) == 0 ? (long)free : 0;
        }
    }
}
