using System.Text.Json;
using StepDpo.Worker;

namespace StepDpo.Engine.Tests.Importing;

public sealed class WorkerCommandTests
{
    [Theory]
    [InlineData("tiny-qwen2", "Qwen2ForCausalLM", 144192, 3, "float32")]
    [InlineData("tiny-qwen2-sharded", "Qwen2ForCausalLM", 144192, 3, "bfloat16")]
    [InlineData("tiny-llama3", "LlamaForCausalLM", 139584, 2, "float32")]
    public async Task Inspect_prints_one_object_that_describes_the_folder(string name, string architecture, long parameters, int layers, string dtype)
    {
        var folder = Shared.Golden($"models/{name}");
        var (code, output, error) = await RunAsync("inspect", folder);
        Assert.Equal((0, ""), (code, error));
        var json = JsonSerializer.Deserialize<JsonElement>(output);
        Assert.Equal(architecture, json.GetProperty("architecture").GetString());
        Assert.Equal(parameters, json.GetProperty("parameters").GetInt64());
        Assert.Equal(layers, json.GetProperty("layers").GetInt32());
        Assert.Equal(64, json.GetProperty("hiddenSize").GetInt32());
        Assert.Equal(512, json.GetProperty("vocabulary").GetInt32());
        Assert.Equal(1024, json.GetProperty("contextLength").GetInt32());
        Assert.Equal(dtype, json.GetProperty("dtype").GetString());
        Assert.Equal(64, json.GetProperty("weightsSha256").GetString()!.Length);
        Assert.Equal(folder, json.GetProperty("folder").GetString());
        Assert.Equal("qwen2-boxed", json.GetProperty("promptTemplate").GetProperty("name").GetString());
    }

    [Fact]
    public async Task Devices_says_where_a_worker_computes_and_with_which_libtorch()
    {
        var (code, output, error) = await RunAsync("devices");
        Assert.Equal((0, ""), (code, error));
        Assert.Matches($@"^c(pu|uda).*, (Float32|BFloat16), [\d.]+ GB free.*; libtorch: .+ in {System.Text.RegularExpressions.Regex.Escape(StepDpo.Engine.Devices.LibTorch.Folder)}\n$", output);
    }

    [Fact]
    public async Task A_folder_that_is_not_there_is_one_line_and_exit_code_2()
    {
        using var folder = new TemporaryFolder();
        var (code, output, error) = await RunAsync("inspect", folder.In("none"));
        Assert.Equal((2, ""), (code, output));
        Assert.Equal($"{folder.In("none/config.json")}: found nothing, wanted a model's config.json\n", error);
    }

    [Theory]
    [InlineData("inspect")]
    [InlineData("fly")]
    [InlineData("inspect", "a", "b")]
    public async Task Wrong_arguments_are_one_line_and_exit_code_2(params string[] args)
    {
        var (code, output, error) = await RunAsync(args);
        Assert.Equal((2, ""), (code, output));
        Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    internal static async Task<(int Code, string Output, string Error)> RunAsync(params string[] args)
    {
        var (output, error) = (new StringWriter { NewLine = "\n" }, new StringWriter { NewLine = "\n" });
        var code = await WorkerCommand.InvokeAsync(args, output, error);
        return (code, output.ToString(), error.ToString());
    }
}
