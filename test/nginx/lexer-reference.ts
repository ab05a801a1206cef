/**
 * ngx_conf_parse and ngx_conf_read_token of nginx 1.22 (src/core/ngx_conf_file.c), line by line, as the judge of
 * src/lib/text/nginx-conf.ts. Names are those of the original.
 */

export interface ReferenceDirective {
  readonly words: readonly string[];
  readonly within: readonly string[];
}

/** @returns `undefined` if nginx rejects the text */
export function referenceDirectives(conf: string): ReferenceDirective[] | undefined {
  const found: ReferenceDirective[] = [];
  const blocks: string[] = [];
  let pos = 0;
  for (;;) {
    const args: string[] = [];
    const rc = readToken(args);
    if (rc === 'error') return undefined;
    if (rc === 'file done') return blocks.length === 0 ? found : undefined;
    if (rc === 'block done') {
      if (blocks.pop() === undefined) return undefined;
      continue;
    }
    found.push({ words: args, within: [...blocks] });
    if (rc === 'block start') blocks.push(args[0] ?? '');
  }

  function readToken(args: string[]): 'ok' | 'error' | 'block start' | 'block done' | 'file done' {
    let [found, needSpace, lastSpace, sharpComment, variable] = [false, false, true, false, false];
    let [quoted, sQuoted, dQuoted] = [false, false, false];
    let start = pos;
    for (;;) {
      if (pos >= conf.length) return args.length > 0 || !lastSpace ? 'error' : 'file done';
      const ch = conf[pos++] ?? '';
      if (ch === '\n' && sharpComment) sharpComment = false;
      if (sharpComment) continue;
      if (quoted) {
        quoted = false;
        continue;
      }
      if (needSpace) {
        if (ch === ' ' || ch === '\t' || ch === '\r' || ch === '\n') {
          lastSpace = true;
          needSpace = false;
          continue;
        }
        if (ch === ';') return 'ok';
        if (ch === '{') return 'block start';
        if (ch !== ')') return 'error';
        lastSpace = true;
        needSpace = false;
      }
      if (lastSpace) {
        start = pos - 1;
        if (ch === ' ' || ch === '\t' || ch === '\r' || ch === '\n') continue;
        switch (ch) {
          case ';':
          case '{':
            if (args.length === 0) return 'error';
            return ch === '{' ? 'block start' : 'ok';
          case '}':
            return args.length === 0 ? 'block done' : 'error';
          case '#':
            sharpComment = true;
            continue;
          case '\\':
            quoted = true;
            lastSpace = false;
            continue;
          case '"':
            start++;
            dQuoted = true;
            lastSpace = false;
            continue;
          case "'":
            start++;
            sQuoted = true;
            lastSpace = false;
            continue;
          case '$':
            variable = true;
            lastSpace = false;
            continue;
          default:
            lastSpace = false;
        }
      } else {
        if (ch === '{' && variable) continue;
        variable = false;
        if (ch === '\\') {
          quoted = true;
          continue;
        }
        if (ch === '$') {
          variable = true;
          continue;
        }
        if (dQuoted) {
          if (ch === '"') {
            dQuoted = false;
            needSpace = true;
            found = true;
          }
        } else if (sQuoted) {
          if (ch === "'") {
            sQuoted = false;
            needSpace = true;
            found = true;
          }
        } else if (' \t\r\n;{'.includes(ch)) {
          lastSpace = true;
          found = true;
        }
        if (found) {
          args.push(copied(conf.slice(start, pos - 1)));
          if (ch === ';') return 'ok';
          if (ch === '{') return 'block start';
          found = false;
        }
      }
    }
  }
}

function copied(src: string): string {
  let dst = '';
  for (let at = 0; at < src.length; ) {
    if (src[at] === '\\') {
      const next = src[at + 1] ?? '';
      if (next === '"' || next === "'" || next === '\\') at++;
      else if (next === 't' || next === 'r' || next === 'n') {
        dst += { t: '\t', r: '\r', n: '\n' }[next];
        at += 2;
        continue;
      }
    }
    dst += src[at++];
  }
  return dst;
}
