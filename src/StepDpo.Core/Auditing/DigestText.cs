using System.Globalization;
using System.Text;

namespace StepDpo.Core.Auditing;

/// <summary>A row's place in a digest.</summary>
/// <param name="Id">Its key.</param>
/// <param name="Sha256">Lower-case hex SHA-256 of the row (<see cref="EvidenceRows"/>).</param>
internal readonly record struct DigestRow(long Id, string Sha256);

/// <summary>What a digest says of one table: all rows with a key above <paramref name="After"/> and up to <paramref name="To"/>. A key in between without a row was taken and never used.</summary>
/// <param name="Table">The table and the columns that the hashes cover.</param>
/// <param name="After">The last key of the digest before; null where none covers the table.</param>
/// <param name="To">The last key covered here; null while the table has never held a row.</param>
/// <param name="Rows">The rows, by key.</param>
internal sealed record DigestTable(EvidenceTable Table, long? After, long? To, IReadOnlyList<DigestRow> Rows);

/// <summary>The signed text of a digest: a line each, so that <c>openssl</c>, <c>grep</c> and people can read it.</summary>
/// <param name="Number">1, 2, …</param>
/// <param name="Previous">SHA-256 of the text before, or null for the first.</param>
/// <param name="Made">When.</param>
/// <param name="KeyId">The key that signs it.</param>
/// <param name="NextKeyId">The key that signs from the next one on, or null for the same.</param>
/// <param name="Tables">The tables, all of them, also those without new rows.</param>
internal sealed record DigestText(long Number, string? Previous, DateTimeOffset Made, string KeyId, string? NextKeyId, IReadOnlyList<DigestTable> Tables)
{
    private const string Title = "StepDpo audit digest 1";

    /// <summary>Writes it.</summary>
    public string Write()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{Title}\nnumber {Number}\nprevious {Previous ?? "-"}\nmade {Made.UtcDateTime:O}\nkey {KeyId}\nnext-key {NextKeyId ?? "-"}\n");
        foreach (var table in Tables)
        {
            text.Append(CultureInfo.InvariantCulture, $"table {table.Table.Name} {Key(table.After)} {Key(table.To)} {string.Join(',', table.Table.Columns)}\n");
            foreach (var row in table.Rows) text.Append(CultureInfo.InvariantCulture, $"{row.Id} {row.Sha256}\n");
        }

        return text.ToString();
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="FormatException">It is something else.</exception>
    public static DigestText Read(string text)
    {
        var lines = text.Split('\n');
        if (lines.Length < 7 || lines[0] != Title || lines[^1].Length > 0) throw new FormatException($"found no \"{Title}\"");
        var tables = new List<DigestTable>();
        var rows = new List<DigestRow>();
        foreach (var line in lines[6..^1])
        {
            var words = line.Split(' ');
            if (words is ["table", var name, var after, var to, var columns])
                tables.Add(new(new(name, columns.Split(',')), Key(after), Key(to), rows = []));
            else if (words is [var id, { Length: 64 } hash] && tables.Count > 0) rows.Add(new(ParseNumber(id), hash));
            else throw new FormatException($"found the line \"{line}\"");
        }

        var (previous, nextKey) = (Word(lines, 2, "previous"), Word(lines, 5, "next-key"));
        return new(
            ParseNumber(Word(lines, 1, "number")), previous == "-" ? null : previous,
            DateTimeOffset.Parse(Word(lines, 3, "made"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal),
            Word(lines, 4, "key"), nextKey == "-" ? null : nextKey, tables);
    }

    private static string Word(string[] lines, int line, string name) => lines[line].Split(' ') is [var found, var word] && found == name
        ? word
        : throw new FormatException($"line {line + 1}: found \"{lines[line]}\", wanted {name}");

    private static string Key(long? key) => key?.ToString(CultureInfo.InvariantCulture) ?? "-";

    private static long? Key(string word) => word == "-" ? null : ParseNumber(word);

    private static long ParseNumber(string word) => long.Parse(word, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
}
