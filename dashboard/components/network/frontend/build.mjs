// Writes built/: one script, the page and the licences of what is bundled. `npm ci && npm run build`.
import { build } from "esbuild";
import { copyFileSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const { metafile } = await build({
  entryPoints: ["src/main.js"],
  bundle: true,
  minify: true,
  format: "iife",
  target: "es2022",
  legalComments: "none",
  metafile: true,
  outfile: "built/map.js",
});
copyFileSync("src/index.html", "built/index.html");
copyFileSync("src/map.css", "built/map.css");

const packages = new Set(
  Object.values(metafile.outputs)
    .flatMap((output) => Object.entries(output.inputs))
    .filter(([path, part]) => part.bytesInOutput > 0 && path.includes("node_modules/"))
    .map(([path]) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)[1]),
);
const licences = [...packages].sort().map((name) => {
  const folder = join("node_modules", name);
  const { version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf-8"));
  const file = readdirSync(folder).find((one) => /^licen[cs]e/i.test(one));
  if (!file) throw new Error(`${name} has no licence file in ${dirname(folder)}`);
  return `${name} ${version} (${license})\n\n${readFileSync(join(folder, file), "utf-8").trim()}\n`;
});
writeFileSync("built/LICENCES.txt", licences.join(`\n${"-".repeat(78)}\n\n`));
