// What of the run lies beside the page: model.json, head.safetensors, body.onnx, and onnxruntime.

import * as ort from "onnxruntime-web/wasm";

/** @import { Layer, Maps } from "./head.js" */
/** @typedef {"small" | "blurred" | "unlike" | "two" | "unsure"} Doubt */
/** @typedef {{ temperature: number, least_probability: number, least_likeness: number, sure: number, least_side: number, least_sharpness: number }} Limits */
/** @typedef {{ taps: Float32Array, sources: Float32Array, palette: Float32Array, means?: Float32Array, [name: string]: Float32Array | undefined }} Tensors */
/**
 * @typedef {object} Described what model.json says
 * @property {string} run
 * @property {string[]} breeds
 * @property {string[]} about sentences
 * @property {string} worth of its probabilities, a clause
 * @property {number} presize pixels of the centre square, before it is shrunk
 * @property {number} size pixels of the network's input
 * @property {number[]} mean of each channel
 * @property {number[]} std
 * @property {number} layers of the head
 * @property {Limits} limits
 * @property {{ name: Doubt, sentence: string }[]} doubts in the order in which they are checked
 */
/** @typedef {Omit<Described, "layers"> & { layers: Layer[], tensors: Tensors, maps: (input: Float32Array) => Promise<Maps> }} Model */

const MISSING = "Part of this page did not come: load it again, or export it once more.";

/** @param {string} name */
async function bytes(name) {
  const answer = await fetch(name);
  if (!answer.ok) throw new Error(`${MISSING} (${name})`);
  return new Uint8Array(await answer.arrayBuffer());
}

/**
 * Some servers say that it is compressed, and then the browser has unpacked it already.
 *
 * @param {Uint8Array<ArrayBuffer>} content
 */
async function unpacked(content) {
  if (content[0] !== 0x1f || content[1] !== 0x8b) return content.buffer;
  const stream = new Blob([content]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).arrayBuffer();
}

/**
 * The tensors of a file of safetensors: a header of JSON after its length, and numbers.
 *
 * @param {Uint8Array<ArrayBuffer>} content
 */
export function tensorsOf(content) {
  const view = new DataView(content.buffer, content.byteOffset);
  const start = 8 + Number(view.getBigUint64(0, true));
  /** @type {Record<string, { data_offsets: [number, number] }>} */
  const header = JSON.parse(new TextDecoder().decode(content.subarray(8, start)));
  const entries = Object.entries(header).filter(([name]) => name !== "__metadata__");
  return Object.fromEntries(
    entries.map(([name, { data_offsets: offsets }]) => {
      const [from, to] = offsets.map((offset) => content.byteOffset + start + offset);
      return [name, new Float32Array(content.buffer.slice(from, to))];
    }),
  );
}

/**
 * Load all of it.
 *
 * @returns {Promise<Model>}
 */
export async function load() {
  const [described, head, body, wasm] = await Promise.all(
    ["model.json", "head.safetensors", "body.onnx", "onnxruntime.wasm.gz"].map(bytes),
  );
  /** @type {Described} */
  const known = JSON.parse(new TextDecoder().decode(described));
  ort.env.wasm.numThreads = 1; // more need headers that a plain server does not send
  ort.env.wasm.wasmBinary = await unpacked(wasm);
  const session = await ort.InferenceSession.create(body, { executionProviders: ["wasm"] });
  const tensors = /** @type {Tensors} */ (/** @type {unknown} */ (tensorsOf(head)));
  const parts = /** @type {const} */ (["scale", "shift", "weights", "bias"]);
  const layers = Array.from({ length: known.layers }, (_, i) =>
    Object.fromEntries(parts.map((part) => [part, tensors[`layers.${i}.${part}`]])),
  );
  const by = `Computed by onnxruntime-web ${ort.env.versions.web}.`;
  return {
    ...known,
    about: [...known.about, by],
    tensors,
    layers: /** @type {Layer[]} */ (/** @type {unknown} */ (layers)),
    maps: (input) => mapsOf(session, input, known.size),
  };
}

/**
 * @param {ort.InferenceSession} session
 * @param {Float32Array} input
 * @param {number} size
 * @returns {Promise<Maps>}
 */
async function mapsOf(session, input, size) {
  const pixels = new ort.Tensor("float32", input, [1, 3, size, size]);
  const { maps } = await session.run({ pixels }, ["maps"]);
  const [, channels, height, width] = maps.dims;
  return { channels, height, width, data: /** @type {Float32Array} */ (maps.data) };
}
