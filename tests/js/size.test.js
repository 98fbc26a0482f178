import { test } from "node:test";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

const folder = new URL("../../wwwroot/js/", import.meta.url);

/** Every script of ours that a script loads, itself included. */
function loaded(name, seen = new Set()) {
  if (seen.has(name)) return seen;
  seen.add(name);
  for (const [, other] of readFileSync(new URL(name, folder), "utf8").matchAll(/^import .*"\.\/([a-z-]+\.js)";$/gm)) loaded(other, seen);
  return seen;
}

const code = name => readFileSync(new URL(name, folder), "utf8").split("\n").filter(line => line.trim() && !/^\s*(\/\/|\/\*\*)/.test(line)).length;

test("the annotate page's scripts stay small", t => {
  const own = [...loaded("annotate-deck.js")].filter(name => !name.startsWith("math-"));
  const lines = own.reduce((sum, name) => sum + code(name), 0);
  t.diagnostic(`${lines} lines of code in ${own.length} scripts: ${own.map(name => `${name} ${code(name)}`).join(", ")}`);
  assert.ok(lines < 800, `${lines} lines`);
});
