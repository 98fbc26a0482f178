// A line of arithmetic, computed exactly by the site (a fraction stays one).

import { post } from "./post.js";
import { t } from "./words.js";

let newest = 0;

/** Writes what the line is into a node; of two answers the one to the newer line stays. */
export async function calculate(line, into) {
  const mine = ++newest;
  const words = line.trim() ? await valueOf(line) : "";
  if (mine === newest) into.textContent = words;
}

async function valueOf(line) {
  try {
    const answer = await post("/api/calculate", { line });
    return answer.ok ? (await answer.json()).value ?? "…" : "…";
  } catch {
    return t("The site does not answer");
  }
}
