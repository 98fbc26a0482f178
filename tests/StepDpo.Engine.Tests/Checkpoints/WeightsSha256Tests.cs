using StepDpo.Contracts.Models;

namespace StepDpo.Engine.Tests.Checkpoints;

public sealed class WeightsSha256Tests
{
    // Computed with: sha256sum model.safetensors, and: sha256sum *.safetensors | sort | sha256sum.
    [Theory]
    [InlineData("tiny-qwen2", "1424dc2b90b1818b14d22da6419b5ccb405bb07f690f7454030229e80062857d")]
    [InlineData("tiny-qwen2-sharded", "ff471382ec2d6bc9540cf52b92f21f73891358acd7406f3859fa3bacff697439")]
    public void A_models_weights_have_the_name_that_sha256sum_gives_them(string model, string wanted) =>
        Assert.Equal(wanted, ModelFolder.WeightsSha256(Shared.Golden($"models/{model}")));

    [Fact]
    public void A_shard_that_is_missing_is_named()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.In(ModelFolder.IndexName), """{"weight_map":{"a":"model-00001-of-00001.safetensors"}}""");
        var error = Assert.Throws<InvalidDataException>(() => ModelFolder.WeightsSha256(folder.Path));
        Assert.Equal($"{folder.In("model-00001-of-00001.safetensors")}: found nothing, wanted a model's weights", error.Message);
    }
}
