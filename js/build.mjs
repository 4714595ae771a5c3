// Bundles the sources of src/ into the package, where they are committed: users need pip alone.
//
//   node build.mjs           writes them
//   node build.mjs --check   fails where what is committed is not what src/ builds
//   node build.mjs --watch   writes dev/, each widget on its own, again at every change: what the
//                            page takes, and reloads, with ANYWIDGET_HMR=1

import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { build, context } from "esbuild";

const HERE = import.meta.dirname;
const DEV = join(HERE, "dev");
const PACKAGE = join(HERE, "..", "petwidgets");
const WIDGETS = join(PACKAGE, "widgets", "static");
const TEMPLATE = join(PACKAGE, "jupyter", "voila", "templates", "petwidgets", "static");

const OPTIONS = {
  absWorkingDir: HERE,
  bundle: true,
  charset: "utf8",
  format: "esm",
  legalComments: "none",
  target: "es2022",
};

/** The scripts of a folder; those in folders below are parts of them. */
const scripts = (folder) =>
  readdirSync(join(HERE, folder), { withFileTypes: true })
    .filter((file) => file.isFile() && file.name.endsWith(".js"))
    .map((file) => `${folder}/${file.name}`);

/** What of the widgets is a file of its own: not what `theme.js` brings. */
async function alone() {
  const theme = "src/theme.js";
  const whole = { ...OPTIONS, entryPoints: [theme], outdir: WIDGETS };
  const { metafile } = await build({ ...whole, metafile: true, write: false });
  const shared = new Set(metafile.inputs[theme].imports.map(({ path }) => path));
  return scripts("src").filter((path) => !shared.has(path));
}

/** Texts by the folders and the names that they are to have. */
async function built() {
  const minified = { ...OPTIONS, minify: true, write: false };
  const widgets = { ...minified, entryPoints: await alone(), outdir: WIDGETS };
  const template = { entryPoints: scripts("src/voila"), format: "iife", outdir: TEMPLATE };
  const made = [await build(widgets), await build({ ...minified, ...template })];
  const texts = ({ outputFiles }) => outputFiles.map(({ path, text }) => [basename(path), text]);
  return new Map([WIDGETS, TEMPLATE].map((folder, i) => [folder, new Map(texts(made[i]))]));
}

async function write() {
  for (const [folder, files] of await built()) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    for (const [name, text] of files) writeFileSync(join(folder, name), text);
  }
}

/** Names of files that are missing in a folder, left over, or not what the sources build. */
function stale(folder, files) {
  const there = readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), "utf8")]);
  const committed = new Map(there);
  const names = [...new Set([...files.keys(), ...committed.keys()])];
  return names.filter((name) => files.get(name) !== committed.get(name));
}

async function check() {
  const names = [...(await built())].flatMap(([folder, files]) => stale(folder, files));
  if (!names.length) return;
  console.error(
    `Not what js/src builds: ${names.join(", ")}. Run \`make js\` and commit the files.`,
  );
  process.exitCode = 1;
}

async function watch() {
  const widgets = { ...OPTIONS, entryPoints: scripts("src"), outdir: DEV };
  const watched = await context({ ...widgets, logLevel: "info", sourcemap: "inline" });
  await watched.watch();
}

const command = { "--check": check, "--watch": watch }[process.argv[2]] ?? write;
await command();
