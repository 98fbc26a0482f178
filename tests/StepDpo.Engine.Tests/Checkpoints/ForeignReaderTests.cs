using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;
using StepDpo.Engine.Checkpoints.Folders;
using StepDpo.Engine.Checkpoints.Safetensors;
using static TorchSharp.torch;

namespace StepDpo.Engine.Tests.Checkpoints;

/// <summary>
/// What we save, read by the safetensors project's own reader. Run by hand: STEPDPO_PYTHON names a Python with torch and
/// safetensors, such as Debian 13's python3-torch and python3-safetensors, which <c>./stepdpo bench</c> unpacks.
/// </summary>
public sealed class ForeignReaderTests
{
    private const string Reader = """
        import hashlib, json, sys, torch
        from safetensors import safe_open
        for path in sys.argv[1:]:
            with safe_open(path, "pt") as file:
                bits = lambda t: hashlib.sha256(t.contiguous().reshape(-1).view(torch.uint8).numpy().tobytes()).hexdigest()
                tensors = {name: f"{t.dtype} {list(t.shape)} {bits(t)}" for name in file.keys() for t in [file.get_tensor(name)]}
                print(json.dumps({"format": (file.metadata() or {}).get("format"), "tensors": tensors}))
        """;

    [Fact(Explicit = true)]
    public void Models_in_one_file_and_in_shards_and_adapters_are_read_to_the_last_bit()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        foreach (var (name, dtype, largestShard) in new[] { ("tiny-qwen3", ScalarType.Float32, HuggingFaceFolder.DefaultLargestShard), ("tiny-qwen2-sharded", ScalarType.BFloat16, 100_000L), ("tiny-smol", ScalarType.Float16, 100_000L) })
        {
            using var model = HuggingFaceFolder.Load(Shared.Golden($"models/{name}"), dtype);
            var target = Directory.CreateDirectory(folder.In(name)).FullName;
            HuggingFaceFolder.Save(model, Shared.Golden($"models/{name}"), target, largestShard);
            AssertRead(Directory.EnumerateFiles(target, "*.safetensors"), model.NamedParameters().Select(item => (item.Name, (Tensor)item.Parameter)));
        }

        using var adapted = HuggingFaceFolder.Load(Shared.Golden("models/tiny-qwen2"));
        using var adapter = PeftFolder.Load(Shared.Golden("trajectories/lora-final"), adapted);
        PeftFolder.Save(adapter, "tiny-qwen2", Directory.CreateDirectory(folder.In("adapter")).FullName);
        AssertRead([folder.In("adapter/adapter_model.safetensors")], adapter.NamedParameters().Select(item => (item.Name, (Tensor)item.Parameter)));

        // Everything else that the format has and a model does not: no elements, no dimensions, whole numbers.
        (string Name, Tensor Value)[] odd = [("none", zeros(0, 4)), ("one", tensor(7.5)), ("steps", tensor(new long[] { 1, -2 })), ("ø", ones(2, 3, dtype: ScalarType.Float64))];
        SafetensorsWriter.Write(folder.In("odd.safetensors"), [.. odd.Select(item => new PendingTensor(item.Name, item.Value.dtype, item.Value.shape, () => item.Value))]);
        AssertRead([folder.In("odd.safetensors")], odd);
    }

    private static void AssertRead(IEnumerable<string> files, IEnumerable<(string Name, Tensor Value)> wanted)
    {
        var found = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in ReadIn(files))
        {
            var file = JsonSerializer.Deserialize<JsonElement>(line);
            Assert.Equal("pt", file.GetProperty("format").GetString());
            foreach (var tensor in file.GetProperty("tensors").EnumerateObject()) found.Add(tensor.Name, tensor.Value.GetString()!);
        }

        Assert.Equal(wanted.ToDictionary(item => item.Name, item => Describe(item.Value)).OrderBy(item => item.Key, StringComparer.Ordinal), found);
    }

    private static string Describe(Tensor value)
    {
        using var scope = NewDisposeScope();
        return $"torch.{value.dtype.ToString().ToLowerInvariant()} [{string.Join(", ", value.shape)}] {Convert.ToHexStringLower(SHA256.HashData(value.detach().contiguous().bytes))}";
    }

    private static string[] ReadIn(IEnumerable<string> files)
    {
        var python = Environment.GetEnvironmentVariable("STEPDPO_PYTHON");
        Assert.False(string.IsNullOrEmpty(python), "STEPDPO_PYTHON: found nothing, wanted a Python with torch and safetensors");
        using var process = Process.Start(new ProcessStartInfo(python, ["-c", Reader, .. files]) { RedirectStandardOutput = true })!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
