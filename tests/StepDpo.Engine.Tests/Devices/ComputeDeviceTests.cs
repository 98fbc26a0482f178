using StepDpo.Engine.Devices;
using TorchSharp;

namespace StepDpo.Engine.Tests.Devices;

public sealed class ComputeDeviceTests
{
    [Fact]
    public void The_CPU_is_there_and_says_how_much_memory_is_free()
    {
        Assert.Equal(DeviceType.CPU, ComputeDevice.Choose("cpu").type);
        Assert.InRange(ComputeDevice.FreeBytes(torch.CPU), 1, 1L << 50);
    }

    [Theory]
    [InlineData("gpu")]
    [InlineData("cuda:")]
    [InlineData("cuda:-1")]
    [InlineData("cuda:one")]
    public void A_name_that_no_device_has_is_refused(string name) =>
        Assert.Equal($"--device: found {name}, wanted cpu, cuda or cuda:N", Assert.Throws<InvalidDataException>(() => ComputeDevice.Choose(name)).Message);

    [Fact]
    public void A_GPU_that_is_not_there_is_refused_with_the_libtorch_that_was_asked() =>
        Assert.Contains(LibTorch.Folder, Assert.Throws<InvalidDataException>(() => ComputeDevice.Choose("cuda:99")).Message, StringComparison.Ordinal);
}
