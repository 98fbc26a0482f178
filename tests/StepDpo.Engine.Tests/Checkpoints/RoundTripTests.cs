using StepDpo.Contracts.Models;
using StepDpo.Engine.Checkpoints;
using StepDpo.Engine.Checkpoints.Folders;
using StepDpo.Engine.Checkpoints.Safetensors;
using StepDpo.Engine.Modeling;
using static TorchSharp.torch;

namespace StepDpo.Engine.Tests.Checkpoints;

public sealed class RoundTripTests
{
    public static TheoryData<string> Models => Modeling.LogitsGoldenTests.Models;

    [Theory]
    [MemberData(nameof(Models))]
    public void A_model_saved_and_loaded_again_is_equal_in_every_bit_in_one_file_and_in_shards(string name)
    {
        using var temporary = new TemporaryFolder();
        var source = Shared.Golden($"models/{name}");
        using var original = HuggingFaceFolder.Load(source);
        foreach (var (target, largestShard) in new[] { ("one", HuggingFaceFolder.DefaultLargestShard), ("many", 100_000L) })
        {
            var folder = temporary.In(target);
            DurableFile.CreateFolder(folder, staging => HuggingFaceFolder.Save(original, source, staging, largestShard));
            Assert.Equal(target == "one", File.Exists(Path.Combine(folder, "model.safetensors")));
            if (target == "many") Assert.All(ModelFolder.Shards(folder), shard => Assert.InRange(new FileInfo(Path.Combine(folder, shard)).Length, 1, 140_000));
            using var again = HuggingFaceFolder.Load(folder);
            AssertSameBits(original, again);
        }
    }

    [Theory]
    [InlineData("tiny-qwen2", ScalarType.Float32)]
    [InlineData("tiny-qwen3", ScalarType.Float32)]
    [InlineData("tiny-llama3", ScalarType.Float32)]
    [InlineData("tiny-smol", ScalarType.Float32)]
    [InlineData("tiny-qwen2-sharded", ScalarType.BFloat16)]
    public void What_is_saved_is_byte_for_byte_what_transformers_wrote(string name, ScalarType dtype)
    {
        using var temporary = new TemporaryFolder();
        var source = Shared.Golden($"models/{name}");
        using var model = HuggingFaceFolder.Load(source, dtype);
        HuggingFaceFolder.Save(model, source, temporary.Path, largestShard: name == "tiny-qwen2-sharded" ? 100_000 : HuggingFaceFolder.DefaultLargestShard);
        var names = Directory.EnumerateFiles(source).Select(Path.GetFileName).Order().ToList();
        Assert.Equal(names, Directory.EnumerateFiles(temporary.Path).Select(Path.GetFileName).Order());
        Assert.All(names, file => Assert.True(File.ReadAllBytes(Path.Combine(source, file!)).AsSpan().SequenceEqual(File.ReadAllBytes(temporary.In(file!))), file));
    }

    [Fact]
    public void Half_precision_is_kept_and_the_config_says_so()
    {
        using var temporary = new TemporaryFolder();
        var source = Shared.Golden("models/tiny-qwen2-sharded");
        using var original = HuggingFaceFolder.Load(source, ScalarType.BFloat16);
        HuggingFaceFolder.Save(original, source, temporary.Path);
        Assert.Equal(File.ReadAllBytes(Path.Combine(source, "config.json")), File.ReadAllBytes(temporary.In("config.json")));
        Assert.Equal("bfloat16", HuggingFaceFolder.Describe(temporary.Path).Dtype);
        using var again = HuggingFaceFolder.Load(temporary.Path, ScalarType.BFloat16);
        AssertSameBits(original, again);
    }

    [Theory]
    [InlineData("tiny-qwen2-sharded", "dtype")]
    [InlineData("tiny-llama3", "torch_dtype")]
    public void Weights_of_another_type_change_nothing_in_the_config_but_their_type(string name, string field)
    {
        using var temporary = new TemporaryFolder();
        var source = Shared.Golden($"models/{name}");
        using var model = HuggingFaceFolder.Load(source, ScalarType.Float16);
        HuggingFaceFolder.Save(model, source, temporary.Path);
        var (before, after) = (Shared.ReadJson(Path.Combine(source, "config.json")), Shared.ReadJson(temporary.In("config.json")));
        Assert.Equal("float16", after.GetProperty(field).GetString());
        Assert.Equal(
            before.EnumerateObject().Where(item => item.Name != field).Select(item => (item.Name, item.Value.ToString().ReplaceLineEndings("").Replace(" ", "", StringComparison.Ordinal))),
            after.EnumerateObject().Where(item => item.Name != field).Select(item => (item.Name, item.Value.ToString().ReplaceLineEndings("").Replace(" ", "", StringComparison.Ordinal))));
        Assert.Equal(ModelConfigReader.Read(Path.Combine(source, "config.json")) with { Dtype = ScalarType.Float16 }, ModelConfigReader.Read(temporary.In("config.json")));
    }

