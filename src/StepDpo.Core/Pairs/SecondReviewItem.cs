using StepDpo.Core.Rectifications;

namespace StepDpo.Core.Pairs;

/// <summary>A prefix whose winner a further reviewer decides on: as the first saw it, every candidate open.</summary>
/// <param name="PairId">What the decisions name.</param>
/// <param name="Item">The prefix with the candidates to decide on: the winner, and with it those that were rejected or left open, three at most.</param>
public sealed record SecondReviewItem(long PairId, ReviewItem Item);

/// <summary>A decision on one of the candidates.</summary>
/// <param name="RectificationId">The candidate.</param>
/// <param name="Decision">Approved or Rejected.</param>
/// <param name="Reason">Why; only with Rejected.</param>
public sealed record SecondWord(long RectificationId, ReviewDecision Decision, RejectReason? Reason = null);

/// <summary>What a further reviewer learns once their words are stored.</summary>
/// <param name="Counts">Whether the pair counts now.</param>
/// <param name="IsOpen">Whether somebody else decides.</param>
/// <param name="Agreeing">On how many candidates the first reviewer had said the same.</param>
/// <param name="Compared">On how many the first had said anything.</param>
public sealed record SecondAnswer(bool Counts, bool IsOpen, int Agreeing, int Compared);

/// <summary>How far first and second reviewers agree, over the candidates on which both have decided.</summary>
/// <param name="BothApproved">Both approved.</param>
/// <param name="BothRejected">Both rejected.</param>
/// <param name="FirstOnly">The first approved, the second rejected.</param>
/// <param name="SecondOnly">The first rejected, the second approved.</param>
/// <param name="Open">Pairs that wait for a second or a third reviewer.</param>
public sealed record ReviewAgreement(int BothApproved, int BothRejected, int FirstOnly, int SecondOnly, int Open)
{
    /// <summary>Candidates compared.</summary>
    public int Count => BothApproved + BothRejected + FirstOnly + SecondOnly;

    /// <summary>Candidates on which they agree.</summary>
    public int Agreeing => BothApproved + BothRejected;

    /// <summary>Cohen's kappa: (observed - by chance) / (1 - by chance), chance from each side's own shares (Cohen 1960); null where either side has only ever said one thing and chance explains all.</summary>
    public double? Kappa
    {
        get
        {
            if (Count == 0) return null;
            double n = Count, first = (BothApproved + FirstOnly) / n, second = (BothApproved + SecondOnly) / n;
            var chance = first * second + (1 - first) * (1 - second);
            return chance >= 1 ? null : (Agreeing / n - chance) / (1 - chance);
        }
    }
}
