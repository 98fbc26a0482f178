using Mono.Cecil;
using Mono.Cecil.Cil;
using StepDpo.Engine.Devices;
using StepDpo.Worker;

namespace StepDpo.Engine.Tests.Devices;

/// <summary>
/// TorchSharp passes a call the raw handle of a Scalar and keeps nothing alive: a temporary one can be finalised while libtorch reads
/// it, when another thread starts a collection. No test can provoke that at will, so the code itself is read: no method of the product
/// may reach a conversion of a number to a Scalar, neither its own nor one within TorchSharp, but through <see cref="Scalars"/> and <see cref="Script"/>, which hold what they make.
/// </summary>
public sealed class ScalarLifetimeTests
{
    [Fact]
    public void No_call_makes_a_Scalar_that_nothing_holds()
    {
        var torchSharp = Read(typeof(TorchSharp.torch).Assembly.Location);
        var unsafeMethods = MakersOfScalars(torchSharp);

        string?[] holders = [typeof(Scalars).FullName, typeof(Script).FullName];
        var found = new[] { typeof(Scalars), typeof(WorkerCommand), typeof(ScalarLifetimeTests) }.Select(type => Read(type.Assembly.Location)).SelectMany(MethodsOf)
            .Where(method => !holders.Contains(method.DeclaringType.FullName))
            .SelectMany(method => CallsOf(method).Where(called => IsConversion(called) || unsafeMethods.Contains(called.GetElementMethod().FullName)).Select(called => $"{method.FullName} calls {called.FullName}"))
            .Distinct().Order().ToList();

        Assert.True(found.Count == 0, string.Join("\n", found));
    }

    private static AssemblyDefinition Read(string path) => AssemblyDefinition.ReadAssembly(path);

    private static IEnumerable<MethodDefinition> MethodsOf(AssemblyDefinition assembly) =>
        assembly.MainModule.GetTypes().SelectMany(type => type.Methods).Where(method => method.HasBody);

    private static IEnumerable<MethodReference> CallsOf(MethodDefinition method) =>
        method.Body.Instructions.Where(instruction => instruction.OpCode.Code is Code.Call or Code.Callvirt or Code.Newobj).Select(instruction => (MethodReference)instruction.Operand);

    private static bool IsConversion(MethodReference called) =>
        called.ReturnType.FullName == "TorchSharp.Scalar" && called is { Name: "op_Implicit" or "ToScalar", HasThis: false };

    /// <summary>TorchSharp's methods that convert a number themselves, or call one that does.</summary>
    private static HashSet<string> MakersOfScalars(AssemblyDefinition torchSharp)
    {
        var callers = MethodsOf(torchSharp).SelectMany(method => CallsOf(method).Select(called => (Caller: method.FullName, Called: called))).ToList();
        var makers = callers.Where(call => IsConversion(call.Called)).Select(call => call.Caller).ToHashSet();
        var callersOf = callers.ToLookup(call => call.Called.GetElementMethod().FullName, call => call.Caller);
        for (var open = new Queue<string>(makers); open.TryDequeue(out var made);)
        {
            foreach (var caller in callersOf[made])
                if (makers.Add(caller)) open.Enqueue(caller);
        }
        return makers;
    }
}