    [Fact]
    public void Tokenizer_and_generation_files_are_copied_byte_for_byte()
    {
        using var temporary = new TemporaryFolder();
        var source = Shared.Golden("models/tiny-qwen3");
        using var model = HuggingFaceFolder.Load(source);
        HuggingFaceFolder.Save(model, source, temporary.Path);
        var names = Directory.EnumerateFiles(source).Select(Path.GetFileName).Where(name => name != "model.safetensors").ToList();
        Assert.Equal(5, names.Count);
        Assert.All(names, name => Assert.Equal(File.ReadAllBytes(Path.Combine(source, name!)), File.ReadAllBytes(temporary.In(name!))));
    }

    [Fact]
    public void A_folder_that_holds_weights_is_not_written_over()
    {
        using var temporary = new TemporaryFolder();
        var source = Shared.Golden("models/tiny-smol");
        using var model = HuggingFaceFolder.Load(source);
        HuggingFaceFolder.Save(model, source, temporary.Path);
        Assert.Throws<IOException>(() => HuggingFaceFolder.Save(model, source, temporary.Path, largestShard: 1000));
        Assert.Throws<IOException>(() => DurableFile.CreateFolder(temporary.Path, _ => { }));
    }

    [Fact]
    public void A_write_that_fails_leaves_the_old_file_and_no_other()
    {
        using var temporary = new TemporaryFolder();
        var file = temporary.In("a");
        DurableFile.Write(file, stream => stream.WriteByte(1));
        Assert.Throws<InvalidOperationException>(() => DurableFile.Write(file, stream =>
        {
            stream.WriteByte(2);
            throw new InvalidOperationException();
        }));
        Assert.Equal([1], File.ReadAllBytes(file));
        Assert.Throws<InvalidOperationException>(() => DurableFile.CreateFolder(temporary.In("b"), _ => throw new InvalidOperationException()));
        Assert.Equal([file], Directory.EnumerateFileSystemEntries(temporary.Path));
    }

    [Fact]
    public void Tensors_of_every_type_and_of_no_size_come_back_equal()
    {
        using var scope = NewDisposeScope();
        using var temporary = new TemporaryFolder();
        var file = temporary.In("all.safetensors");
        (string, Tensor)[] tensors =
        [
            ("a \"quoted\" ü", tensor(new double[] { 0, 1, 2, 3, 4, 5 }).view(2, 3)), ("f32", rand(3, 5)), ("f16", rand(7).to(ScalarType.Float16)),
            ("bf16", rand(4, 1, 2).to(ScalarType.BFloat16)), ("i64", tensor(new long[] { 0, 1, 2 })), ("i32", tensor(-5)), ("i16", tensor(new short[] { 1, -2 })),
            ("i8", tensor(new sbyte[] { -1 })), ("u8", tensor(new byte[] { 255, 0, 3 })), ("bool", tensor(new[] { true, false })), ("none", empty(0, 4)), ("turned", rand(3, 4).t()),
        ];
        SafetensorsWriter.Write(file, tensors);
        using var opened = SafetensorsFile.Open(file);
        Assert.Equal(tensors.Select(item => item.Item1).Order(), opened.Tensors.Keys.Order());
        foreach (var (name, wanted) in tensors)
        {
            var found = opened.Read(name);
            Assert.Equal((wanted.dtype, wanted.shape.Length), (found.dtype, found.shape.Length));
            Assert.Equal(wanted.shape, found.shape);
            Assert.Equal(wanted.contiguous().bytes.ToArray(), found.bytes.ToArray());
        }
    }

    private static void AssertSameBits(CausalLm wanted, CausalLm found)
    {
        var (first, second) = (wanted.NamedParameters(), found.NamedParameters());
        Assert.Equal(first.Select(item => item.Name), second.Select(item => item.Name));
        Assert.All(first.Zip(second), pair => Assert.Equal(pair.First.Parameter.bytes.ToArray(), pair.Second.Parameter.bytes.ToArray()));
    }
}
