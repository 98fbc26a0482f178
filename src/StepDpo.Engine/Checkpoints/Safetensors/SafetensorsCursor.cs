using System.Text.Json;

namespace StepDpo.Engine.Checkpoints.Safetensors;

/// <summary>Walks a header's JSON and remembers where it stands, so that a message is put together only when something is wrong.</summary>
internal ref struct SafetensorsCursor(string file, ReadOnlySpan<byte> header)
{
    private Utf8JsonReader _reader = new(header);
    private string? _tensor = null;

    /// <summary>The field of the tensor that is being read, for messages.</summary>
    public string? Field { get; set; } = null;

    /// <summary>A name as messages show it.</summary>
    public static string Shorten(string name) => name.Length > 100 ? name[..100] + "…" : name;

    /// <summary>Goes into a tensor, or out of it (null).</summary>
    public void Enter(string? tensor) => (_tensor, Field) = (tensor, null);

    /// <summary>What to throw.</summary>
    public readonly InvalidDataException Wrong(string what) =>
        new($"{file}: {Shorten(_tensor ?? "header")}: {(Field is null ? "" : Shorten(Field) + ": ")}{what}");

    /// <summary>Reads on; false at the end of the object.</summary>
    public bool NextKey() => _reader.Read() && _reader.TokenType == JsonTokenType.PropertyName;

    /// <summary>The key or text that was read last.</summary>
    public readonly string Text() => _reader.GetString()!;

    /// <summary>Whether it is this one.</summary>
    public readonly bool TextIs(ReadOnlySpan<byte> text) => _reader.ValueTextEquals(text);

    /// <summary>Reads on and refuses any other kind of value.</summary>
    public void Expect(JsonTokenType wanted)
    {
        if (!_reader.Read() || _reader.TokenType != wanted) throw Wrong($"found {_reader.TokenType}, wanted {wanted}");
    }

    /// <summary>Refuses anything but blanks.</summary>
    public void ExpectEnd()
    {
        if (_reader.Read()) throw Wrong("found more after its object");
    }

    /// <summary>Reads a list of whole numbers from 0.</summary>
    /// <param name="most">How many at most.</param>
    public long[] WholeNumbers(int most)
    {
        var numbers = new long[most];
        var count = 0;
        Expect(JsonTokenType.StartArray);
        while (_reader.Read() && _reader.TokenType != JsonTokenType.EndArray)
        {
            if (_reader.TokenType != JsonTokenType.Number || !_reader.TryGetInt64(out var number) || number < 0) throw Wrong("wanted whole numbers from 0");
            if (count == most) throw Wrong($"wanted at most {most} numbers");
            numbers[count++] = number;
        }

        return numbers[..count];
    }
}
