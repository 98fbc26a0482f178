// Characters that a reader cannot see can make a wrong step look right: they are shown by name.

import { t } from "./words.js";

const names = {
  0x00AD: t("soft hyphen"), 0x061C: t("Arabic letter mark"), 0x180E: t("Mongolian vowel separator"), 0x200B: t("zero-width space"),
  0x200C: t("zero-width non-joiner"), 0x200D: t("zero-width joiner"), 0x200E: t("left-to-right mark"), 0x200F: t("right-to-left mark"),
  0x2028: t("line separator"), 0x2029: t("paragraph separator"), 0x202A: t("left-to-right embedding"), 0x202B: t("right-to-left embedding"),
  0x202C: t("pop direction"), 0x202D: t("left-to-right override"), 0x202E: t("right-to-left override"), 0x2060: t("word joiner"),
  0x2066: t("left-to-right isolate"), 0x2067: t("right-to-left isolate"), 0x2068: t("first strong isolate"), 0x2069: t("pop isolate"),
  0x3164: t("Hangul filler"), 0xFEFF: t("byte order mark"),
};

const hidden = "\\u0000-\\u0008\\u000B-\\u001F\\u007F-\\u009F\\u00AD\\u061C\\u115F\\u1160\\u180E\\u200B-\\u200F\\u2028-\\u202E\\u2060-\\u206F\\u3164\\uFEFF\\uFFA0\\uFFF9-\\uFFFB\\u{E0000}-\\u{E007F}\\uD800-\\uDFFF";
// Four marks on one letter are real writing; a tower of them covers the lines above and below.
const unseen = new RegExp(`[${hidden}]|(?<=\\p{M}{4})\\p{M}+`, "gu");

/** Whether the text holds a character that is shown by name. */
export function hasInvisible(text) {
  unseen.lastIndex = 0;
  return unseen.test(text);
}

/** Appends the text to a node, each invisible character as `<span class="ctl">`. */
export function appendVisible(node, text) {
  let at = 0;
  for (const hit of text.matchAll(unseen)) {
    if (hit.index > at) node.append(text.slice(at, hit.index));
    node.append(mark(hit[0]));
    at = hit.index + hit[0].length;
  }
  if (at < text.length) node.append(text.slice(at));
}

function mark(characters) {
  const span = document.createElement("span");
  span.className = "ctl";
  const code = characters.codePointAt(0);
  const known = /^\p{M}/u.test(characters) ? t`${characters.length} more marks` : names[code];
  span.textContent = known ?? `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
  span.title = known ? `U+${code.toString(16).toUpperCase().padStart(4, "0")}` : t("invisible character");
  return span;
}
