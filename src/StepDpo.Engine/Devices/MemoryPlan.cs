using System.Globalization;
using StepDpo.Engine.Modeling;

namespace StepDpo.Engine.Devices;

/// <summary>What a training run is about to do, as far as memory depends on it.</summary>
/// <param name="Parameters">Number of weights, in fp32.</param>
/// <param name="Trained">How many numbers train: all of them, or an adapter's.</param>
/// <param name="LongestRow">Tokens of the longest winner or loser with its prompt.</param>
/// <param name="LongestAnswer">Answer tokens of the longest answer.</param>
/// <param name="SequencesOfPass">Sequences of one forward pass: two a pair, one for SFT.</param>
public sealed record MemoryDemand(long Parameters, long Trained, int LongestRow, int LongestAnswer, int SequencesOfPass);

/// <summary>
/// What a training run will hold at its widest moment, reckoned from shapes before anything is allocated. An upper bound: a pass
/// whose rows are all as long as the longest.
/// </summary>
/// <param name="Weights">The policy, and the adapter where one trains.</param>
/// <param name="Gradients">One number for each that trains.</param>
/// <param name="Moments">AdamW's two.</param>
/// <param name="SegmentLayers">Layers whose activations exist at the same time: all, or as many as fit; the others are computed again in the backward pass.</param>
/// <param name="Layers">All layers.</param>
/// <param name="Activations">What the layers keep from the forward to the backward pass.</param>
/// <param name="Logits">Scores over the vocabulary at the answers' places, their softmax and its gradient.</param>
/// <param name="Available">What the machine has left, or 0 where it does not say.</param>
public sealed record MemoryPlan(long Weights, long Gradients, long Moments, int SegmentLayers, int Layers, long Activations, long Logits, long Available)
{
    private const long Number = 4;

    /// <summary>All together.</summary>
    public long Total => Weights + Gradients + Moments + Activations + Logits;

    /// <summary>What is held from the first step to the last, whatever the texts' lengths.</summary>
    public long State => Weights + Gradients + Moments;

    /// <summary>Whether all of it fits, as far as the free memory is known.</summary>
    public bool Fits => Available == 0 || Total <= Available;

    /// <summary>Reckons, and chooses how many layers keep their activations.</summary>
    /// <param name="config">The model's shape.</param>
    /// <param name="demand">What the run does.</param>
    /// <param name="available">Free bytes of the device; 0 where unknown.</param>
    public static MemoryPlan Of(ModelConfig config, MemoryDemand demand, long available)
    {
        var tokens = (long)demand.SequencesOfPass * demand.LongestRow;
        var (queries, keys) = ((long)config.Heads * config.HeadDim, (long)config.KeyValueHeads * config.HeadDim);
        // What a layer's backward pass reads again: its two inputs and their normed forms; queries, keys and values before and
        // after the rotation and repeated for their heads; the attention's result; gate, up, their product and the activation.
        var aLayer = (4L * config.HiddenSize) + (2 * queries) + (3 * keys) + (2 * queries) + queries + (4L * config.IntermediateSize);
        var scored = (long)demand.SequencesOfPass * demand.LongestAnswer;
        MemoryPlan Segmented(int layers)
        {
            // Of the layers that are computed again, each segment's input stays.
            long segments = (config.Layers + layers - 1) / layers;
            return new MemoryPlan(
                Weights: (demand.Parameters + (demand.Trained < demand.Parameters ? demand.Trained : 0)) * Number,
                Gradients: demand.Trained * Number,
                Moments: 2 * demand.Trained * Number,
                SegmentLayers: layers,
                Layers: config.Layers,
                Activations: tokens * ((layers * aLayer) + ((segments + 1) * config.HiddenSize)) * Number,
                Logits: 3 * scored * config.VocabularySize * Number,
                Available: available);
        }

        // The largest segment that fits leaves the least to be computed twice. Where not even a single layer's fits, one is the best there is.
        var plan = Segmented(config.Layers);
        while (!plan.Fits && plan.SegmentLayers > 1) plan = Segmented(plan.SegmentLayers - 1);
        return plan;
    }

    /// <summary>The free memory of this machine in bytes, its control group's limit included; 0 where it is unknown.</summary>
    public static long AvailableHere()
    {
        if (!File.Exists("/proc/meminfo")) return 0;
        var line = File.ReadLines("/proc/meminfo").FirstOrDefault(line => line.StartsWith("MemAvailable:", StringComparison.Ordinal));
        var free = line is null ? 0 : long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;
        return Math.Min(free, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);
    }

    /// <summary>One line for a log.</summary>
    public override string ToString() =>
        $"Memory: weights {Gigabytes(Weights)}, gradients {Gigabytes(Gradients)}, AdamW's moments {Gigabytes(Moments)}, activations up to {Gigabytes(Activations)}, logits up to {Gigabytes(Logits)}; together up to {Gigabytes(Total)}"
        + (Available == 0 ? "." : $" of {Gigabytes(Available)} free.")
        + (SegmentLayers == Layers ? "" : $" So that they take less, activations are kept of {SegmentLayers} of {Layers} layers at a time, and {Layers - SegmentLayers} layers are computed a second time in each backward pass.")
        + (Fits ? "" : " It may not fit: fewer pairs a forward pass (microBatchSize) or shorter texts (maxLength) need less.");

    /// <summary>
    /// Why it cannot be, and what would help; null where it may be. Only the state refuses: activations and logits are upper bounds,
    /// and a run that would have fitted must not be stopped by a guess.
    /// </summary>
    public string? Refusal() => Available == 0 || State <= Available
        ? null
        : $"{ToString()} Weights, gradients and moments alone take {Gigabytes(State)}: take a smaller model, an adapter (LoRA) or a larger machine.";

    private static string Gigabytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e9:0.00} GB");
}
