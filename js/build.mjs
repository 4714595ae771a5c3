// Bundles the sources of src/ into the package, where they are committed: users need pip alone.
//
//   node build.mjs           writes them
//   node build.mjs --check   fails where what is committed is not what src/ builds
//   node build.mjs --watch   writes dev/, each widget on its own, again at every change: what the
//                            page takes, and reloads, with ANYWIDGET_HMR=1

import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync, gzipSync } from "node:zlib";
import { build, context } from "esbuild";

const HERE = import.meta.dirname;
const DEV = join(HERE, "dev");
const PACKAGE = join(HERE, "..", "petwidgets");
const WIDGETS = join(PACKAGE, "widgets", "static");
const TEMPLATE = join(PACKAGE, "jupyter", "voila", "templates", "petwidgets", "static");

const WEB = join(PACKAGE, "inference", "web", "static");
const WASM = "onnxruntime-web/ort-wasm-simd-threaded.wasm";

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

/** The page that a run is taken along as, and onnxruntime: as .gz, for a plain server packs nothing. */
async function webPage() {
  const entry = { entryPoints: ["src/web_page/page.js"], outdir: WEB, minify: true, write: false };
  // A module would not begin on file://, where the page says how it is to be served.
  const script = { format: "iife", define: { "import.meta.url": "document.baseURI" } };
  const { outputFiles } = await build({ ...OPTIONS, ...entry, ...script });
  const wasm = readFileSync(fileURLToPath(import.meta.resolve(WASM)));
  const packed = Buffer.from(gzipSync(wasm, { level: 9 }));
  return [...contents({ outputFiles }), ["onnxruntime.wasm.gz", packed]];
}

/** Contents by the names of their files. */
const contents = ({ outputFiles }) =>
  outputFiles.map(({ path, contents }) => [basename(path), Buffer.from(contents)]);

/** Contents by the folders and the names that they are to have. */
async function built() {
  const minified = { ...OPTIONS, minify: true, write: false };
  const widgets = { ...minified, entryPoints: await alone(), outdir: WIDGETS };
  const template = { entryPoints: scripts("src/voila"), format: "iife", outdir: TEMPLATE };
  const made = [await build(widgets), await build({ ...minified, ...template })];
  const files = [...made.map(contents), await webPage()];
  return new Map([WIDGETS, TEMPLATE, WEB].map((folder, i) => [folder, new Map(files[i])]));
}

async function write() {
  for (const [folder, files] of await built()) {
    mkdirSync(folder, { recursive: true });
    for (const name of stale(folder, files)) {
      if (files.has(name)) writeFileSync(join(folder, name), files.get(name));
      else rmSync(join(folder, name), { recursive: true });
    }
  }
}

/** Names of files that are missing in a folder, left over, or not what the sources build. */
function stale(folder, files) {
  const there = readdirSync(folder, { withFileTypes: true });
  const read = (file) => [file.name, file.isFile() && readFileSync(join(folder, file.name))];
  const committed = new Map(there.map(read));
  const names = [...new Set([...files.keys(), ...committed.keys()])];
  return names.filter((name) => !isSame(name, files.get(name), committed.get(name)));
}

/** Every zlib packs in its own way: what counts is what it packs. */
function isSame(name, made, committed) {
  if (!made || !committed) return false;
  if (!name.endsWith(".gz")) return made.equals(committed);
  return gunzipSync(made).equals(gunzipSync(committed));
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
