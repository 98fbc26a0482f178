using System.Text;
using StepDpo.Core.Problems;

namespace StepDpo.Core.Tests.Problems;

/// <summary>Real files of <c>../shared/data</c>, and lines made bad on purpose.</summary>
public sealed class ProblemReaderTests
{
    [Theory]
    [InlineData("gsm8k/train.jsonl", ProblemFormat.Gsm8k, 7473)]
    [InlineData("gsm8k/test.jsonl", ProblemFormat.Gsm8k, 1319)]
    [InlineData("math500/test.jsonl", ProblemFormat.Plain, 500)]
    [InlineData("aime24/test.jsonl", ProblemFormat.Plain, 30)]
    [InlineData("svamp/test.jsonl", ProblemFormat.Svamp, 1000)]
    [InlineData("aqua/test.jsonl", ProblemFormat.Aqua, 254)]
    [InlineData("step-dpo/GSM8K_test_data.jsonl", ProblemFormat.StepDpo, 1319)]
    public void Public_sets_are_recognised_and_read_whole(string file, ProblemFormat format, int rows)
    {
        var read = ProblemReader.Read(File.ReadAllBytes(Shared.Path($"data/{file}"))).Value;
        Assert.Equal(format, read.Format);
        Assert.Empty(read.Faults);
        Assert.Equal(rows, read.Rows.Count);
    }

    [Fact]
    public void An_answer_of_GSM8K_stands_after_the_mark()
    {
        var row = ProblemReader.Read(File.ReadAllBytes(Shared.Path("data/gsm8k/test.jsonl"))).Value.Rows[0];
        Assert.Equal("18", row.Answer);
        Assert.StartsWith("Janet sells 16 - 3 - 4", row.WorkedSolution, StringComparison.Ordinal);
    }

    [Fact]
    public void A_problem_of_SVAMP_is_its_body_and_its_question()
    {
        var row = ProblemReader.Read(File.ReadAllBytes(Shared.Path("data/svamp/test.jsonl"))).Value.Rows[0];
        Assert.EndsWith("into 93 groups. How big is each group of bananas?", row.Statement, StringComparison.Ordinal);
        Assert.Equal(("145", "chal-777"), (row.Answer, row.SourceId));
    }

    [Fact]
    public void A_problem_of_AQuA_holds_its_choices()
    {
        var row = ProblemReader.Read(File.ReadAllBytes(Shared.Path("data/aqua/test.jsonl"))).Value.Rows[0];
        Assert.EndsWith("Answer Choices: (A) 5(√3 + 1) (B) 6(√3 + √2) (C) 7(√3 – 1) (D) 8(√3 – 2) (E) None of these", row.Statement, StringComparison.Ordinal);
        Assert.Equal("A", row.Answer);
    }

    [Fact]
    public void The_same_problems_from_two_sources_are_the_same_problems()
    {
        var ours = ProblemReader.Read(File.ReadAllBytes(Shared.Path("data/gsm8k/test.jsonl"))).Value.Rows.Select(row => row.StatementSha256);
        var papers = ProblemReader.Read(File.ReadAllBytes(Shared.Path("data/step-dpo/GSM8K_test_data.jsonl"))).Value.Rows.Select(row => row.StatementSha256);
        Assert.Equal(ours, papers);
    }

