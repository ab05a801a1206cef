/**
 * Reads nginx configurations as nginx does (ngx_conf_read_token in src/core/ngx_conf_file.c). Never throws: what is missing at
 * the end of a text ends with it. What nginx reads in another way than this code could be hidden from it, so a text that
 * nginx accepts has the same directives here (test/nginx/lexer-reference.ts).
 */

/** Of all white space, nginx knows only these. A form feed is a part of a word, for example. */
const blank = /[ \t\r\n]/;

/** One word of a directive. Offsets include its quotes; `end` is exclusive. */
export interface NginxToken {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

export interface NginxDirective {
  readonly name: string;
  readonly args: readonly NginxToken[];
  /** The names of the blocks around it, outermost first: `['http', 'server']`; at most 100. */
  readonly within: readonly string[];
  /** The offset of its name. */
  readonly start: number;
}

/** Far deeper than any configuration. Each directive lists its blocks, so more would take quadratic time. */
const deepest = 100;

/** Every directive, also those that open a block, in the order of the text. Includes are not followed. */
export function nginxDirectives(conf: string): NginxDirective[] {
  const directives: NginxDirective[] = [];
  const within: string[] = [];
  let depth = 0;
  let words: NginxToken[] = [];
  const finish = () => {
    const [name, ...args] = words;
    words = [];
    if (name === undefined) return undefined;
    directives.push({ name: name.text, args, within: [...within], start: name.start });
    return name.text;
  };
  for (let at = 0; at < conf.length; ) {
    const character = conf[at] ?? '';
    if (blank.test(character)) at++;
    else if (character === '#') at = endOfComment(conf, at);
    else if (character === ';' || character === '{' || character === '}') {
      const name = finish();
      if (character === '{' && ++depth <= deepest) within.push(name ?? '');
      if (character === '}' && depth > 0 && --depth < deepest) within.pop();
      at++;
    } else {
      const word = readWord(conf, at);
      words.push(word);
      at = word.end;
    }
  }
  finish();
  return directives;
}

export interface NginxBlock extends NginxDirective {
  /** Every directive in it, also those of inner blocks. */
  readonly content: readonly NginxDirective[];
}

/** Every directive with this name, with the content of its block; empty if it opens none. */
export function nginxBlocks(conf: string, name: string): NginxBlock[] {
  const all = nginxDirectives(conf);
  return all.flatMap((directive, index) => {
    if (directive.name !== name) return [];
    let end = index + 1;
    while ((all[end]?.within.length ?? 0) > directive.within.length) end++;
    return [{ ...directive, content: all.slice(index + 1, end) }];
  });
}

/** The line of an offset, from 1. */
export function lineOf(conf: string, offset: number): number {
  return conf.slice(0, offset).split('\n').length;
}

/** The arguments of every directive with this name. */
export function argsOf(conf: string, name: string): (readonly NginxToken[])[] {
  return nginxDirectives(conf)
    .filter((directive) => directive.name === name)
    .map(({ args }) => args);
}

function endOfComment(conf: string, at: number): number {
  const end = conf.indexOf('\n', at);
  return end === -1 ? conf.length : end + 1;
}

/** A quote counts at the start of a word only, `#` and quotes within one are ordinary, and a `{` after `$` opens no block. */
function readWord(conf: string, start: number): NginxToken {
  const quote = conf[start] === '"' || conf[start] === "'" ? conf[start] : undefined;
  let at = quote === undefined ? start : start + 1;
  let text = '';
  /** The last characters were an unescaped `$`, and any number of `{`. */
  let variable = false;
  for (; at < conf.length; at++) {
    const character = conf[at] ?? '';
    if (quote !== undefined ? character === quote : endsWord(character, variable)) break;
    variable = character === '$' || (variable && character === '{');
    if (character !== '\\') text += character;
    else text += unescaped(conf[++at] ?? '');
  }
  return { text, start, end: Math.min(quote === undefined ? at : at + 1, conf.length) };
}

function endsWord(character: string, variable: boolean): boolean {
  return blank.test(character) || character === ';' || (character === '{' && !variable);
}

function unescaped(character: string): string {
  return escapes[character] ?? `\\${character}`;
}

const escapes: Readonly<Record<string, string>> = {
  '"': '"',
  "'": "'",
  '\\': '\\',
  t: '\t',
  r: '\r',
  n: '\n',
};
