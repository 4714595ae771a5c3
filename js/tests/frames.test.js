import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Frames } from "../src/photo_upload/frames.js";
import { makeModel } from "./model.js";

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(HTMLCanvasElement.prototype, "getContext").mockReturnValue(null);
  vi.spyOn(HTMLCanvasElement.prototype, "toBlob").mockImplementation((act) =>
    act(new Blob(["frame"])),
  );
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

function made(traits = { frames: true }) {
  const { model, sent, hear, heard } = makeModel(traits);
  const video = /** @type {HTMLVideoElement} */ ({ videoWidth: 1280, videoHeight: 720 });
  return { frames: new Frames(model), sent, hear, heard, video };
}

const kinds = (/** @type {any[]} */ sent) => sent.map(({ kind }) => kind);

test("a frame is sent when the one before is answered, five times a second at most", async () => {
  const { frames, sent, hear, video } = made();
  frames.begin(video);
  await vi.advanceTimersByTimeAsync(1000);
  expect(kinds(sent)).toEqual(["frame"]);
  expect([frames.canvas.width, frames.canvas.height]).toEqual([640, 360]);
  hear({ kind: "frame" });
  await vi.advanceTimersByTimeAsync(1);
  expect(sent).toHaveLength(2);
  hear({ kind: "frame" });
  await vi.advanceTimersByTimeAsync(150);
  expect(sent).toHaveLength(2);
  await vi.advanceTimersByTimeAsync(60);
  expect(sent).toHaveLength(3);
});

test("a lost answer is waited for no longer than five seconds", async () => {
  const { frames, sent, video } = made();
  frames.begin(video);
  await vi.advanceTimersByTimeAsync(5100);
  expect(sent).toHaveLength(2);
});

test("nothing is sent of a closed camera, or unasked", async () => {
  const { frames, sent, hear, heard, video } = made();
  frames.begin(video);
  await vi.advanceTimersByTimeAsync(1);
  frames.end();
  hear({ kind: "frame" });
  await vi.advanceTimersByTimeAsync(6000);
  expect(kinds(sent)).toEqual(["frame", "closed"]);
  frames.close();
  expect(heard()).toEqual([]);
  const other = made({ frames: false });
  other.frames.begin(other.video);
  await vi.advanceTimersByTimeAsync(1000);
  expect(other.sent).toEqual([]);
});
