using StepDpo.Engine.Devices;

namespace StepDpo.Engine.Tests.Devices;

/// <summary>Which libtorch is taken, on folders that hold files of the right names and nothing else.</summary>
public sealed class LibTorchBuildTests : IDisposable
{
    private static readonly string[] _cpu = ["libc10.so", "libtorch_cpu.so", "libtorch.so"];
    private static readonly string[] _cuda = [.. _cpu, "libc10_cuda.so", "libtorch_cuda.so"];
    private readonly TemporaryFolder _folder = new();
    private readonly LibTorchPlaces _places;

    public LibTorchBuildTests()
    {
        _places = new LibTorchPlaces(Named: null, HasGpu: true, At("packages"), [At("venv"), At("usr")], At("cpu"));
        Lay("cpu", _cpu);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void With_nothing_else_the_CPU_build_is_taken()
    {
        var build = LibTorchBuild.Choose(_places);

        Assert.Equal([At("cpu")], build.Folders);
        Assert.False(build.HasCuda);
    }

    [Fact]
    public void A_named_folder_comes_before_all_and_is_taken_as_it_is()
    {
        LayPyTorch("venv/lib/python3.12/site-packages", "2.11.0+cu128", _cuda);

        Assert.Equal(At("mine"), LibTorchBuild.Choose(_places with { Named = At("mine") }).Folders[0]);
        var named = LibTorchBuild.Choose(_places with { Named = At("venv/lib/python3.12/site-packages/torch/lib"), HasGpu = false });
        Assert.True(named.HasCuda);
        Assert.Equal(At("venv/lib/python3.12/site-packages/nvidia/cublas/lib/libcublas.so.12"), named.Find("libcublas.so.*"));
    }

    [Fact]
    public void NuGets_packages_come_before_PyTorch_once_they_are_whole()
    {
        LayPyTorch("venv/lib/python3.12/site-packages", "2.11.0+cu128", _cuda);
        Lay("packages/libtorch-cuda-12.8-linux-x64-part1/2.10.0/runtimes/linux-x64/native", _cuda[..4]);
        Assert.Equal("PyTorch 2.11.0+cu128", LibTorchBuild.Choose(_places).Origin);

        Lay("packages/libtorch-cuda-12.8-linux-x64-part2-primary/2.10.0/runtimes/linux-x64/native", _cuda[4]);
        var build = LibTorchBuild.Choose(_places);

        Assert.Equal("NuGet's CUDA packages", build.Origin);
        Assert.EndsWith("part2-primary/2.10.0/runtimes/linux-x64/native/libtorch_cuda.so", build.Find("libtorch_cuda.so"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("2.10.1", true)]
    [InlineData("2.11.0+cu130", true)]
    [InlineData("2.6.0", false)]
    [InlineData("2.1.0", false)]
    [InlineData("2.12.0", false)]
    public void An_installed_PyTorch_is_taken_in_the_versions_that_fit(string version, bool fits)
    {
        LayPyTorch("usr/lib/python3/dist-packages", version, _cuda);
        var build = LibTorchBuild.Choose(_places);

        Assert.Equal(fits ? $"PyTorch {version}" : "the CPU build", build.Origin);
        Assert.Equal(fits, build.HasCuda);
        Assert.Equal(fits, build.Find("libcublas.so.*") is not null);
    }

    [Fact]
    public void The_first_installation_that_can_use_the_GPU_is_taken_and_of_several_Pythons_the_newest()
    {
        LayPyTorch("venv/lib/python3.12/site-packages", "2.10.0+cpu", _cpu);
        LayPyTorch("usr/lib/python3.11/dist-packages", "2.10.0", _cuda);
        LayPyTorch("usr/lib/python3.13/dist-packages", "2.11.0", _cuda);

        Assert.Equal("PyTorch 2.11.0", LibTorchBuild.Choose(_places).Origin);
    }

    [Fact]
    public void Without_a_GPU_it_is_the_CPU_build_and_where_that_is_not_here_an_installed_PyTorch()
    {
        LayPyTorch("usr/lib/python3.12/dist-packages", "2.10.0+cu128", _cuda);

        Assert.Equal("the CPU build", LibTorchBuild.Choose(_places with { HasGpu = false }).Origin);
        Assert.Equal("PyTorch 2.10.0+cu128", LibTorchBuild.Choose(_places with { HasGpu = false, CpuBuild = At("elsewhere") }).Origin);
        Assert.Equal([At("elsewhere")], LibTorchBuild.Choose(_places with { PythonPrefixes = [], CpuBuild = At("elsewhere") }).Folders);
    }

    private string At(string relative) => Path.Combine(_folder.Path, relative);

    private void Lay(string folder, params string[] files)
    {
        Directory.CreateDirectory(At(folder));
        foreach (var file in files) File.WriteAllText(Path.Combine(At(folder), file), "");
    }

    private void LayPyTorch(string packages, string version, string[] libraries)
    {
        Lay($"{packages}/torch/lib", libraries);
        Lay($"{packages}/nvidia/cublas/lib", "libcublas.so.12", "libcublasLt.so.12");
        File.WriteAllText(At($"{packages}/torch/version.py"), $"from typing import Optional\n\n__all__ = ['__version__']\n__version__ = '{version}'\ncuda = '12.8'\n");
    }
}
