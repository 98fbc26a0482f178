namespace StepDpo.Engine.Checkpoints.Gguf;

/// <summary>llama.cpp's name of each Hugging Face tensor.</summary>
internal static class GgufNames
{
    private const string LayerPrefix = "model.layers.";

    private static readonly Dictionary<string, string> Outside = new(StringComparer.Ordinal)
    {
        ["model.embed_tokens"] = "token_embd",
        ["model.norm"] = "output_norm",
        ["lm_head"] = "output",
    };

    private static readonly Dictionary<string, string> InLayer = new(StringComparer.Ordinal)
    {
        ["input_layernorm"] = "attn_norm",
        ["self_attn.q_proj"] = "attn_q",
        ["self_attn.k_proj"] = "attn_k",
        ["self_attn.v_proj"] = "attn_v",
        ["self_attn.o_proj"] = "attn_output",
        ["post_attention_layernorm"] = "ffn_norm",
        ["mlp.gate_proj"] = "ffn_gate",
        ["mlp.up_proj"] = "ffn_up",
        ["mlp.down_proj"] = "ffn_down",
    };

    /// <summary>Such as <c>blk.3.attn_q.weight</c> for <c>model.layers.3.self_attn.q_proj.weight</c>.</summary>
    public static string Of(string name)
    {
        var dot = name.LastIndexOf('.');
        var (module, kind) = (name[..dot], name[dot..]);
        if (!module.StartsWith(LayerPrefix, StringComparison.Ordinal)) return Outside[module] + kind;
        var parts = module[LayerPrefix.Length..].Split('.', 2);
        return $"blk.{parts[0]}.{InLayer[parts[1]]}{kind}";
    }
}
