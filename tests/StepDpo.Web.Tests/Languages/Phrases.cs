using System.Reflection;
using System.Text.RegularExpressions;
using StepDpo.Contracts.Runs;
using StepDpo.Core.Accounts;
using StepDpo.Core.Evaluations;
using StepDpo.Core.Rectifications;
using StepDpo.Core.Sampling;
using StepDpo.Core.Training;
using StepDpo.Web.Projects;
using StepDpo.Web.Runs;

namespace StepDpo.Web.Tests.Languages;

/// <summary>Every sentence that sources say to people, found in the sources: what the catalogues must hold.</summary>
internal static partial class Phrases
{
    // Calls whose argument of this number is said to people.
    private static readonly Dictionary<string, int> Calls = new(StringComparer.Ordinal)
    {
        ["T"] = 0,
        ["Rich"] = 0,
        ["Refusal.NotFound"] = 0,
        ["Refusal.Forbidden"] = 0,
        ["Refusal.Invalid"] = 1,
        ["Refusal.Conflict"] = 0,
        ["Words.Needed"] = 1,
        ["Words.Optional"] = 1,
        ["Figure.Because"] = 0,
        ["Interval.Because"] = 0,
    };

    /// <summary>The sources of pages, services and settings.</summary>
    public static IEnumerable<string> Sources() => new[] { "StepDpo.Web", "StepDpo.Core", "StepDpo.Contracts" }
        .SelectMany(project => Directory.EnumerateFiles(Path.Combine(SiteFixture.RepositoryRoot, "src", project), "*", SearchOption.AllDirectories))
        .Where(file => file.EndsWith(".cs", StringComparison.Ordinal) || file.EndsWith(".razor", StringComparison.Ordinal));

    /// <summary>Our own scripts.</summary>
    public static IEnumerable<string> Scripts() => Directory.EnumerateFiles(Path.Combine(SiteFixture.RepositoryRoot, "wwwroot", "js"), "*.js")
        .Where(file => !file.Contains("words-", StringComparison.Ordinal))
        .Append(Path.Combine(SiteFixture.RepositoryRoot, "src", "StepDpo.Web", "Components", "Layout", "ConnectionState.razor.js"));

    /// <summary>What pages and services say, with a file that says it.</summary>
    public static Dictionary<string, string> OfSite()
    {
        var found = WorkKeys.Of(WorkKeys.Annotate).ToDictionary(key => key.Words, _ => "WorkKeys.cs", StringComparer.Ordinal);
        foreach (var key in AuditWords.Actions.Select(AuditWords.Action).Concat(AuditWords.Subjects.Select(AuditWords.Subject)))
            found[key] = "AuditWords.cs";
        foreach (var key in OfSettings())
            found[key] = "SettingWords.cs";
        foreach (var file in Sources())
            foreach (var key in InCode(Lexer.WithoutComments(File.ReadAllText(file))))
                found[key] = Path.GetFileName(file);
        return found;
    }

    // What a run was told: names of its options and of the choices among them, as its page says them.
    private static IEnumerable<string> OfSettings()
    {
        Type[] options = [typeof(SamplingOptions), typeof(RectificationOptions), typeof(EvaluationOptions), typeof(FollowingEvaluation), typeof(TrainingOptions), typeof(LoraOptions)];
        foreach (var property in options.SelectMany(type => type.GetProperties(BindingFlags.Public | BindingFlags.Instance)))
        {
            var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
            if (!options.Contains(type)) yield return SettingWords.Name(property.Name);
            if (type.IsEnum)
                foreach (var name in Enum.GetNames(type).Where(name => SettingWords.Value(name) != name || name.All(char.IsLetter))) yield return SettingWords.Value(name);
        }
    }

