namespace StepDpo.Engine.Checkpoints.Gguf;

/// <summary>Where an array of the metadata lies; it is read when somebody asks for it.</summary>
/// <param name="Type">The file's number of the elements' type.</param>
/// <param name="Count">Number of elements.</param>
/// <param name="Start">Place of the first one.</param>
internal sealed record GgufArray(uint Type, int Count, long Start);
