/** How a machine's values of a metadata key are compared with the values of an expression. */
export type MetadataOperator = "in" | "not in" | "exists" | "not exists" | ValueComparison;

/** Operators that compare the order of two values; see {@link compareValues}. */
export type ValueComparison = ">" | ">=" | "<" | "<=";

/** What a unit asks of a machine's metadata. */
export interface MetadataExpression {
  readonly key: string;
  readonly operator: MetadataOperator;
  /** Empty for `exists` and `not exists`; one for a comparison. */
  readonly values: readonly string[];
}

/** Returns the expression as people write it in MachineMetadata=. */
export function expressionText({ key, operator, values: [first = "", ...others] }: MetadataExpression): string {
  switch (operator) {
    case "in":
      return [first, ...others].map((value) => `${key}=${value}`).join(" or ");
    case "not in":
      return others.length === 0 ? `${key}!=${first}` : `${key} not in ${[first, ...others].join(",")}`;
    case "exists":
    case "not exists":
      return `${key} ${operator}`;
    default:
      return `${key}${operator satisfies ValueComparison}${first}`;
  }
}
