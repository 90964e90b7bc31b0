import pc from "picocolors";
import type { Output } from "../environment.ts";

const FRAMES = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const FRAME_MS = 100;
const CLEAR_LINE = "\r\u001b[K";

export interface Progress {
  /** Sets the text of the line. */
  readonly show: (text: string) => void;
  /** Removes the line before other output to the terminal; the next frame shows it again. */
  readonly clear: () => void;
  [Symbol.dispose](): void;
}

/** A line with a spinner on a terminal; no output elsewhere. */
export function startProgress(out: Output, isColored: boolean): Progress {
  if (!out.isTerminal) return { show() {}, clear() {}, [Symbol.dispose]() {} };
  const colors = pc.createColors(isColored);
  let text = "";
  let frame = 0;
  let isShown = false;
  const clear = (): void => {
    if (isShown) out.control(CLEAR_LINE);
    isShown = false;
  };
  const draw = (): void => {
    if (text === "") return;
    frame = (frame + 1) % FRAMES.length;
    out.control(`${CLEAR_LINE}${colors.cyan(FRAMES[frame] ?? "")} `);
    out.write(text.slice(0, (out.columns ?? 80) - 3));
    isShown = true;
  };
  const timer = setInterval(draw, FRAME_MS);
  return {
    show(next) {
      text = next;
    },
    clear,
    [Symbol.dispose]() {
      clearInterval(timer);
      clear();
    },
  };
}
