namespace StepDpo.Engine.Modeling;

/// <summary>Llama 3's stretching of the rotary wave lengths (<c>rope_type: llama3</c>).</summary>
/// <param name="Factor">How much the long waves are stretched.</param>
/// <param name="LowFrequencyFactor">Waves longer than the original length over this are stretched fully.</param>
/// <param name="HighFrequencyFactor">Waves shorter than the original length over this are left alone.</param>
/// <param name="OriginalMaxPositions">Context length of the pretraining.</param>
public sealed record RopeScaling(double Factor, double LowFrequencyFactor, double HighFrequencyFactor, int OriginalMaxPositions)
{
    /// <summary>The scaled form of one inverse frequency; between the two limits the scaling fades in linearly.</summary>
    public double Apply(double inverseFrequency)
    {
        var waves = OriginalMaxPositions * inverseFrequency / (2 * Math.PI);
        var blend = Math.Clamp((waves - LowFrequencyFactor) / (HighFrequencyFactor - LowFrequencyFactor), 0, 1);
        return inverseFrequency * ((1 - blend) / Factor + blend);
    }
}
