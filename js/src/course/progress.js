// What of a chapter was opened.

/** @import { Chapter } from "./course.js" */

/**
 * @param {Chapter} chapter
 * @param {string[]} seen
 */
const opened = ({ steps }, seen) => steps.filter(({ key }) => seen.includes(key)).length;

/**
 * @param {Chapter} chapter
 * @param {string[]} seen
 */
export function count(chapter, seen) {
  const [n, all] = [opened(chapter, seen), chapter.steps.length];
  if (all === 1) return n ? "✓" : "";
  return n === all ? "✓" : n ? `${n}/${all}` : "";
}

/**
 * @param {Chapter} chapter
 * @param {string[]} seen
 */
export function firstUnseen({ steps }, seen) {
  return (steps.find(({ key }) => !seen.includes(key)) ?? steps[0]).key;
}
