using System.Globalization;
using System.Numerics;
using System.Text.RegularExpressions;
using StepDpo.Contracts;

namespace StepDpo.Core.Grading;

/// <summary>A calculation of a step that does not come out.</summary>
/// <param name="Written">As the step has it: <c>7 × 8 = 54</c>.</param>
/// <param name="Machine">What the left side is: <c>56</c>.</param>
public sealed record ArithmeticFinding(string Written, string Machine)
{
    /// <summary>"7 × 8 = 54 (machine: 56)"</summary>
    public Sentence InWords() => $"{Written} (machine: {Machine})";
}

/// <summary>
/// Checks the sums of a step exactly: plain ones (<c>7 * 8 = 56</c>, chains of them) and GSM8K's <c>&lt;&lt;7*8=56&gt;&gt;</c>.
/// A false alarm costs more trust than a missed error, so whatever is not understood is no finding: variables, words that change
/// a number ("half of 10 + 4"), remainders, changes of unit, rounded results.
/// </summary>
public static partial class StepArithmetic
{
    private const int LongestStep = 20_000;
    private const int LongestSide = 200;
    private const int FloatDigits = 9; // what a calculator program writes beyond is its own rounding

    // A result that is off by exactly such a factor may be in another unit: 25 * 4 = $1.
    private static readonly Rational[] UnitSizes = [.. new[] { 10, 12, 16, 24, 36, 60, 7, 52, 100, 365, 1000, 3600, 5280, 1_000_000 }.Select(size => new Rational(size, 1))];

    /// <summary>The calculations that do not come out, in their order; each once.</summary>
    public static IReadOnlyList<ArithmeticFinding> Findings(string step)
    {
        if (step.Length > LongestStep) return [];
        var findings = new List<ArithmeticFinding>();
        foreach (Match mark in Mark().Matches(step))
        {
            if (Check(new(mark.Groups[1].Value, false), new(mark.Groups[2].Value, false)) is { } machine) Add($"{Tidy(mark.Groups[1].Value)} = {Tidy(mark.Groups[2].Value)}", machine);
        }

        var text = Plain(Mark().Replace(step, ""));
        foreach (Match chain in Chain().Matches(text))
        {
            var sides = chain.Value.Split('=').Select(side => new Side(side, false)).ToArray();
            if (!BeginsAlone(text, chain.Index, sides[0].Text)) sides[0] = sides[0] with { Unknown = true };
            if (!EndsAlone(text, chain.Index + chain.Value.TrimEnd().Length)) sides[^1] = sides[^1] with { Unknown = true };
            if (IsDoubted(text, chain.Index, chain.Index + chain.Length)) continue;
            for (var i = 1; i < sides.Length; i++)
            {
                if (Check(sides[i - 1], sides[i]) is { } machine) Add($"{Tidy(sides[i - 1].Text)} = {Tidy(sides[i].Text)}", machine);
            }
        }

        return findings;

        void Add(string written, Rational machine)
        {
            var finding = new ArithmeticFinding(written, Words(machine));
            if (!findings.Contains(finding)) findings.Add(finding);
        }
    }

    private readonly record struct Side(string Text, bool Unknown);

    // The left side's value where the right side is another, else null. "100% - 20 = 80%" is right with the per cent signs left out.
    private static Rational? Check(Side left, Side right)
    {
        if (left.Unknown || right.Unknown || (!Operation().IsMatch(left.Text) && !Operation().IsMatch(right.Text))) return null;
        Rational? machine = null;
        var readings = left.Text.Contains('%') || right.Text.Contains('%') ? new[] { "/100)", ")" } : [")"];
        foreach (var reading in readings)
        {
            if (Value(left.Text, reading) is not { } a || Value(right.Text, reading) is not { } b || Same(a, b, left.Text, right.Text)) return null;
            machine ??= a;
        }

        return machine;
    }

    private static Rational? Value(string side, string percent)
    {
        var text = side.Trim();
        if (text.Length is 0 or > LongestSide || Adjacent().IsMatch(text) || AmbiguousDivision().IsMatch(text)) return null;
        text = Percent().Replace(text, "($1" + percent);
        return AnswerLexer.Tokens(AnswerCleaning.Clean(text)) is { } tokens && ExpressionParser.Parse(tokens) is { Exact: { } value } ? value : null;
    }

