namespace StepDpo.Worker.Training;

/// <summary>The run folder belongs to another worker now; this one writes nothing more.</summary>
internal sealed class SupersededException(string folder)
    : Exception($"{folder}: another worker has taken over this run; this one ends without writing");
