using System.CommandLine;
using System.Text.Json;
using StepDpo.Contracts.Runs;
using StepDpo.Engine.Checkpoints.Folders;
using StepDpo.Engine.Devices;
using StepDpo.Engine.Tokenization;

namespace StepDpo.Worker.Importing;

/// <summary><c>inspect FOLDER</c>: checks a model folder and prints what it holds as one JSON object.</summary>
internal static class InspectVerb
{
    public static Command Create()
    {
        var folder = new Argument<string>("FOLDER") { Description = "A model folder in Hugging Face's layout." };
        var verb = new Command("inspect", "Checks a model folder and prints what it holds.") { folder };
        verb.SetAction(parsed =>
        {
            LibTorch.Load();
            var description = HuggingFaceFolder.Describe(parsed.GetRequiredValue(folder));
            Tokenizer.Load(parsed.GetRequiredValue(folder));
            parsed.InvocationConfiguration.Output.WriteLine(JsonSerializer.Serialize(description, RunJson.Line));
        });
        return verb;
    }
}
