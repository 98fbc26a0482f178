using System.Net;
using StepDpo.Core.Workers;

namespace StepDpo.Core.Tests.Workers;

public sealed class AddressRuleTests
{
    [Theory]
    [InlineData("127.0.0.1", "gpu.example", false)]
    [InlineData("::1", "gpu.example", false)]
    [InlineData("::ffff:127.0.0.1", "gpu.example", false)]
    [InlineData("127.0.0.1", "localhost", true)]
    [InlineData("127.0.0.1", "127.0.0.1", true)]
    [InlineData("169.254.169.254", "gpu.example", false)]
    [InlineData("169.254.169.254", "169.254.169.254", false)]
    [InlineData("::ffff:169.254.169.254", "gpu.example", false)]
    [InlineData("fe80::1", "gpu.example", false)]
    [InlineData("0.0.0.0", "gpu.example", false)]
    [InlineData("::", "gpu.example", false)]
    [InlineData("224.0.0.1", "gpu.example", false)]
    [InlineData("255.255.255.255", "gpu.example", false)]
    [InlineData("10.1.2.3", "gpu.example", true)]
    [InlineData("93.184.216.34", "gpu.example", true)]
    public void A_name_that_an_admin_listed_does_not_lead_to_this_machine_or_its_metadata(string address, string entryHost, bool allowed) =>
        Assert.Equal(allowed, AddressRule.Allows(IPAddress.Parse(address), entryHost));

    [Theory]
    [InlineData("http://gpu:8000", "http://gpu:8000/v1", true)]
    [InlineData("http://gpu:8000/a", "http://gpu:8000/a/v1", true)]
    [InlineData("http://gpu:8000/a", "http://gpu:8000/ab", false)]
    [InlineData("http://gpu:8000", "https://gpu:8000", false)]
    [InlineData("http://gpu:8000", "http://gpu:80", false)]
    [InlineData("http://gpu:8000", "http://gpu.evil:8000", false)]
    [InlineData("http://gpu:8000", "http://gpu@evil:8000", false)]
    public void An_endpoint_lies_under_its_entry(string entry, string address, bool covered) =>
        Assert.Equal(covered, AddressRule.Covers(new Uri(entry), new Uri(address)));
}
