using System.Text;

namespace StepDpo.Engine.Tokenization;

/// <summary>Hugging Face's <c>Digits</c>: characters of Unicode's category N stand apart from the rest, one by one or run by run.</summary>
internal sealed class DigitSplit(bool individual)
{
    /// <summary>The pieces; joined they give the text.</summary>
    public IEnumerable<string> Split(string text)
    {
        var (start, at, inNumber) = (0, 0, false);
        foreach (var rune in text.EnumerateRunes())
        {
            var numeric = Rune.IsNumber(rune);
            if (at > start && (numeric != inNumber || (numeric && individual)))
            {
                yield return text[start..at];
                start = at;
            }

            inNumber = numeric;
            at += rune.Utf16SequenceLength;
        }

        if (start < text.Length) yield return text[start..];
    }
}
