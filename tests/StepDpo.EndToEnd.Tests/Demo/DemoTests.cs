using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using StepDpo.Core.Tests.Data;
using StepDpo.Demo;
using StepDpo.EndToEnd.Tests.Support;

namespace StepDpo.EndToEnd.Tests.Demo;

/// <summary>The program behind <c>./stepdpo demo</c>, at its own size and with its own seed.</summary>
public sealed partial class DemoTests(Database database) : IClassFixture<Database>, IDisposable
{
    private readonly string _data = Directory.CreateTempSubdirectory("stepdpo-demo-").FullName;

    [Fact]
    public async Task The_loop_on_the_arithmetic_model_gains_at_least_ten_points()
    {
        var start = new ProcessStartInfo("dotnet", ["exec", Repository.Program("StepDpo.Demo")])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["ConnectionStrings__StepDpo"] = database.ConnectionString;
        start.Environment["ConnectionStrings__StepDpoOwner"] = database.OwnerConnectionString;
        start.Environment["StepDpo__DataFolder"] = _data;
        start.Environment["StepDpo__WorkerAssembly"] = Repository.Program("StepDpo.Worker");
        using var demo = Process.Start(start)!;
        var error = demo.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await demo.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await demo.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.True(demo.ExitCode == 0, $"{output}\n{await error}");
        TestContext.Current.TestOutputHelper!.WriteLine(output);
        Assert.Equal(8, Stage().Count(output));
        var accuracies = Accuracy().Matches(output).ToDictionary(match => match.Groups["when"].Value, match => (
            Share: Number(match.Groups["share"]), Low: Number(match.Groups["low"]), High: Number(match.Groups["high"])));
        Assert.All(accuracies.Values, accuracy => Assert.InRange(accuracy.Share, accuracy.Low, accuracy.High));
        Assert.True(accuracies["after"].Share >= accuracies["before"].Share + 10, output);
    }

    [Theory]
    [InlineData("--problems", "1501")]
    [InlineData("--held-out", "0")]
    [InlineData("--seed", "x")]
    [InlineData("--seed")]
    [InlineData("--help", "1")]
    public void Wrong_options_are_named(params string[] arguments)
    {
        var refusal = Assert.Throws<ArgumentException>(() => DemoSize.Parse(arguments));

        Assert.Contains(arguments[0], refusal.Message, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_data, recursive: true);

    private static double Number(Group group) => double.Parse(group.Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^\S.* +[0-9]+\.[0-9] s   \S", RegexOptions.Multiline)]
    private static partial Regex Stage();

    [GeneratedRegex(@"^accuracy (?<when>before|after)  +(?<share>[0-9.]+) % of [0-9]+ \(95 % interval (?<low>[0-9.]+) to (?<high>[0-9.]+)\)$", RegexOptions.Multiline)]
    private static partial Regex Accuracy();
}
