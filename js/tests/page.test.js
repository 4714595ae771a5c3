import { beforeEach, expect, test, vi } from "vitest";

beforeEach(() => {
  vi.resetModules(); // as for another widget, whose module is another one
  globalThis.petwidgetsParts = undefined;
});

const part = async () => (await import("../src/waiting.js")).default;
const theme = () => import("../src/theme.js");

/** A shared part's render, when it has come. */
const rendered = async () => {
  const here = { PART: { render: vi.fn(() => () => {}) } };
  globalThis.petwidgetsParts?.here?.(here);
  return here.PART.render;
};

test("a part that comes before the theme waits for it", async () => {
  const waiting = await part();
  const props = /** @type {Parameters<typeof waiting.render>[0]} */ ({});
  const drawn = waiting.render(props);
  const render = await rendered();
  await drawn;
  expect(render).toHaveBeenCalledExactlyOnceWith(props);
});

test("a part that comes after the theme finds it", async () => {
  await theme();
  const parts = await globalThis.petwidgetsParts?.coming;
  vi.resetModules();
  const { shared } = await import("../src/lib/page.js");
  expect(await shared.coming).toBe(parts);
  expect(Object.keys(parts ?? {})).toContain("number_table");
});

test("a second theme leaves the first one's code in its place", async () => {
  await theme();
  const parts = await globalThis.petwidgetsParts?.coming;
  vi.resetModules();
  await theme();
  expect(await globalThis.petwidgetsParts?.coming).toBe(parts);
});

test("a widget's code may take a minute to begin", async () => {
  const timeout = vi.spyOn(AbortSignal, "timeout");
  await import("../src/voila/page.js");
  AbortSignal.timeout(2000); // as anywidget says it
  expect(timeout).toHaveBeenCalledExactlyOnceWith(60_000);
});
