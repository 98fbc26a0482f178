using System.Globalization;
using StepDpo.Contracts.Runs;
using StepDpo.Engine.Modeling;

namespace StepDpo.Engine.Devices;

/// <summary>What a training run is about to do, as far as memory depends on it.</summary>
/// <param name="Parameters">Number of weights.</param>
/// <param name="Trained">How many numbers train: all of them, or an adapter's.</param>
/// <param name="TokensOfPass">Tokens that one forward pass reads, at most.</param>
/// <param name="ScoredOfPass">Tokens that it scores, at most.</param>
/// <param name="Precision">What the weights are in.</param>
public sealed record MemoryDemand(long Parameters, long Trained, long TokensOfPass, long ScoredOfPass, Precision Precision = Precision.Float32);

/// <summary>
/// What a training run will hold at its widest moment, reckoned from shapes before anything is allocated, and what was chosen so that
/// it fits. An upper bound.
/// </summary>
/// <param name="Weights">The policy, and the adapter where one trains.</param>
/// <param name="Gradients">One number for each that trains.</param>
/// <param name="Masters">The optimiser's own fp32 copies of the weights, where it keeps some.</param>
/// <param name="Moments">AdamW's two.</param>
/// <param name="OptimizerOnCpu">Whether copies and moments lie in the machine's memory, as the device cannot hold them.</param>
/// <param name="SegmentLayers">Layers whose activations exist at the same time: all, or as many as fit; the others are computed again in the backward pass.</param>
/// <param name="Layers">All layers.</param>
/// <param name="Activations">What the layers keep from the forward to the backward pass.</param>
/// <param name="Logits">Scores over the vocabulary at the answers' places, their softmax and its gradient.</param>
/// <param name="Available">What the device has left, or 0 where it does not say.</param>
/// <param name="AvailableOnCpu">What the machine has left beside a device with memory of its own; null where the device is the CPU.</param>
public sealed record MemoryPlan(
    long Weights, long Gradients, long Masters, long Moments, bool OptimizerOnCpu, int SegmentLayers, int Layers, long Activations, long Logits, long Available, long? AvailableOnCpu)
{
    private const long Single = 4;

    /// <summary>All that the device holds.</summary>
    public long Total => State + Activations + Logits;

    /// <summary>What the device holds from the first step to the last, whatever the texts' lengths.</summary>
    public long State => Weights + Gradients + (OptimizerOnCpu ? 0 : Optimizer);

    /// <summary>The optimiser's part, wherever it lies.</summary>
    public long Optimizer => Masters + Moments;

    /// <summary>Whether all of it fits, as far as the free memory is known.</summary>
    public bool Fits => (Available == 0 || Total <= Available) && HasRoomOnCpu;

    /// <summary>Reckons, and chooses how many layers keep their activations and where the optimiser's state lies.</summary>
    /// <param name="config">The model's shape.</param>
    /// <param name="demand">What the run does.</param>
    /// <param name="available">Free bytes of the device; 0 where unknown.</param>
    /// <param name="availableOnCpu">Free bytes of the machine, where the device has memory of its own; 0 where unknown.</param>
    public static MemoryPlan Of(ModelConfig config, MemoryDemand demand, long available, long? availableOnCpu = null)
    {
        // Where even a single layer's activations do not fit beside the state, a plan is taken whose state fits.
        var onDevice = Smallest(onCpu: false);
        if (onDevice.Fits || availableOnCpu is null) return onDevice;
        var onCpu = Smallest(onCpu: true);
        return onCpu.Fits || (onDevice.Refusal() is not null && onCpu.Refusal() is null) ? onCpu : onDevice;

        // The largest segment that fits leaves the least to be computed twice.
        MemoryPlan Smallest(bool onCpu)
        {
            var plan = Reckon(config, demand, config.Layers, onCpu, available, availableOnCpu);
            while (!plan.Fits && plan.SegmentLayers > 1) plan = Reckon(config, demand, plan.SegmentLayers - 1, onCpu, available, availableOnCpu);
            return plan;
        }
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
        $"Memory: weights {Gigabytes(Weights)}, gradients {Gigabytes(Gradients)}, {(OptimizerOnCpu ? "" : OptimizerWords + ", ")}activations up to {Gigabytes(Activations)}, logits up to {Gigabytes(Logits)}; together up to {Gigabytes(Total)}"
        + (Available == 0 ? "." : $" of {Gigabytes(Available)} free.")
        + (OptimizerOnCpu ? $" The device has no room for the optimiser: {OptimizerWords} lie in the machine's memory{(AvailableOnCpu > 0 ? $" ({Gigabytes(AvailableOnCpu.Value)} free)" : "")}, and steps are taken there." : "")
        + (SegmentLayers == Layers ? "" : $" So that they take less, activations are kept of {SegmentLayers} of {Layers} layers at a time, and {Layers - SegmentLayers} layers are computed a second time in each backward pass.")
        + (Fits ? "" : " It may not fit: fewer pairs a forward pass (microBatchSize) or shorter texts (maxLength) need less.");

    /// <summary>
    /// Why it cannot be, and what would help; null where it may be. Only the state refuses: activations and logits are upper bounds,
    /// and a run that would have fitted must not be stopped by a guess.
    /// </summary>
    public string? Refusal() =>
        Available > 0 && State > Available ? $"{this} {(OptimizerOnCpu ? "Weights and gradients" : "Weights, gradients and moments")} alone take {Gigabytes(State)}: take a smaller model, an adapter (LoRA) or a larger machine."
        : HasRoomOnCpu ? null
        : $"{this} Of the machine's memory the optimiser alone takes {Gigabytes(Optimizer)}: take a smaller model, an adapter (LoRA) or a larger machine.";

    private bool HasRoomOnCpu => !OptimizerOnCpu || AvailableOnCpu is not > 0 || Optimizer <= AvailableOnCpu;

    private string OptimizerWords => Masters == 0 ? $"AdamW's moments {Gigabytes(Moments)}" : $"AdamW's moments {Gigabytes(Moments)} and fp32 weights {Gigabytes(Masters)}";

    private static MemoryPlan Reckon(ModelConfig config, MemoryDemand demand, int segmentLayers, bool onCpu, long available, long? availableOnCpu)
    {
        var number = PrecisionTypes.BytesOf(demand.Precision);
        var (queries, keys) = ((long)config.Heads * config.HeadDim, (long)config.KeyValueHeads * config.HeadDim);
        // What a layer's backward pass reads again: its two inputs and their normed forms; queries, keys and values before and
        // after the rotation and repeated for their heads; the attention's result; gate, up, their product and the activation.
        var aLayer = (4L * config.HiddenSize) + (2 * queries) + (3 * keys) + (2 * queries) + queries + (4L * config.IntermediateSize);
        // Of the layers that are computed again, each segment's input stays.
        long segments = (config.Layers + segmentLayers - 1) / segmentLayers;
        return new MemoryPlan(
            Weights: (demand.Parameters + (demand.Trained < demand.Parameters ? demand.Trained : 0)) * number,
            Gradients: demand.Trained * number,
            Masters: number < Single || onCpu ? demand.Trained * Single : 0,
            Moments: 2 * demand.Trained * Single,
            OptimizerOnCpu: onCpu,
            SegmentLayers: segmentLayers,
            Layers: config.Layers,
            Activations: demand.TokensOfPass * ((segmentLayers * aLayer) + ((segments + 1) * config.HiddenSize)) * number,
            Logits: 3 * demand.ScoredOfPass * config.VocabularySize * Single,
            Available: available,
            AvailableOnCpu: availableOnCpu);
    }

    private static string Gigabytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e9:0.00} GB");
}
