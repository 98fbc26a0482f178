using System.Numerics;
using static StepDpo.Core.Grading.AnswerTokenKind;

namespace StepDpo.Core.Grading;

/// <summary>
/// Computes an expression while reading it: LaTeX as models write it, and the plain forms (<c>3*sqrt(13)</c>, <c>4 2/3</c>).
/// </summary>
internal sealed class ExpressionParser
{
    /// <summary>∞, as a number beyond all that answers hold; -∞ is its opposite.</summary>
    public static readonly Quantity Infinity = Quantity.Of(new Complex(1e300, 0));

    private const int MaximumDepth = 60;

    private static readonly Quantity Zero = Quantity.Of(new Rational(0, 1));

    private readonly AnswerToken[] _tokens;
    private int _at;
    private int _depth;
    private bool _failed;

    private ExpressionParser(AnswerToken[] tokens) => _tokens = tokens;

    /// <summary>The value of all tokens together, or null where they are no expression.</summary>
    public static Quantity? Parse(ReadOnlySpan<AnswerToken> tokens)
    {
        if (tokens.Length == 0) return null;
        var parser = new ExpressionParser(tokens.ToArray());
        var value = parser.Whole();
        return parser._failed || parser._at < parser._tokens.Length ? null : value;
    }

    private AnswerToken Current => _at < _tokens.Length ? _tokens[_at] : default;

    private AnswerToken Ahead(int by) => _at + by < _tokens.Length ? _tokens[_at + by] : default;

    private Quantity Fail()
    {
        _failed = true;
        _at = _tokens.Length;
        return Zero;
    }

    private bool Take(string text)
    {
        if (!Current.Is(text)) return false;
        _at++;
        return true;
    }

    private Quantity Expect(string text, Quantity value) => Take(text) ? value : Fail();

    private Quantity Sum()
    {
        if (++_depth > MaximumDepth) return Fail();
        var negative = Take("-");
        if (!negative) Take("+");
        var value = negative ? -Product() : Product();
        while (!_failed)
        {
            if (Take("+")) value += Product();
            else if (Take("-")) value -= Product();
            else break;
        }

        _depth--;
        return value;
    }

    private Quantity Product()
    {
        var value = Signed();
        while (!_failed)
        {
            if (Take("*") || Take("cdot") || Take("times")) value *= Take("*") ? Fail() : Signed();
            else if (Take("/") || Take("div")) value /= Signed();
            else if (BeginsFactor(Current)) value *= Power();
            else if (Current.IsWord && Units.Scale(Current.Text) is { } scale)
            {
                _at++;
                value *= Quantity.Of(scale);
            }
            else break;
        }

        return value;
    }

    private Quantity Signed() => Take("-") ? -Signed() : Take("+") ? Signed() : Mixed() ?? Power();

    // 4\frac{2}{3} and 4 2/3 are sums, though two factors side by side are a product.
    private Quantity? Mixed()
    {
        if (!Current.IsNumber || Literal(Current.Text) is not { Exact: { IsInteger: true } } whole) return null;
        var start = _at++;
        if (Current.IsNumber && Current.SpaceBefore && Ahead(1).Is("/") && Ahead(2).IsNumber)
        {
            var fraction = Literal(Current.Text) / Literal(Ahead(2).Text);
            _at += 3;
            return whole + fraction;
        }

        if (Current.Is("frac"))
        {
            var from = _at;
            var fraction = Power();
            var isPlain = _tokens[(from + 1).._at].All(token => token.IsNumber || token.Text is "{" or "}");
            if (isPlain && fraction.Exact is { } part && part.Numerator.Sign > 0 && part.Numerator < part.Denominator) return whole + fraction;
        }

        _at = start;
        return null;
    }

    private static bool BeginsFactor(AnswerToken token) => token switch
    {
        { Kind: Number or Letter } => true,
        { Kind: Sign, Text: "(" or "{" or "[" } => true,
        { Kind: Command } => !IsOperator(token.Text),
        _ => false,
    };

