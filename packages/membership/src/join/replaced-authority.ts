/** The line about an authority that was replaced and vouches for nobody. It is for messages: nothing proves it. */
const LINE = /^replaced ([0-9a-f]{64}) at (\d{4}-\d\d-\d\dT[0-9:.]{8,12}Z)$/m;

/** @param at milliseconds since the epoch. */
export function replacedLine(pin: string, at: number): string {
  return `replaced ${pin} at ${new Date(at).toISOString()}\n`;
}

/** When the authority with the pin was replaced, RFC 3339; undefined if the text does not say it. */
export function replacedIn(text: string, pin: string): string | undefined {
  const [, replaced, at] = LINE.exec(text) ?? [];
  return replaced === pin ? at : undefined;
}

/** What is wrong with a token that pins such an authority. */
export function pinsReplaced(at: string): string {
  return `the token pins the cluster's authority before the rotation of ${at}; create a new one with fleetctl token create --join`;
}
