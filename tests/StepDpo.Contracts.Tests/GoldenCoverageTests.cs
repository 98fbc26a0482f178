using System.IO.Enumeration;

namespace StepDpo.Contracts.Tests;

/// <summary>
/// Holds <c>tests/golden.txt</c> against <c>../shared</c>: each reference file is read by a named test, or stands there as
/// left for a later issue, with the reason. A new file in <c>../shared</c> fails here until somebody decides.
/// </summary>
public sealed class GoldenCoverageTests
{
    private static readonly string Root = FindRoot();
    private static readonly string Shared = Path.Combine(Root, "..", "shared");

    [Fact]
    public void Every_golden_file_is_read_by_a_test_or_left_for_a_later_issue_with_a_reason()
    {
        Assert.True(Directory.Exists(Shared), $"found no {Path.GetFullPath(Shared)}, wanted the folder of reference numbers beside the checkout");
        var rules = Rules();

        var unlisted = GoldenFiles().Where(file => !rules.Any(rule => rule.Matches(file))).ToList();

        Assert.True(unlisted.Count == 0, "not in tests/golden.txt:\n" + string.Join('\n', unlisted));
    }

    [Fact]
    public void Every_line_of_the_list_names_files_that_exist_and_a_test_that_mentions_them()
    {
        var files = GoldenFiles();

        Assert.All(Rules(), rule =>
        {
            Assert.True(files.Any(rule.Matches), $"tests/golden.txt: {rule.Pattern} matches no file in ../shared");
            if (rule.Reason.Length > 0) return;
            var reader = Path.Combine(Root, "tests", rule.Reader);
            Assert.True(File.Exists(reader), $"tests/golden.txt: {rule.Pattern} is said to be read by tests/{rule.Reader}, which does not exist");
            Assert.True(File.ReadAllText(reader).Contains(rule.Mention, StringComparison.Ordinal), $"tests/{rule.Reader} does not mention \"{rule.Mention}\", as tests/golden.txt says for {rule.Pattern}");
        });
    }

    private sealed record Rule(string Pattern, string Mention, string Reader, string Reason)
    {
        public bool Matches(string file) => FileSystemName.MatchesSimpleExpression(Pattern, file, ignoreCase: false);
    }

    // "pattern <- project/Test.cs: text that the test mentions"  or  "pattern <- later: reason"
    private static List<Rule> Rules() =>
        [.. File.ReadLines(Path.Combine(Root, "tests", "golden.txt"))
            .Where(line => line.Length > 0 && !line.StartsWith('#'))
            .Select(line =>
            {
                var (pattern, rest) = Halves(line, " <- ");
                var (reader, mention) = Halves(rest, ": ");
                return reader == "later" ? new Rule(pattern, "", "", mention) : new Rule(pattern, mention, reader, "");
            })];

    private static (string, string) Halves(string text, string separator)
    {
        var at = text.IndexOf(separator, StringComparison.Ordinal);
        Assert.True(at > 0, $"tests/golden.txt: found \"{text}\", wanted \"{separator}\" in it");
        return (text[..at].Trim(), text[(at + separator.Length)..].Trim());
    }

    private static List<string> GoldenFiles() =>
        [.. new[] { "golden", "models" }
            .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(Shared, folder), "*", SearchOption.AllDirectories))
            .Select(file => Path.GetRelativePath(Shared, file).Replace('\\', '/'))
            .Where(file => Path.GetFileName(file) is not ("README.md" or "LICENSE"))
            .Order(StringComparer.Ordinal)];

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "StepDpo.sln"))) folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("found no StepDpo.sln above the tests' folder");
    }
}
