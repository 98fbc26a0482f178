using TorchSharp;

namespace StepDpo.Engine.Optimization;

/// <summary>What the micro-batches of a step, or of a validation, add up to.</summary>
internal sealed class LossTally
{
    private readonly List<double> _chosenRewards = [];
    private readonly List<double> _rejectedRewards = [];
    private readonly List<double> _chosenLogProbs = [];
    private readonly List<double> _rejectedLogProbs = [];

    /// <summary>The loss so far: micro-batches add their shares.</summary>
    public double Loss { get; private set; }

    /// <summary>Tokens read.</summary>
    public long Tokens { get; private set; }

    public void Add(double share, IEnumerable<TrainingRow> rows)
    {
        Loss += share;
        Tokens += rows.Sum(row => row.Length);
    }

    public void AddPairs(torch.Tensor chosenRewards, torch.Tensor rejectedRewards, torch.Tensor chosenLogProbs, torch.Tensor rejectedLogProbs)
    {
        _chosenRewards.AddRange(chosenRewards.cpu().data<double>());
        _rejectedRewards.AddRange(rejectedRewards.cpu().data<double>());
        _chosenLogProbs.AddRange(chosenLogProbs.cpu().data<double>());
        _rejectedLogProbs.AddRange(rejectedLogProbs.cpu().data<double>());
    }

    public double? ChosenReward => Mean(_chosenRewards);

    public double? RejectedReward => Mean(_rejectedRewards);

    public double? ChosenLogProb => Mean(_chosenLogProbs);

    public double? RejectedLogProb => Mean(_rejectedLogProbs);

    public double? Margin => Mean(Margins);

    /// <summary>Ties count as wrong.</summary>
    public double? Accuracy => Mean(Margins.Select(margin => margin > 0 ? 1.0 : 0));

    private IEnumerable<double> Margins => _chosenRewards.Zip(_rejectedRewards, (chosen, rejected) => chosen - rejected);

    private static double? Mean(IEnumerable<double> values) => values.Any() ? values.Average() : null;
}
