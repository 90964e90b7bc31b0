/**
 * The place of an event in the order of all events: the revision at which its batch was written, and its place in the
 * batch. All servers give an event the same ID, so a reader resumes at any of them.
 */
export interface EventID {
  readonly order: number;
  readonly index: number;
}

const FORM = /^(\d{1,15})-(\d{1,6})$/;

/** Returns undefined for text that is no ID. */
export function parseEventID(text: string): EventID | undefined {
  const [, order, index] = FORM.exec(text) ?? [];
  return order === undefined ? undefined : { order: Number(order), index: Number(index) };
}

export function eventIDText({ order, index }: EventID): string {
  return `${order}-${index}`;
}

export function isAfter(id: EventID, other: EventID): boolean {
  return id.order > other.order || (id.order === other.order && id.index > other.index);
}