    private static bool Same(Rational machine, Rational written, string left, string right)
    {
        if (machine == written) return true;
        if (machine.Numerator.IsZero) return false;
        var difference = Abs(machine + -written);
        // A rounded or cut-off result is off by less than one in its last place; a whole one by less than 1.
        var decimals = Operation().IsMatch(right) ? 0 : Decimals(right);
        if ((!machine.IsInteger || left.Contains('/') || decimals > 0) && Less(difference, new(1, BigInteger.Pow(10, Math.Min(decimals, FloatDigits))))) return true;
        // A rounded operand carries its error along.
        if (Decimals(left) > 0 && Less(Abs(Rational.Divide(difference, machine)!.Value), new(1, 100))) return true;
        return !written.Numerator.IsZero && Rational.Divide(machine, written) is { } ratio && UnitSizes.Any(size => Abs(ratio) == size || Rational.Divide(new(1, 1), size) == Abs(ratio));
    }

    private static int Decimals(string side) => Fraction().Matches(side).Select(match => match.Groups[1].Length).DefaultIfEmpty(0).Max();

    private static Rational Abs(Rational value) => new(BigInteger.Abs(value.Numerator), value.Denominator);

    private static bool Less(Rational a, Rational b) => a.Numerator * b.Denominator < b.Numerator * a.Denominator;

    // The first side is whole only if nothing before it belongs to it.
    private static bool BeginsAlone(string text, int at, string side)
    {
        if (side.Trim().Length == 0) return false;
        var before = text[..at].TrimEnd();
        if (before.Length == 0) return true;
        var last = before[^1];
        var starts = side.TrimStart()[0];
        if (last is '.' or ';' or ':' or '\n' && (at == text.Length || before.Length < at || side[0] is ' ')) return starts is not ('+' or '*' or '/' or '-') || last == '\n';
        if (starts is '+' or '*' or '/' or '-' or ')' || before.Length == at && side[0] != ' ') return last is '(' or '[' && starts is not ('+' or '*' or '/' or ')');
        if (last == ',') return before.Length < 2 || !char.IsDigit(before[^2]);
        return WordBefore().Match(before) is { Success: true } word && !Changing(word.Groups[1].Value);
    }

    private static bool EndsAlone(string text, int end) => !ContinuesAfter().IsMatch(text[end..Math.Min(text.Length, end + 60)]);

    private static bool Changing(string word) => word.Length == 1 || ChangesNumber().IsMatch(word);

    // "3 + 4 = 8 is false": what a sentence denies or only asks is no claim.
    private static bool IsDoubted(string text, int start, int end)
    {
        var from = text.LastIndexOfAny(['.', '\n'], Math.Max(0, start - 1)) + 1;
        var to = text.IndexOf('\n', end);
        return Doubt().IsMatch(text[Math.Min(from, start)..Math.Min(to < 0 ? text.Length : to, end + 80)]);
    }

    // LaTeX's signs as plain ones; money signs are left out.
    private static string Plain(string step)
    {
        var text = step;
        for (var nested = 0; nested < 3; nested++) text = Frac().Replace(text, "(($1)/($2))");
        text = Exponent().Replace(text, "^($1)");
        text = Delimiter().Replace(Sizing().Replace(text, ""), " ").Replace("\\times", "*", StringComparison.Ordinal).Replace("\\cdot", "*", StringComparison.Ordinal)
            .Replace("\\div", "/", StringComparison.Ordinal).Replace("\\%", "%", StringComparison.Ordinal).Replace("{,}", ",", StringComparison.Ordinal)
            .Replace('×', '*').Replace('·', '*').Replace('÷', '/').Replace('−', '-').Replace('–', '-');
        text = Times().Replace(text, "*");
        return Dollar().Replace(text, "");
    }

    private static string Tidy(string side) => PlainFraction().Replace(Space().Replace(side.Trim(), " "), "$1/$2").Replace('*', '×');

    /// <summary>56, 3.25, 1/3.</summary>
    internal static string Words(Rational value)
    {
        if (value.IsInteger) return value.Numerator.ToString(CultureInfo.InvariantCulture);
        for (var decimals = 1; decimals <= 6; decimals++)
        {
            var scaled = value.Numerator * BigInteger.Pow(10, decimals);
            if (!(scaled % value.Denominator).IsZero) continue;
            var digits = BigInteger.Abs(scaled / value.Denominator).ToString(CultureInfo.InvariantCulture).PadLeft(decimals + 1, '0');
            return $"{(value.Numerator.Sign < 0 ? "-" : "")}{digits[..^decimals]}.{digits[^decimals..]}";
        }

        return $"{value.Numerator}/{value.Denominator}";
    }

