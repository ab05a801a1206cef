// npm run resolve-stack -- [release/VERSION/source-maps.json] <REPORT: prints a bug report with the files and lines of the stack
// trace in src/. By default, it uses the maps of the last build. The maps of a release are stored with it.
import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { root } from './install.mjs';

/** The file that npm installs starts with two lines of a shell script, which the map does not include. */
const withScript = 'proto-scaffold.js';

/**
 * @param text a bug report
 * @param maps the source maps by the name of their stage, each as JSON text
 * @returns the text, with each location in a stage replaced by the location in the sources
 */
export function resolveStack(text, maps) {
  return text.replace(
    /((?:[\w./-]*\/)?([\w.-]+\.js)):(\d+):(\d+)/g,
    (place, path, name, row, column) => {
      if (maps[name] === undefined) return place;
      // In the executable, the file has no folder and no script.
      const shift = name === withScript && path !== name ? 3 : 1;
      const map = new SourceMap(JSON.parse(maps[name]));
      const { originalSource, originalLine, originalColumn } = map.findEntry(
        row - shift,
        column - 1,
      );
      if (originalSource === undefined) return place;
      const source = originalSource.replace(/^(\.\.\/)+/, '');
      return `${source}:${originalLine + 1}:${originalColumn + 1}`;
    },
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const file = process.argv[2];
  const path =
    file === undefined
      ? `${root}.cache/source-maps.json`
      : resolve(process.env.INIT_CWD ?? process.cwd(), file);
  process.stdout.write(
    resolveStack(readFileSync(0, 'utf8'), JSON.parse(readFileSync(path, 'utf8'))),
  );
}
