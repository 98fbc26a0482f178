using StepDpo.Web.Security;

namespace StepDpo.Web.Tests.Security;

public sealed class LocalAddressTests
{
    [Theory]
    [InlineData("/projects/1?page=2", "/projects/1?page=2")]
    [InlineData("/", "/")]
    [InlineData(null, "/")]
    [InlineData("", "/")]
    [InlineData("//evil.example", "/")]
    [InlineData("/\\evil.example", "/")]
    [InlineData("/\tx", "/")]
    [InlineData("https://evil.example", "/")]
    [InlineData("javascript:alert(1)", "/")]
    public void Only_paths_of_this_site_pass(string? address, string wanted) => Assert.Equal(wanted, LocalAddress.OrHome(address));
}
