using System.CommandLine;
using System.Text.Json;
using StepDpo.Contracts.Runs;
using StepDpo.Engine.Checkpoints.Folders;
using StepDpo.Engine.Checkpoints.Gguf;
using StepDpo.Engine.Devices;
using TorchSharp;

namespace StepDpo.Worker.Importing;

/// <summary><c>import FILE TARGET</c>: turns a GGUF file into a model folder and prints what <c>inspect</c> says of it.</summary>
internal static class ImportVerb
{
    public static Command Create()
    {
        var file = new Argument<string>("FILE") { Description = "A GGUF file: F32, F16, BF16, Q8_0, Q5_0, Q5_1, Q4_0 or Q4_1; architecture llama or qwen2." };
        var target = new Argument<string>("TARGET") { Description = "The folder to write; it must not exist." };
        var dtype = new Option<string>("--dtype") { Description = "Type of the written weights; float32 keeps every stored value exactly.", DefaultValueFactory = _ => "float32" };
        dtype.AcceptOnlyFromAmong("float32", "float16", "bfloat16");
        var verb = new Command("import", "Turns a GGUF file into a model folder in Hugging Face's layout.") { file, target, dtype };
        verb.SetAction(parsed =>
        {
            LibTorch.Load();
            var type = Enum.Parse<torch.ScalarType>(parsed.GetRequiredValue(dtype), ignoreCase: true);
            GgufImport.Run(parsed.GetRequiredValue(file), parsed.GetRequiredValue(target), type);
            var description = HuggingFaceFolder.Describe(parsed.GetRequiredValue(target));
            parsed.InvocationConfiguration.Output.WriteLine(JsonSerializer.Serialize(description, RunJson.Line));
        });
        return verb;
    }
}
