using System.Globalization;
using System.Text.Json;

namespace StepDpo.Engine.Modeling;

/// <summary>Typed fields of one JSON object; what is missing or wrong is named with file, field, found and wanted. Null counts as absent.</summary>
internal sealed class JsonFields
{
    private readonly string _where;
    private readonly JsonElement _object;

    public JsonFields(string where, JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Object) throw new InvalidDataException($"{where}: found {value.ValueKind}, wanted an object");
        (_where, _object) = (where, value);
    }

    public bool Has(string field) => Find(field) is not null;

    public InvalidDataException Wrong(string field, object found, string wanted) =>
        new(string.Create(CultureInfo.InvariantCulture, $"{_where}: {field}: found {found}, wanted {wanted}"));

    public int Whole(string field, int least, int most, int? otherwise = null)
    {
        var wanted = $"a whole number from {least} to {most}";
        if (Find(field) is not { } value)
        {
            return otherwise is { } number && number >= least ? number : throw Wrong(field, otherwise?.ToString(CultureInfo.InvariantCulture) ?? "nothing", wanted);
        }

        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var found) && found >= least && found <= most
            ? found
            : throw Wrong(field, Shorten(value), wanted);
    }

    public double Number(string field, double? otherwise = null)
    {
        if (Find(field) is not { } value) return otherwise ?? throw Wrong(field, "nothing", "a number");
        return value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var found) && double.IsFinite(found)
            ? found
            : throw Wrong(field, Shorten(value), "a finite number");
    }

    public bool Flag(string field, bool otherwise) => Find(field) switch
    {
        null => otherwise,
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.False } => false,
        { } other => throw Wrong(field, Shorten(other), "true or false"),
    };

    public string Text(string field, string otherwise) => Find(field) switch
    {
        null => otherwise,
        { ValueKind: JsonValueKind.String } text => text.GetString()!,
        { } other => throw Wrong(field, Shorten(other), "a text"),
    };

    public IReadOnlyList<string> Texts(string field)
    {
        if (Find(field) is not { } value) return [];
        return value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String)
            ? [.. value.EnumerateArray().Select(item => item.GetString()!)]
            : throw Wrong(field, Shorten(value), "a list of texts");
    }

    public JsonFields? Object(string field) => Find(field) is { } value ? new JsonFields($"{_where}: {field}", value) : null;

    private JsonElement? Find(string field) =>
        _object.TryGetProperty(field, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private static string Shorten(JsonElement value) => value.GetRawText() is { Length: > 60 } text ? text[..60] + "…" : value.GetRawText();
}
