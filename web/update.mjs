// Copies the two browser libraries from node_modules to wwwroot/lib; with --check it only compares and fails on a difference.
//   npm ci --ignore-scripts && node update.mjs [--check]
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const modules = join(here, "node_modules");
const lib = join(here, "..", "wwwroot", "lib");
const check = process.argv.includes("--check");

// KaTeX's style sheet names woff2, woff and ttf of each font; every browser that runs the site reads woff2.
const onlyWoff2 = css => css.replace(/(url\(fonts\/[\w-]+\.woff2\) format\("woff2"\)),url\([^)]*\) format\("woff"\),url\([^)]*\) format\("truetype"\)/g, "$1");

const files = [
  ["katex/dist/katex.min.js", "katex/katex.min.js"],
  ["katex/dist/katex.min.css", "katex/katex.min.css", onlyWoff2],
  ["katex/LICENSE", "katex/LICENSE"],
  ...readdirSync(join(modules, "katex/dist/fonts")).filter(name => name.endsWith(".woff2"))
    .map(name => [`katex/dist/fonts/${name}`, `katex/fonts/${name}`]),
  ["uplot/dist/uPlot.esm.js", "uplot/uPlot.esm.js"],
  ["uplot/dist/uPlot.min.css", "uplot/uPlot.min.css"],
  ["uplot/LICENSE", "uplot/LICENSE"],
];

const wanted = ([from, , change]) => {
  const bytes = readFileSync(join(modules, from));
  return change ? Buffer.from(change(bytes.toString("utf8"))) : bytes;
};

if (check) {
  const differ = files.filter(file => {
    const at = join(lib, file[1]);
    return !existsSync(at) || !readFileSync(at).equals(wanted(file));
  });
  for (const [, to] of differ) console.error(`wwwroot/lib/${to} is not what package-lock.json names; run: node web/update.mjs`);
  process.exit(differ.length === 0 ? 0 : 1);
}

rmSync(join(lib, "katex"), { recursive: true, force: true });
rmSync(join(lib, "uplot"), { recursive: true, force: true });
for (const file of files) {
  const at = join(lib, file[1]);
  mkdirSync(dirname(at), { recursive: true });
  writeFileSync(at, wanted(file));
}
console.log(`${files.length} files copied to wwwroot/lib`);
