// Takes a module of the program's own source into a script of the build.
import { build } from 'esbuild';

/** @param root the project's folder @param path of a TypeScript module in it @returns what the module exports */
export async function importSource(root, path) {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [path],
    write: false,
    bundle: true,
    format: 'esm',
    target: 'node20.19',
    platform: 'node',
    // No command is run.
    external: ['../commands/*'],
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire('/');",
    },
  });
  const module = Buffer.from(outputFiles[0].contents).toString('base64');
  return import(`data:text/javascript;base64,${module}`);
}
