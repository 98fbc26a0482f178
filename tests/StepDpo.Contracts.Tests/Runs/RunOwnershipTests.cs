using System.Diagnostics;
using StepDpo.Contracts.Runs;

namespace StepDpo.Contracts.Tests.Runs;

public sealed class RunOwnershipTests : IDisposable
{
    private readonly RunFolder _folder = new(Directory.CreateTempSubdirectory("stepdpo-lock-").FullName);

    public void Dispose() => Directory.Delete(_folder.Path, recursive: true);

    [Fact]
    public void The_lock_file_can_be_read_while_it_is_held_and_names_the_owner()
    {
        using var ownership = RunOwnership.TryTake(_folder, attempt: 3, out var refusal);

        Assert.Null(refusal);
        var me = ProcessIdentity.Current();
        // Another process must read it: in ours, closing a second handle would let go of the record lock.
        Assert.Contains($"\"pid\": {me.Pid},", Shell($"cat '{_folder.Lock}'"), StringComparison.Ordinal);
        Assert.Equal("1\n", Shell($"grep -c 'POSIX.* {me.Pid} ' /proc/locks | head -n 1"));
    }

    [Fact]
    public void A_lower_attempt_is_refused_after_a_higher_one_and_an_equal_one_is_not()
    {
        RunOwnership.TryTake(_folder, attempt: 3, out _)!.Dispose();

        Assert.Null(RunOwnership.TryTake(_folder, attempt: 2, out var refusal));
        Assert.Contains("attempt 3 has owned this run; attempt 2 came too late", refusal, StringComparison.Ordinal);
        using var again = RunOwnership.TryTake(_folder, attempt: 3, out _);
        Assert.NotNull(again);
        again.Dispose();
        Assert.Equal(3, _folder.ReadLock()!.Attempt);
    }

    [Fact]
    public void An_owner_notices_that_a_later_attempt_wrote_itself_down()
    {
        using var ownership = RunOwnership.TryTake(_folder, attempt: 3, out _)!;
        Assert.True(ownership.IsStillOurs());

        Shell($"later=$(sed 's/: 3$/: 4/' '{_folder.Lock}'); echo \"$later\" > '{_folder.Lock}'");

        Assert.False(ownership.IsStillOurs());
    }

    [Fact]
    public void An_owner_notices_that_the_lock_was_removed()
    {
        using var ownership = RunOwnership.TryTake(_folder, attempt: 3, out _)!;
        File.Delete(_folder.Lock);
        Assert.False(ownership.IsStillOurs());
    }

    [Fact]
    public void A_pid_that_was_given_to_another_process_is_not_taken_for_the_old_one()
    {
        using var sleeper = Process.Start(new ProcessStartInfo("sleep", ["60"]))!;
        var identity = ProcessIdentity.Of(sleeper.Id)!.Value;
        Assert.True(identity.IsAlive);
        Assert.False((identity with { StartedAt = identity.StartedAt - 1 }).IsAlive);

        sleeper.Kill();
        sleeper.WaitForExit();
        Assert.False(identity.IsAlive);
    }

    [Fact]
    public void A_stopped_process_is_alive_and_known_to_be_stopped()
    {
        using var sleeper = Process.Start(new ProcessStartInfo("sleep", ["60"]))!;
        var identity = ProcessIdentity.Of(sleeper.Id)!.Value;
        Assert.False(identity.IsStopped);

        Shell($"kill -STOP {sleeper.Id}; until grep -q ') T' /proc/{sleeper.Id}/stat; do :; done");

        Assert.True(identity.IsAlive);
        Assert.True(identity.IsStopped);
        sleeper.Kill();
    }

    private static string Shell(string command)
    {
        using var shell = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", command]) { RedirectStandardOutput = true })!;
        var text = shell.StandardOutput.ReadToEnd();
        shell.WaitForExit();
        return text;
    }
}
