using StepDpo.Contracts.Runs;
using StepDpo.Engine.Devices;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StepDpo.Engine.Modeling;

/// <summary>
/// A LoRA adapter (Hu et al. 2021) on a model: beside each chosen matrix W two narrow ones, W + scale * B A. The model's own weights
/// ask for no gradient while it is attached, and with <see cref="IsOn"/> false the model is the one that it was before: the
/// reference of a preference loss needs no second copy.
/// </summary>
public sealed class LoraAdapter : IDisposable
{
    private readonly IReadOnlyList<Place> _places;

    private LoraAdapter(LoraOptions options, IReadOnlyList<Place> places)
    {
        (Options, _places) = (options, places);
        IsOn = true;
    }

    /// <summary>Rank, alpha, targets.</summary>
    public LoraOptions Options { get; }

    /// <summary>Whether the model computes with the adapter.</summary>
    public bool IsOn
    {
        get => _places.Any(place => place.Layer.Update is not null);
        set
        {
            foreach (var place in _places) place.Layer.Update = value ? place.Update : null;
        }
    }

    /// <summary>Its parameters under the names that PEFT gives them, sorted.</summary>
    public IReadOnlyList<(string Name, Parameter Parameter)> NamedParameters() => [.. _places.SelectMany(place => place.NamedParameters)];

    /// <summary>Number of its weights.</summary>
    public long ParameterCount => _places.Sum(place => place.A.numel() + place.B.numel());

    /// <summary>
    /// Attaches a new adapter, which changes nothing yet: A is drawn uniformly from within 1 / sqrt(inputs) (what PEFT's Kaiming
    /// initialisation comes to), B is 0.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="options">Rank, alpha, targets.</param>
    /// <param name="seed">Seed of the draws.</param>
    public static LoraAdapter Attach(CausalLm model, LoraOptions options, long seed)
    {
        using var generator = new Generator((ulong)seed, CPU);
        return Attach(model, options, (_, a, b) =>
        {
            using var scope = NewDisposeScope();
            a.copy_((rand(a.shape, generator: generator) * Scalars.Of(2) - Scalars.One) / Scalars.Of(Math.Sqrt(a.shape[1])));
            b.zero_();
        });
    }

    /// <summary>Attaches an adapter whose values come from elsewhere.</summary>
    /// <param name="model">The model.</param>
    /// <param name="options">Rank, alpha, targets.</param>
    /// <param name="fill">Fills a place's A [rank, inputs] and B [outputs, rank]; gets the layer's name, as <c>model.layers.0.mlp.up_proj</c>.</param>
    internal static LoraAdapter Attach(CausalLm model, LoraOptions options, Action<string, Tensor, Tensor> fill)
    {
        model.SetTrainable(false);
        var places = Targets(model, options).Select(target => new Place(target.Name, target.Layer, model, options)).ToList();
        using (no_grad())
        {
            foreach (var place in places) fill(place.Name, place.A, place.B);
        }

        foreach (var (_, parameter) in places.SelectMany(place => place.NamedParameters)) parameter.requires_grad_(true);
        return new LoraAdapter(options, places);
    }

    /// <summary>Names and shapes of the parameters that an adapter on a model has, sorted; nothing is attached.</summary>
    internal static IReadOnlyList<(string Name, long[] Shape)> Shapes(CausalLm model, LoraOptions options) =>
        [.. Targets(model, options)
            .SelectMany(target => new[] { (NameOf(target.Name, "A"), new[] { options.Rank, target.Layer.Shape.Inputs }), (NameOf(target.Name, "B"), [target.Layer.Shape.Outputs, options.Rank]) })];

    /// <summary>The parameter's name in PEFT's files.</summary>
    /// <param name="layer">As <c>model.layers.0.mlp.up_proj</c>.</param>
    /// <param name="side"><c>A</c> or <c>B</c>.</param>
    internal static string NameOf(string layer, string side) => $"base_model.model.{layer}.lora_{side}.weight";

    /// <summary>A weight of the model as it is with the adapter worked in; null for one that the adapter leaves alone.</summary>
    /// <param name="name">Its name in a checkpoint, as <c>model.layers.0.mlp.up_proj.weight</c>.</param>
    /// <param name="weight">Its value without the adapter.</param>
    public Tensor? Merged(string name, Tensor weight) => _places.SingleOrDefault(place => $"{place.Name}.weight" == name)?.Update.Merge(weight);

    /// <summary>Takes the adapter off the model and frees it.</summary>
    public void Dispose()
    {
        IsOn = false;
        foreach (var (_, parameter) in _places.SelectMany(place => place.NamedParameters)) parameter.Dispose();
    }

    private static IEnumerable<(string Name, Linear Layer)> Targets(CausalLm model, LoraOptions options)
    {
        var names = options.TargetNames();
        return model.named_modules()
            .Where(item => item.module is Linear && names.Contains(item.name[(item.name.LastIndexOf('.') + 1)..]))
            .Select(item => (item.name, (Linear)item.module))
            .OrderBy(item => item.name, StringComparer.Ordinal);
    }

    private sealed class Place
    {
        public Place(string name, Linear layer, CausalLm model, LoraOptions options)
        {
            (Name, Layer) = (name, layer);
            A = EmptyParameter.Create([options.Rank, layer.Shape.Inputs], model.Dtype, model.Device);
            B = EmptyParameter.Create([layer.Shape.Outputs, options.Rank], model.Dtype, model.Device);
            Update = new LowRankUpdate(A, B, options.Scale());
        }

        public string Name { get; }

        public Linear Layer { get; }

        public Parameter A { get; }

        public Parameter B { get; }

        public LowRankUpdate Update { get; }

        public IEnumerable<(string Name, Parameter Parameter)> NamedParameters => [(NameOf(Name, "A"), A), (NameOf(Name, "B"), B)];
    }
}
