using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace StepDpo.Contracts;

/// <summary>
/// A sentence for people that remembers how it was made: English words with places, and what stands in them. Whoever shows it may say
/// it in another language, by the words as the key; written out by itself it is English. An interpolated string becomes one by itself.
/// </summary>
[InterpolatedStringHandler]
public sealed class Sentence : IEquatable<Sentence>
{
    private readonly StringBuilder? _building;
    private readonly string? _words;
    private readonly List<object?> _parts = [];

    /// <summary>A sentence without places.</summary>
    public Sentence(string words) => _words = words;

    /// <summary>A sentence whose places are filled in order.</summary>
    /// <param name="words">A composite format: <c>{0} of {1}</c>.</param>
    /// <param name="parts">What stands in the places; a sentence among them is said in the same language.</param>
    public Sentence(string words, params ReadOnlySpan<object?> parts) : this(words) => _parts.AddRange(parts);

    /// <summary>Called by the compiler for an interpolated string.</summary>
    /// <param name="literalLength">Characters outside the places.</param>
    /// <param name="formattedCount">Number of places.</param>
    public Sentence(int literalLength, int formattedCount) => _building = new StringBuilder(literalLength + 4 * formattedCount);

    /// <summary>One thing alone, said as in a place: a text as it is written, whatever it says; a name of ours in the reader's language.</summary>
    public static Sentence Alone(object part) => new("{0}", part);

    /// <summary>The words with their places: <c>The note may hold {0} characters.</c></summary>
    public string Words => _words ?? _building!.ToString();

    /// <summary>What stands in the places.</summary>
    public IReadOnlyList<object?> Parts => _parts;

    /// <summary>A text is a sentence without places.</summary>
    [return: NotNullIfNotNull(nameof(words))]
    public static implicit operator Sentence?(string? words) => words is null ? null : new Sentence(words);

    /// <summary>Called by the compiler.</summary>
    public void AppendLiteral(string words) => _building!.Append(words.Replace("{", "{{", StringComparison.Ordinal).Replace("}", "}}", StringComparison.Ordinal));

    /// <summary>Called by the compiler.</summary>
    public void AppendFormatted<T>(T part, string? format = null)
    {
        _building!.Append('{').Append(_parts.Count.ToString(CultureInfo.InvariantCulture));
        if (format is not null) _building.Append(':').Append(format);
        _building.Append('}');
        _parts.Add(part);
    }

    /// <inheritdoc />
    public bool Equals(Sentence? other) => other is not null && Words == other.Words && ToString() == other.ToString();

    /// <inheritdoc />
    public override bool Equals(object? obj) => Equals(obj as Sentence);

    /// <inheritdoc />
    public override int GetHashCode() => Words.GetHashCode(StringComparison.Ordinal);

    /// <summary>The sentence in English.</summary>
    public override string ToString() => _parts.Count == 0 ? Words : string.Format(CultureInfo.InvariantCulture, Words, [.. _parts]);
}
