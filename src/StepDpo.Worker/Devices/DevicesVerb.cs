using System.CommandLine;
using StepDpo.Engine.Devices;
using TorchSharp;

namespace StepDpo.Worker.Devices;

/// <summary><c>devices</c>: loads libtorch and says which one it is and where a worker would compute.</summary>
internal static class DevicesVerb
{
    public static Command Create()
    {
        var verb = new Command("devices", "Says which libtorch is loaded and where a worker computes.");
        verb.SetAction(parsed =>
        {
            LibTorch.Load();
            var device = ComputeDevice.Choose(null);
            parsed.InvocationConfiguration.Output.WriteLine(
                $"{device}, {PrecisionTypes.DefaultOn(device)}, {ComputeDevice.FreeBytes(device) / 1e9:0.0} GB free{(device.type == DeviceType.CPU ? "" : $", GPUs: {torch.cuda.device_count()}")}; libtorch: {LibTorch.Build.Origin} in {LibTorch.Folder}");
        });
        return verb;
    }
}
