using StepDpo.Contracts.Prompts;

namespace StepDpo.Core.Tests.Prompts;

/// <summary>
/// The models' own Jinja templates, written by our reader, against what transformers wrote by them; and which of our prompt templates each fits.
/// </summary>
public sealed class JinjaGoldenTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("stepdpo-jinja-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("qwen2.5", "golden/tokenizers/qwen2.5-tokenizer_config.json", "golden/tokenizers/chats.jsonl", 28)]
    [InlineData("qwen3", "golden/tokenizers/qwen3-tokenizer_config.json", "golden/tokenizers/chats.jsonl", 42)]
    [InlineData("smollm2", "golden/tokenizers/smollm2-tokenizer_config.json", "golden/tokenizers/chats.jsonl", 28)]
    [InlineData("tiny", "golden/models/tiny-qwen3/chat_template.jinja", "golden/tokenizers/chats.jsonl", 28)]
    [InlineData("tiny", "golden/models/tiny-smol/chat_template.jinja", "golden/tokenizers/chats.jsonl", 28)]
    [InlineData("tiny", "golden/models/tiny-qwen2/tokenizer_config.json", "golden/tokenizers/chats.jsonl", 28)]
    [InlineData(null, "golden/tokenizers/smollm2-tokenizer_config.json", "models/smollm2-135m-instruct/golden/chat-template.jsonl", 40)]
    public void A_models_own_template_writes_what_transformers_writes_by_it(string? tokenizer, string template, string chats, int count)
    {
        var own = Read(template);
        var rows = Shared.ReadLines(Shared.Path(chats)).Where(row => tokenizer is null || row.GetProperty("tokenizer").GetString() == tokenizer).ToList();
        Assert.Equal(count, rows.Count);
        Assert.All(rows, row => Assert.Equal(row.GetProperty("text").GetString(), own.Write(
            row.GetProperty("messages").EnumerateArray().Select(message => (message.GetProperty("role").GetString()!, message.GetProperty("content").GetString()!)),
            row.GetProperty("add_generation_prompt").GetBoolean(),
            row.TryGetProperty("enable_thinking", out var thinks) ? thinks.GetBoolean() : null)));
    }

    [Theory]
    [InlineData("golden/tokenizers/qwen2.5-tokenizer_config.json", "qwen2-boxed")]
    [InlineData("golden/tokenizers/qwen3-tokenizer_config.json", "qwen3")]
    [InlineData("golden/tokenizers/smollm2-tokenizer_config.json", "smollm2")]
    [InlineData("golden/models/tiny-qwen3/chat_template.jinja", "qwen2-boxed")]
    [InlineData("golden/models/tiny-smol/chat_template.jinja", "qwen2-boxed")]
    public void The_built_in_template_that_fits_a_model_is_found(string template, string builtIn) => Assert.Equal(builtIn, Read(template).Fitting().Name);

    [Fact]
    public void A_template_of_no_family_of_ours_becomes_a_prompt_template_of_its_own()
    {
        // In the manner of Gemma's: no system message, and the answer's role has another name.
        var own = Written("""
            {{ bos_token }}{%- if messages[0]['role'] == 'system' -%}{{ raise_exception('System role not supported') }}{%- endif -%}
            {%- for message in messages %}
                {%- if (message['role'] == 'assistant') -%}
                    {%- set role = 'model' -%}
                {%- else -%}
                    {%- set role = message['role'] -%}
                {%- endif -%}
                {{ '<start_of_turn>' + role + '\n' + message['content'] | trim + '<end_of_turn>\n' }}
            {%- endfor -%}
            {% if add_generation_prompt %}{{ '<start_of_turn>model\n' }}{% endif %}
            """, """{"bos_token": {"content": "<bos>"}}""").Fitting();

        Assert.Equal(("own", $"<bos><start_of_turn>user\n{PromptTemplate.Question}<end_of_turn>\n<start_of_turn>model\n"), (own.Name, own.Text));
        Assert.Null(own.Problem());
        Assert.StartsWith("<bos><start_of_turn>user\n1 + 1?\nPlease", own.ForSampling("1 + 1?"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{% macro f() %}{% endmacro %}", "line 1: found macro, wanted if, for or set")]
    [InlineData("a\n{{ strftime_now('%d') }}", "line 2: found strftime_now(), wanted namespace or raise_exception")]
    [InlineData("{% if messages %}", "line 1: found the end of the template, wanted elif, else or endif")]
    [InlineData("{{ messages | tojson }}", "line 1: found a list | tojson, wanted trim, length, first, last, upper, lower, string or default")]
    [InlineData("{{ x.y }}", "line 1: found [a text] of something that is not defined")]
    [InlineData("\n\n{{ 'a }}", "line 3: found a string without an end, wanted '")]
    [InlineData("{% endfor %}", "line 1: found endfor, wanted no end of what has not begun")]
    [InlineData("{{ raise_exception('Only user and assistant roles are supported!') }}", "line 1: the template refuses: Only user and assistant roles are supported!")]
    public void What_is_not_understood_is_refused_by_its_name(string template, string problem)
    {
        var refused = Assert.Throws<InvalidDataException>(() => Written(template, "{}").Fitting());
        Assert.Equal($"{Path.Combine(_folder, "chat_template.jinja")}: {problem}", refused.Message);
    }

    [Theory]
    [InlineData("growing")]
    [InlineData("looping")]
    [InlineData("nesting")]
    [InlineData("bracketing")]
    [InlineData("chaining")]
    [InlineData("long")]
    public void A_hostile_template_ends_with_a_refusal(string kind)
    {
        var template = kind switch
        {
            "growing" => "{% set x = 'aaaaaaaaaa' %}" + string.Concat(Enumerable.Repeat("{% set x = x + x %}", 60)) + "{{ x }}",
            "looping" => "{% set l = [1,2,3,4,5,6,7,8,9,10] %}" + string.Concat(Enumerable.Repeat("{% for a in l %}", 12)) + string.Concat(Enumerable.Repeat("{% endfor %}", 12)),
            "nesting" => string.Concat(Enumerable.Repeat("{% if true %}", 20_000)),
            "bracketing" => "{{ " + new string('(', 900) + "1" + new string(')', 900) + " }}",
            "chaining" => "{{ 1" + string.Concat(Enumerable.Repeat(" + 1", 50_000)) + " }}",
            _ => new string('a', 10_000_000),
        };
        Assert.Throws<InvalidDataException>(() => Written(template, "{}").Fitting());
    }

    [Fact]
    public void A_folder_without_a_chat_template_has_none() => Assert.Null(ChatTemplate.Of(_folder));

    private ChatTemplate Read(string shared)
    {
        File.Copy(Shared.Path(shared), Path.Combine(_folder, shared.EndsWith(".jinja", StringComparison.Ordinal) ? "chat_template.jinja" : "tokenizer_config.json"));
        return ChatTemplate.Of(_folder)!;
    }

    private ChatTemplate Written(string template, string config)
    {
        File.WriteAllText(Path.Combine(_folder, "chat_template.jinja"), template);
        File.WriteAllText(Path.Combine(_folder, "tokenizer_config.json"), config);
        return ChatTemplate.Of(_folder)!;
    }
}
