/** Tables and figures, as they are on the page. */

export function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.join(" | ")} |`;
  // Figures are read from the right.
  const rule = head.map((_, column) => (rows.every((row) => isFigure(row[column] ?? "")) ? "---:" : "---"));
  return [line(head), line(rule), ...rows.map(line)].join("\n");
}

function isFigure(cell: string): boolean {
  return /^\**[$+−-]?[\d.,]+( ?%|[KMG]B)?\**$|^$/.test(cell);
}

/** To a hundredth of a cent, for what a thousand images cost. */
export function dollars(amount: number): string {
  return `$${amount.toFixed(4)}`;
}

/** To the cent below a hundred dollars, to the dollar above. */
export function bill(amount: number): string {
  const digits = amount < 100 ? 2 : 0;
  const options = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  return `$${amount.toLocaleString("en-US", options)}`;
}

export function count(number: number): string {
  return Math.round(number).toLocaleString("en-US");
}

/** Two digits of what is small, all of what is large. */
export function rate(number: number): string {
  return number >= 10 || number === 0 ? count(number) : Number(number.toPrecision(2)).toString();
}

export function bold(text: string): string {
  return `**${text}**`;
}
