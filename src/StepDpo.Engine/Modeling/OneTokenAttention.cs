using static TorchSharp.torch;

namespace StepDpo.Engine.Modeling;

/// <summary>Attention of one new token a row over what came before it, in one step of a batch.</summary>
internal abstract class OneTokenAttention
{
    /// <summary>query [rows, 1, heads, headDim], key and value [rows, 1, kvHeads, headDim], which join the cache -> [rows, 1, heads, headDim].</summary>
    public abstract Tensor Apply(int layer, Tensor query, Tensor key, Tensor value);
}
