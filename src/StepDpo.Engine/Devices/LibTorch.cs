using System.Reflection;
using System.Runtime.InteropServices;
using TorchSharp;

namespace StepDpo.Engine.Devices;

/// <summary>
/// Loads libtorch before TorchSharp is touched. The libraries (450 MB, with CUDA several GB) stay where they are: in the package
/// cache, in an installed PyTorch, or in the folder that <c>STEPDPO_LIBTORCH</c> names (<see cref="LibTorchBuild.Choose"/>).
/// </summary>
public static class LibTorch
{
    /// <summary>Environment variable naming the folder of libtorch_cpu.so.</summary>
    public const string FolderVariable = "STEPDPO_LIBTORCH";

    // What libtorch_cuda.so needs, each after those that it needs itself. A library finds by name those already in the process.
    private static readonly string[] Nvidia =
        ["cudart", "nvrtc", "nvJitLink", "cublasLt", "cublas", "cufft", "curand", "cusparse", "cusparseLt", "cusolver", "cudnn", "nccl", "cufile", "nvshmem_host", "cupti"];

    // The order matters as well. The CUDA libraries are there in a CUDA build only.
    private static readonly (string Name, bool Required)[] Own =
    [
        ("libgomp*.so.1", false), ("libc10.so", true), ("libtorch_cpu.so", true),
        ("libc10_cuda.so", false), ("libtorch_cuda.so", false), ("libtorch.so", true),
    ];

    private static readonly Lock Gate = new();
    private static bool _loaded;

    /// <summary>The build that libtorch is, or will be, loaded from.</summary>
    public static LibTorchBuild Build { get; } = LibTorchBuild.Choose(LibTorchPlaces.Here(
        typeof(LibTorch).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().FirstOrDefault(attribute => attribute.Key == "LibTorchDirectory")?.Value ?? ""));

    /// <summary>The folder of its own libraries.</summary>
    public static string Folder => Build.Find("libtorch_cpu.so") is { } file ? Path.GetDirectoryName(file)! : Build.Folders[0];

    /// <summary>Whether it has CUDA.</summary>
    public static bool HasCuda => Build.HasCuda;

    /// <summary>Loads libtorch once; later calls only set the number of threads, if one is given.</summary>
    /// <param name="threads">Threads of one operation; null leaves libtorch's own choice (the number of cores).</param>
    /// <exception cref="DllNotFoundException">A library is missing or does not load; the message names folder and file.</exception>
    public static void Load(int? threads = null)
    {
        lock (Gate)
        {
            if (!_loaded)
            {
                // One of NVIDIA's that does not load may not be needed; if it is, libtorch_cuda.so says so.
                if (HasCuda) foreach (var name in Nvidia) if (Build.Find($"lib{name}.so.*") is { } file) NativeLibrary.TryLoad(file, out _);
                foreach (var (name, required) in Own) LoadLibrary(name, required);
                torch.InitializeDeviceType(DeviceType.CPU);
                _loaded = true;
            }

            if (threads is { } count) torch.set_num_threads(count);
        }
    }

    private static void LoadLibrary(string name, bool required)
    {
        if (Build.Find(name) is not { } file)
        {
            if (!required) return;
            throw new DllNotFoundException(
                $"{Path.Combine(Build.Folders[0], name)}: not found; set {FolderVariable} to the folder that holds libtorch's libraries (2.10, or torch/lib of a PyTorch {string.Join(" or ", LibTorchBuild.Versions)})");
        }

        try
        {
            NativeLibrary.Load(file);
        }
        catch (DllNotFoundException e)
        {
            throw new DllNotFoundException($"{file}: does not load: {e.Message}", e);
        }
    }
}
