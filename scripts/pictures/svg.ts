/** A terminal screen as an SVG. */

const palette = [
  '#6c7086',
  '#f38ba8',
  '#a6e3a1',
  '#f9e2af',
  '#89b4fa',
  '#f5c2e7',
  '#94e2d5',
  '#bac2de',
];
const [width, height, margin] = [8.4, 18, 16];

const esc = '\u001b';
const sequence = new RegExp(`^${esc}\\[([\\d;]*)m`);
const sequences = new RegExp(`${esc}\\[[\\d;]*m|[\\x0e\\x0f]`, 'g');

interface Style {
  readonly colour?: string;
  readonly bold?: true;
  readonly dim?: true;
}

/**
 * @param command the typed command
 * @param screen output of `tmux capture-pane -e`: text with SGR sequences (ECMA-48, 8.3.117), which apply until
 *   other sequences end them, also across lines
 */
export function picture(command: string, screen: string): string {
  const lines = [`${esc}[1m$ ${command}${esc}[0m`, '', ...screen.trimEnd().split('\n')];
  const columns = Math.max(...lines.map((line) => line.replace(sequences, '').length), 80);
  const [w, h] = [Math.ceil(columns * width) + 2 * margin, lines.length * height + 2 * margin];
  let style: Style = {};
  const rows = lines.map((line, n) => {
    let spans = '';
    for (const part of line.split(new RegExp(`(?=${esc}\\[)`))) {
      const sgr = sequence.exec(part);
      if (sgr) style = after(style, sgr[1] ?? '');
      const text = part.replace(sequences, '');
      if (text !== '') spans += `<tspan${attributes(style)}>${escaped(text)}</tspan>`;
    }
    return `<text x="${margin}" y="${margin + (n + 0.75) * height}">${spans}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${w} ${h}" width="${w}" height="${h}" role="img" aria-label="${escaped(command)}">
<style>text { font: 14px ui-monospace, Menlo, Consolas, monospace; fill: #cdd6f4; white-space: pre }</style>
<rect width="100%" height="100%" rx="8" fill="#1e1e2e"/>
${rows.join('\n')}
</svg>
`;
}

function after(style: Style, parameters: string): Style {
  let now = style;
  for (const code of parameters.split(';').map(Number)) {
    const colour = code === 39 ? '#cdd6f4' : palette[code >= 90 ? code - 90 : code - 30];
    if (code === 0) now = {};
    else if (code === 1) now = { ...now, bold: true };
    else if (code === 2) now = { ...now, dim: true };
    else if (colour !== undefined) now = { ...now, colour };
  }
  return now;
}

function attributes({ colour, bold, dim }: Style): string {
  const fill = colour === undefined ? '' : ` fill="${colour}"`;
  return fill + (bold ? ' font-weight="bold"' : '') + (dim ? ' opacity="0.7"' : '');
}

function escaped(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/"/g, '&quot;');
}
