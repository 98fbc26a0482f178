import { test } from "node:test";
import assert from "node:assert/strict";
import { browser } from "./browser.js";

// The deck without a page: what it looks for is given to it.
globalThis.HTMLElement = class {
  attributes = { api: "/api/deck" };
  getAttribute(name) { return this.attributes[name]; }
  querySelector(selector) { return this.found?.[selector] ?? null; }
};
globalThis.customElements = { define() {}, get() {} };
globalThis.CSS = { escape: text => text };
browser();
const { AnnotateDeck } = await import("../../wwwroot/js/annotate-deck.js");

const newest = "[data-last] [data-suggestion=Open]";

function deck(found) {
  const page = new AnnotateDeck();
  page.sent = [];
  page.outbox = { put: entry => { page.sent.push(entry); return "key"; } };
  page.found = found;
  return page;
}

const note = line => ({ dataset: { suggestion: "Open" }, closest: () => ({ dataset: line }), querySelector: () => ({ childNodes: ["panel"] }) });

test("without a suggestion that differs the keys say nothing", () => {
  assert.equal(deck({}).keys("v"), null);
  assert.equal(deck({}).keys("m"), null);
});

test("m keeps the newest judgement that differs, with no card on the screen as well", () => {
  const open = note({ key: "k1", cardOf: "7", said: "First error: step 3" });
  const page = deck({ [newest]: open });
  page.keys("m")();
  assert.deepEqual(page.sent, [{ url: "/api/deck/keep", body: { judged: "k1" }, words: "Own judgement kept" }]);
  assert.equal(open.dataset.suggestion, "Kept");
});

test("a judgement of an earlier page is named by what the server wrote", () => {
  const page = deck({ [newest]: note({ judged: "k0", cardOf: "7" }) });
  page.keys("m")();
  assert.equal(page.sent[0].body.judged, "k0");
});

test("v brings the solution back with the panel", () => {
  const got = [];
  const page = deck({ [newest]: note({ key: "k1", cardOf: "7" }) });
  page.revisit = key => ({ querySelector: part => ({ append: (...nodes) => got.push(key, part, ...nodes) }) });
  page.keys("v")();
  assert.deepEqual(got, ["k1", "aside", "panel"]);
  assert.deepEqual(page.sent, []);
});

test("sent unchanged, a solution that was brought back is kept and no second judgement", () => {
  const page = deck({ '[data-last] > [data-card-of="7"] [data-suggestion=Open]': note({ key: "k1", cardOf: "7", said: "First error: step 3" }) });
  page.active = { dataset: { card: "7" } };
  page.choice = { outcome: "FirstError", step: 3, grade: "Incorrect", note: "" };
  page.skip = entry => assert.equal(entry, undefined);
  page.submit();
  assert.deepEqual(page.sent.map(entry => entry.url), ["/api/deck/keep"]);
});
