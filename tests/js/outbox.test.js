import { beforeEach, test } from "node:test";
import assert from "node:assert/strict";
import { browser, storage } from "./browser.js";

browser();
const { newKey, outboxOf } = await import("../../wwwroot/js/outbox.js");

let sent, answer, user = 0;
const ok = { ok: true, status: 200, json: async () => ({}) };
const status = (code, body = {}) => ({ ok: false, status: code, json: async () => body });

beforeEach(() => {
  localStorage = storage();
  sent = [];
  answer = () => ok;
  globalThis.fetch = async (url, { body }) => { sent.push([url, JSON.parse(body)]); return answer(sent.length); };
});

// The first call may join a flush that began before the entries were there.
const flushed = async box => { await box.flush(); await box.flush(); };
const fresh = () => outboxOf(`user ${++user}`);
const put = (box, n) => box.put({ url: "/verdict", body: { n }, words: `step ${n}`, about: String(n) });

test("entries go in order, each with its own key, and are gone once taken", async () => {
  const box = fresh();
  const keys = [put(box, 1), put(box, 2), put(box, 3)];
  await flushed(box);
  assert.deepEqual(sent.map(([, body]) => body.n), [1, 2, 3]);
  assert.deepEqual(sent.map(([, body]) => body.clientKey), keys);
  assert.equal(box.waiting().length, 0);
  assert.equal(box.state, "saved");
});

test("an entry is stored before anything is sent", () => {
  const box = fresh();
  globalThis.fetch = () => new Promise(() => {});
  put(box, 1);
  assert.equal(box.waiting()[0].body.n, 1);
  assert.equal(box.state, "sending");
});

test("a network failure keeps all in order and says offline", async () => {
  const box = fresh();
  globalThis.fetch = async () => { throw new TypeError("no network"); };
  put(box, 1);
  put(box, 2);
  await flushed(box);
  assert.deepEqual(box.waiting().map(entry => entry.body.n), [1, 2]);
  assert.equal(box.state, "offline");
});

for (const code of [500, 503, 408, 429])
  test(`${code} is tried again`, async () => {
    const box = fresh();
    answer = () => status(code);
    put(box, 1);
    await flushed(box);
    assert.equal(box.waiting().length, 1);
    assert.equal(box.state, "offline");
  });

test("401 and a turn to the sign-in page hold", async () => {
  for (const held of [status(401), { ok: false, status: 0, type: "opaqueredirect" }]) {
    const box = fresh();
    answer = () => held;
    put(box, 1);
    await flushed(box);
    assert.equal(box.waiting().length, 1);
    assert.equal(box.state, "signedOut");
  }
});

test("a refusal is kept with its reason and holds nothing back", async () => {
  const box = fresh();
  answer = n => n === 1 ? status(410, { detail: "It was withdrawn." }) : ok;
  put(box, 1);
  put(box, 2);
  await flushed(box);
  assert.equal(box.waiting().length, 0);
  assert.deepEqual(box.refused().map(entry => entry.reason), ["It was withdrawn."]);
  box.dismiss(box.refused()[0]);
  assert.equal(box.refused().length, 0);
});

test("what takes back a refused entry goes with it", async () => {
  const box = fresh();
  answer = n => n === 1 ? status(409) : ok;
  const key = put(box, 1);
  box.put({ url: "/undo", body: { undoes: key }, undoes: key, words: "Undo" });
  await flushed(box);
  assert.deepEqual(sent.map(([url]) => url), ["/verdict"]);
});

test("one person's entries are never another's", () => {
  globalThis.fetch = () => new Promise(() => {});
  const ann = fresh(), ben = fresh();
  put(ann, 1);
  assert.equal(ben.waiting().length, 0);
});

test("what is left from before is sent when the page comes", async () => {
  localStorage.setItem(`stepdpo.outbox.user ${user + 1}.000000000000001.key`, JSON.stringify({ url: "/verdict", body: { n: 7, clientKey: "key" } }));
  await fresh().flush();
  assert.deepEqual(sent.map(([, body]) => body.n), [7]);
});

test("a key is a version 4 identifier also where randomUUID is missing", () => {
  const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
  assert.match(newKey(), uuid);
  const { randomUUID } = crypto;
  crypto.randomUUID = undefined;
  try { assert.match(newKey(), uuid); } finally { crypto.randomUUID = randomUUID; }
});
