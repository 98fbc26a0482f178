namespace StepDpo.Core.Progress;

/// <summary>A mean with its uncertainty.</summary>
/// <param name="Value">The mean.</param>
/// <param name="Low">Lower end of the 95 % interval.</param>
/// <param name="High">Upper end.</param>
/// <param name="Count">What it is the mean of.</param>
public sealed record MeanEstimate(double Value, double Low, double High, long Count)
{
    /// <summary>From the count, the sum and the sum of squares, by Student's t; null for fewer than two.</summary>
    public static MeanEstimate? Of(long count, double sum, double squares)
    {
        if (count < 2) return null;
        var mean = sum / count;
        var variance = Math.Max(0, (squares - sum * mean) / (count - 1));
        var half = Student(count - 1) * Math.Sqrt(variance / count);
        return new MeanEstimate(mean, mean - half, mean + half, count);
    }

    /// <summary>The 97.5 % point of Student's t: exact for 1 and 2 degrees of freedom, then the expansion about the normal's (Abramowitz and Stegun 26.7.5), less than 0.2 % off.</summary>
    public static double Student(long freedom)
    {
        if (freedom == 1) return 12.706204736174694;
        if (freedom == 2) return 4.302652729749462;
        const double z = 1.959963984540054;
        var (z3, z5, z7, z9, v) = (Math.Pow(z, 3), Math.Pow(z, 5), Math.Pow(z, 7), Math.Pow(z, 9), (double)freedom);
        return z + (z3 + z) / (4 * v) + (5 * z5 + 16 * z3 + 3 * z) / (96 * v * v) + (3 * z7 + 19 * z5 + 17 * z3 - 15 * z) / (384 * v * v * v)
            + (79 * z9 + 776 * z7 + 1482 * z5 - 1920 * z3 - 945 * z) / (92160 * v * v * v * v);
    }
}

/// <summary>How many come of an hour, with the uncertainty of a count.</summary>
/// <param name="Count">How many came.</param>
/// <param name="Hours">In how many hours.</param>
/// <param name="Low">Lower end of the 95 % interval, an hour.</param>
/// <param name="High">Upper end.</param>
public sealed record HourlyRate(long Count, double Hours, double Low, double High)
{
    /// <summary>An hour.</summary>
    public double Value => Count / Hours;

    /// <summary>Byar's interval of a Poisson count, divided by the hours; null without any hour.</summary>
    public static HourlyRate? Of(long count, double hours)
    {
        if (hours <= 0) return null;
        const double z = 1.959963984540054;
        var low = count == 0 ? 0 : count * Math.Pow(1 - 1 / (9.0 * count) - z / (3 * Math.Sqrt(count)), 3);
        var high = (count + 1) * Math.Pow(1 - 1 / (9.0 * (count + 1)) + z / (3 * Math.Sqrt(count + 1)), 3);
        return new HourlyRate(count, hours, low / hours, high / hours);
    }
}

/// <summary>When the work will be done if it goes on as on the last days.</summary>
/// <param name="Expected">By the mean of the days.</param>
/// <param name="Earliest">By the upper end of its 95 % interval.</param>
/// <param name="Latest">By the lower end; null where that reaches 0, so that no end is certain.</param>
/// <param name="Days">How many whole days it is judged by.</param>
public sealed record ExpectedEnd(DateTimeOffset Expected, DateTimeOffset Earliest, DateTimeOffset? Latest, int Days)
{
    /// <summary>At most so many of the last whole days are looked at.</summary>
    public const int LongestLook = 14;

    /// <summary>Fewest whole days that say anything.</summary>
    public const int FewestDays = 3;

    /// <summary>Null while it is too early to say, and when nothing is left or nobody works.</summary>
    /// <param name="left">Judgements to come.</param>
    /// <param name="days">Judgements of each of the last whole days since the work began, days without any included.</param>
    /// <param name="now">Now.</param>
    public static ExpectedEnd? Of(long left, IReadOnlyList<int> days, DateTimeOffset now)
    {
        if (left == 0 || days.Count < FewestDays) return null;
        var pace = MeanEstimate.Of(days.Count, days.Sum(day => (double)day), days.Sum(day => (double)day * day))!;
        if (pace.Value == 0) return null;
        return new ExpectedEnd(After(pace.Value), After(pace.High), pace.Low > 0 && left / pace.Low < 3650 ? After(pace.Low) : null, days.Count);

        DateTimeOffset After(double perDay) => now.AddDays(Math.Min(left / perDay, 36_500));
    }
}