    private static bool IsOperator(string command) =>
        command is "cdot" or "times" or "div" or "over" or "choose" or "le" or "ge" or "lt" or "gt" or "cup" or "cap" or "in" or "pm" or "mp"
            or "rfloor" or "rceil" or "approx" or "end" or "begin" or "neq" or "ne";

    private Quantity Power()
    {
        if (++_depth > MaximumDepth) return Fail();
        var value = Postfix();
        if (Take("^") || (Current.Is("*") && Ahead(1).Is("*") && Take("*") && Take("*")))
            value = Quantity.Power(value, Take("-") ? -Power() : Power());
        _depth--;
        return value;
    }

    private Quantity Postfix()
    {
        var value = Primary();
        while (!_failed)
        {
            if (Take("!")) value = value.Exact is { } n && Rational.Factorial(n) is { } product ? Quantity.Of(product) : Fail();
            else if (Take("°")) value = value.AsDegrees();
            else break;
        }

        return value;
    }

    private Quantity Primary()
    {
        var token = Current;
        _at++;
        return token switch
        {
            { Kind: Number } => Subscripted(token.Text) ?? Literal(token.Text),
            { Kind: Letter } => Subscripted(token.Text) ?? Named(token),
            { Kind: Command } => Subscripted(token.Text) ?? Evaluate(token.Text),
            { Kind: Sign, Text: "(" } => Expect(")", Sum()),
            { Kind: Sign, Text: "[" } => Expect("]", Sum()),
            { Kind: Sign, Text: "{" } => Expect("}", Whole()),
            { Kind: Sign, Text: "|" } => Expect("|", Sum()).Map(static x => new Rational(BigInteger.Abs(x.Numerator), x.Denominator), static x => Complex.Abs(x)),
            _ => Fail(),
        };
    }

    // x_1, a_{n} and 1010_2 (a number in another base) are names of their own: equal only to themselves.
    private Quantity? Subscripted(string name)
    {
        if (!Current.Is("_") || name is "log") return null;
        _at++;
        if (!Current.Is("{")) return Quantity.Variable($"{name}_{_tokens[_at < _tokens.Length ? _at++ : _at - 1].Text}");
        var from = ++_at;
        while (_at < _tokens.Length && !Current.Is("}")) _at++;
        return Expect("}", Quantity.Variable($"{name}_{string.Concat(_tokens[from.._at].Select(token => token.Text))}"));
    }

    private Quantity Named(AnswerToken letter) => letter.Text switch
    {
        "i" => Quantity.Of(Complex.ImaginaryOne),
        "e" => Quantity.Of(Math.E),
        // 1+2j, as Python writes it.
        "j" when _at >= 2 && _tokens[_at - 2].IsNumber => Quantity.Of(Complex.ImaginaryOne),
        _ => Quantity.Variable(letter.Text),
    };

    // All of a group, or of the answer: \over and \choose divide the whole of what stands before them.
    private Quantity Whole()
    {
        var value = Sum();
        if (Take("over")) return value / Sum();
        return Take("choose") ? Choose(value, Sum()) : value;
    }

    private Quantity Evaluate(string name)
    {
        switch (name)
        {
            case "frac":
                var numerator = FractionPart();
                return numerator / FractionPart();
            case "binom":
                var n = FractionPart();
                return Choose(n, FractionPart());
            case "sqrt":
                var index = Take("[") ? Expect("]", Sum()) : Quantity.Of(new Rational(2, 1));
                return Quantity.Root(Postfix(), index);
            case "pi":
                return Quantity.Of(Math.PI);
            case "infty":
                return Infinity;
            case "lfloor":
                return Expect("rfloor", Sum()).Map(static x => new Rational(x.Floor(), 1), static x => Math.Floor(x.Real));
            case "lceil":
                return Expect("rceil", Sum()).Map(static x => new Rational(-(-x).Floor(), 1), static x => Math.Ceiling(x.Real));
            default:
                return Function(name) ?? (IsOperator(name) ? Fail() : Quantity.Variable(name));
        }
    }

