/**
 * What a part of a body costs besides its bytes, in bytes: a Buffer, or a node of a text in parts. The other side may send
 * each byte in a part of its own.
 */
export const PART_BYTES = 256;
