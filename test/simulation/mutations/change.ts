import {
  isArrayLiteralExpression,
  isBinaryExpression,
  isBlock,
  isIdentifier,
  isIfStatement,
  isObjectLiteralExpression,
  isStatement,
} from "typescript/unstable/ast/is";
import { type BinaryExpression, type Node, SyntaxKind } from "typescript/unstable/ast";

/** A range of the file's text, and its replacement. */
export interface Edit {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/**
 * Breaks the code at a marked node. A change must not depend on names in the code, only on its syntax, so that it
 * survives renaming.
 * @throws when the node does not have the expected syntax.
 */
export type Change = (place: Node) => readonly Edit[];

type Kind<Found extends Node = Node> = (node: Node) => node is Found;

/** Removes the marked statement. */
export const removed: Change = (place) => {
  if (!isStatement(place)) throw new Error("the marked node is not a statement");
  return [replace(place, ";")];
};

/** Empties the block whose first statement is marked. */
export const blockEmptied: Change = (place) => {
  if (!isBlock(place.parent)) throw new Error("the marked node is not in a block");
  return [replace(place.parent, "{}")];
};

export const elseRemoved: Change = (place) => {
  const { thenStatement, elseStatement } = the(place, isIfStatement);
  if (!elseStatement) throw new Error("the marked statement has no else");
  return [{ from: thenStatement.end, to: elseStatement.end, text: "" }];
};

export const arrayEmptied: Change = (place) => [replace(the(place, isArrayLiteralExpression), "[]")];

export function elementRemoved(index: number): Change {
  return (place) => removeItem(the(place, isArrayLiteralExpression).elements, index);
}

export function propertyRemoved(index: number): Change {
  return (place) => removeItem(the(place, isObjectLiteralExpression).properties, index);
}

/** Removes one operand of a chain of `&&` or `||`. */
export function operandRemoved(index: number): Change {
  return (place) => removeItem(operands(the(place, isChain)), index);
}

/** Replaces the only node of a kind, or a part of that node. */
export function replaced<Found extends Node>(
  kind: Kind<Found>,
  text: string,
  partOf: (found: Found) => Node | undefined = (found) => found,
): Change {
  return (place) => {
    const part = partOf(the(place, kind));
    if (!part) throw new Error(`the node found by ${kind.name} lacks the part to replace`);
    return [replace(part, text)];
  };
}

/** Renames an identifier. Only for names of public ports and formats, which do not change. */
export function renamed(name: string, other: string): Change {
  return (place) => {
    const found = outermost(place, (node) => isIdentifier(node) && node.text === name);
    if (found.length === 0) throw new Error(`the marked node does not name ${name}`);
    return found.map((node) => replace(node, other));
  };
}

export function isComparison(node: Node): node is BinaryExpression {
  return isBinaryExpression(node) && node.operatorToken.kind === SyntaxKind.GreaterThanEqualsToken;
}

function isChain(node: Node): node is BinaryExpression {
  if (!isBinaryExpression(node)) return false;
  const { kind } = node.operatorToken;
  return kind === SyntaxKind.AmpersandAmpersandToken || kind === SyntaxKind.BarBarToken;
}

function operands(chain: BinaryExpression): Node[] {
  const { left, right, operatorToken } = chain;
  const isLonger = isChain(left) && left.operatorToken.kind === operatorToken.kind;
  return [...(isLonger ? operands(left) : [left]), right];
}

function removeItem(items: Iterable<Node>, index: number): Edit[] {
  const all = [...items];
  const [before, item, after] = [all[index - 1], all[index], all[index + 1]];
  if (!item) throw new Error(`the marked node has ${all.length} items and no item ${index}`);
  const from = !after && before ? before.end : item.getStart();
  return [{ from, to: after?.getStart() ?? item.end, text: "" }];
}

/**
 * Returns the only node of the kind in `place`, not counting nodes inside it.
 * @throws unless there is exactly one.
 */
function the<Found extends Node>(place: Node, kind: Kind<Found>): Found {
  const [found, ...others] = outermost(place, kind);
  if (!found || others.length > 0)
    throw new Error(`the marked node holds ${others.length + (found ? 1 : 0)} nodes for ${kind.name}, not one`);
  return found;
}

function outermost<Found extends Node>(place: Node, kind: Kind<Found> | ((node: Node) => boolean)): Found[] {
  if (kind(place)) return [place as Found];
  const found: Found[] = [];
  place.forEachChild((child) => void found.push(...outermost<Found>(child, kind)));
  return found;
}

function replace(node: Node, text: string): Edit {
  return { from: node.getStart(), to: node.end, text };
}
