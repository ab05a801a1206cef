/** Marks a page as generated, so that it is not edited by hand. */
export function generated(from: string): string {
  return `<!-- Generated from ${from} by \`npm run docs\`. -->\n`;
}

/** A text as a table cell. */
export function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
