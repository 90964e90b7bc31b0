const LINE_END = /\r\n|\n\r|\r|\n/;

/** Splits a text into lines as systemd's `read_line` does: at LF, CR, CRLF and LFCR. Drops a leading byte order mark. */
export function linesOf(text: string): readonly string[] {
  const unmarked = text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
  return unmarked.split(unmarked.includes("\r") ? LINE_END : "\n");
}

export const BYTE_ORDER_MARK = "\uFEFF";
