using StepDpo.Core.Runs;
using StepDpo.Web.Components;
using StepDpo.Web.Projects;
using StepDpo.Web.Runs;

namespace StepDpo.Web.Home;

/// <summary>The one thing that would help most, for the person signed in.</summary>
/// <param name="Headline">What is the matter.</param>
/// <param name="Detail">Why, or what happens then.</param>
/// <param name="Button">The verb; null where there is nothing to do.</param>
/// <param name="Href">Where the button leads.</param>
/// <param name="Stage">The stage of the loop that it is about; its edge is drawn thick.</param>
public sealed record NextStep(string Headline, string Detail, string? Button, string? Href, LoopStage Stage)
{
    /// <summary>Fewest pairs that a training makes sense with.</summary>
    public const int FewestPairs = 8;

    /// <summary>The rule: who can work at the longest queue of their own goes there; leads also see what starts the next stage.</summary>
    public static NextStep For(LoopCounts loop, ProjectView project)
    {
        if (loop.PoolProblems == 0)
            return project.CanLead
                ? new(T("The loop begins with problems"), T("A file with statements and answers: GSM8K, MATH-500, SVAMP, AQuA and the paper's format are recognised."), T("Add problems"), project.Path("problems/add"), LoopStage.Sample)
                : new(T("Nothing to do yet"), T("The leads of this project have not added problems."), null, null, LoopStage.Sample);
        if (loop.Disputed > 0 && project.CanReview && loop.Disputed >= Math.Max(loop.Waiting, loop.InReview))
            return new(Say.Count(loop.Disputed, "solution has judgements that differ", "solutions have judgements that differ"), T("One more look decides where each first goes wrong."), T("Decide"), project.Path("disputes"), LoopStage.Annotate);
        if (project.CanReview && loop.InReview > 0 && loop.InReview >= loop.Waiting)
            return new(Say.Count(loop.InReview, "prefix waits for a review", "prefixes wait for a review"), T("Each approved step becomes a pair at once."), T("Review"), project.Path("review"), LoopStage.Review);
        if (loop.Waiting > 0)
            return new(Say.Count(loop.Waiting, "solution waits for a judgement", "solutions wait for a judgement"), T("Mark the first step that goes wrong; the rest is not judged."), T("Annotate"), project.Path("annotate"), LoopStage.Annotate);
        if (project.CanReview && loop.InReview > 0)
            return new(Say.Count(loop.InReview, "prefix waits for a review", "prefixes wait for a review"), T("Each approved step becomes a pair at once."), T("Review"), project.Path("review"), LoopStage.Review);
        return project.CanLead ? ForLead(loop, project) : new(T("Nothing to judge just now"), T("You have judged all that is open to you. New solutions come with the next sampling."), null, null, LoopStage.Annotate);
    }

    private static NextStep ForLead(LoopCounts loop, ProjectView project)
    {
        if (loop.ActiveRuns.Count > 0)
            return new(T("Runs are at work"), T($"{Words(loop.ActiveRuns)}. What comes out of them shows up here by itself."), T("Look at the runs"), project.Path("runs"), StageOf(loop.ActiveRuns[0]));
        if (loop.Models == 0)
            return new(T("No model yet"), T("Sampling needs one: a folder, a GGUF file, or an endpoint."), T("Add a model"), "/models", LoopStage.Sample);
        if (loop.WaitForContinuations > 0)
            return new(Say.Count(loop.WaitForContinuations, "prefix waits for continuations", "prefixes wait for continuations"),
                loop.RectifiesByItself ? T($"Rectification starts by itself at {Say.Number(loop.RectifyAtPrefixes)} prefixes or after a while; it can also be started now.") : T("Rectification does not start by itself in this project."),
                T("Start rectification"), project.Path("runs/rectification"), LoopStage.Rectify);
        if (loop.PairsSinceTraining >= FewestPairs)
            return new(T($"{Say.Count(loop.PairsSinceTraining, "new pair")} can be trained on"), T("The preflight says how many, by whom, and what the run needs."), T("Train"), project.Path("runs/training"), LoopStage.Train);
        return loop.Solutions == 0
            ? new(T("The problems are there; no model has tried them"), T("Sampling asks a model to solve each one, and grades the answers."), T("Start sampling"), project.Path("runs/sampling"), LoopStage.Sample)
            : new(T("Every queue is empty"), T("A new sampling, from the newest model, begins the next round."), T("Start sampling"), project.Path("runs/sampling"), LoopStage.Sample);
    }

    private static LoopStage StageOf(RunKind kind) => kind switch
    {
        RunKind.Sampling or RunKind.Import => LoopStage.Sample,
        RunKind.Suggestion => LoopStage.Annotate,
        RunKind.Rectification => LoopStage.Rectify,
        RunKind.Training => LoopStage.Train,
        RunKind.Evaluation => LoopStage.Evaluate,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "found no stage"),
    };

    private static string Words(IReadOnlyList<RunKind> kinds) => string.Join(", ", kinds.Order().Select((kind, index) => index == 0 ? RunWords.Of(kind) : RunWords.Of(kind).ToLowerInvariant()));
}

/// <summary>The six stages of the picture.</summary>
public enum LoopStage
{
    /// <summary>A model solves problems.</summary>
    Sample,

    /// <summary>People mark first errors.</summary>
    Annotate,

    /// <summary>A model continues from correct prefixes.</summary>
    Rectify,

    /// <summary>People approve winning steps.</summary>
    Review,

    /// <summary>A model learns from pairs.</summary>
    Train,

    /// <summary>Its accuracy is measured.</summary>
    Evaluate,
}
