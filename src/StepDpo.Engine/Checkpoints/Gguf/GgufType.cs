namespace StepDpo.Engine.Checkpoints.Gguf;

/// <summary>How a GGUF file stores a tensor; the numbers are the file's.</summary>
internal enum GgufType : uint
{
    /// <summary>IEEE single.</summary>
    F32 = 0,

    /// <summary>IEEE half.</summary>
    F16 = 1,

    /// <summary>Blocks of 32: fp16 d, 32 nibbles q; w = d * (q - 8).</summary>
    Q4_0 = 2,

    /// <summary>Blocks of 32: fp16 d, fp16 m, 32 nibbles q; w = d * q + m.</summary>
    Q4_1 = 3,

    /// <summary>Blocks of 32: fp16 d, 32 fifth bits, 32 nibbles: q of five bits; w = d * (q - 16).</summary>
    Q5_0 = 6,

    /// <summary>Blocks of 32: fp16 d, fp16 m, 32 fifth bits, 32 nibbles: q of five bits; w = d * q + m.</summary>
    Q5_1 = 7,

    /// <summary>Blocks of 32: fp16 d, 32 signed bytes q; w = d * q.</summary>
    Q8_0 = 8,

    /// <summary>bfloat16.</summary>
    BF16 = 30,
}
