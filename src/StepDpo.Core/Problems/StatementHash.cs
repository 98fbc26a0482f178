using System.Text;
using StepDpo.Core.Data;

namespace StepDpo.Core.Problems;

/// <summary>
/// Identity of a statement, so that the same problem from two sources is one: white space counts as one space, and typographic
/// quotes, dashes and spaces as plain ones. Case stays: n and N are two variables.
/// </summary>
public static class StatementHash
{
    /// <summary>Lower-case hex SHA-256 of the normalised statement.</summary>
    public static string Of(string statement) => TextHash.Of(Normalised(statement));

    private static string Normalised(string statement)
    {
        var text = new StringBuilder(statement.Length);
        foreach (var c in statement)
        {
            if (char.IsWhiteSpace(c))
            {
                if (text.Length > 0 && text[^1] != ' ') text.Append(' ');
                continue;
            }

            text.Append(c switch
            {
                '\u2018' or '\u2019' => '\'',
                '\u201C' or '\u201D' => '"',
                '\u2010' or '\u2011' or '\u2012' or '\u2013' or '\u2014' or '\u2212' => '-',
                _ => c,
            });
        }

        return text.ToString().TrimEnd(' ');
    }
}
