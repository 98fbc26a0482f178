// The page's words in its language. English is the key, as on the server: t`Sending ${n}` looks for "Sending {0}"; t(words) says words that stand elsewhere.

const language = globalThis.document?.documentElement?.lang;
const words = language === "zh-Hans" ? (await import("./words-zh-Hans.js")).default : {};

export function t(strings, ...parts) {
  if (typeof strings === "string") return words[strings] ?? strings;
  const key = strings.reduce((text, after, i) => `${text}{${i - 1}}${after}`);
  return (words[key] ?? key).replace(/\{(\d)\}/g, (_, i) => parts[i]);
}
