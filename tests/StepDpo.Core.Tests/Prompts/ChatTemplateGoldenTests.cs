using System.Text.Json;
using StepDpo.Contracts.Prompts;

namespace StepDpo.Core.Tests.Prompts;

/// <summary>
/// The built-in templates against the models' own Jinja templates as transformers renders them: a question, and what opens the
/// answer. Other conversations have no place here.
/// </summary>
public sealed class ChatTemplateGoldenTests
{
    // What the built-in templates say after the problem; the chats of chats.jsonl do not.
    private const string Question = "{problem}\nPlease reason step by step, and put your final answer within \\boxed{}.";

    [Theory]
    [InlineData("qwen2.5", "qwen2-boxed", true, 2)]
    [InlineData("qwen3", "qwen3", false, 3)]
    [InlineData("smollm2", "smollm2", false, 3)]
    public void A_built_in_template_writes_what_the_models_own_writes(string tokenizer, string name, bool hasSystem, int wanted)
    {
        var text = PromptTemplate.BuiltIn.Single(template => template.Name == name).Text;
        Assert.Contains(Question, text, StringComparison.Ordinal);
        var chats = Shared.ReadLines(Shared.Golden("tokenizers/chats.jsonl")).Where(chat => chat.GetProperty("tokenizer").GetString() == tokenizer && IsQuestion(chat, hasSystem)).ToList();
        Assert.Equal(wanted, chats.Count);
        Assert.All(chats, chat =>
        {
            var system = hasSystem ? Content(chat, 0) : null;
            var own = system is null ? text : text.Replace("You are a helpful assistant.", system, StringComparison.Ordinal);
            Assert.Equal(chat.GetProperty("text").GetString(), own.Replace(Question, Content(chat, hasSystem ? 1 : 0), StringComparison.Ordinal));
        });
    }

    [Fact]
    public void SmolLM2s_template_writes_the_questions_that_the_sampler_asks()
    {
        var chats = Shared.ReadLines(Shared.Path("models/smollm2-135m-instruct/golden/chat-template.jsonl")).Where(chat => IsQuestion(chat, hasSystem: false)).ToList();
        Assert.NotEmpty(chats);
        var ends = Question["{problem}".Length..];
        var asked = chats.Where(chat => Content(chat, 0).EndsWith(ends, StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(asked);
        Assert.All(asked, chat => Assert.Equal(chat.GetProperty("text").GetString(), PromptTemplate.SmolLm2.Text.Replace(PromptTemplate.Placeholder, Content(chat, 0)[..^ends.Length], StringComparison.Ordinal)));
    }

    // Where a model can think aloud the template opens the answer behind the thoughts.
    private static bool IsQuestion(JsonElement chat, bool hasSystem)
    {
        var roles = chat.GetProperty("messages").EnumerateArray().Select(message => message.GetProperty("role").GetString());
        return chat.GetProperty("add_generation_prompt").GetBoolean()
            && roles.SequenceEqual(hasSystem ? ["system", "user"] : ["user"])
            && (chat.GetProperty("text").GetString()!.Contains("<think>", StringComparison.Ordinal) || !(chat.TryGetProperty("tokenizer", out var tokenizer) && tokenizer.GetString() == "qwen3"));
    }

    private static string Content(JsonElement chat, int message) => chat.GetProperty("messages")[message].GetProperty("content").GetString()!;
}
