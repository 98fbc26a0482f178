using System.Runtime.CompilerServices;
using StepDpo.Engine.Devices;

namespace StepDpo.Engine.Tests;

internal static class StartLibTorch
{
    // Before any test touches TorchSharp. One thread: test classes already run side by side.
    [ModuleInitializer]
    internal static void Load() => LibTorch.Load(threads: 1);
}