    [GeneratedRegex(@"<<([^<>=\n]{1,200})=([^<>=\n]{1,100})>>")]
    private static partial Regex Mark();

    // Numbers, signs and blanks as far as they go; commas and points only inside numbers.
    [GeneratedRegex(@"(?:[0-9]|,(?=[0-9]{3}(?![0-9]))|\.(?=[0-9])|[-+*/^()%= ])+")]
    private static partial Regex Chain();

    [GeneratedRegex(@"(?<=[0-9)%] *)[-+*/^](?= *[-0-9.(])|\)\s*\(")]
    private static partial Regex Operation();

    [GeneratedRegex(@"[0-9]\s+[0-9]|[0-9)]\s*\(\s*[0-9.]+\s*%|%\s*[0-9(]")]
    private static partial Regex Adjacent();

    [GeneratedRegex(@"/\s*[0-9.]+\s*\(|/\s*\([^()]*\)\s*\(")]
    private static partial Regex AmbiguousDivision();

    [GeneratedRegex(@"([0-9][0-9,.]*)\s*%")]
    private static partial Regex Percent();

    [GeneratedRegex(@"\.([0-9]+)")]
    private static partial Regex Fraction();

    [GeneratedRegex(@"(?:^|[^A-Za-z\\_^0-9])([A-Za-z]+)$")]
    private static partial Regex WordBefore();

    [GeneratedRegex("^(?:of|twice|thrice|double|triple|half|third|quarter|times|plus|minus|by|negative|root|squared?|cubed?|over|log|ln|sin|cos|tan|mod|modulo|base|than|and|or|less|more|sum|product|difference|average|mean|from|to|between|divided|multiplied|added|subtracted|per|percent|million|thousand|billion|hundred|dozen|pi|sqrt|if|when|hours?|minutes?|seconds?|days?|feet|inches)$", RegexOptions.IgnoreCase)]
    private static partial Regex ChangesNumber();

    // What goes on where the last side ends: a variable, a power, a unit that changes the number, a second part ("2 hours 30 minutes"), a remainder.
    [GeneratedRegex(@"^(?:[A-Za-z_^!:{&°'’²³√π|~<>≤≥]|[,.][0-9]|\s*\\(?!\)|\]|\\|text|quad|,? *$)|\s+[A-Za-z]\b|\s*(?:million|thousand|billion|hundred|dozen|percent|times|plus|minus|divided|multiplied|mod|modulo|over|squared|cubed|remainder|or|pi|of|and a half)\b|\s+(?!and\b)[A-Za-z]+\s+(?:and\s+)?[0-9]|[^.\n]{0,40}(?:remainder|\bmod\b|left ?over|\bround|approx|about|\bR ?[0-9]))", RegexOptions.IgnoreCase)]
    private static partial Regex ContinuesAfter();

    [GeneratedRegex(@"\b(?:false|not|isn't|doesn't|contradict\w*|incorrect|wrong|impossible|suppose|assume|guess|try|mod|≡|base|choose|test\w*|check\w*)\b|≠|\?|≡|\\ne|\\equiv|\\pmod", RegexOptions.IgnoreCase)]
    private static partial Regex Doubt();

    [GeneratedRegex(@"\\[dtc]?frac\s*\{([^{}]{1,100})\}\s*\{([^{}]{1,100})\}")]
    private static partial Regex Frac();

    [GeneratedRegex(@"\^\{(-?[0-9]{1,4})\}")]
    private static partial Regex Exponent();

    [GeneratedRegex(@"\\[()\[\]]")]
    private static partial Regex Delimiter();

    [GeneratedRegex(@"\\(?:left|right|[bB]igg?[lrm]?)(?![a-zA-Z])")]
    private static partial Regex Sizing();

    [GeneratedRegex(@"(?<=[0-9)%]) [xX] (?=[0-9($])|(?<=[0-9)])[xX](?=[0-9($])")]
    private static partial Regex Times();

    [GeneratedRegex(@"\\?\$")]
    private static partial Regex Dollar();

    [GeneratedRegex(@"\(\(([0-9.]+)\)/\(([0-9.]+)\)\)")]
    private static partial Regex PlainFraction();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Space();
}
