namespace StepDpo.Core.Auditing;

/// <summary>How evidence is signed: section <c>StepDpo:Audit</c> of the settings.</summary>
public sealed record AuditOptions
{
    /// <summary>Where keys and copies of the digests lie, outside the database.</summary>
    public required string Folder { get; init; }

    /// <summary>A digest is made when so many new rows are there,</summary>
    public int RowsPerDigest { get; init; } = 1000;

    /// <summary>or when the last is so many hours old and there is any new row.</summary>
    public double HoursPerDigest { get; init; } = 24;

    /// <summary>Most rows of one digest; a big import takes several.</summary>
    public int MaximumRows { get; init; } = 20_000;

    /// <summary>How long to wait for transactions that were running when the digest began; then it is left for the next time.</summary>
    public TimeSpan PatienceWithOthers { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Refuses settings that cannot work.</summary>
    public AuditOptions Checked() => RowsPerDigest >= 1 && HoursPerDigest > 0 && MaximumRows >= 1
        ? this
        : throw new InvalidOperationException($"StepDpo:Audit: found RowsPerDigest {RowsPerDigest}, HoursPerDigest {HoursPerDigest} and MaximumRows {MaximumRows}, wanted numbers above 0");
}
