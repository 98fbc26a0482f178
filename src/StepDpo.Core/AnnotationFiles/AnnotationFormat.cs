namespace StepDpo.Core.AnnotationFiles;

/// <summary>How a file of judged solutions is laid out. They count steps from 0 or from 1; here k always counts from 1.</summary>
public enum AnnotationFormat
{
    /// <summary>Ours: JSON lines with everything that is known of a solution and its judgements.</summary>
    Plain,

    /// <summary>PRM800K: JSON lines with a rating of each step up to the first error.</summary>
    Prm800k,

    /// <summary>ProcessBench: <c>label</c>, 0-based, -1 for no error.</summary>
    ProcessBench,

    /// <summary>BIG-Bench Mistake: <c>mistake_index</c>, 0-based, null for no error.</summary>
    BigBenchMistake,

    /// <summary>Mr-Ben: <c>Model_Solution_First_Error_Step</c>, 1-based, N/A for no error.</summary>
    MrBen,

    /// <summary>MR-GSM8K and MR-MATH: <c>model_output_solution_first_error_step</c>, 1-based, N/A for no error. Read only.</summary>
    MrGsm8k,

    /// <summary>StepVerify: <c>incorrect_index</c>, 0-based; every solution in it is wrong. Read only.</summary>
    StepVerify,

    /// <summary>Ours as CSV.</summary>
    Csv,
}
