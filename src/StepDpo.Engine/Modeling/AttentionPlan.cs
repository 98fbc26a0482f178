using static TorchSharp.torch;

namespace StepDpo.Engine.Modeling;

/// <summary>What one forward pass is to every layer: where its tokens stand and what each may see.</summary>
/// <param name="Rotation">Cosines and sines of the tokens' positions, [1 or batch, time, 1, headDim].</param>
/// <param name="Mask">True where a query may see a key, [1 or batch, 1, time, keys]; null: causal, or (one new token) everything.</param>
/// <param name="Cache">Keys and values of earlier tokens, while decoding.</param>
/// <param name="OneToken">How the single new token of each row attends, where rows stand in caches that they share or have alone.</param>
/// <param name="Trees">The tokens are packed trees, [1, tokens]; it says what each may see.</param>
internal sealed record AttentionPlan(
    (Tensor Cos, Tensor Sin) Rotation, Tensor? Mask = null, KeyValueCache? Cache = null, OneTokenAttention? OneToken = null, TreeAttention? Trees = null);
