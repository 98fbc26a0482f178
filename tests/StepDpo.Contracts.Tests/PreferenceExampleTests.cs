namespace StepDpo.Contracts.Tests;

public sealed class PreferenceExampleTests
{
    private static readonly PreferenceExample Example = new(
        "gsm8k", "How many?", "Let's think step by step.\nStep 1:", " $2 \\times 3 = 6$ 你好", " 5", " 6\nStep 2: done", " 5\nStep 2: done", "6");

    [Fact]
    public void A_row_is_written_in_the_papers_key_order_and_reads_back_equal()
    {
        var line = Example.ToJsonLine();

        Assert.Equal("""{"dataset":"gsm8k","prompt":"How many?","initial_reason_steps":"Let's think step by step.\nStep 1:","chosen":" $2 \\times 3 = 6$ 你好","rejected":" 5","full_chosen":" 6\nStep 2: done","full_rejected":" 5\nStep 2: done","answer":"6"}""", line);
        Assert.Equal(Example, PreferenceExample.Parse(line, "test"));
    }

    [Theory]
    [InlineData("""{"dataset":"x"}""", "prompt: found nothing, wanted text")]
    [InlineData("""{"dataset":7}""", "dataset: found a number, wanted text")]
    [InlineData("""{"dataset":["x"]}""", "dataset: found a list, wanted text")]
    [InlineData("""{"dataset":null}""", "dataset: found nothing, wanted text")]
    [InlineData("""{"dataset":"\ud800"}""", "dataset: found half a character (a lone surrogate), wanted text")]
    [InlineData("null", "found nothing, wanted an object with the fields of a preference pair")]
    [InlineData("[1]", "found a list, wanted an object with the fields of a preference pair")]
    [InlineData("""{"dataset" 1}""", "found no JSON (wrong at byte 11), wanted an object with the fields of a preference pair")]
    public void A_malformed_row_is_refused_with_its_place_what_was_found_and_what_is_wanted(string line, string message)
    {
        Assert.Equal(message, Assert.Throws<InvalidDataException>(() => PreferenceExample.Parse(line)).Message);
        Assert.Equal($"pairs.jsonl line 3: {message}", Assert.Throws<InvalidDataException>(() => PreferenceExample.Parse(line, "pairs.jsonl line 3")).Message);
    }
}
