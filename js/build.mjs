// Bundles the widgets of src/ into petwidgets/widgets/static/, which is committed: users need pip
// alone.
//
//   node build.mjs           writes static/
//   node build.mjs --check   fails where static/ is not what src/ builds
//   node build.mjs --watch   writes dev/, each widget on its own, again at every change: what the
//                            page takes, and reloads, with ANYWIDGET_HMR=1

import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { build, context } from "esbuild";

const here = import.meta.dirname;
const SRC = join(here, "src");
const DEV = join(here, "dev");
const STATIC = join(here, "..", "petwidgets", "widgets", "static");

const OPTIONS = {
  absWorkingDir: here,
  bundle: true,
  charset: "utf8",
  format: "esm",
  legalComments: "none",
  target: "es2022",
};

const entry = (name) => join("src", `${name}.js`);
const widgets = readdirSync(SRC, { withFileTypes: true })
  .filter((file) => file.isFile() && file.name.endsWith(".js"))
  .map((file) => basename(file.name, ".js"));

/** What `theme.js` brings is no file of its own. */
async function alone() {
  const { metafile } = await build({
    ...OPTIONS,
    entryPoints: [entry("theme")],
    metafile: true,
    outdir: STATIC,
    write: false,
  });
  const shared = new Set(metafile.inputs["src/theme.js"].imports.map(({ path }) => path));
  return widgets.filter((name) => !shared.has(`src/${name}.js`));
}

async function bundled() {
  const { outputFiles } = await build({
    ...OPTIONS,
    entryPoints: (await alone()).map(entry),
    minify: true,
    outdir: STATIC,
    write: false,
  });
  return new Map(outputFiles.map(({ path, text }) => [basename(path), text]));
}

async function write() {
  const files = await bundled();
  rmSync(STATIC, { recursive: true, force: true });
  mkdirSync(STATIC, { recursive: true });
  for (const [name, text] of files) writeFileSync(join(STATIC, name), text);
}

/** Names of the files that are missing, left over, or not what the sources build. */
async function stale() {
  const files = await bundled();
  const there = new Map(
    readdirSync(STATIC).map((name) => [name, readFileSync(join(STATIC, name), "utf8")]),
  );
  const names = new Set([...files.keys(), ...there.keys()]);
  return [...names].filter((name) => files.get(name) !== there.get(name)).sort();
}

async function check() {
  const names = await stale();
  if (!names.length) return;
  console.error(`Not what js/src builds: ${names.join(", ")}. Run \`make js\` and commit the files.`);
  process.exitCode = 1;
}

async function watch() {
  const watched = await context({
    ...OPTIONS,
    entryPoints: widgets.map(entry),
    logLevel: "info",
    outdir: DEV,
    sourcemap: "inline",
  });
  await watched.watch();
}

const command = { "--check": check, "--watch": watch }[process.argv[2]] ?? write;
await command();
