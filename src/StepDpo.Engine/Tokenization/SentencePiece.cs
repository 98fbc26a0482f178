namespace StepDpo.Engine.Tokenization;

/// <summary>Recognises SentencePiece's tokenizers (Llama 2, Mistral, Gemma, T5), which are not supported, to say so and what to do instead.</summary>
internal static class SentencePiece
{
    /// <summary>What a refusal wants in place of one.</summary>
    public const string Wanted = "a byte-level BPE tokenizer: SentencePiece is not supported, take a model with the other kind (Llama 3, Qwen, DeepSeekMath, SmolLM2)";

    // The names under which Hugging Face's tokenizers keep it.
    private static readonly string[] Names = ["tokenizer.model", "spiece.model", "sentencepiece.bpe.model", "spm.model"];

    /// <summary>Name of the folder's SentencePiece file; null without one.</summary>
    public static string? FindFile(string folder) => Array.Find(Names, name => IsModel(Path.Combine(folder, name)));

    // A protobuf whose first field is the list of pieces. Llama 3 has a tokenizer.model too, tiktoken's list of texts.
    private static bool IsModel(string file)
    {
        if (!File.Exists(file)) return false;
        using var stream = File.OpenRead(file);
        return stream.ReadByte() == 0x0A;
    }
}
