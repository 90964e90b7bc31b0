import type { Waking } from "./timeline.ts";

/** Holds back resumptions, in order, while a process or systemd is frozen. */
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

  /** Drops what was held back: the frozen process or systemd is gone. */
  forget(): void {
    this.#isOn = false;
    this.#held = [];
  }

  wake(resume: () => void): void {
    if (this.#isOn) this.#held.push(resume);
    else resume();
  }
}
