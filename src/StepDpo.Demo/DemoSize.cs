using System.Globalization;

namespace StepDpo.Demo;

/// <summary>How much the demo does.</summary>
/// <param name="Problems">Problems that are sampled, at most 1,500.</param>
/// <param name="HeldOut">Problems that measure accuracy, at most 1,000.</param>
/// <param name="Seed">Of sampling, rectification and training.</param>
public sealed record DemoSize(int Problems = 1200, int HeldOut = 1000, long Seed = 42)
{
    /// <summary>Reads <c>--problems N --held-out N --seed N</c>.</summary>
    /// <exception cref="ArgumentException">An option is unknown, or its value is no number within its limits.</exception>
    public static DemoSize Parse(IReadOnlyList<string> arguments)
    {
        var size = new DemoSize();
        for (var i = 0; i < arguments.Count; i += 2)
        {
            var found = i + 1 < arguments.Count ? arguments[i + 1] : "nothing";
            size = arguments[i] switch
            {
                "--problems" => size with { Problems = Within(found, 1, 1500, arguments[i]) },
                "--held-out" => size with { HeldOut = Within(found, 1, 1000, arguments[i]) },
                "--seed" => size with { Seed = Within(found, 0, int.MaxValue, arguments[i]) },
                var other => throw new ArgumentException($"found {other}, wanted --problems, --held-out or --seed", nameof(arguments)),
            };
        }

        return size;
    }

    private static int Within(string found, int least, int most, string option) =>
        int.TryParse(found, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw new ArgumentException($"{option}: found {found}, wanted a number from {least} to {most}", option);
}
