// The one place where numbers become text. tests/formatting.json has cases that Python's
// `petwidgets.common.formatting` answers too.

/**
 * A number with a fixed count of decimals; what lies halfway goes to the even digit, as in Python.
 *
 * @param {number} x
 * @param {number} digits
 */
function fixed(x, digits) {
  const text = x.toFixed(digits); // rounds what lies halfway away from zero
  const halfway = Math.abs(x * 2 ** (digits + 1)) % 2 === 1;
  return halfway ? toEven(text) : text;
}

/**
 * As Python's `:.2e`: likewise to the even digit, and the exponent with two digits.
 *
 * @param {number} x
 */
function exponential(x) {
  const [digits, exponent] = x.toExponential(2).split("e");
  const unit = 10 ** (Math.floor(Math.log10(Math.abs(x))) - 2);
  const halfway = (Math.abs(x) % unit) * 2 === unit;
  return `${halfway ? toEven(digits) : digits}e${exponent.replace(/^([+-])(\d)$/, "$10$2")}`;
}

/** @param {string} text rounded up, though it was halfway to the next lower one */
const toEven = (text) => {
  const last = Number(text.at(-1));
  return last % 2 ? text.slice(0, -1) + (last - 1) : text;
};

/**
 * A number of a calculation, with four decimals.
 *
 * @param {number} x
 */
export function figure(x) {
  const size = Math.abs(x);
  if (Number.isNaN(x)) return "nan";
  if (size === Infinity) return x > 0 ? "inf" : "-inf";
  if (size >= 1e5 || (size > 0 && size < 5e-5)) return exponential(x);
  return fixed(x || 0, size >= 1000 ? 1 : size >= 100 ? 3 : 4);
}

/** @param {number} size */
const isFar = (size) => size > 0 && (size < 1e-3 || size >= 1e5);

/**
 * A number in a sentence or a table, with as many digits as count.
 *
 * @param {number} value
 * @param {number} [digits]
 */
export function short(value, digits = 4) {
  if (isFar(Math.abs(value))) return value.toExponential(digits - 3);
  return String(Number(value.toPrecision(digits)));
}

/** @param {number} size */
const power = (size) => Math.floor(Math.log10(size) + 1e-9);

/**
 * A tick of an axis, with as many digits as neighbours differ in: no two read alike.
 *
 * @param {number} value
 * @param {number} step from one to the next
 */
export function tickLabel(value, step) {
  const size = Math.abs(value);
  if (isFar(size)) return value.toExponential(Math.max(0, power(size) - power(step)));
  return String(Number(value.toFixed(Math.max(0, -power(step)))));
}

/**
 * A learning rate.
 *
 * @param {number} x
 */
export const rate = (x) => x.toExponential(2);

/**
 * How many there are.
 *
 * @param {number} n
 */
export const count = (n) => n.toLocaleString("en");

/**
 * How many parameters a network has.
 *
 * @param {number} n
 */
export const parameters = (n) => (n >= 1e6 ? `${(n / 1e6).toFixed(1)} million` : count(n));

/**
 * How far something is, in whole per cent.
 *
 * @param {number} done
 * @param {number} all
 */
export const percent = (done, all) => `${Math.round((100 * done) / Math.max(1, all))} %`;

/**
 * The size of a file.
 *
 * @param {number} bytes
 */
export function fileSize(bytes) {
  if (bytes < 2 ** 20) return `${Math.max(1, Math.round(bytes / 1024))} kB`;
  const size = bytes / 2 ** 20;
  return `${Number(fixed(size, size < 10 ? 2 : size < 100 ? 1 : 0))} MB`;
}

/**
 * A number without an exponent, as attributes of ARIA want it.
 *
 * @param {number} x
 */
export const decimal = (x) =>
  x.toLocaleString("en", { useGrouping: false, maximumSignificantDigits: 6 });
