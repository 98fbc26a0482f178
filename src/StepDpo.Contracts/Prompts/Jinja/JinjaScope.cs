using System.Text;

namespace StepDpo.Contracts.Prompts.Jinja;

/// <summary>Variables of a template that runs, and what it has written. A loop's pass has a scope of its own inside that of the loop.</summary>
internal sealed class JinjaScope(IDictionary<string, object?> variables, JinjaScope? outer = null)
{
    /// <summary>Characters of a text at most: a template comes with a model that somebody downloaded.</summary>
    public const int LargestText = 20_000;

    private const int MostSteps = 100_000;

    private readonly StringBuilder _output = outer?._output ?? new();
    private readonly int[] _steps = outer?._steps ?? [0];

    /// <summary>What was written.</summary>
    public string Text => _output.ToString();

    /// <summary>A variable, or <see cref="JinjaValues.Undefined"/>.</summary>
    public object? this[string name]
    {
        get => variables.TryGetValue(name, out var value) ? value : outer is null ? JinjaValues.Undefined : outer[name];
        set => variables[name] = value;
    }

    /// <summary>Writes.</summary>
    public void Write(string text)
    {
        if (_output.Length + text.Length > LargestText) throw new InvalidDataException($"found more than {LargestText} characters written, wanted a prompt");
        _output.Append(text);
    }

    /// <summary>Counts a step.</summary>
    public void Step()
    {
        if (++_steps[0] > MostSteps) throw new InvalidDataException($"found more than {MostSteps} steps, wanted a template that ends");
    }
}
