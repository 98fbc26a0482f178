using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace StepDpo.Contracts;

/// <summary>
/// One preference pair as the paper's data set writes it (Lai et al. 2024; columns of <c>generate_dataset.py</c> in the
/// reference code). It is a row of <c>pairs.jsonl</c>.
/// </summary>
/// <param name="Dataset">Where the problem comes from, such as <c>gsm8k</c>.</param>
/// <param name="Prompt">The problem x, bare: no template around it.</param>
/// <param name="InitialReasonSteps">The correct steps before k and the text <c>Step k:</c> (ends with the colon, no space).</param>
/// <param name="Chosen">The winning step as sampled; it begins with its space.</param>
/// <param name="Rejected">The losing step as sampled.</param>
/// <param name="FullChosen">The whole continuation that the winning step was cut from.</param>
/// <param name="FullRejected">The rest of the losing solution from step k on.</param>
/// <param name="Answer">The reference answer.</param>
public sealed record PreferenceExample(
    [property: JsonPropertyName("dataset"), JsonPropertyOrder(0)] string Dataset,
    [property: JsonPropertyName("prompt"), JsonPropertyOrder(1)] string Prompt,
    [property: JsonPropertyName("initial_reason_steps"), JsonPropertyOrder(2)] string InitialReasonSteps,
    [property: JsonPropertyName("chosen"), JsonPropertyOrder(3)] string Chosen,
    [property: JsonPropertyName("rejected"), JsonPropertyOrder(4)] string Rejected,
    [property: JsonPropertyName("full_chosen"), JsonPropertyOrder(5)] string FullChosen,
    [property: JsonPropertyName("full_rejected"), JsonPropertyOrder(6)] string FullRejected,
    [property: JsonPropertyName("answer"), JsonPropertyOrder(7)] string Answer)
{
    private static readonly JsonSerializerOptions Json = new()
    {
        // Readable LaTeX and Chinese in the file; the escapes that JSON itself demands stay.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The row as one line of JSON in fixed key order, without a line end: the same pair always gives the same bytes.</summary>
    public string ToJsonLine() => JsonSerializer.Serialize(this, Json);

    /// <summary>Lower-case hex SHA-256 of <see cref="ToJsonLine"/> in UTF-8: the identity of a pair's content.</summary>
    public string Sha256() => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(ToJsonLine())));

    /// <summary>Reads one line.</summary>
    /// <param name="line">A JSON object with the eight text fields; further fields are ignored.</param>
    /// <exception cref="InvalidDataException">The line is not such an object; the message names the field, what was found and what is wanted.</exception>
    public static PreferenceExample Parse(string line)
    {
        JsonElement row;
        try
        {
            row = JsonSerializer.Deserialize<JsonElement>(line);
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{JsonWords.NoJson(e)}, wanted an object with the fields of a preference pair", e);
        }

        if (row.ValueKind != JsonValueKind.Object) throw new InvalidDataException($"found {JsonWords.Of(row.ValueKind)}, wanted an object with the fields of a preference pair");
        return new(
            Text(row, "dataset"), Text(row, "prompt"), Text(row, "initial_reason_steps"), Text(row, "chosen"), Text(row, "rejected"),
            Text(row, "full_chosen"), Text(row, "full_rejected"), Text(row, "answer"));
    }

    /// <summary>Reads one line.</summary>
    /// <param name="line">As <see cref="Parse(string)"/> wants it.</param>
    /// <param name="place">What an error names first, such as <c>pairs.jsonl line 12</c>.</param>
    /// <exception cref="InvalidDataException">The line is malformed.</exception>
    public static PreferenceExample Parse(string line, string place)
    {
        try
        {
            return Parse(line);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"{place}: {e.Message}", e);
        }
    }

    /// <summary>Reads a whole <c>pairs.jsonl</c> (UTF-8, a row a line; empty lines are skipped).</summary>
    /// <exception cref="InvalidDataException">A line is malformed; the message names file and line.</exception>
    public static IReadOnlyList<PreferenceExample> ReadFile(string path) =>
        [.. File.ReadLines(path)
            .Select((line, index) => (line, index))
            .Where(row => !string.IsNullOrWhiteSpace(row.line))
            .Select(row => Parse(row.line, $"{path} line {row.index + 1}"))];

    private static string Text(JsonElement row, string field)
    {
        var kind = row.TryGetProperty(field, out var value) ? value.ValueKind : JsonValueKind.Undefined;
        if (kind != JsonValueKind.String) throw new InvalidDataException($"{field}: found {JsonWords.Of(kind)}, wanted text");
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException e)
        {
            throw new InvalidDataException($"{field}: found half a character (a lone surrogate), wanted text", e);
        }
    }
}
