// The page's words in its language. English is the key, as on the server: t`Step ${n}` looks for "Step {0}"; t(words) says words that stand elsewhere.

const language = globalThis.document?.documentElement?.lang;
const words = language === "zh-Hans" ? (await import("./words-zh-Hans.js")).default : {};

export function t(strings, ...parts) {
  const key = typeof strings === "string" ? strings : strings.reduce((text, after, i) => `${text}{${i - 1}}${after}`);
  return (words[key] ?? key).replace(/\{(\d)\}/g, (place, i) => parts[i] ?? place);
}
