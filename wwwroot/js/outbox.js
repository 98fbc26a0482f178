// What a person decided and the server has not yet taken. Kept in the browser's storage, one entry a key, so that a closed tab,
// a lost connection and a restarted server lose nothing; sent in order by one tab at a time, with a client key so that nothing doubles.
//   2xx: taken.  401 or a turn to the sign-in page: held.  Other 4xx: refused, kept for the person to see.  Anything else: tried again.

import { post } from "./post.js";
import { t } from "./words.js";

const waits = [1, 2, 4, 8, 15, 30]; // seconds between tries
const answerWithin = 20_000; // ms

/** A random UUID; crypto.randomUUID is missing where the page came by plain http from another machine. Each 0, 1 and 8 becomes random; the 8, of which it keeps the top bits, is the variant. */
export const newKey = () => "10000000-1000-4000-8000-100000000000".replace(/[018]/g, digit =>
  (digit ^ (crypto.getRandomValues(new Uint8Array(1))[0] & (15 >> (digit / 4)))).toString(16));

const outboxes = new Map();

/** The page's one outbox of a user: deck, review and the words in the bar share it. */
export function outboxOf(user) {
  if (!outboxes.has(user)) outboxes.set(user, new Outbox(user));
  return outboxes.get(user);
}

/** Events: "change" (what waits or how it stands), "taken" (detail: entry, answer), "refused" (detail: entry). */
class Outbox extends EventTarget {
  #waiting;
  #refused;
  #state = "saved";
  #flushing = null;
  #failures = 0;
  #timer = 0;
  #last = 0;

  constructor(user) {
    super();
    this.#waiting = `stepdpo.outbox.${user}.`;
    this.#refused = `stepdpo.refused.${user}.`;
    addEventListener("online", () => this.flush());
    addEventListener("storage", event => event.key?.startsWith("stepdpo.") && this.#changed());
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.flush());
    this.flush();
  }

  /** Stores the entry before anything else happens, then sends. Body gains `clientKey`. Returns the key. */
  put({ url, body, words, about, undoes }) {
    const key = newKey();
    // Two entries of one millisecond keep their order; two tabs never write the same name.
    this.#last = Math.max(Date.now(), this.#last + 1);
    const name = this.#waiting + String(this.#last).padStart(15, "0") + "." + key;
    localStorage.setItem(name, JSON.stringify({ url, words, about, undoes, body: { ...body, clientKey: key } }));
    this.#changed();
    this.flush();
    return key;
  }

  /** Entries that the server has not taken, oldest first. */
  waiting() { return entries(this.#waiting); }

  /** Entries that the server refused for good, with its reason in `reason`. */
  refused() { return entries(this.#refused); }

  /** Takes a refused entry off the list. */
  dismiss(entry) {
    localStorage.removeItem(entry.name);
    this.#changed();
  }

  /** saved, sending, offline or signedOut. */
  get state() { return this.#state === "saved" && this.waiting().length > 0 ? "sending" : this.#state; }

  /** Sends what waits; a call while another runs joins it. */
  flush() {
    clearTimeout(this.#timer);
    this.#flushing ??= this.#locked(() => this.#sendAll()).finally(() => {
      this.#flushing = null;
      if (this.waiting().length > 0) this.#timer = setTimeout(() => this.flush(), this.#pause());
    });
    return this.#flushing;
  }

  #pause() { return this.#failures === 0 ? 0 : waits[Math.min(this.#failures, waits.length) - 1] * 1000; }

  // One tab sends at a time. Plain http has no Web Locks: should two tabs send at once there, the client key keeps it single.
  #locked(work) { return navigator.locks ? navigator.locks.request(this.#waiting, work) : work(); }

  async #sendAll() {
    for (let entry = this.waiting()[0]; entry; entry = this.waiting()[0]) {
      const answer = await send(entry);
      if (answer.ok) this.#taken(entry, answer.body);
      else if (answer.refused) this.#refuse(entry, answer.refused);
      else {
        this.#failures++;
        this.#state = answer.signedOut ? "signedOut" : "offline";
        return this.#changed();
      }
    }
    this.#state = "saved";
    this.#changed();
  }

  #taken(entry, body) {
    localStorage.removeItem(entry.name);
    this.#failures = 0;
    this.#state = "saved";
    this.#changed();
    this.dispatchEvent(new CustomEvent("taken", { detail: { entry, answer: body } }));
  }

  #refuse(entry, reason) {
    // What takes back a refused entry has nothing left to take back.
    for (const one of [entry, ...this.waiting().filter(e => e.undoes === entry.body.clientKey)]) {
      localStorage.removeItem(one.name);
      if (one === entry) localStorage.setItem(this.#refused + one.name.slice(this.#waiting.length), JSON.stringify({ ...one, reason }));
    }
    this.#failures = 0;
    this.#changed();
    this.dispatchEvent(new CustomEvent("refused", { detail: { entry } }));
  }

  #changed() { this.dispatchEvent(new Event("change")); }
}

function entries(prefix) {
  const names = Object.keys(localStorage).filter(name => name.startsWith(prefix)).sort();
  return names.map(name => ({ ...JSON.parse(localStorage.getItem(name)), name }));
}

async function send({ url, body }) {
  let answer;
  try {
    answer = await post(url, body, { signal: AbortSignal.timeout(answerWithin) });
  } catch {
    return { offline: true };
  }
  if (answer.status === 401 || answer.type === "opaqueredirect") return { signedOut: true };
  const said = await answer.json().catch(() => null);
  if (answer.ok) return { ok: true, body: said };
  const again = answer.status >= 500 || answer.status === 408 || answer.status === 429;
  return again ? { offline: true } : { refused: said?.detail ?? said?.title ?? t`The site refused it (${answer.status}).` };
}