    [Theory]
    [InlineData("not json", "found no JSON (wrong at byte 1), wanted an object")]
    [InlineData("""{"problem": "x", "answer": 1""", "found no JSON (wrong at byte 28), wanted an object")]
    [InlineData("[1]", "found a list, wanted a JSON object")]
    [InlineData("""{"problem": "x"}""", "answer: found nothing, wanted text, a number or a list")]
    [InlineData("""{"problem": "x", "answer": null}""", "answer: found nothing, wanted text, a number or a list")]
    [InlineData("""{"problem": "x", "answer": {"value": 1}}""", "answer: found an object, wanted text, a number or a list")]
    [InlineData("""{"problem": 7, "answer": "1"}""", "problem: found a number, wanted text")]
    [InlineData("""{"problem": " ", "answer": "1"}""", "problem: found only blanks, wanted words or a number")]
    [InlineData("""{"problem": "x", "answer": ""}""", "answer: found only blanks, wanted words or a number")]
    [InlineData("""{"problem": "a\u0000b", "answer": "1"}""", "problem: found the character U+0000, which cannot be stored")]
    [InlineData("""{"problem": "a\ud800b", "answer": "1"}""", "problem: found half a character (a lone surrogate), which cannot be stored")]
    public void A_bad_line_is_named_by_number_and_reason(string line, string reason)
    {
        var read = Read("{\"problem\": \"1 + 1?\", \"answer\": 2}\n\n" + line + "\n").Value;
        Assert.Equal("1 + 1?", Assert.Single(read.Rows).Statement);
        Assert.Equal(new RowFault(3, reason), Assert.Single(read.Faults));
    }

    [Fact]
    public void A_table_with_quoted_line_breaks_keeps_its_line_numbers()
    {
        var read = Read("id,problem,answer\n1,\"two\nlines, \"\"quoted\"\"\",5\n2,short\n3,last,6\n").Value;
        Assert.Equal(["two\nlines, \"quoted\"", "last"], read.Rows.Select(row => row.Statement));
        Assert.Equal([2, 5], read.Rows.Select(row => row.Line));
        Assert.Equal(new RowFault(4, "found 2 fields, wanted 3: id, problem, answer"), Assert.Single(read.Faults));
    }

    [Fact]
    public void A_table_with_stray_quotes_is_named_by_line()
    {
        var read = Read("problem,answer\nsay \"so\",5\nfine,6\n").Value;
        Assert.Equal("fine", Assert.Single(read.Rows).Statement);
        Assert.Equal(new RowFault(2, "found a quote in the middle of a field, wanted the whole field in quotes and each quote within it twice"), Assert.Single(read.Faults));
    }

    [Fact]
    public void A_table_whose_quote_never_closes_says_where_it_opens_and_keeps_the_lines_before()
    {
        const string Fault = "found a quote that opens here and never closes, so nothing from here on could be read";
        var read = Read("problem,answer\nfine,6\n\"open,5\nlost,7\n").Value;
        Assert.Equal("fine", Assert.Single(read.Rows).Statement);
        Assert.Equal(new RowFault(3, Fault), Assert.Single(read.Faults));
        Assert.Equal($"No line could be read; line 2: {Fault}.", Read("problem,answer\n\"open,5\n").Refusal!.Message);
    }

    [Fact]
    public void One_list_of_JSON_is_refused_in_words()
    {
        Assert.Equal("The file is one JSON list; wanted one object a line, or CSV.", Read("[\n{\"problem\": \"x\", \"answer\": \"1\"}\n]\n").Refusal!.Message);
    }

    [Fact]
    public void An_unknown_layout_names_its_columns_and_can_be_mapped()
    {
        const string Text = "Aufgabe;Loesung\nWas ist 1 + 1?;2\n";
        Assert.Contains("Aufgabe, Loesung", Read(Text).Refusal!.Message, StringComparison.Ordinal);
        var row = Assert.Single(Read(Text, new ColumnMapping("Aufgabe", "Loesung")).Value.Rows);
        Assert.Equal(("Was ist 1 + 1?", "2"), (row.Statement, row.Answer));
    }

    [Fact]
    public void A_file_that_is_no_text_or_too_large_or_empty_is_refused()
    {
        Assert.Contains("no UTF-8", ProblemReader.Read(new byte[] { 0x7B, 0xFF }).Refusal!.Message, StringComparison.Ordinal);
        Assert.Contains("20 MB", ProblemReader.Read(new byte[(20 << 20) + 1]).Refusal!.Message, StringComparison.Ordinal);
        Assert.Contains("no problems", Read("").Refusal!.Message, StringComparison.Ordinal);
    }

    private static Core.Data.Outcome<ProblemFile> Read(string text, ColumnMapping? mapping = null) => ProblemReader.Read(Encoding.UTF8.GetBytes(text), mapping);
}
