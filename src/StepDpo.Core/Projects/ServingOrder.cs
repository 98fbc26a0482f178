namespace StepDpo.Core.Projects;

/// <summary>Which of the waiting solutions annotators get first (<c>docs/decisions/0057-what-is-judged-first.md</c>).</summary>
public enum ServingOrder
{
    /// <summary>Those of problems that the model solves sometimes but not always, before hopeless and easy ones.</summary>
    MostUseful,

    /// <summary>As they were sampled.</summary>
    Oldest,

    /// <summary>A random order, the same for everybody, so that a solution's judgements come soon after each other.</summary>
    Random,
}
