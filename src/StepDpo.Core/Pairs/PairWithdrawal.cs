using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using StepDpo.Core.Accounts;
using StepDpo.Core.Auditing;
using StepDpo.Core.Data;

namespace StepDpo.Core.Pairs;

/// <summary>Why a pair no longer counts.</summary>
public enum WithdrawalReason
{
    /// <summary>A person looked again.</summary>
    Mistake,

    /// <summary>The solution's first error was reopened.</summary>
    VerdictReopened,

    /// <summary>The reference answer was corrected, and the pair rests on the old one.</summary>
    AnswerCorrected,

    /// <summary>The approval was taken back.</summary>
    ReviewReopened,

    /// <summary>Two of three reviewers found the winner wrong.</summary>
    Outvoted,
}

/// <summary>A pair's end. It stays in the exports made before.</summary>
public sealed class PairWithdrawal
{
    /// <summary>Rises with time.</summary>
    public long Id { get; init; }

    /// <summary>The pair.</summary>
    public required long PairId { get; init; }

    /// <summary>Why.</summary>
    public required WithdrawalReason Reason { get; init; }

    /// <summary>In words.</summary>
    public string Note { get; init; } = "";

    /// <summary>Who; null for the installation itself.</summary>
    public Guid? CreatedById { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset CreatedAt { get; init; }
}

internal sealed class PairWithdrawalConfiguration : IEntityTypeConfiguration<PairWithdrawal>
{
    public void Configure(EntityTypeBuilder<PairWithdrawal> builder)
    {
        builder.AppendOnly();
        builder.IsEvidence(w => w.Id);
        builder.HasKey(w => w.PairId);
        builder.Property(w => w.PairId).ValueGeneratedNever();
        builder.Property(w => w.Note).HasMaxLength(4000);
        builder.HasOne<PreferencePair>().WithOne().HasForeignKey<PairWithdrawal>(w => w.PairId);
        builder.HasOne<User>().WithMany().HasForeignKey(w => w.CreatedById);
    }
}
