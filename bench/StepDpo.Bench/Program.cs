using System.CommandLine;
using StepDpo.Bench;
using StepDpo.Bench.Contestants;
using StepDpo.Bench.Figures;
using StepDpo.Contracts.Runs;

var figures = new Dictionary<string, Func<BenchOptions, Report>>
{
    ["step"] = StepFigure.Measure,
    ["optimizer"] = OptimizerFigure.Measure,
    ["sample"] = SampleFigure.Measure,
    ["smollm2"] = SmolLm2Figure.Measure,
    ["tokenizer"] = TokenizerFigure.Measure,
};
var name = new Argument<string>("NAME") { Description = $"{string.Join(", ", figures.Keys)}, or all.", DefaultValueFactory = _ => "all" };
name.AcceptOnlyFromAmong([.. figures.Keys, "all"]);
var rounds = new Option<int>("--rounds") { Description = "How often each contestant has its turn.", DefaultValueFactory = _ => 3 };
var threads = new Option<int>("--threads") { Description = "Threads of one tensor operation.", DefaultValueFactory = _ => 2 };
var layers = new Option<int>("--layers") { Description = "Layers of the model of Qwen2.5-0.5B's width.", DefaultValueFactory = _ => 4 };
var pairs = new Option<int>("--pairs") { Description = "step: pairs of the optimiser step.", DefaultValueFactory = _ => 16 };
var prefix = new Option<int?>("--prefix") { Description = "step: tokens of every pair's prefix, in place of 100 to 400." };
var microBatch = new Option<int>("--micro-batch") { Description = "step: pairs of a forward pass, of all contestants.", DefaultValueFactory = _ => 4 };
var microBatchTokens = new Option<int?>("--micro-batch-tokens") { Description = "step: our passes are cut by so many tokens, in place of pairs." };
var baselineMicroBatch = new Option<int[]>("--baseline-micro-batch") { Description = "step: pairs of a forward pass of the baseline, if other than ours; several are tried.", AllowMultipleArgumentsPerToken = true };
var device = new Option<string>("--device") { Description = "step, sample: cpu, cuda or cuda:N, for all contestants.", DefaultValueFactory = _ => "cpu" };
var precision = new Option<Precision>("--precision") { Description = "step, sample: Float32 or BFloat16, for all contestants." };
var peak = new Option<double?>("--peak-tflops") { Description = "step: the device's peak, of which the share that is used is told." };
var ablation = new Option<bool>("--ablation") { Description = "step: also without each part of our own way." };
var prompts = new Option<int>("--prompts") { Description = "sample: prompts of 250 tokens.", DefaultValueFactory = _ => 8 };
var samples = new Option<int>("--samples") { Description = "sample: continuations of each prompt.", DefaultValueFactory = _ => 20 };
var newTokens = new Option<int[]>("--new-tokens") { Description = "sample: new tokens; several give a curve.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [64] };
var python = new Option<string?>("--python") { Description = "A Python with PyTorch 2.6 or later, for the baselines; left out: only our own figures." };
var output = new Option<string>("--output") { Description = "Folder of the results and of what the contestants read.", DefaultValueFactory = _ => "artifacts/bench" };
var root = new RootCommand("Measures StepDpo against named baselines.") { name, rounds, threads, layers, pairs, prefix, microBatch, ablation, microBatchTokens, baselineMicroBatch, device, precision, peak, prompts, samples, newTokens, python, output };
root.Subcommands.Add(ContestantVerb.Create());
root.Subcommands.Add(GoldensVerb.Create());
root.SetAction(parsed =>
{
    var options = new BenchOptions
    {
        Rounds = parsed.GetValue(rounds),
        Threads = parsed.GetValue(threads),
        Layers = parsed.GetValue(layers),
        Pairs = parsed.GetValue(pairs),
        Prefix = parsed.GetValue(prefix),
        MicroBatch = parsed.GetValue(microBatch),
        MicroBatchTokens = parsed.GetValue(microBatchTokens),
        BaselineMicroBatches = parsed.GetValue(baselineMicroBatch) is { Length: > 0 } others ? others : [parsed.GetValue(microBatch)],
        Device = parsed.GetValue(device)!,
        Precision = parsed.GetValue(precision),
        PeakTeraflops = parsed.GetValue(peak),
        Ablation = parsed.GetValue(ablation),
        Prompts = parsed.GetValue(prompts),
        Samples = parsed.GetValue(samples),
        NewTokens = parsed.GetValue(newTokens)!,
        Python = parsed.GetValue(python),
        Output = Path.GetFullPath(parsed.GetValue(output)!),
    };
    Directory.CreateDirectory(options.Output);
    var chosen = parsed.GetValue(name)!;
    foreach (var (key, measure) in figures.Where(figure => chosen == "all" || chosen == figure.Key))
    {
        var report = measure(options);
        report.Write(Path.Combine(options.Output, key + ".json"), options);
        Console.WriteLine(report.Table());
    }

    return 0;
});
return root.Parse(args).Invoke();