    /// <summary>What scripts say, with a file that says it.</summary>
    public static Dictionary<string, string> OfScripts()
    {
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var file in Scripts())
            foreach (var key in InScript(File.ReadAllText(file)))
                found[key] = Path.GetFileName(file);
        return found;
    }

    /// <summary>What a piece of code says.</summary>
    public static IEnumerable<string> InCode(string code)
    {
        foreach (Match call in Call().Matches(code))
        {
            if (Calls.TryGetValue(call.Groups[1].Value, out var number))
            {
                var arguments = Lexer.Arguments(code, call.Index + call.Length - 1);
                // T and Rich say their argument; another way of writing it there is looked up by what it holds.
                if (arguments.Count <= number || call.Groups[1].Value is "T" or "Rich" && !Literal().IsMatch(arguments[number])) continue;
                foreach (var literal in Lexer.Literals(arguments[number])) yield return Lexer.Key(literal);
            }
            else if (call.Groups[1].Value == "Say.Count")
            {
                var words = Lexer.Arguments(code, call.Index + call.Length - 1).Skip(1).Select(argument => Lexer.Key(argument.Trim())).ToArray();
                yield return "{0} " + words[0];
                yield return "{0} " + (words.Length > 1 ? words[1] : words[0] + "s");
            }
        }
        foreach (Match problem in Problem().Matches(code))
            foreach (var literal in Lexer.Literals(code[(problem.Index + problem.Length)..Lexer.EndOfString(code, code.IndexOf('"', problem.Index + problem.Length))]))
                yield return Lexer.Key(literal);
        foreach (Match sentence in NamedSentence().Matches(code))
        {
            var at = sentence.Index + sentence.Length;
            if (code[at] == '(') at = Lexer.EndOfBracket(code, at);
            if (Becomes().Match(code, at) is not { Success: true } becomes) continue;
            at += becomes.Length;
            // "{0}" alone says nothing itself.
            foreach (var key in Lexer.Literals(code[at..Lexer.EndOfExpression(code, at)]).Select(Lexer.Key).Where(key => key != "{0}")) yield return key;
        }
        foreach (Match method in MethodOfSentence().Matches(code))
        {
            var body = code[(method.Index + method.Length - 1)..Lexer.EndOfBracket(code, method.Index + method.Length - 1)];
            foreach (Match said in Returned().Matches(body))
                yield return Lexer.Key(body[said.Groups[1].Index..Lexer.EndOfString(body, body.IndexOf('"', said.Groups[1].Index))]);
        }
    }

    private static IEnumerable<string> InScript(string code)
    {
        foreach (Match template in Template().Matches(code))
        {
            var place = 0;
            yield return Hole().Replace(template.Groups[1].Value, _ => $"{{{place++}}}");
        }
        foreach (Match said in SaidInScript().Matches(code))
            yield return said.Groups[1].Value;
    }

    [GeneratedRegex(@"(?<!\w)(?<!(?<!Data)\.)((?:(?:Refusal|Words|Figure|Interval|Say)\.)?\w+)\(")]
    private static partial Regex Call();

    [GeneratedRegex(@"^\s*\$?""")]
    private static partial Regex Literal();

    // The settings' problems.
    [GeneratedRegex(@"yield return \((?:nameof\([\w.]+\)|""\w+""), (?=\$?"")")]
    private static partial Regex Problem();

    // Sentences that are kept or named, and methods that give one: all that follows the arrow is said.
    [GeneratedRegex(@"\bSentence\??\s+\w+\s*(?=[(=])")]
    private static partial Regex NamedSentence();

    [GeneratedRegex(@"\G\s*=>?\s*")]
    private static partial Regex Becomes();

    [GeneratedRegex(@"\bSentence\? \w+\(\)\s*\{")]
    private static partial Regex MethodOfSentence();

    [GeneratedRegex(@"return (\$?)(?="")")]
    private static partial Regex Returned();

    [GeneratedRegex(@"(?<![\w.])t`((?:[^`\\$]|\\.|\$(?!\{)|\$\{(?:[^{}]|\{[^{}]*\})*\})*)`")]
    private static partial Regex Template();

    [GeneratedRegex(@"\$\{(?:[^{}]|\{[^{}]*\})*\}")]
    private static partial Regex Hole();

    [GeneratedRegex(@"(?:(?<![\w.])t\(|\b(?:words|ask|why): )""([^""]*)""")]
    private static partial Regex SaidInScript();
}
