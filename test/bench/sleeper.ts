/** The unit that every figure starts: next to nothing beyond what systemd itself does. */
export const SLEEPER = "[Service]\nExecStart=/bin/sleep 100000\n";
