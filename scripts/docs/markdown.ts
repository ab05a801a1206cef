/** Says that nobody should edit a page by hand. */
export function generated(from: string): string {
  return `<!-- Generated from ${from} by \`npm run docs\`. -->\n`;
}

/** A text in a table. */
export function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
