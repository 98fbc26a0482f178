import { test } from "node:test";
import assert from "node:assert/strict";
import { OwnKeys, digitOf } from "../../wwwroot/js/own-keys.js";

const label = key => ({ dataset: { of: key }, textContent: key });

function deck(own) {
  const labels = ["u", "j"].map(label);
  globalThis.document = { querySelectorAll: () => labels };
  return { labels, getAttribute: () => JSON.stringify(own) };
}

test("the page's own keys mean themselves", () => assert.equal(new OwnKeys(deck({})).meaning("u"), "u"));

test("a moved key means what it was moved to, and its old place nothing", () => {
  const keys = new OwnKeys(deck({ u: "z" }));
  assert.equal(keys.meaning("z"), "u");
  assert.equal(keys.meaning("u"), null);
});

test("two keys may have changed places", () => {
  const keys = new OwnKeys(deck({ j: "k", k: "j" }));
  assert.equal(keys.meaning("k"), "j");
  assert.equal(keys.meaning("j"), "k");
});

test("labels say the person's key", () => {
  const page = deck({ u: "z" });
  new OwnKeys(page);
  assert.deepEqual(page.labels.map(l => l.textContent), ["z", "j"]);
});

test("AZERTY's number row gives digits without shift", () => {
  assert.equal(digitOf({ key: "&", code: "Digit1", shiftKey: false }), "1");
  assert.equal(digitOf({ key: "à", code: "Digit0", shiftKey: false }), "0");
  assert.equal(digitOf({ key: "!", code: "Digit1", shiftKey: true }), undefined);
  assert.equal(digitOf({ key: "a", code: "KeyQ", shiftKey: false }), undefined);
});
