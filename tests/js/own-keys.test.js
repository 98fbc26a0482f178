import { test } from "node:test";
import assert from "node:assert/strict";
import { OwnKeys, digitOf } from "../../wwwroot/js/own-keys.js";

const label = key => ({ dataset: { of: key }, textContent: key });

function deck(own) {
  const labels = ["u", "j"].map(label), says = { textContent: "" };
  const attributes = { "own-keys": JSON.stringify(own), "keys-api": "/api/keys/annotate" };
  globalThis.document = { querySelectorAll: () => labels };
  globalThis.CSS = { escape: text => text };
  return { labels, says, getAttribute: name => attributes[name] ?? null, querySelector: () => says, querySelectorAll: () => labels.slice(0, 1) };
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

test("the next key after Change is the new one, once the site has kept it", async () => {
  const page = deck({}), keys = new OwnKeys(page), sent = [];
  globalThis.fetch = async (url, { body }) => { sent.push([url, JSON.parse(body)]); return { ok: true }; };
  assert.equal(keys.take({ key: "y" }), false);
  keys.change("u");
  assert.equal(keys.take({ key: "Shift" }), true); // on the way to a capital
  assert.equal(keys.take({ key: "Z" }), true);
  await new Promise(setImmediate);
  assert.deepEqual(sent, [["/api/keys/annotate", { action: "u", key: "Z" }]]);
  assert.equal(keys.meaning("Z"), "u");
});

test("a refused key stays as it was and the refusal is said", async () => {
  const page = deck({}), keys = new OwnKeys(page);
  globalThis.fetch = async () => ({ ok: false, json: async () => ({ detail: "n is taken: Neutral." }) });
  keys.change("u");
  keys.take({ key: "n" });
  await new Promise(setImmediate);
  assert.equal(page.says.textContent, "n is taken: Neutral.");
  assert.equal(keys.meaning("u"), "u");
  assert.equal(page.labels[0].textContent, "u");
});

test("Escape leaves the key as it was and sends nothing", () => {
  const keys = new OwnKeys(deck({}));
  globalThis.fetch = () => assert.fail("sent");
  keys.change("u");
  assert.equal(keys.take({ key: "Escape" }), true);
  assert.equal(keys.meaning("u"), "u");
});

test("AZERTY's number row gives digits without shift", () => {
  assert.equal(digitOf({ key: "&", code: "Digit1", shiftKey: false }), "1");
  assert.equal(digitOf({ key: "à", code: "Digit0", shiftKey: false }), "0");
  assert.equal(digitOf({ key: "!", code: "Digit1", shiftKey: true }), undefined);
  assert.equal(digitOf({ key: "a", code: "KeyQ", shiftKey: false }), undefined);
});
