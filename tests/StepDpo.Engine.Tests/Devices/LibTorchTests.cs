using StepDpo.Engine.Devices;
using TorchSharp;

namespace StepDpo.Engine.Tests.Devices;

public sealed class LibTorchTests
{
    [Fact]
    public void Loading_twice_is_harmless_and_tensors_work()
    {
        LibTorch.Load();
        LibTorch.Load(threads: 1);
        using var sum = torch.ones(3) * Scalars.Of(2);
        Assert.Equal([2f, 2f, 2f], sum.data<float>().ToArray());
    }

    [Fact]
    public void The_library_comes_from_the_named_folder_and_not_from_a_copy()
    {
        var loaded = File.ReadLines("/proc/self/maps").Where(line => line.EndsWith("/libtorch_cpu.so", StringComparison.Ordinal)).Select(line => line[line.IndexOf('/')..]).Distinct();
        Assert.Equal([Path.Combine(LibTorch.Folder, "libtorch_cpu.so")], loaded.Select(Path.GetFullPath), StringComparer.Ordinal);
    }
}