    private Quantity? Function(string name)
    {
        if (name == "log")
        {
            var number = Take("_") ? FractionPart() : Quantity.Of(new Rational(10, 1));
            return Argument().Map(Complex.Log) / number.Map(Complex.Log);
        }

        Func<Complex, Complex>? function = name switch
        {
            "sin" => Complex.Sin,
            "cos" => Complex.Cos,
            "tan" => Complex.Tan,
            "cot" => static x => 1 / Complex.Tan(x),
            "sec" => static x => 1 / Complex.Cos(x),
            "csc" => static x => 1 / Complex.Sin(x),
            "arcsin" => Complex.Asin,
            "arccos" => Complex.Acos,
            "arctan" => Complex.Atan,
            "ln" => Complex.Log,
            "exp" => Complex.Exp,
            _ => null,
        };
        if (function is null) return null;
        var power = Take("^") ? FractionPart() : null;
        var argument = Argument();
        if (argument.IsDegrees) argument *= Quantity.Of(Math.PI / 180);
        var value = argument.Map(function);
        return power is null ? value : Quantity.Power(value, power);
    }

    // \sin 2x takes "2x", \ln(x) y only "(x)".
    private Quantity Argument()
    {
        var isBracketed = Current.Is("(") || Current.Is("{");
        var value = Signed();
        while (!_failed && !isBracketed && BeginsFactor(Current) && !EndsArgument(Current)) value *= Power();
        return value;
    }

    private static bool EndsArgument(AnswerToken token) =>
        token.Kind == AnswerTokenKind.Command && token.Text is "sin" or "cos" or "tan" or "cot" or "sec" or "csc" or "ln" or "log" or "exp" || token.Is("(");

    // \frac12 is a half: without braces one digit is an argument.
    private Quantity FractionPart()
    {
        if (!Current.IsNumber || Current.Text.Length == 1 || !Current.Text.All(char.IsAsciiDigit)) return Take("-") ? -Primary() : Primary();
        var digit = Current.Text[..1];
        _tokens[_at] = Current with { Text = Current.Text[1..], SpaceBefore = false };
        return Literal(digit);
    }

    private Quantity Choose(Quantity n, Quantity k) =>
        n.Exact is { } a && k.Exact is { } b && Rational.Factorial(a) is { } all && Rational.Factorial(b) is { } chosen && Rational.Factorial(a + -b) is { } rest
            ? Quantity.Of(Rational.Divide(all, chosen * rest)!.Value)
            : Fail();

    private static Quantity Literal(string text)
    {
        if (text.IndexOf('\\', StringComparison.Ordinal) is > 0 and var bar)
        {
            // 0.1\overline{6}: the digits under the bar repeat, so their value is digits / 99...9, shifted.
            var period = new string([.. text[bar..].Where(char.IsAsciiDigit)]);
            var decimals = bar - text.IndexOf('.', StringComparison.Ordinal) - 1;
            var repeated = new Rational(BigInteger.Parse(period, System.Globalization.CultureInfo.InvariantCulture), BigInteger.Pow(10, decimals) * (BigInteger.Pow(10, period.Length) - 1));
            return Quantity.Of(Rational.Parse(text[..bar]) + repeated);
        }

        var e = text.IndexOfAny(['e', 'E']);
        if (e < 0) return Quantity.Of(Rational.Parse(text));
        var exponent = int.Parse(text.AsSpan(e + 1), System.Globalization.CultureInfo.InvariantCulture);
        return Quantity.Of(Rational.Parse(text[..e])) * Quantity.Power(Quantity.Of(new Rational(10, 1)), Quantity.Of(new Rational(exponent, 1)));
    }
}
