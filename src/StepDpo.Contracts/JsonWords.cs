using System.Text.Json;

namespace StepDpo.Contracts;

/// <summary>Kinds of JSON values in plain words, for messages to people.</summary>
public static class JsonWords
{
    /// <summary>The kind with its article, such as <c>a number</c>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is no kind of JSON value.</exception>
    public static string Of(JsonValueKind kind) => kind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.String => "text",
        JsonValueKind.Number => "a number",
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        JsonValueKind.Null or JsonValueKind.Undefined => "nothing",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "found no kind of JSON value"),
    };

    /// <summary>What a line that is no JSON is, with the place where reading stopped.</summary>
    public static string NoJson(JsonException e) => e.BytePositionInLine is { } at ? $"found no JSON (wrong at byte {at})" : "found no JSON";
}
