using System.Globalization;

namespace StepDpo.Contracts.Prompts.Jinja;

/// <summary>Computes a value.</summary>
internal delegate object? JinjaExpression(JinjaScope scope);

/// <summary>Reads the expressions of one tag, in Jinja's order of precedence.</summary>
internal sealed class JinjaExpressions(IReadOnlyList<JinjaToken> tokens)
{
    private const int Deepest = 100;

    private int _at;
    private int _depth;

    /// <summary>Whether all of the tag is read.</summary>
    public bool IsAtEnd => _at == tokens.Count;

    /// <summary>Reads one: <c>a if test else b</c>, or what binds closer.</summary>
    public JinjaExpression Read()
    {
        if (++_depth > Deepest) throw new InvalidDataException($"found more than {Deepest} brackets in one another, wanted fewer");
        var value = Or();
        if (TryName("if"))
        {
            var (whole, test) = (value, Or());
            var otherwise = TryName("else") ? Read() : _ => JinjaValues.Undefined;
            value = scope => JinjaValues.IsTrue(test(scope)) ? whole(scope) : otherwise(scope);
        }

        _depth--;
        return value;
    }

    /// <summary>Reads a name.</summary>
    public string Name()
    {
        if (Peek() is not { Kind: 'n' } token) throw Unexpected("a name");
        _at++;
        return token.Text;
    }

    /// <summary>Reads this name, if it stands here.</summary>
    public bool TryName(string name) => Try('n', name);

    /// <summary>Reads this sign, if it stands here.</summary>
    public bool TrySign(string sign) => Try('o', sign);

    /// <summary>Reads this name or sign.</summary>
    public void Require(string text)
    {
        if (!TryName(text) && !TrySign(text)) throw Unexpected(text);
    }

    /// <summary>What was found in place of what was wanted.</summary>
    public InvalidDataException Unexpected(string wanted) => new($"found {Peek()?.Text ?? "the end of the tag"}, wanted {wanted}");

    private JinjaToken? Peek(int ahead = 0) => _at + ahead < tokens.Count ? tokens[_at + ahead] : null;

    private bool Try(char kind, string text)
    {
        if (Peek() is not { } token || token.Kind != kind || token.Text != text) return false;
        _at++;
        return true;
    }

    private JinjaExpression Or()
    {
        var left = And();
        while (TryName("or"))
        {
            var (a, b) = (left, And());
            left = scope => a(scope) is var value && JinjaValues.IsTrue(value) ? value : b(scope);
        }

        return left;
    }

    private JinjaExpression And()
    {
        var left = Not();
        while (TryName("and"))
        {
            var (a, b) = (left, Not());
            left = scope => a(scope) is var value && !JinjaValues.IsTrue(value) ? value : b(scope);
        }

        return left;
    }

    private JinjaExpression Not()
    {
        var nots = 0;
        while (TryName("not")) nots++;
        var value = Comparison();
        return nots == 0 ? value : scope => JinjaValues.IsTrue(value(scope)) == (nots % 2 == 0);
    }

    private JinjaExpression Comparison()
    {
        var left = Binary(0);
        while (true)
        {
            var isNot = Peek() is { Kind: 'n', Text: "not" } && Peek(1) is { Kind: 'n', Text: "in" };
            if (isNot) _at++;
            if (TryName("in"))
            {
                var (part, whole) = (left, Binary(0));
                left = scope => JinjaValues.Binary("in", part(scope), whole(scope)) is true != isNot;
            }
            else if (Peek() is { Kind: 'o', Text: "==" or "!=" or "<" or "<=" or ">" or ">=" } sign)
            {
                _at++;
                var (a, b) = (left, Binary(0));
                left = scope => JinjaValues.Binary(sign.Text, a(scope), b(scope));
            }
            else
            {
                return left;
            }
        }
    }

    // Signs that bind closer stand further down.
    private static readonly string[][] Levels = [["+", "-"], ["~"], ["*", "%", "//"]];

    private JinjaExpression Binary(int level)
    {
        if (level == Levels.Length) return Unary();
        var left = Binary(level + 1);
        while (Peek() is { Kind: 'o' } sign && Levels[level].Contains(sign.Text))
        {
            _at++;
            var (a, b) = (left, Binary(level + 1));
            left = scope =>
            {
                scope.Step();
                return JinjaValues.Binary(sign.Text, a(scope), b(scope));
            };
        }

        return left;
    }

