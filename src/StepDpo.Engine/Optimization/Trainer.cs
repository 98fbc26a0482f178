using System.Diagnostics;
using System.Globalization;
using StepDpo.Contracts.Runs;
using StepDpo.Engine.Examples;
using StepDpo.Engine.Modeling;
using StepDpo.Engine.Scoring;
using static TorchSharp.torch;

namespace StepDpo.Engine.Optimization;

/// <summary>
/// Takes the steps of a training run. A step: its pairs by the epoch's order, its learning rate, forward and backward of each
/// micro-batch, clipping, AdamW. Which step comes next follows from <see cref="Step"/> alone, so weights, moments and that number
/// are all the state there is; on a CPU with the same number of threads a resumed run gives the same bits.
/// One thread owns a trainer and its model.
/// </summary>
public sealed class Trainer : IDisposable
{
    private readonly IReadOnlyList<TrainingRow> _rows;
    private readonly ReferenceLogProbs? _reference;
    private readonly TrainingOptions _options;
    private readonly Func<int, int[]> _orderOfEpoch;
    private readonly LearningRateSchedule _schedule;
    private readonly Objective _objective;
    private readonly ScoringPass _pass;
    private readonly int _stepsPerEpoch;

    /// <summary>A trainer at step 0.</summary>
    /// <param name="model">The policy, which is changed in place.</param>
    /// <param name="rows">The pairs.</param>
    /// <param name="reference">The reference's log-probabilities of these rows; null for SFT.</param>
    /// <param name="options">What to compute.</param>
    /// <param name="orderOfEpoch">The order of the pairs in an epoch, from 0; null: <see cref="PairOrder"/>.</param>
    /// <param name="adapter">An adapter on the model, which is then trained in place of its weights.</param>
    /// <param name="pass">How answers are scored; null: the fast way, <see cref="TreePass"/>.</param>
    /// <param name="optimizerHome">Where the optimiser's copies and moments lie, if not with the model.</param>
    public Trainer(
        CausalLm model, IReadOnlyList<TrainingRow> rows, ReferenceLogProbs? reference, TrainingOptions options,
        Func<int, int[]>? orderOfEpoch = null, LoraAdapter? adapter = null, ScoringPass? pass = null, Device? optimizerHome = null)
    {
        (Model, Adapter, _rows, _reference, _options) = (model, adapter, rows, reference, options);
        _pass = pass ?? TreePass.Of;
        _orderOfEpoch = orderOfEpoch ?? (epoch => PairOrder.Of(options.Seed, epoch, rows.Count));
        // An epoch's last step holds what is left of the pairs: no step crosses two epochs, no pair is left out.
        _stepsPerEpoch = (rows.Count + options.BatchSize - 1) / options.BatchSize;
        TotalSteps = _stepsPerEpoch * options.Epochs;
        _schedule = new LearningRateSchedule(options.Schedule, options.LearningRate, TotalSteps, options.WarmupRatio);
        _objective = new Objective(options);
        if (adapter is null) model.SetTrainable(true);
        Optimizer = new AdamW(adapter?.NamedParameters() ?? model.NamedParameters(), options.AdamBeta1, options.AdamBeta2, options.AdamEpsilon, options.WeightDecay, optimizerHome);
    }

    /// <summary>The policy.</summary>
    public CausalLm Model { get; }

    /// <summary>The adapter that is trained; null where the model's own weights are.</summary>
    public LoraAdapter? Adapter { get; }

    /// <summary>Its optimiser.</summary>
    public AdamW Optimizer { get; }

    /// <summary>Steps done; the optimiser counts them.</summary>
    public int Step => Optimizer.StepsTaken;

    /// <summary>Steps of the whole run.</summary>
    public int TotalSteps { get; }

    /// <summary>Scores a few pairs of the next step both ways, fast and plain; changes nothing but gradients.</summary>
    /// <param name="most">Pairs at most: the plain way keeps all activations.</param>
    public PassCheck CheckPass(int most = 4)
    {
        TrainingRow[] few = [.. IndicesOf(Step).Take(Math.Min(_options.MicroBatchSize, most)).Select(index => _rows[index])];
        var trained = Adapter?.NamedParameters() ?? Model.NamedParameters();
        return PassCheck.Of(Model, [.. trained.Select(item => item.Parameter)], [.. few.Select(row => row.Chosen)], LosersOf(few), _pass);
    }

