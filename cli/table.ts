/** Tables for a terminal, whose columns are as wide as what is in them. */
import stringWidth from "string-width";

export interface Column {
  head: string;
  cells: string[];
  /** Figures stand at the right. */
  isFigure?: boolean;
}

/** Between two columns. */
export const GAP = "  ";

/** The heads and the rows, each cell as wide as its column. */
export function paddedRows(table: Column[]): string[][] {
  const padded = table.map((column) => {
    const width = widthOf(column);
    return [column.head, ...column.cells].map((text) => {
      const space = " ".repeat(width - stringWidth(text));
      return column.isFigure ? space + text : text + space;
    });
  });
  return (padded[0] ?? []).map((_, row) => padded.map((cells) => cells[row] ?? ""));
}

export function widthOf({ head, cells }: Column): number {
  return Math.max(...[head, ...cells].map((text) => stringWidth(text)));
}
