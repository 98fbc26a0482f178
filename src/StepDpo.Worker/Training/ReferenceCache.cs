using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using StepDpo.Contracts.Runs;
using StepDpo.Engine.Optimization;

namespace StepDpo.Worker.Training;

/// <summary>
/// <c>reference.json</c>: the reference model's log-probabilities, which a resumed run takes up again. Its key names everything
/// that they depend on; a file with another key is not read.
/// </summary>
internal sealed record ReferenceCache(string Key, ReferenceLogProbs Pairs, ReferenceLogProbs? Validation)
{
    public static string KeyOf(RunDescription description, string modelSha256, Precision precision, string? validationSha256)
    {
        var options = description.Options;
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(
            new object?[]
            {
                modelSha256, description.PairsSha256, validationSha256, description.Template.Sha256(),
                options.Loss, options.Bos, options.MaxLength, options.MaxPromptLength, options.Truncation, options.MicroBatchSize, precision,
            },
            RunJson.Line))));
    }

    public static ReferenceCache? Read(RunFolder folder, string key)
    {
        if (!File.Exists(folder.Reference)) return null;
        try
        {
            using var stream = File.OpenRead(folder.Reference);
            return JsonSerializer.Deserialize<ReferenceCache>(stream, RunJson.Line) is { } cache && cache.Key == key ? cache : null;
        }
        catch (JsonException)
        {
            return null; // Damaged: computing it again costs time and nothing else.
        }
    }

    public void Write(RunFolder folder) => RunFolder.WriteAtomically(folder.Reference, this);
}
