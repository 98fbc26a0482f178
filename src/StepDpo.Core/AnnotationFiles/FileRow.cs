using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using StepDpo.Contracts;

namespace StepDpo.Core.AnnotationFiles;

/// <summary>
/// A row of a file of judged solutions by field. What is not as wanted throws <see cref="InvalidDataException"/> with a message that
/// names the field, what was found and what is wanted.
/// </summary>
/// <param name="Number">Its line, or its place in a list, from 1.</param>
/// <param name="Fields">Its fields.</param>
internal sealed partial record FileRow(int Number, IReadOnlyDictionary<string, JsonElement> Fields)
{
    private const int LongestText = 50_000;
    private const int MostSteps = 500;

    /// <summary>A row of the fields of a JSON object.</summary>
    public static FileRow Of(int number, JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Object) throw new InvalidDataException($"found {JsonWords.Of(value.ValueKind)}, wanted an object");
        try
        {
            return new(number, value.EnumerateObject().DistinctBy(field => field.Name).ToDictionary(field => field.Name, field => field.Value));
        }
        catch (InvalidOperationException e)
        {
            throw new InvalidDataException("found half a character (a lone surrogate) in the name of a field, wanted text", e);
        }
    }

    /// <summary>A text with words in it.</summary>
    public string Text(string name) => OptionalText(name) is { } text && !string.IsNullOrWhiteSpace(text) ? text : throw Wanted(name, "words");

    /// <summary>A text or a number as text; null where there is neither, or an empty text.</summary>
    public string? OptionalText(string name) => Value(name) is not { } value ? null
        : value.ValueKind == JsonValueKind.String ? (Storable(name, value) is { Length: > 0 } text ? text : null)
        : value.ValueKind == JsonValueKind.Number ? value.GetRawText()
        : throw Wanted(name, "text");

    /// <summary>A whole number; null where there is none.</summary>
    public int? OptionalNumber(string name) => Value(name) is not { } value ? null
        : value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) ? number
        : value.ValueKind == JsonValueKind.String && int.TryParse(value.GetString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number) ? number
        : throw Wanted(name, "a whole number");

    /// <summary>A large whole number; null where there is none.</summary>
    public long? OptionalLong(string name) => Value(name) is not { } value ? null
        : value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) ? number
        : value.ValueKind == JsonValueKind.String && long.TryParse(value.GetString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number) ? number
        : throw Wanted(name, "a whole number");

    /// <summary>A share, 0 to 1; null where there is none.</summary>
    public double? OptionalShare(string name)
    {
        if (Value(name) is not { } value) return null;
        var share = value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) ? number
            : value.ValueKind == JsonValueKind.String && double.TryParse(value.GetString(), NumberStyles.Float, CultureInfo.InvariantCulture, out number) ? number
            : throw Wanted(name, "a number from 0 to 1");
        return share is >= 0 and <= 1 ? share : throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture, $"{name}: found {share}, wanted 0 to 1"));
    }

    /// <summary>true or false.</summary>
    public bool Flag(string name) => Value(name) is { ValueKind: JsonValueKind.True or JsonValueKind.False } value ? value.GetBoolean() : throw Wanted(name, "true or false");

    /// <summary>true or false; false where there is neither.</summary>
    public bool OptionalFlag(string name) => Value(name) is not null && Flag(name);

    /// <summary>One of an enum's names; null where there is none.</summary>
    public T? OptionalName<T>(string name) where T : struct, Enum => OptionalText(name) is not { } text ? null
        : Enum.TryParse<T>(text, out var value) && Enum.GetName(value) == text ? value
        : throw new InvalidDataException($"{name}: found {text}, wanted one of {string.Join(", ", Enum.GetNames<T>())}");

    /// <summary>The objects of a list; none where there is no list.</summary>
    public IEnumerable<FileRow> Rows(string name) => Value(name) is not { } value ? []
        : value.ValueKind == JsonValueKind.Array ? value.EnumerateArray().Select((item, i) => Of(i + 1, item))
        : throw Wanted(name, "a list");

    /// <summary>The fields of an object.</summary>
    public FileRow Row(string name) => Value(name) is { ValueKind: JsonValueKind.Object } value ? Of(Number, value) : throw Wanted(name, "an object");

    /// <summary>The fields of an object; null where there is none.</summary>
    public FileRow? OptionalRow(string name) => Value(name) is null ? null : Row(name);

    /// <summary>The whole numbers of a list; none where there is no list.</summary>
    public IReadOnlyList<int> Numbers(string name) => Value(name) is not { } value ? []
        : value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.Number && item.TryGetInt32(out _)) ? [.. value.EnumerateArray().Select(item => item.GetInt32())]
        : throw Wanted(name, "a list of whole numbers");

    /// <summary>The texts of a list; lines of a step that is itself a list are joined.</summary>
    public IReadOnlyList<string> Texts(string name)
    {
        if (Value(name) is not { ValueKind: JsonValueKind.Array } list) throw Wanted(name, "a list of texts");
        return [.. list.EnumerateArray().Select((item, i) => item.ValueKind == JsonValueKind.Array
            ? string.Join('\n', item.EnumerateArray().Select(line => Item(name, i, line)))
            : Item(name, i, item))];
    }

    /// <summary>The words of the steps: the label that a step has of its own (<c>Step 3:</c> in front of step 3) is no word of it.</summary>
    public IReadOnlyList<string> Steps(string name)
    {
        var steps = Texts(name).Select((text, i) => Unlabelled(text, i + 1)).ToArray();
        if (steps.All(string.IsNullOrWhiteSpace)) throw new InvalidDataException($"{name}: found no words, wanted steps");
        if (steps.Length > MostSteps) throw new InvalidDataException($"{name}: found {steps.Length} steps, wanted at most {MostSteps}");
        for (var i = 0; i < steps.Length; i++)
        {
            if (steps[i].Contains(Sampling.StepSplit.Boundary, StringComparison.Ordinal))
                throw new InvalidDataException($"{name}: found a line in step {i + 1} that begins with \"Step \", wanted it to be a step of its own");
        }

        return steps;
    }

    /// <summary>A step's number, checked to be one of the steps.</summary>
    /// <param name="name">The field.</param>
    /// <param name="value">What it holds.</param>
    /// <param name="first">How the format numbers step 1.</param>
    /// <param name="steps">Number of steps.</param>
    public static int Step(string name, int value, int first, int steps) => value >= first && value < first + steps
        ? value - first + 1
        : throw new InvalidDataException($"{name}: found {value}, wanted {first} to {first + steps - 1}: the solution has {steps} {(steps == 1 ? "step" : "steps")}");

    /// <summary>The fault of a field.</summary>
    public InvalidDataException Wanted(string name, string wanted) =>
        new($"{name}: found {(Fields.TryGetValue(name, out var value) ? JsonWords.Of(value.ValueKind) : "nothing")}, wanted {wanted}");

    private JsonElement? Value(string name) => Fields.TryGetValue(name, out var value) && value.ValueKind is not (JsonValueKind.Null or JsonValueKind.Undefined) ? value : null;

    private static string Item(string name, int index, JsonElement item) => item.ValueKind == JsonValueKind.String
        ? Storable($"{name}[{index}]", item)
        : throw new InvalidDataException($"{name}[{index}]: found {JsonWords.Of(item.ValueKind)}, wanted text");

    private static string Storable(string name, JsonElement value)
    {
        string text;
        try
        {
            text = value.GetString()!;
        }
        catch (InvalidOperationException e)
        {
            throw new InvalidDataException($"{name}: found half a character (a lone surrogate), which cannot be stored", e);
        }

        if (text.Contains('\0', StringComparison.Ordinal)) throw new InvalidDataException($"{name}: found the character U+0000, which cannot be stored");
        return text.Length <= LongestText ? text : throw new InvalidDataException($"{name}: found {text.Length} characters, wanted at most {LongestText}");
    }

    // Until none is left: what was written out and read again stays the same.
    private static string Unlabelled(string text, int number)
    {
        while (Label().Match(text) is { Success: true } label && label.Groups[1].Value == number.ToString(CultureInfo.InvariantCulture)) text = text[label.Length..];
        return text;
    }

    [GeneratedRegex("^Step ([0-9]{1,4}): ?")]
    private static partial Regex Label();
}
