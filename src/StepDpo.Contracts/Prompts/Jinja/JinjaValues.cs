using System.Globalization;

namespace StepDpo.Contracts.Prompts.Jinja;

/// <summary>
/// Values of templates, with Python's meaning: a string, a whole number (<c>long</c>), <c>bool</c>, null (none), a list, names with values,
/// or <see cref="Undefined"/>, which is false and writes nothing. Only what chat templates use of Python is here; the rest is refused by its name.
/// </summary>
internal static class JinjaValues
{
    /// <summary>What a name stands for that nobody set.</summary>
    public static object Undefined { get; } = new();

    public static bool IsTrue(object? value) => value switch
    {
        null => false,
        bool b => b,
        long number => number != 0,
        string text => text.Length > 0,
        IReadOnlyList<object?> list => list.Count > 0,
        IDictionary<string, object?> names => names.Count > 0,
        _ => false,
    };

    public static string Write(object? value) => value switch
    {
        null => "None",
        string text => text,
        bool b => b ? "True" : "False",
        long number => number.ToString(CultureInfo.InvariantCulture),
        _ when value == Undefined => "",
        _ => throw new InvalidDataException($"found {Kind(value)} to write, wanted a text or a number"),
    };

    public static object? Get(object? of, object? key) => (of, key) switch
    {
        (IDictionary<string, object?> names, string name) => names.TryGetValue(name, out var value) ? value : Undefined,
        (IReadOnlyList<object?> list, long at) => At(list, at),
        _ when of == Undefined => throw new InvalidDataException($"found [{Kind(key)}] of something that is not defined"),
        _ => Undefined,
    };

    private static object? At(IReadOnlyList<object?> list, long at)
    {
        if (at < 0) at += list.Count;
        return at >= 0 && at < list.Count ? list[(int)at] : Undefined;
    }

    public static object? Slice(object? of, object? from, object? to, object? step)
    {
        if (of is string text) return string.Concat(((List<object?>)Slice(text.Select(c => (object?)c.ToString()).ToList(), from, to, step)!).Cast<string>());
        if (of is not IReadOnlyList<object?> list) throw new InvalidDataException($"found a slice of {Kind(of)}, wanted one of a list or a text");
        var by = step is long s ? s : 1;
        if (by is not (1 or -1)) throw new InvalidDataException($"found a slice by {by}, wanted 1 or -1");
        long Bound(object? bound, long otherwise) => bound is long b ? Math.Clamp(b < 0 ? b + list.Count : b, by < 0 ? -1 : 0, by < 0 ? list.Count - 1 : list.Count) : otherwise;
        var (start, end) = by > 0 ? (Bound(from, 0), Bound(to, list.Count)) : (Bound(from, list.Count - 1), Bound(to, -1));
        var slice = new List<object?>();
        for (var i = start; by > 0 ? i < end : i > end; i += by) slice.Add(list[(int)i]);
        return slice;
    }

    public static object? Binary(string sign, object? a, object? b) => (sign, a, b) switch
    {
        ("==", _, _) => Same(a, b),
        ("!=", _, _) => !Same(a, b),
        ("in", _, IReadOnlyList<object?> list) => list.Any(item => Same(item, a)),
        ("in", string part, string whole) => whole.Contains(part, StringComparison.Ordinal),
        ("in", string name, IDictionary<string, object?> names) => names.ContainsKey(name),
        ("~", _, _) => Short(string.Concat(Write(a), Write(b))),
        ("+", string x, string y) => Short(string.Concat(x, y)),
        ("+", IReadOnlyList<object?> x, IReadOnlyList<object?> y) when x.Count + y.Count < JinjaScope.LargestText => x.Concat(y).ToList(),
        ("+", long x, long y) => x + y,
        ("-", long x, long y) => x - y,
        ("*", long x, long y) => x * y,
        ("%", long x, long y and > 0) => ((x % y) + y) % y,
        ("//", long x, long y and > 0) => Math.DivRem(x, y) is var (whole, rest) && rest < 0 ? whole - 1 : x / y,
        ("<", long x, long y) => x < y,
        (">", long x, long y) => x > y,
        ("<=", long x, long y) => x <= y,
        (">=", long x, long y) => x >= y,
        _ => throw new InvalidDataException($"found {Kind(a)} {sign} {Kind(b)}, which has no meaning here"),
    };

