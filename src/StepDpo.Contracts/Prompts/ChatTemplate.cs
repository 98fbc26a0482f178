using System.Text.Json;
using StepDpo.Contracts.Prompts.Jinja;

namespace StepDpo.Contracts.Prompts;

/// <summary>
/// The Jinja template by which a model itself says how a chat is written: <c>chat_template.jinja</c> of its folder, or
/// <c>chat_template</c> in its <c>tokenizer_config.json</c>. We write prompts by <see cref="PromptTemplate"/>; this says which one fits.
/// </summary>
public sealed class ChatTemplate
{
    private const string FileName = "chat_template.jinja";
    private const string ConfigName = "tokenizer_config.json";
    private const int LargestFile = 16 << 20;

    // What a system message must say that a built-in template writes, though the model's own default says otherwise: Qwen2's, which the paper took.
    private const string CommonSystem = "You are a helpful assistant.";

    private readonly JinjaTemplate _template;
    private readonly Dictionary<string, object?> _names;
    private readonly string _from;

    private ChatTemplate(JinjaTemplate template, Dictionary<string, object?> names, string from) => (_template, _names, _from) = (template, names, from);

    /// <summary>Reads a model's; null where its folder holds none, as with base models.</summary>
    /// <exception cref="InvalidDataException">A file is malformed, or the template uses a tag that is not known here; the message names file and line.</exception>
    public static ChatTemplate? Of(string folder)
    {
        var (file, config) = (Path.Combine(folder, FileName), Path.Combine(folder, ConfigName));
        var names = new Dictionary<string, object?>();
        var text = File.Exists(file) ? Limited(file) : null;
        try
        {
            using var settings = File.Exists(config) ? JsonDocument.Parse(Limited(config)) : null;
            text ??= Text(settings?.RootElement, "chat_template");
            foreach (var token in new[] { "bos_token", "eos_token", "pad_token" })
            {
                if (Text(settings?.RootElement, token) is { } value) names[token] = value;
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: an escape that stands for half a surrogate pair.
            throw new InvalidDataException($"{config}: {e.Message}", e);
        }

        if (text is null) return null;
        var from = File.Exists(file) ? file : $"{config}: chat_template";
        try
        {
            return new(JinjaTemplate.Parse(text), names, from);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"{from}: {e.Message}", e);
        }
    }

    /// <summary>Writes a chat up to where the model answers.</summary>
    /// <param name="messages">Role and content of each message.</param>
    /// <param name="opensAnswer">Whether the opening of the answer is written too.</param>
    /// <param name="thinks">Whether a model that can think aloud does; null leaves it to the template.</param>
    /// <exception cref="InvalidDataException">The template uses something that is not known here, or refuses the chat; the message names file and line.</exception>
    public string Write(IEnumerable<(string Role, string Content)> messages, bool opensAnswer = true, bool? thinks = false)
    {
        var variables = new Dictionary<string, object?>(_names)
        {
            ["messages"] = messages.Select(message => (object?)new Dictionary<string, object?> { ["role"] = message.Role, ["content"] = message.Content }).ToList(),
            ["add_generation_prompt"] = opensAnswer,
        };
        if (thinks is { } value) variables["enable_thinking"] = value;
        try
        {
            return _template.Render(variables);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"{_from}: {e.Message}", e);
        }
    }

    /// <summary>Our template that writes a problem as this one does.</summary>
    /// <returns>A built-in one where one fits, alone or with the usual system message; otherwise one named <c>own</c> with this one's text.</returns>
    public PromptTemplate Fitting()
    {
        var question = ("user", PromptTemplate.Question);
        var own = Write([question]);
        return BuiltIn(own) ?? BuiltInWithSystem(question) ?? new PromptTemplate { Name = "own", Text = own };
    }

    private PromptTemplate? BuiltInWithSystem((string, string) question)
    {
        try
        {
            return BuiltIn(Write([("system", CommonSystem), question]));
        }
        catch (InvalidDataException)
        {
            // Gemma's and Mistral's templates refuse system messages.
            return null;
        }
    }

    private static PromptTemplate? BuiltIn(string text) => PromptTemplate.BuiltIn.FirstOrDefault(template => template.Text == text);

    private static string Limited(string file) =>
        new FileInfo(file).Length is var length && length <= LargestFile ? File.ReadAllText(file) : throw new InvalidDataException($"{file}: found {length} bytes, wanted at most {LargestFile}");

    // A token may be an object that holds its text; a model may bring several templates by name.
    private static string? Text(JsonElement? settings, string name)
    {
        if (settings is not { ValueKind: JsonValueKind.Object } json || !json.TryGetProperty(name, out var value)) return null;
        if (value.ValueKind == JsonValueKind.String) return value.GetString();
        if (value.ValueKind == JsonValueKind.Object) return Text(value, "content");
        return value.ValueKind == JsonValueKind.Array ? Text(value.EnumerateArray().FirstOrDefault(item => Text(item, "name") == "default"), "template") : null;
    }
}
