namespace StepDpo.Bench.Inputs;

/// <summary>What the repository and the folder beside it hold.</summary>
internal static class Repository
{
    /// <summary>The built-in arithmetic model, which the build copies beside this program.</summary>
    public static string NanoModel => Path.Combine(AppContext.BaseDirectory, "nano-arithmetic");

    /// <summary>SmolLM2-135M-Instruct as GGUF.</summary>
    public static string SmolLm2 => Beside("models/smollm2-135m-instruct/SmolLM2-135M-Instruct.Q4_1.gguf");

    /// <summary>Qwen2.5's tokenizer, packed.</summary>
    public static string QwenTokenizer => Beside("golden/tokenizers/qwen2.5-tokenizer.json.gz");

    /// <summary>GSM8K's training problems and solutions.</summary>
    public static string Gsm8k => Beside("data/gsm8k");

    private static string Beside(string path)
    {
        var found = Path.GetFullPath(Path.Combine(Find(new DirectoryInfo(AppContext.BaseDirectory)), "../shared", path));
        return Path.Exists(found) ? found : throw new FileNotFoundException($"{found}: found nothing; this measurement reads the folder shared beside the repository");
    }

    private static string Find(DirectoryInfo? folder) =>
        folder is null ? throw new DirectoryNotFoundException("StepDpo.sln stands in no folder above this program")
        : File.Exists(Path.Combine(folder.FullName, "StepDpo.sln")) ? folder.FullName
        : Find(folder.Parent);
}
