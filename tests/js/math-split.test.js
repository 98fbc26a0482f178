import { test } from "node:test";
import assert from "node:assert/strict";
import { split } from "../../wwwroot/js/math-split.js";

const kinds = text => split(text).map(part => `${part.kind}:${part.value}`);

for (const [text, wanted] of [
  ["It costs $5 and $7.", ["text:It costs $5 and $7."]],
  ["\\$5 and \\$7", ["text:$5 and $7"]],
  ["$5, then $x$.", ["text:$5, then ", "inline:x", "text:."]],
  ["$20 - $5 = $15", ["text:$20 - $5 = $15"]],
  ["$a$ and \\(b\\)", ["inline:a", "text: and ", "inline:b"]],
  ["$$a+b$$ and \\[c\\]", ["display:a+b", "text: and ", "display:c"]],
  ["So \\boxed{\\frac{1}{2}}!", ["text:So ", "inline:\\boxed{\\frac{1}{2}}", "text:!"]],
  ["7*8=<<7*8=56>>56", ["text:7*8=", "calc:7*8=56", "text:56"]],
  ["no end $x + 1", ["text:no end $x + 1"]],
  ["\\begin{align}x&=1\\end{align}", ["display:\\begin{align}x&=1\\end{align}"]],
  ["$\\text{costs $5}$", ["inline:\\text{costs $5}"]],
  ["", []],
])
  test(`splits ${JSON.stringify(text)}`, () => assert.deepEqual(kinds(text), wanted));

test("what is written is there again, whatever it is", () => {
  for (const text of ["a $x$ b \\(y\\) c $$z$$ <<1+1=2>> \\boxed{3}", "$", "$$", "\\(", "<<", "\\boxed{", "$x", "a $ b $ c", "\\begin{align}"])
    assert.equal(split(text).map(part => part.source).join(""), text);
});

test("a text of opening signs takes no time that grows with its square", () => {
  const text = "$x\\(\\[<<\\boxed{".repeat(2000);
  assert.ok(split(text).length > 0);
});