    private JinjaExpression Unary()
    {
        if (!TrySign("-")) return Behind(Primary());
        var value = Behind(Primary());
        return scope => JinjaValues.Binary("-", 0L, value(scope));
    }

    // What follows a value: .name, [key], [from:to], .method(...), | filter, is test.
    private JinjaExpression Behind(JinjaExpression value)
    {
        while (true)
        {
            var of = value;
            if (TrySign("."))
            {
                var name = Name();
                if (TrySign("("))
                {
                    var arguments = Arguments(")");
                    value = scope =>
                    {
                        scope.Step();
                        return JinjaValues.Method(of(scope), name, Values(arguments, scope));
                    };
                }
                else
                {
                    value = scope => JinjaValues.Get(of(scope), name);
                }
            }
            else if (TrySign("["))
            {
                value = Subscript(of);
            }
            else if (TrySign("|"))
            {
                var (name, arguments) = (Name(), TrySign("(") ? Arguments(")") : []);
                value = scope => JinjaValues.Filter(of(scope), name, Values(arguments, scope));
            }
            else if (TryName("is"))
            {
                var (isNot, test) = (TryName("not"), Name());
                value = scope => JinjaValues.Is(of(scope), test) != isNot;
            }
            else
            {
                return value;
            }
        }
    }

    private JinjaExpression Subscript(JinjaExpression of)
    {
        var parts = new JinjaExpression?[3];
        var part = 0;
        while (!TrySign("]"))
        {
            if (part < 2 && TrySign(":")) part++;
            else if (parts[part] is null) parts[part] = Read();
            else throw Unexpected("]");
        }

        var (from, to, step) = (parts[0], parts[1], parts[2]);
        if (part > 0) return scope => JinjaValues.Slice(of(scope), from?.Invoke(scope), to?.Invoke(scope), step?.Invoke(scope));
        return from is null ? throw Unexpected("a key before ]") : scope => JinjaValues.Get(of(scope), from(scope));
    }

    private JinjaExpression Primary()
    {
        if (Peek() is not { } token) throw Unexpected("a value");
        _at++;
        switch (token)
        {
            case { Kind: 's' }:
                return _ => token.Text;
            case { Kind: 'i' }:
                return long.TryParse(token.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? _ => number : throw new InvalidDataException($"found {token.Text}, wanted a number of at most 18 digits");
            case { Kind: 'n', Text: "true" or "True" }:
                return _ => true;
            case { Kind: 'n', Text: "false" or "False" }:
                return _ => false;
            case { Kind: 'n', Text: "none" or "None" }:
                return _ => null;
            case { Kind: 'n' } when TrySign("("):
                return Call(token.Text);
            case { Kind: 'n' }:
                return scope => scope[token.Text];
            case { Text: "(" }:
                var inner = Read();
                Require(")");
                return inner;
            case { Text: "[" }:
                var items = Arguments("]");
                return scope => Values(items, scope);
            default:
                _at--;
                throw Unexpected("a value");
        }
    }

    private JinjaExpression Call(string function)
    {
        if (function == "namespace")
        {
            var names = new List<(string Name, JinjaExpression Value)>();
            while (!TrySign(")"))
            {
                var name = Name();
                Require("=");
                names.Add((name, Read()));
                TrySign(",");
            }

            return scope => names.ToDictionary(item => item.Name, item => item.Value(scope));
        }

        var arguments = Arguments(")");
        return scope => throw new InvalidDataException(
            function == "raise_exception" ? $"the template refuses: {string.Concat(Values(arguments, scope).Select(JinjaValues.Write))}" : $"found {function}(), wanted namespace or raise_exception");
    }

    private List<JinjaExpression> Arguments(string end)
    {
        var arguments = new List<JinjaExpression>();
        while (!TrySign(end))
        {
            // The name of a named argument says nothing that a template of ours needs; the filter or function refuses what it does not know.
            if (Peek() is { Kind: 'n' } && Peek(1) is { Kind: 'o', Text: "=" }) _at += 2;
            arguments.Add(Read());
            if (TrySign(",")) continue;
            Require(end);
            break;
        }

        return arguments;
    }

    private static List<object?> Values(List<JinjaExpression> expressions, JinjaScope scope) => [.. expressions.Select(expression => expression(scope))];
}
