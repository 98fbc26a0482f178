using System.Text.Json;

namespace StepDpo.Engine.Tokenization;

/// <summary>One value of a tokenizer's JSON file and where it stands; what is missing or wrong is named with file, field, found and wanted.</summary>
internal sealed class JsonNodeReader(string where, JsonElement value)
{
    /// <summary>The value itself.</summary>
    public JsonElement Value { get; } = value;

    /// <summary>Reads a file of at most <paramref name="largest"/> bytes.</summary>
    /// <param name="file">The file.</param>
    /// <param name="largest">Bytes at most.</param>
    /// <param name="read">Reads its outermost value.</param>
    /// <exception cref="InvalidDataException">It is missing, too large, no JSON, or <paramref name="read"/> refuses it.</exception>
    public static T Read<T>(string file, long largest, Func<JsonNodeReader, T> read)
    {
        if (!File.Exists(file)) throw new InvalidDataException($"{file}: found nothing, wanted this file");
        var bytes = new FileInfo(file).Length;
        if (bytes > largest) throw new InvalidDataException($"{file}: found {bytes} bytes, wanted at most {largest}");
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(file));
            return read(new JsonNodeReader(file, document.RootElement));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a text that is not UTF-8, or half a surrogate pair.
            throw new InvalidDataException($"{file}: {e.Message}", e);
        }
    }

    /// <summary>File and names down to a field.</summary>
    public string Place(string field) => $"{where}: {field}";

    /// <summary>What to throw for a field.</summary>
    public InvalidDataException Wrong(string field, string found, string wanted) => new($"{Place(field)}: found {found}, wanted {wanted}");

    /// <summary>The field, or null where it is absent or JSON's null.</summary>
    public JsonNodeReader? Optional(string field) =>
        Value.ValueKind == JsonValueKind.Object && Value.TryGetProperty(field, out var found) && found.ValueKind != JsonValueKind.Null
            ? new JsonNodeReader(Place(field), found)
            : null;

    /// <summary>A field that holds an object.</summary>
    public JsonNodeReader Object(string field) => Field(field, JsonValueKind.Object, "an object");

    /// <summary>The items of a field that holds a list.</summary>
    public IEnumerable<JsonNodeReader> List(string field)
    {
        var list = Field(field, JsonValueKind.Array, "a list");
        return list.Value.EnumerateArray().Select((item, index) => new JsonNodeReader($"{Place(field)}[{index}]", item));
    }

    /// <summary>A field that holds text.</summary>
    public string Text(string field) => Field(field, JsonValueKind.String, "a text").Value.GetString()!;

    /// <summary>A field that holds an id.</summary>
    public int Whole(string field) => Id(Field(field, JsonValueKind.Number, "a token's id").Value, field);

    /// <summary>A field that holds a list of ids.</summary>
    public IReadOnlyList<int> Numbers(string field) => [.. List(field).Select(item => Id(item.Value, field))];

    /// <summary>A field that holds true or false; absent: <paramref name="otherwise"/>.</summary>
    public bool Flag(string field, bool otherwise = false)
    {
        if (Optional(field) is not { } found) return otherwise;
        return found.Value.ValueKind is JsonValueKind.True or JsonValueKind.False ? found.Value.GetBoolean() : throw Wrong(field, Shorten(found.Value), "true or false");
    }

    /// <summary>This list's texts.</summary>
    public string[] Texts() =>
        Value.ValueKind == JsonValueKind.Array && Value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String)
            ? [.. Value.EnumerateArray().Select(item => item.GetString()!)]
            : throw new InvalidDataException($"{where}: found {Shorten(Value)}, wanted texts");

    /// <summary>This object's ids by name.</summary>
    public IReadOnlyDictionary<string, int> Ids()
    {
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var entry in Value.EnumerateObject()) ids[entry.Name] = Id(entry.Value, entry.Name);
        return ids;
    }

    /// <summary>Refuses any other text.</summary>
    public void Require(string field, string wanted)
    {
        var found = Text(field);
        if (found != wanted) throw Wrong(field, found, wanted);
    }

    /// <summary>Refuses true.</summary>
    public void RequireFalse(string field)
    {
        if (Flag(field)) throw Wrong(field, "true", "false");
    }

    /// <summary>Refuses anything but null, nothing or an empty text.</summary>
    public void RequireEmpty(string field)
    {
        if (Optional(field) is { } found && !(found.Value.ValueKind == JsonValueKind.String && found.Value.GetString() == "")) throw Wrong(field, Shorten(found.Value), "none");
    }

    private JsonNodeReader Field(string field, JsonValueKind kind, string wanted)
    {
        var found = Optional(field) ?? throw Wrong(field, "nothing", wanted);
        return found.Value.ValueKind == kind ? found : throw Wrong(field, Shorten(found.Value), wanted);
    }

    private int Id(JsonElement id, string field) =>
        id.ValueKind == JsonValueKind.Number && id.TryGetInt32(out var found) && found >= 0 ? found : throw Wrong(field, Shorten(id), "a whole number from 0 on");

    private static string Shorten(JsonElement value) => value.GetRawText() is { Length: > 60 } text ? text[..60] + "…" : value.GetRawText();
}
