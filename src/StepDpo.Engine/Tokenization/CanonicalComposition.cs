using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace StepDpo.Engine.Tokenization;

/// <summary>
/// Unicode's normalisation form C (UAX #15). Own code, because the product runs without ICU (invariant globalisation), and
/// .NET's <c>string.Normalize</c> then returns its input as it stands.
/// </summary>
internal static class CanonicalComposition
{
    private const int HangulBase = 0xAC00, LeadBase = 0x1100, VowelBase = 0x1161, TrailBase = 0x11A7;
    private const int Leads = 19, Vowels = 21, Trails = 28, HangulCount = Leads * Vowels * Trails;

    private static readonly Lazy<Tables> Data = new(Tables.Read);

    /// <summary>The text in form C. Lone surrogates become U+FFFD.</summary>
    public static string Apply(string text)
    {
        // No character below U+0300 combines with another, and all of them are in form C already.
        if (text.AsSpan().IndexOfAnyExceptInRange('\0', '\u02ff') < 0) return text;

        var runes = new List<int>(text.Length);
        foreach (var rune in text.EnumerateRunes()) Decompose(rune.Value, runes);
        Order(runes);
        return Compose(runes);
    }

    private static void Decompose(int rune, List<int> into)
    {
        var hangul = rune - HangulBase;
        if (hangul is >= 0 and < HangulCount)
        {
            into.Add(LeadBase + hangul / (Vowels * Trails));
            into.Add(VowelBase + hangul % (Vowels * Trails) / Trails);
            if (hangul % Trails > 0) into.Add(TrailBase + hangul % Trails);
        }
        else if (Data.Value.Parts.TryGetValue(rune, out var parts))
        {
            foreach (var part in parts) Decompose(part, into);
        }
        else
        {
            into.Add(rune);
        }
    }

    // Marks after a base stand in the order of their classes; equal classes keep their order (an insertion sort is stable).
    private static void Order(List<int> runes)
    {
        for (var i = 1; i < runes.Count; i++)
        {
            var (rune, itsClass) = (runes[i], ClassOf(runes[i]));
            var at = i;
            for (; itsClass > 0 && at > 0 && ClassOf(runes[at - 1]) > itsClass; at--) runes[at] = runes[at - 1];
            runes[at] = rune;
        }
    }

    private static string Compose(List<int> runes)
    {
        var result = new List<int>(runes.Count);
        var (starter, lastClass) = (-1, -1);
        foreach (var rune in runes)
        {
            var itsClass = ClassOf(rune);
            // A mark is blocked from its base by one of the same or a higher class between them; a base only by anything at all.
            if (starter >= 0 && lastClass < itsClass && Pair(result[starter], rune) is { } composed)
            {
                result[starter] = composed;
                continue;
            }

            if (itsClass == 0) (starter, lastClass) = (result.Count, -1);
            else lastClass = itsClass;
            result.Add(rune);
        }

        var text = new StringBuilder(result.Count);
        foreach (var rune in result) text.Append(new Rune(rune));
        return text.ToString();
    }

    private static int? Pair(int first, int second)
    {
        var (lead, vowel) = (first - LeadBase, second - VowelBase);
        if (lead is >= 0 and < Leads && vowel is >= 0 and < Vowels) return HangulBase + (lead * Vowels + vowel) * Trails;
        var (hangul, trail) = (first - HangulBase, second - TrailBase);
        if (hangul is >= 0 and < HangulCount && hangul % Trails == 0 && trail is > 0 and < Trails) return first + trail;
        return Data.Value.Composed.TryGetValue((first, second), out var composed) ? composed : null;
    }

    private static int ClassOf(int rune) => Data.Value.Classes.GetValueOrDefault(rune);

    private sealed record Tables(FrozenDictionary<int, int> Classes, FrozenDictionary<int, int[]> Parts, FrozenDictionary<(int First, int Second), int> Composed)
    {
        public static Tables Read()
        {
            var classes = new Dictionary<int, int>();
            var parts = new Dictionary<int, int[]>();
            var composed = new Dictionary<(int First, int Second), int>();
            using var lines = new StreamReader(typeof(Tables).Assembly.GetManifestResourceStream("canonical.txt")!);
            while (lines.ReadLine() is { } line)
            {
                var fields = line.Split(' ');
                if (fields[0] == "#") continue;
                var codes = fields[0] == "c" ? fields[1..3] : fields[1..];
                var values = Array.ConvertAll(codes, code => int.Parse(code, NumberStyles.HexNumber, CultureInfo.InvariantCulture));
                if (fields[0] == "c")
                {
                    for (var rune = values[0]; rune <= values[1]; rune++) classes[rune] = int.Parse(fields[3], CultureInfo.InvariantCulture);
                    continue;
                }

                parts[values[0]] = values[1..];
                if (fields[0] == "d") composed[(values[1], values[2])] = values[0];
            }

            return new Tables(classes.ToFrozenDictionary(), parts.ToFrozenDictionary(), composed.ToFrozenDictionary());
        }
    }
}
