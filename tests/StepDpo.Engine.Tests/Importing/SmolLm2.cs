using StepDpo.Engine.Checkpoints.Gguf;

namespace StepDpo.Engine.Tests.Importing;

/// <summary>SmolLM2-135M-Instruct, imported once from its GGUF file for all tests of a class.</summary>
public sealed class SmolLm2 : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public SmolLm2() => GgufImport.Run(Source, Folder);

    public static string Source => Shared.Path("models/smollm2-135m-instruct/SmolLM2-135M-Instruct.Q4_1.gguf");

    public string Folder => _folder.In("smollm2");

    public static string Golden(string name) => Shared.Path($"models/smollm2-135m-instruct/golden/{name}");

    public void Dispose() => _folder.Dispose();
}
