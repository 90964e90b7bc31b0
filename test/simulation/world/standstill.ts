import type { Waking } from "./timeline.ts";

/** Holds up whatever would go on, in its order, while somebody stands still. */
export class Standstill implements Waking {
  #isOn = false;
  #held: (() => void)[] = [];

  get isOn(): boolean {
    return this.#isOn;
  }

  begin(): void {
    this.#isOn = true;
  }

  end(): void {
    this.#isOn = false;
    for (const resume of this.#held.splice(0)) resume();
  }

  /** Who stood still is no more: nothing of it goes on. */
  forget(): void {
    this.#isOn = false;
    this.#held = [];
  }

  wake(resume: () => void): void {
    if (this.#isOn) this.#held.push(resume);
    else resume();
  }
}