    public static bool Is(object? value, string test) => test switch
    {
        "defined" => value != Undefined,
        "undefined" => value == Undefined,
        "none" => value is null,
        "string" => value is string,
        "number" => value is long,
        "mapping" => value is IDictionary<string, object?>,
        "sequence" or "iterable" => value is string or IReadOnlyList<object?> or IDictionary<string, object?>,
        "true" => value is true,
        "false" => value is false,
        _ => throw new InvalidDataException($"found \"is {test}\", wanted defined, none, string, mapping, iterable, true or false"),
    };

    public static object? Filter(object? value, string name, IReadOnlyList<object?> arguments) => (name, value) switch
    {
        ("trim", string text) => text.Trim(),
        ("length" or "count", string text) => (long)text.Length,
        ("length" or "count", IReadOnlyList<object?> list) => (long)list.Count,
        ("first", IReadOnlyList<object?> list) => At(list, 0),
        ("last", IReadOnlyList<object?> list) => At(list, -1),
        ("upper", string text) => text.ToUpperInvariant(),
        ("lower", string text) => text.ToLowerInvariant(),
        ("string", _) => Write(value),
        ("default" or "d", _) when arguments.Count > 0 => value == Undefined ? arguments[0] : value,
        _ => throw new InvalidDataException($"found {Kind(value)} | {name}, wanted trim, length, first, last, upper, lower, string or default"),
    };

    public static object? Method(object? of, string name, IReadOnlyList<object?> arguments) => (of, name, arguments) switch
    {
        (string text, "strip", _) => text.Trim(Characters(arguments)),
        (string text, "lstrip", _) => text.TrimStart(Characters(arguments)),
        (string text, "rstrip", _) => text.TrimEnd(Characters(arguments)),
        (string text, "startswith", [string part]) => text.StartsWith(part, StringComparison.Ordinal),
        (string text, "endswith", [string part]) => text.EndsWith(part, StringComparison.Ordinal),
        (string text, "split", [string { Length: > 0 } separator]) => text.Split(separator).Cast<object?>().ToList(),
        (string text, "replace", [string { Length: > 0 } from, string to]) when (long)text.Length * Math.Max(1, to.Length) <= JinjaScope.LargestText => text.Replace(from, to, StringComparison.Ordinal),
        (string text, "upper", []) => text.ToUpperInvariant(),
        (string text, "lower", []) => text.ToLowerInvariant(),
        (IDictionary<string, object?> names, "get", [string key, ..]) => names.TryGetValue(key, out var value) ? value : arguments.Count > 1 ? arguments[1] : null,
        _ => throw new InvalidDataException($"found .{name}() of {Kind(of)}, wanted strip, split, startswith, endswith, replace, upper, lower or get"),
    };

    public static string Kind(object? value) => value switch
    {
        null => "none",
        string => "a text",
        bool => "true or false",
        long => "a number",
        IReadOnlyList<object?> => "a list",
        IDictionary<string, object?> => "names with values",
        _ => "something not defined",
    };

    private static bool Same(object? a, object? b) => (a, b) switch
    {
        (string x, string y) => string.Equals(x, y, StringComparison.Ordinal),
        (long x, long y) => x == y,
        (bool x, bool y) => x == y,
        _ => ReferenceEquals(a, b),
    };

    // Python's whitespace where no characters are named.
    private static char[]? Characters(IReadOnlyList<object?> arguments) => arguments is [string characters] ? characters.ToCharArray() : null;

    private static string Short(string text) =>
        text.Length <= JinjaScope.LargestText ? text : throw new InvalidDataException($"found a text of {text.Length} characters, wanted at most {JinjaScope.LargestText}");
}
