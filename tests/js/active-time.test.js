import { test } from "node:test";
import assert from "node:assert/strict";
import { browser } from "./browser.js";

browser();
const { ActiveTime, minutes } = await import("../../wwwroot/js/active-time.js");

// A clock that the test moves; each second the interval's work is done, as a browser does.
function clock() {
  let now = 1_000_000, tick = null;
  Date.now = () => now;
  globalThis.setInterval = work => { tick = work; return 1; };
  globalThis.clearInterval = () => { tick = null; };
  return { pass(seconds) { for (let i = 0; i < seconds; i++) { now += 1000; tick?.(); } }, jump(milliseconds) { now += milliseconds; tick?.(); } };
}

test("time counts from what the item has had already", () => {
  const at = clock(), time = new ActiveTime(() => {});
  time.start(5000);
  at.pass(10);
  assert.equal(time.stop(), 15_000);
});

test("60 s without a sign of the person end the count, a key goes on with it", () => {
  const at = clock(), time = new ActiveTime(() => {});
  time.start();
  at.pass(300);
  assert.ok(time.milliseconds < 61_000);
  const before = time.milliseconds;
  fire("keydown");
  at.pass(10);
  assert.equal(time.milliseconds - before, 10_000);
});

test("a hidden tab does not count", () => {
  const at = clock(), time = new ActiveTime(() => {});
  time.start();
  at.pass(5);
  document.visibilityState = "hidden";
  at.pass(20);
  document.visibilityState = "visible";
  at.pass(5);
  assert.equal(time.stop(), 10_000);
});

test("a tab that was put to sleep has not worked", () => {
  const at = clock(), time = new ActiveTime(() => {});
  time.start();
  at.jump(3_600_000);
  assert.ok(time.stop() <= 2000);
});

test("minutes are written as a clock", () => assert.deepEqual([0, 38_000, 61_000, 3_600_000].map(minutes), ["0:00", "0:38", "1:01", "60:00"]));