    /// <summary>Takes one step; null, and nothing is changed, when asked to stop before it ends.</summary>
    /// <param name="stopRequested">Asked before each forward pass.</param>
    /// <exception cref="TrainingDivergedException">A loss, gradient or weight is not finite; the message names step and pairs.</exception>
    public StepMetrics? TakeStep(Func<bool>? stopRequested = null)
    {
        using var scope = NewDisposeScope();
        var clock = Stopwatch.StartNew();
        var rate = _schedule.Rate(Step);
        var (number, batch) = (Step + 1, IndicesOf(Step));
        var tally = new LossTally();
        Optimizer.ClearGradients();
        foreach (var micro in MicroBatches.Of(_rows, batch, _options))
        {
            if (stopRequested?.Invoke() == true) return null;
            using var microScope = NewDisposeScope();
            var (share, scores) = ShareOfLoss(_rows, _reference, micro, StepSize.Of(_rows, batch), tally);
            RequireFinite(share.item<double>(), "loss", number, micro);
            share.backward();
            scores.Backward();
        }

        var norm = Optimizer.GradientNorm();
        RequireFinite(norm, "norm of the gradient", number, batch);
        Optimizer.ClipGradients(norm, _options.MaxGradNorm);
        Optimizer.Step(rate);
        RequireFinite(Optimizer.WeightNorm(), "norm of the weights after it", number, batch);
        return new StepMetrics
        {
            Step = Step,
            Epoch = (double)Step / _stepsPerEpoch,
            Loss = tally.Loss,
            GradNorm = norm,
            LearningRate = rate,
            RewardsChosen = tally.ChosenReward,
            RewardsRejected = tally.RejectedReward,
            RewardsAccuracies = tally.Accuracy,
            RewardsMargins = tally.Margin,
            LogpsChosen = tally.ChosenLogProb,
            LogpsRejected = tally.RejectedLogProb,
            NumTokens = tally.Tokens,
            StepSeconds = clock.Elapsed.TotalSeconds,
        };
    }

    /// <summary>The loss on held-out pairs and, where it is a preference loss, accuracy and margin; changes nothing.</summary>
    public (double Loss, double? Accuracy, double? Margin) Validate(IReadOnlyList<TrainingRow> rows, ReferenceLogProbs? reference)
    {
        using var noGrad = no_grad();
        var tally = new LossTally();
        int[] all = [.. Enumerable.Range(0, rows.Count)];
        foreach (var micro in MicroBatches.Of(rows, all, _options))
        {
            using var scope = NewDisposeScope();
            ShareOfLoss(rows, reference, micro, StepSize.Of(rows, all), tally);
        }

        return (tally.Loss, tally.Accuracy, tally.Margin);
    }

    /// <summary>Frees the moments; the model is the caller's.</summary>
    public void Dispose() => Optimizer.Dispose();

    private int[] IndicesOf(int step)
    {
        var (epoch, place) = Math.DivRem(step, _stepsPerEpoch);
        return [.. _orderOfEpoch(epoch).Skip(place * _options.BatchSize).Take(_options.BatchSize)];
    }

    // The micro-batch's share of the step's loss, a scalar in fp64, and the scores that it was computed from.
    private (Tensor Share, AnswerScores Scores) ShareOfLoss(IReadOnlyList<TrainingRow> rows, ReferenceLogProbs? reference, int[] micro, StepSize step, LossTally tally)
    {
        TrainingRow[] own = [.. micro.Select(index => rows[index])];
        var scores = Score(own);
        var share = _objective.ShareOf(own, (scores.Chosen, scores.Rejected), reference?.At(micro, Model.Device), step, tally);
        tally.Add(share.item<double>(), own);
        return (share, scores);
    }

    private AnswerScores Score(TrainingRow[] rows) => _pass(Model, [.. rows.Select(row => row.Chosen)], LosersOf(rows));

    private AnswerTokens[]? LosersOf(IEnumerable<TrainingRow> rows) => _options.Loss == LossKind.Sft ? null : [.. rows.Select(row => row.Rejected!)];

    private void RequireFinite(double value, string what, int step, int[] batch)
    {
        if (double.IsFinite(value)) return;
        throw new TrainingDivergedException(string.Create(
            CultureInfo.InvariantCulture,
            $"step {step}: the {what} is {value}, wanted a finite number; the pairs of it are {string.Join(", ", batch.Select(index => _rows[index].Line))} of pairs.jsonl. The last checkpoint is untouched; a lower learning rate may help."));
    }
}
