// Builds custom_components/ippbx/dashboard/cards.js. Its first line has the hash of the sources, by
// which a test sees, without Node, that it is fresh.

import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const hash = createHash("sha256");
const sources = readdirSync(join(here, "src"), { recursive: true })
  .map((name) => `src/${name}`)
  .filter((name) => /\.(ts|json)$/.test(name));
for (const name of [...sources, "build.mjs", "package-lock.json"].sort()) {
  hash.update(`${name}\0`).update(readFileSync(join(here, name))).update("\0");
}

await build({
  entryPoints: [join(here, "src/main.ts")],
  outfile: join(here, "../custom_components/ippbx/dashboard/cards.js"),
  bundle: true,
  minify: true,
  charset: "utf8",
  format: "esm",
  target: "es2022",
  legalComments: "eof",
  banner: { js: `/* Built by scripts/frontend from sources ${hash.digest("hex")} */` },
});
