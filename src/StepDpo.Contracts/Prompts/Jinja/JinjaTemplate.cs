namespace StepDpo.Contracts.Prompts.Jinja;

/// <summary>
/// A Jinja template, as models bring them to write chats: text, values, <c>if</c>, <c>for</c> and <c>set</c>, and what such templates use of
/// Python. Other tags (macros, inclusion) are refused by their names, other filters and functions where a run reaches them: those for tools it does not.
/// Time and size of a run are bounded, for templates come with models from anywhere.
/// Source: Jinja 3.1 with the settings of transformers' <c>apply_chat_template</c>.
/// </summary>
internal sealed class JinjaTemplate
{
    private delegate void Statement(JinjaScope scope);

    private readonly IReadOnlyList<JinjaPiece> _pieces;
    private readonly Statement _body;
    private int _at;

    private JinjaTemplate(IReadOnlyList<JinjaPiece> pieces)
    {
        _pieces = pieces;
        _body = Body(depth: 0);
        if (_at < pieces.Count) throw At(pieces[_at], new InvalidDataException($"found {pieces[_at].Tokens[0].Text}, wanted no end of what has not begun"));
    }

    /// <summary>Reads a template.</summary>
    /// <exception cref="InvalidDataException">It is malformed, or uses a tag that is not known here; the message names the line.</exception>
    public static JinjaTemplate Parse(string template) => new(JinjaLexer.Cut(template));

    /// <summary>Writes the text.</summary>
    /// <exception cref="InvalidDataException">It uses something that is not known here, or refuses by itself; the message names the line.</exception>
    public string Render(IReadOnlyDictionary<string, object?> variables)
    {
        var scope = new JinjaScope(variables.ToDictionary(item => item.Key, item => item.Value));
        _body(scope);
        return scope.Text;
    }

    private static InvalidDataException At(JinjaPiece piece, InvalidDataException error) =>
        error.Message.StartsWith("line ", StringComparison.Ordinal) ? error : new InvalidDataException($"line {piece.Line}: {error.Message}", error);

    // Up to a tag that goes on with or ends what encloses it.
    private Statement Body(int depth)
    {
        var statements = new List<Statement>();
        for (; _at < _pieces.Count; _at++)
        {
            var piece = _pieces[_at];
            if (piece.Kind == JinjaPieceKind.Block && piece.Tokens is [{ Kind: 'n', Text: "elif" or "else" or "endif" or "endfor" }, ..]) break;
            try
            {
                var statement = StatementOf(piece, depth);
                statements.Add(scope =>
                {
                    try
                    {
                        scope.Step();
                        statement(scope);
                    }
                    catch (InvalidDataException e)
                    {
                        throw At(piece, e);
                    }
                });
            }
            catch (InvalidDataException e)
            {
                throw At(piece, e);
            }
        }

        return scope => statements.ForEach(statement => statement(scope));
    }

    // Afterwards _at is at the statement's last piece.
    private Statement StatementOf(JinjaPiece piece, int depth)
    {
        if (piece.Kind == JinjaPieceKind.Text) return scope => scope.Write(piece.Text);
        var words = new JinjaExpressions(piece.Tokens);
        if (piece.Kind == JinjaPieceKind.Output)
        {
            var value = WholeOf(words);
            return scope => scope.Write(JinjaValues.Write(value(scope)));
        }

        if (depth > 50) throw new InvalidDataException("found more than 50 tags in one another, wanted fewer");
        if (words.TryName("if")) return If(words, depth);
        if (words.TryName("for")) return For(words, depth);
        if (words.TryName("set")) return Set(words);
        // Marks what the model itself wrote, for masks; it writes nothing.
        if (words.TryName("generation") || words.TryName("endgeneration")) return _ => { };
        throw words.Unexpected("if, for or set");
    }

    private static JinjaExpression WholeOf(JinjaExpressions words)
    {
        var value = words.Read();
        return words.IsAtEnd ? value : throw words.Unexpected("the end of the tag");
    }

    private Statement If(JinjaExpressions words, int depth)
    {
        var branches = new List<(JinjaExpression Test, Statement Body)>();
        var test = WholeOf(words);
        while (true)
        {
            _at++;
            branches.Add((test, Body(depth + 1)));
            var next = Next("elif, else or endif");
            if (next.TryName("endif")) break;
            if (next.TryName("elif")) test = WholeOf(next);
            else if (next.TryName("else")) test = _ => true;
            else throw next.Unexpected("elif, else or endif");
        }

        return scope => branches.Find(branch => JinjaValues.IsTrue(branch.Test(scope))).Body?.Invoke(scope);
    }

    private Statement For(JinjaExpressions words, int depth)
    {
        var name = words.Name();
        words.Require("in");
        var over = WholeOf(words);
        _at++;
        var body = Body(depth + 1);
        var end = Next("endfor");
        if (!end.TryName("endfor")) throw end.Unexpected("endfor");
        return scope =>
        {
            if (over(scope) is not { } value || value == JinjaValues.Undefined) return;
            var items = value as IReadOnlyList<object?> ?? throw new InvalidDataException($"found a loop over {JinjaValues.Kind(value)}, wanted one over a list");
            for (var i = 0; i < items.Count; i++)
            {
                scope.Step();
                var loop = new Dictionary<string, object?>
                {
                    ["index0"] = (long)i,
                    ["index"] = i + 1L,
                    ["first"] = i == 0,
                    ["last"] = i == items.Count - 1,
                    ["length"] = (long)items.Count,
                    ["previtem"] = i > 0 ? items[i - 1] : JinjaValues.Undefined,
                    ["nextitem"] = i + 1 < items.Count ? items[i + 1] : JinjaValues.Undefined,
                };
                body(new JinjaScope(new Dictionary<string, object?> { [name] = items[i], ["loop"] = loop }, scope));
            }
        };
    }

    private static Statement Set(JinjaExpressions words)
    {
        var name = words.Name();
        var member = words.TrySign(".") ? words.Name() : null;
        words.Require("=");
        var value = WholeOf(words);
        if (member is null) return scope => scope[name] = value(scope);
        return scope => (scope[name] as IDictionary<string, object?> ?? throw new InvalidDataException($"found {name}.{member} set, wanted {name} to be a namespace"))[member] = value(scope);
    }

    private JinjaExpressions Next(string wanted) => _at < _pieces.Count ? new(_pieces[_at].Tokens) : throw new InvalidDataException($"found the end of the template, wanted {wanted}");
}
